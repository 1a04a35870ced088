/* One run of a machine over a command stream: composition of the units, simulation, results. */
#ifndef FL_MACHINE_MACHINE_H
#define FL_MACHINE_MACHINE_H

#include "memory/sram/sram.h"
#include "sim/machine/machine_config.h"
#include "sim/machine/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Observes every command as it completes, in order of time: tracing, progress. Cycles: [start, done). */
typedef void (*fl_command_observer)(void *context, const fl_command *command, uint32_t sequence,
                                    uint64_t start, uint64_t done);

typedef struct fl_run_options {
    uint8_t *dram; /* image of dram_bytes that holds real tensors, NULL: no data */
    uint64_t dram_bytes;
    fl_command_observer observer;
    void *observer_context;
    const volatile int *interrupted; /* polled; non-zero stops the run with an error */
} fl_run_options;

/* Who waited for whom at the scratchpads' banks, in cycles of the cause `bank`; [waiting unit][unit that held
 * the bank]. A wait for several banks counts in each of them, and once per holder in `units`. */
typedef struct fl_bank_waits {
    uint64_t banks[FL_BUFFER_COUNT][MEM_SRAM_MAX_BANKS][FL_QUEUE_COUNT][FL_QUEUE_COUNT];
    uint64_t units[FL_QUEUE_COUNT][FL_QUEUE_COUNT];
} fl_bank_waits;

/* The cycles of a core's units that are charged to one operation, by cause. A command's share reaches from
 * the end of the unit's command before it to its own end: waiting for a command belongs to the command. It
 * ends when it completes, or when the next one starts while its pipeline drains, but not before its operands
 * are in. What comes behind a unit's last command belongs to the workload's last operation, which the run
 * waits for. */
typedef struct fl_layer_causes {
    uint64_t cycles[FL_QUEUE_COUNT][FL_CAUSE_COUNT];
} fl_layer_causes;

typedef struct fl_core_result {
    uint64_t commands[FL_QUEUE_COUNT];
    fl_account units[FL_QUEUE_COUNT]; /* load, matrix, vector, store; each sums to the run's cycles */
    fl_layer_causes *layers; /* layer_count entries, owned (fl_run_result_free); they sum to `units` */
    fl_bank_waits waits;
} fl_core_result;

/* Shares of one operation. cycles: from the completion of everything before it to its own last completion, so
 * that they add up to the total. */
typedef struct fl_layer_result {
    uint64_t cycles;
    uint64_t busy[FL_QUEUE_COUNT]; /* cycles that the commands occupy each queue's unit, gaps between vector
                                      passes included; all cores together */
    uint64_t macs;
    fl_cost_actions actions;
    mem_energy dram_energy; /* share of memory.energy; 0 when the memory does not count its energy */
    uint64_t last_done;
} fl_layer_result;

typedef struct fl_run_result {
    uint64_t cycles;       /* core cycles from reset to the last completion */
    fl_core_result *cores; /* core_count entries, owned (fl_run_result_free) */
    uint32_t core_count;
    mem_stats memory; /* its account sums to the memory's own clocks */
    uint64_t macs;
    fl_cost_actions actions;
    fl_layer_result *layers; /* layer_count entries, owned (fl_run_result_free) */
    uint32_t layer_count;
} fl_run_result;

/* Runs the stream, which leads to those of further cores, to its end. It is consumed, not freed. Errors:
 * contradictory memory parameters, a command that does not fit the machine, deadlock (the message lists which
 * command waits for which token), interruption. */
fl_status fl_machine_run(const fl_machine_config *machine, fl_stream *stream, uint32_t layer_count,
                         const fl_run_options *options, fl_run_result *result, fl_error *error);
void fl_run_result_free(fl_run_result *result);

/* What the machine consists of, for area and static power. */
fl_cost_structure fl_machine_structure(const fl_machine_config *machine);

#ifdef __cplusplus
}
#endif
#endif
