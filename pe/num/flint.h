/* Flint: the float-int primitive of ANT (MICRO 2022, section 4), as unsigned magnitude codes of 2..8 bits.
 *
 * The leading one of a code below its most significant bit marks both the exponent and the width of the
 * mantissa, so precision is highest in the middle of the range. With m the most significant bit, r the other
 * bits - 1 bits and L the leading zeros of r: m = 0 is the integer r; m = 1 is 2r * 4^L, and 4^(bits - 1) for
 * r = 0. Signed flint is a sign bit before a magnitude code of one bit less (see pe/num/format.h). */
#ifndef NUM_FLINT_H
#define NUM_FLINT_H

#include "pe/num/format.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 4^(bits - 1), the value of code 10..0. */
uint32_t num_flint_max(unsigned bits);
/* Integer decoder: value = base * 2^shift, shift even, base below 2^bits. Upper bits of `code` are ignored.
 */
num_operand num_flint_operand(unsigned bits, uint32_t code);
/* Code of the representable value nearest to `magnitude`; saturates at num_flint_max. A tie goes to the
 * larger magnitude when `tie_up`, else to the smaller. */
uint32_t num_flint_encode(unsigned bits, uint32_t magnitude, bool tie_up);

/* The encoder as ANT's hardware does it: x is first rounded to an integer (nearest, ties to even; NaN and
 * negative values give 0, large ones saturate), then the mantissa within its interval (ties up, carrying into
 * the next exponent). It may differ by one step from the nearest value: 8.625 becomes 9, then 10, in 4 bits.
 */
uint32_t num_flint_encode_two_step(unsigned bits, double x);

/* Float decoder: value = 2^exponent * (1 + fraction / 2^(bits - 1)); is_zero: the value is 0. */
typedef struct num_flint_float {
    bool is_zero;
    uint8_t exponent;
    uint8_t fraction;
} num_flint_float;
num_flint_float num_flint_decode_float(unsigned bits, uint32_t code);

#ifdef __cplusplus
}
#endif
#endif
