/* RMSNorm on integers: LayerNorm without the mean (Zhang and Sennrich, NeurIPS 2019), by the square root and
 * the factor of I-BERT's LayerNorm. */
#ifndef NUM_RMSNORM_H
#define NUM_RMSNORM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* out = (q * num_layernorm_factor(sum of q^2)) >> 1 for a row of up to 65536 elements, |q| <= 2^23. The scale
 * is gamma sqrt(n) / 2^30 per channel, the input's scale cancels. A row of zeros gives zeros. Error for unit
 * gamma: |y| (root / 2^31 + 1 / root), root = sqrt(sum of q^2). */
void num_rmsnorm_row(const int32_t *q, size_t n, int64_t *out);

#ifdef __cplusplus
}
#endif
#endif
