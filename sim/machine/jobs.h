/* From commands (scratchpad regions) to the units' own jobs (pointers), and the counts of what a job does. */
#ifndef FL_MACHINE_JOBS_H
#define FL_MACHINE_JOBS_H

#include "sim/machine/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* a, b, c, ... are the starts of the command's regions; all NULL in a run without data. */
pe_array_job fl_matrix_job(const fl_matrix_command *command, const uint8_t *a, const uint8_t *b, uint8_t *c);
vec_job fl_vector_job(const fl_vector_command *command, const fl_part *const *functions, const uint8_t *in,
                      const uint8_t *in2, const uint8_t *columns, uint8_t *out);

/* Adds what the command does to its layer's counts: MACs, actions, DRAM bytes in whole bursts of
 * `burst_bytes`. */
void fl_count_command(const fl_machine_config *machine, const fl_command *command,
                      const fl_part *const *functions, uint32_t burst_bytes, fl_layer_result *layer);

/* "matrix 12 (128 x 64 x 768)": for deadlock reports, `flintlock map` and traces. Returns text. */
const char *fl_command_summary(const fl_command *command, uint32_t sequence, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
