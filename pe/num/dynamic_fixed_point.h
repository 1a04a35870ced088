/* Dynamic fixed point: integers with one exponent per tensor (integer fine-tuning of transformers).
 *
 * value = q * 2^exponent. The exponent follows from the largest float exponent alone: no division, no search.
 */
#ifndef NUM_DYNAMIC_FIXED_POINT_H
#define NUM_DYNAMIC_FIXED_POINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum num_dfx_rounding {
    NUM_DFX_TRUNCATE,   /* towards zero */
    NUM_DFX_NEAREST,    /* half away from zero */
    NUM_DFX_STOCHASTIC, /* magnitude plus a random fraction, then truncate: unbiased */
} num_dfx_rounding;

/* Maps n floats to integers of `bits` (2..25, sign included; the magnitude of a float has 24 bits).
 * Magnitudes saturate at 2^(bits - 1) - 1; the largest lands in the upper half of that range. `random` gives
 * one word per element and is read for NUM_DFX_STOCHASTIC only. A tensor of zeros (or of no elements) has
 * exponent 0. false when an element is infinite or NaN; q and *exponent are then undefined. */
bool num_dfx_map(const float *x, size_t n, unsigned bits, num_dfx_rounding rounding, const uint32_t *random,
                 int32_t *q, int *exponent);
/* Inverse map of an accumulator, rounded once to float32 (|acc| < 2^53). */
float num_dfx_to_float(int64_t acc, int exponent);

#ifdef __cplusplus
}
#endif
#endif
