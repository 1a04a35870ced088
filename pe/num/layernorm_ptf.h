/* FQ-ViT (Lin et al., IJCAI 2022): LayerNorm on uint8 inputs whose channels have power-of-two factors.
 *
 * real = scale * 2^shift[c] * (q - zero_point). The aligned integers v = (q - zero_point) << shift need no
 * multiplier; their sum and sum of squares give mean and variance in one pass. */
#ifndef NUM_LAYERNORM_PTF_H
#define NUM_LAYERNORM_PTF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NUM_PTF_MAX_SHIFT = 3 };

typedef struct num_ptf {
    double scale; /* (max - min) / 255 / 8; 1 when all elements are equal */
    int32_t zero_point;
} num_ptf;

/* Fits the tensor x [tokens][channels] of finite values: the zero point from the whole range (rne, clamped to
 * 0..255), and per channel the shift 0..NUM_PTF_MAX_SHIFT of the smallest squared error, the first on a tie.
 */
num_ptf num_ptf_fit(const float *x, size_t tokens, size_t channels, uint8_t *shift);
/* clamp(rne(x / (scale * 2^shift) + zero_point), 0, 255). */
uint8_t num_ptf_encode(num_ptf format, unsigned shift, float x);

/* Affine part and output of the layer, one gamma and beta per channel. */
typedef struct num_layernorm_ptf {
    const double *gamma, *beta;
    double out_scale;
    int32_t out_zero_point;
} num_layernorm_ptf;
/* One token of 1..65536 channels. Per channel A = C gamma / (sqrt(V) out_scale) becomes an 8-bit multiplier
 * (truncated) with a shift N, and y = rne((A v + B) / 2^N); out = clamp(y + out_zero_point, 0, 255). V = C
 * sum v^2 - (sum v)^2; a constant token (V = 0) gives beta alone. The factors per token are computed in
 * float64, as the release does. */
void num_layernorm_ptf_row(num_ptf format, const uint8_t *shift, const num_layernorm_ptf *layer,
                           const uint8_t *q, size_t channels, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
