/* From real scales to the integers of a workload: multipliers, column parameters and packed data. Internal.
 */
#ifndef WL_TRAINED_CONSTANTS_H
#define WL_TRAINED_CONSTANTS_H

#include "workloads/builder.h"
#include "workloads/trained/calibrate.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sets the constants of all operations and the data of weights and column parameters. Every tensor has an
 * entry in the calibration under its name. */
void wl_set_constants(wl_workload *workload, const wl_model *model, const wl_calibration *calibration);

/* Gives the inputs of test samples first .. first + batch - 1, from token number `position` on, to the input
 * tensors. */
void wl_set_inputs(wl_workload *workload, const wl_model *model, const wl_calibration *calibration,
                   uint32_t first, uint32_t batch, uint32_t position);

/* Mixed 4/8 bits: groups of operands that multiply each other, directly or through a common operand, become
 * int8 in the order of their errors as long as the average over multiply-accumulates stays within
 * average_bits. */
fl_status wl_mix_widths(const wl_workload *workload, wl_calibration *calibration, double average_bits,
                        fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
