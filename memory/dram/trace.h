/* Traces as text: requests to replay on a DRAM part, and the commands that a controller gave it.
 *
 * A request is a line "ADDRESS R|W CLOCK": a byte address (decimal, or hexadecimal with 0x), whose whole
 * burst is read or written, and the memory clock at which it arrives, never before its predecessor's. A
 * command is a line "CLOCK KIND" for PREA and REF, "CLOCK KIND GROUP BANK ROW" for ACT, PRE, RD and WR. #
 * starts a comment. */
#ifndef MEM_DRAM_TRACE_H
#define MEM_DRAM_TRACE_H

#include "memory/dram/controller.h"
#include "memory/dram/ddr4.h"
#include "sim/base/error.h"
#include "sim/base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mem_request {
    uint64_t address, clock;
    bool write;
} mem_request;

/* Reads a trace of `bytes` bytes, which need not end in a zero; `name` is for errors ("name:LINE: what"). The
 * caller frees *requests, which is NULL after an error. An address must be below `capacity_bytes`. */
fl_status mem_requests_parse(const char *name, const char *text, size_t bytes, uint64_t capacity_bytes,
                             mem_request **requests, size_t *count, fl_error *error);
/* The same for commands; groups, banks and rows must exist in the part. */
fl_status mem_commands_parse(const char *name, const char *text, size_t bytes, const mem_ddr4_params *params,
                             ddr4_command **commands, size_t *count, fl_error *error);
void mem_command_print(const mem_ddr4_params *params, const ddr4_command *command, fl_text *text);

/* The same for commands of type dram: lines "CLOCK PREA|REF|PDE|PDX CHANNEL RANK" and "CLOCK
 * ACT|PRE|RD|WR|REFB CHANNEL RANK GROUP BANK ROW". */
fl_status mem_dram_commands_parse(const char *name, const char *text, size_t bytes,
                                  const mem_dram_params *params, mem_dram_command **commands, size_t *count,
                                  fl_error *error);
void mem_dram_command_print(const mem_dram_params *params, const mem_dram_command *command, fl_text *text);

enum { MEM_REPLAY_BUCKETS = 32 };

typedef struct mem_replay {
    mem_stats stats;    /* until the last request is done */
    uint64_t last_done; /* clock */
    uint64_t latency_sum, latency_least, latency_most;
    uint64_t latency[MEM_REPLAY_BUCKETS]; /* requests with 2^k <= latency < 2^(k+1) clocks in k */
} mem_replay;

/* Replays `count` >= 1 requests on port 0 of an engine that runs at its memory's clock: a core cycle is a
 * clock. A latency counts from the request's clock to the clock behind its last data. */
void mem_replay_on(const mem_engine_ops *ops, mem_engine *engine, const mem_request *requests, size_t count,
                   mem_replay *replay);

#ifdef __cplusplus
}
#endif
#endif
