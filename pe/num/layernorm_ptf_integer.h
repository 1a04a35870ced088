/* The LayerNorm of FQ-ViT (layernorm_ptf.h) in integers alone: per token one square root, one division and a
 * leading-one count. The release computes its factors per token in floating point. */
#ifndef NUM_LAYERNORM_PTF_INTEGER_H
#define NUM_LAYERNORM_PTF_INTEGER_H

#include "pe/num/layernorm_ptf.h"

#ifdef __cplusplus
extern "C" {
#endif

/* offset has NUM_PTF_OFFSET_BITS fraction bits, gain gain_bits of them. */
enum { NUM_PTF_OFFSET_BITS = 16 };
typedef struct num_layernorm_ptf_integer {
    const int32_t *gain, *offset; /* C gamma / out_scale, beta / out_scale, per channel */
    int gain_bits;
    int32_t zero_point, out_zero_point;
} num_layernorm_ptf_integer;

/* Fills the caller's gain and offset, `channels` each, from the real layer; gain_bits is chosen so that the
 * largest gain has 30 bits. Finite gamma and beta; offsets saturate at 2^15 output steps. */
num_layernorm_ptf_integer num_layernorm_ptf_integer_build(num_ptf format, const num_layernorm_ptf *layer,
                                                          size_t channels, int32_t *gain, int32_t *offset);
/* One token, as num_layernorm_ptf_row: the same multipliers and shifts, with A = gain / sqrt(V) to 31 bits
 * and B from it. Results differ from the float64 form by at most one step, where a rounding is nearly a tie.
 */
void num_layernorm_ptf_integer_row(const num_layernorm_ptf_integer *layer, const uint8_t *shift,
                                   const uint8_t *q, size_t channels, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
