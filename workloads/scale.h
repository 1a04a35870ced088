/* Scales of a workload without training data: root mean squares (RMS) in units of codes, carried from
 * operation to operation, so that every requantisation puts the values where the output format resolves them.
 * Internal. */
#ifndef WL_SCALE_H
#define WL_SCALE_H

#include "pe/num/format.h"

#ifdef __cplusplus
extern "C" {
#endif

/* RMS of the values of codes as wl_fill draws them: uniform over all codes, with the code 10..0 of signed
 * formats (negative zero of flint and PoT, the unpaired minimum of integers) replaced by 0. Exact up to
 * double rounding. */
double wl_filled_rms(num_format format);

/* RMS that an activation of this format should have: its largest value is WL_HEADROOM standard deviations, so
 * a normal distribution saturates in 0.27 % of its values. */
#define WL_HEADROOM 3.0
double wl_target_rms(num_format format);

/* The gelu function reads its input as an int16 of scale 2^-12 (pe/vector/gelu). */
#define WL_GELU_INPUT_SCALE 0x1p-12
/* softmax gives units of 1/255 (pe/vector/softmax, 8-bit REXP). */
#define WL_SOFTMAX_ONE 255.0

#ifdef __cplusplus
}
#endif
#endif
