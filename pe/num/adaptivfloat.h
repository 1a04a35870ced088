/* AdaptivFloat (Tambe et al., DAC 2020): a small float whose exponent bias belongs to the tensor.
 *
 * A code is sign, exponent, mantissa; value = (1 + j / 2^m) * 2^(e + bias), without subnormals. The two codes
 * with exponent and mantissa 0 give up their value to represent 0. */
#ifndef NUM_ADAPTIVFLOAT_H
#define NUM_ADAPTIVFLOAT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct num_adaptivfloat {
    uint8_t bits;          /* of a code, sign included, 3..16 */
    uint8_t exponent_bits; /* 1..bits - 1, at most 8 */
    int16_t bias;
} num_adaptivfloat;

/* The format whose range ends in the binade of the largest magnitude: bias = floor(log2 max) -
 * (2^exponent_bits - 1). `max_magnitude` must be finite; 0 or less gives bias 0. */
num_adaptivfloat num_adaptivfloat_fit(unsigned bits, unsigned exponent_bits, double max_magnitude);
double num_adaptivfloat_max(num_adaptivfloat format);
double num_adaptivfloat_decode(num_adaptivfloat format, uint32_t code);
/* Nearest value, ties to the even mantissa; saturates. Below the smallest value the nearer of it and 0, the
 * tie going to the value (the paper's half-minimum threshold). Negative zero is never produced; NaN gives 0.
 */
uint32_t num_adaptivfloat_encode(num_adaptivfloat format, double value);

#ifdef __cplusplus
}
#endif
#endif
