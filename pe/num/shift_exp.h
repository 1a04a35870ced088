/* I-ViT's functions from shifts and additions (Li and Gu, ICCV 2023): ShiftExp, Shiftmax, ShiftGELU,
 * I-LayerNorm.
 *
 * inverse_scale is I0 = round(1 / S) of the input (the released training code takes the ceiling). */
#ifndef NUM_SHIFT_EXP_H
#define NUM_SHIFT_EXP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct num_shift_exp_constants {
    int32_t inverse_scale; /* 1..2^15 */
    unsigned n;            /* 1..23: fraction bits gained; 15 for softmax, 23 for GELU */
} num_shift_exp_constants;

/* e^q for q <= 0, in units of S / 2^n: p = q + (q >> 1) - (q >> 4), then 2^p with a linear mantissa; q is
 * clipped so that 2^p >= 2^-n. Overestimates by 0.19 to 9.9 %. At most inverse_scale << n. */
uint64_t num_shift_exp(num_shift_exp_constants c, int32_t q);

typedef enum num_shift_division {
    NUM_SHIFT_FACTOR, /* multiply by floor((2^31 - 1) / sum), as published; loses up to 12 % when the sum is
                         large */
    NUM_SHIFT_EXACT,  /* an exact quotient */
} num_shift_division;

/* Softmax of a row, 1 <= n elements, to k - 1 fraction bits (k = 2..16): values 0..2^(k - 1), rounded down.
 */
void num_shiftmax_row(num_shift_exp_constants c, num_shift_division division, unsigned k, const int32_t *q,
                      size_t n, uint16_t *out);

/* x * sigmoid(1.702 x) of a row: out = q * g, g = sigmoid with 7 fraction bits (0..127), scale S / 128.
 * The maximum is taken over the row and 0, which keeps all exponents at or below 0 (the release takes the
 * row's maximum alone and misbehaves on all-negative rows). With `shifts`, 1.702 q is q + (q >> 1) + (q >> 3)
 * + (q >> 4) and inverse_scale is that of S (paper); without, it is that of 1.702 S (release). |q| < 2^24. */
void num_shift_gelu_row(num_shift_exp_constants c, num_shift_division division, bool shifts, const int32_t *q,
                        size_t n, int32_t *out);
/* One element without a row pass: the maximum of q and 0, exact quotient. Not part of the paper. */
int32_t num_shift_gelu_element(num_shift_exp_constants c, int32_t q);

/* sqrt as in I-LayerNorm: ten Newton steps from 2^16 without a stop test; floor or one more for n >= 34,596,
 * too large below (64 for 0). */
uint32_t num_isqrt_ten_steps(uint64_t n);
/* LayerNorm of a row of 1..65536 elements, |q| < 2^23: mean rounded to even, y = q - mean, k =
 * num_isqrt_ten_steps(sum of y^2), out = ((y * floor((2^31 - 1) / k)) >> 1) + bias, bias per element. Scale
 * gamma sqrt(n) / 2^30. */
void num_layernorm_ivit_row(const int32_t *q, const int32_t *bias, size_t n, int64_t *out);

#ifdef __cplusplus
}
#endif
#endif
