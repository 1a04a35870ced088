/* The command stream: operations and their mappings unrolled into commands, generated lazily, in program
 * order.
 *
 * Memory is bounded by the machine (slots, banks) and the tensor table, never by the number of commands.
 * Waits are derived from what each bank and each stretch of a tensor was last used by, so that loads run
 * ahead as far as buffers allow. */
#ifndef FL_MACHINE_STREAM_H
#define FL_MACHINE_STREAM_H

#include "sim/machine/command.h"
#include "sim/machine/mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Anything that yields commands in program order: the mapper's generator, a replayed file, a test's array. */
typedef struct fl_stream {
    /* Writes the next command and returns true; false at the end. */
    bool (*next)(struct fl_stream *stream, fl_command *command);
    void (*free)(struct fl_stream *stream); /* the following ones too */
    struct fl_stream *next_core;            /* the stream of the next core, NULL: none */
} fl_stream;

/* machine, workload and mappings (op_count entries) are borrowed and must outlive the stream. Operations
 * [first_op, last_op). Returns the stream of core 0, which leads to those of the other cores. */
fl_stream *fl_stream_new(const fl_machine_config *machine, const wl_workload *workload,
                         const fl_mapping *mappings, uint32_t first_op, uint32_t last_op);

#ifdef __cplusplus
}
#endif
#endif
