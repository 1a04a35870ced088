/* i-LayerNorm: LayerNorm on integers with a Newton square root (I-BERT, ICML 2021, section 3.6).
 *
 *   mean = rne(sum / C)   y = q - mean   std = isqrt(sum y^2)   factor = floor(2^31 / std)
 *   out  = ((y * factor) >> 1) + bias
 *
 * std is sqrt(C) times the standard deviation, so out has the scale gamma * sqrt(C) / 2^30 per channel and
 * bias = floor((beta / gamma) / (sqrt(C) / 2^30)). The published form shifts y right before squaring to keep
 * the sum in 32 bits; here the sum has 64 bits and no shift. A constant row (std 0) gives factor 0, so the
 * result is the bias. Error for unit gamma: 0.5 / sigma + |x| * (std / 2^31 + 1 / std), sigma in units of the
 * input's scale. */
#ifndef NUM_LAYERNORM_IBERT_H
#define NUM_LAYERNORM_IBERT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* sum / columns to the nearest integer, ties to even. columns >= 1. */
int32_t num_layernorm_mean(int64_t sum, uint32_t columns);
/* floor(2^31 / isqrt(square_sum)), 0 for 0. square_sum = sum of (q - mean)^2. */
uint32_t num_layernorm_factor(uint64_t square_sum);
/* The normalised element, before the requantisation to the output scale. |centred| < 2^31, centred = q -
 * mean. */
static inline int64_t num_layernorm_element(int64_t centred, uint32_t factor, int32_t bias)
{
    return ((centred * (int64_t)factor) >> 1) + bias;
}

#ifdef __cplusplus
}
#endif
#endif
