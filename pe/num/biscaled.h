/* BiScaled fixed point (Jain et al., DAC 2019): two power-of-two scales for one tensor of signed b-bit codes.
 *
 * Most elements use the fine scale; the few beyond its range, in the long tail, use the wide one. A bit per
 * element says which. value = code * 2^(wide bit ? wide_exponent : fine_exponent). */
#ifndef NUM_BISCALED_H
#define NUM_BISCALED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct num_biscaled {
    uint8_t bits; /* of a code, 2..8 */
    int16_t fine_exponent, wide_exponent;
} num_biscaled;

/* The wide exponent is the smallest that holds the largest magnitude; the fine one, at most `max_gap` (0..30)
 * below it, gives the smallest mean squared error (the smaller gap on a tie). Non-finite elements are
 * ignored; a tensor without other than zeros has both exponents 0. */
num_biscaled num_biscaled_fit(unsigned bits, unsigned max_gap, const float *x, size_t n);
/* Code of one element; *wide tells its scale: fine when the rounded value fits. Nearest, ties to even; the
 * wide scale saturates; NaN gives 0. */
int8_t num_biscaled_encode(num_biscaled format, float x, bool *wide);
double num_biscaled_decode(num_biscaled format, int8_t code, bool wide);

#ifdef __cplusplus
}
#endif
#endif
