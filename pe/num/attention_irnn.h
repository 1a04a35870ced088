/* Integer attention of iRNN (Sari et al.): softmax by a piecewise-linear exponential and one division per
 * element, for one row of scores. */
#ifndef NUM_ATTENTION_IRNN_H
#define NUM_ATTENTION_IRNN_H

#include "pe/num/affine.h"
#include "pe/num/piecewise_linear.h"
#include "pe/num/requant.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adaptive table: fits table->pieces to f over the codes low..low + count - 1 of `in` (2 <= count <=
 * NUM_PWL_MAX_GRID), for results of `out`. To be called again when a learned range, num_range, has moved `in`
 * or `out`. fraction_bits, out_min and out_max are the caller's; f must be finite. */
void num_irnn_pwl_learn(double (*f)(double x), num_affine in, int32_t low, unsigned count, num_affine out,
                        num_irnn_pwl *table);

typedef struct num_irnn_attention {
    num_multiplier score;     /* int32 scores to 8 bits */
    num_irnn_pwl exponential; /* e^(score - max) for 8-bit differences -255..0, results 0..255 */
    num_multiplier context;   /* sums of 8-bit weights times values to the output */
    int32_t context_zero_point;
} num_irnn_attention;

/* Table and multipliers for int32 scores of one scale, 8-bit scores of another, values and context: weights
 * have the scale 1 / 255. All scales > 0. */
void num_irnn_attention_build(double score_scale, double score8_scale, double value_scale, num_affine context,
                              unsigned pieces, num_irnn_attention *constants);
/* Weights of a row of n scores: q8 = requantised score in -128..127, e = exponential(q8 - max), weight = (255
 * e
 * + s / 2) div s with s the sum of e; zeros when s is 0. */
void num_irnn_attention_weights(const num_irnn_attention *constants, const int32_t *scores, size_t n,
                                uint8_t *weights);
/* Context: out[c] = sum over n of weight * values[n][c], requantised to int8; n < 2^16. */
void num_irnn_attention_context(const num_irnn_attention *constants, const uint8_t *weights,
                                const int8_t *values, size_t n, size_t channels, int8_t *out);

#ifdef __cplusplus
}
#endif
#endif
