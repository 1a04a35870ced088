/* LNS: multi-base logarithmic numbers (LNS-Madam, Zhao et al.). A product is an addition of codes.
 *
 * A code is a sign bit before an unsigned exponent x; value = +-2^(x / gamma) in units of the tensor's scale,
 * with gamma = 2^log2_gamma. There is no code for zero: magnitudes below 1 become +-1 (a unit that needs true
 * zeros keeps a flag per element). Ranges: bits 2..16, log2_gamma 0..5. */
#ifndef NUM_LNS_H
#define NUM_LNS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct num_lns {
    uint8_t bits; /* sign included */
    uint8_t log2_gamma;
} num_lns;

enum { NUM_LNS_MAX_GAMMA = 32, NUM_LNS_FRACTION_BITS = 8 };

/* Exponent e of a scale 2^e that maps `max_magnitude` near the top code: ceil(log2 max) - floor(top / gamma);
 * 0 when the magnitude is not positive and finite. */
int num_lns_scale_exponent(num_lns format, double max_magnitude);
/* Exponent floor(gamma log2|x| + 1/2), clamped to the code's range; zero, NaN: the smallest magnitude. */
uint32_t num_lns_encode(num_lns format, double x);
double num_lns_decode(num_lns format, uint32_t code);

/* A dot product keeps gamma sums of shifted ones, one per remainder r of the product's exponent gamma * q +
 * r. */
typedef struct num_lns_bins {
    int64_t sum[NUM_LNS_MAX_GAMMA];
} num_lns_bins;
/* Adds +-2^(q - drop) to bin r; terms with q < drop are lost (the accumulator's window). The window must
 * satisfy q - drop <= 31 for the largest product, 2 * (2^(bits - 1) - 1) / gamma; up to 2^16 terms are then
 * exact. */
void num_lns_accumulate(num_lns format, num_lns_bins *bins, uint32_t a, uint32_t b, unsigned drop);
/* 2^(r / gamma) with NUM_LNS_FRACTION_BITS + log2_gamma fraction bits, from a table of 2^log2_table constants
 * of 8 fraction bits for the upper remainder bits and Mitchell's 1 + x for the lower ones. log2_table = 0 is
 * pure Mitchell, log2_table = log2_gamma the full table. Worst overestimate for gamma 8: 6.07, 6.03, 3.16, 0
 * % and half a unit. */
int32_t num_lns_constant(num_lns format, unsigned remainder, unsigned log2_table);
/* Sum over bins times their constants, with NUM_LNS_FRACTION_BITS + log2_gamma fraction bits. */
int64_t num_lns_total(num_lns format, const num_lns_bins *bins, unsigned log2_table);
/* Converter back to codes: value has `fraction_bits`. The leading one gives q, a comparison of the next 16
 * bits with the midpoints 2^((r + 1/2) / gamma) gives r; equal to num_lns_encode except within 2^-16 of a
 * midpoint. */
uint32_t num_lns_from_integer(num_lns format, int64_t value, unsigned fraction_bits);

/* Madam update: exponent - step * gradient * sign(w), clamped to the code's range. step = learning rate *
 * gamma. */
uint32_t num_lns_update(num_lns format, uint32_t code, int gradient, int step);
/* Code in a format of the same range with `drop` exponent bits less: (exponent + 2^(drop - 1)) >> drop,
 * saturated. drop 1..14, less than bits - 1. */
uint32_t num_lns_narrow(num_lns format, uint32_t code, unsigned drop);

#ifdef __cplusplus
}
#endif
#endif
