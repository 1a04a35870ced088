/* Softmax and LayerNorm from NN-LUT tables (Yu et al., DAC 2022), in integers.
 *
 * 1/x and 1/sqrt(x) are not read from tables over (1, 1024), whose slopes are too small for fixed point: a
 * leading-one count brings the argument into [1, 2) or [1, 4) first. */
#ifndef NUM_NNLUT_ROWS_H
#define NUM_NNLUT_ROWS_H

#include "pe/num/piecewise_linear.h"
#include "pe/num/requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fraction bits of the tables of 1/x on [1, 2), input scale 2^-15, and of 1/sqrt(x) on [1, 4), input scale
 * 2^-14; 14 bits for the slopes of both. Results have 29 and 28 fraction bits. */
enum { NUM_NNLUT_SLOPE_BITS = 14, NUM_NNLUT_RECIPROCAL_BITS = 15, NUM_NNLUT_RSQRT_BITS = 14 };

typedef struct num_softmax_nnlut {
    num_nnlut exponential;     /* e^x, x = S q <= 0 */
    num_multiplier multiplier; /* its results to 16 fraction bits */
    num_nnlut reciprocal;
} num_softmax_nnlut;

/* Quantises both tables for logits of scale S > 0; slopes of the exponential have `fraction_bits` (16 in the
 * reference). */
void num_softmax_nnlut_build(const num_nnlut_real *exponential, const num_nnlut_real *reciprocal,
                             double scale, unsigned fraction_bits, num_softmax_nnlut *tables);
/* A row of n logits: exponentials of q - max with 16 fraction bits, at least 0; results in units of
 * 2^-out_bits, rounded, at most 2^out_bits - 1; out_bits 1..16. n = 0 does nothing; zeros when all
 * exponentials are 0. */
void num_softmax_nnlut_row(const num_softmax_nnlut *tables, unsigned out_bits, const int32_t *q, size_t n,
                           uint16_t *out);

/* What num_layernorm_factor computes, 2^31 / sqrt(square_sum), by the table of 1/sqrt(x) instead of a root
 * and a division; 0 for 0. */
uint32_t num_nnlut_layernorm_factor(const num_nnlut *rsqrt, uint64_t square_sum);
/* LayerNorm of 1..65536 elements, |q| < 2^23, with this factor: otherwise as I-BERT's (layernorm_ibert.h),
 * with its output scale. */
void num_layernorm_nnlut_row(const num_nnlut *rsqrt, const int32_t *q, const int32_t *bias, size_t n,
                             int64_t *out);

#ifdef __cplusplus
}
#endif
#endif
