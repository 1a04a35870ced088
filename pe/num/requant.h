/* gemmlowp / TFLite fixed-point requantisation (Jacob et al., CVPR 2018); double rounding is the default. */
#ifndef NUM_REQUANT_H
#define NUM_REQUANT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* real multiplier = multiplier * 2^(shift - 31); multiplier in [2^30, 2^31) or 0, shift in [-31, 30]. */
typedef struct num_multiplier {
    int32_t multiplier;
    int32_t shift;
} num_multiplier;

/* Saturating rounding doubling high multiply: floor((a*b + 2^30) / 2^31), INT32_MAX for a = b = INT32_MIN. */
int32_t num_srdhm(int32_t a, int32_t b);
/* Its 16-bit twin: floor((a*b + 2^14) / 2^15), INT16_MAX for a = b = INT16_MIN. */
int16_t num_srdhm16(int16_t a, int16_t b);
/* Rounding divide by 2^exponent, ties away from zero; exponent 0..31. */
int32_t num_rdbypot(int32_t x, int exponent);
/* num_multiply_by_multiplier for multipliers >= 0 without branches, for loops that become vector
 * instructions: nothing needs more than 32 bits but the product. */
static inline int32_t num_multiply_lane(int32_t x, num_multiplier m)
{
    const int left = m.shift > 0 ? m.shift : 0, right = m.shift < 0 ? -m.shift : 0;
    const int32_t kept = (int32_t)((uint32_t)x << left);
    const int32_t shifted = x > INT32_MAX >> left ? INT32_MAX : x < INT32_MIN >> left ? INT32_MIN : kept;
    const int32_t high = (int32_t)(uint32_t)((uint64_t)((int64_t)shifted * m.multiplier + (1 << 30)) >> 31);
    const int32_t mask = (int32_t)((1u << right) - 1);
    return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0));
}
/* rdbypot(srdhm(sat(x * 2^left), multiplier), right), TFLite double rounding; the left shift saturates. */
int32_t num_multiply_by_multiplier(int32_t x, num_multiplier m);
/* The same for a row, in vector instructions, for multipliers >= 0; out may be x. */
void num_multiply_by_multiplier_row(const int32_t *x, size_t n, num_multiplier m, int32_t *out);
/* The same for a 64-bit x (i-GELU, LayerNorm products): single rounding, (x * multiplier + 2^(t-1)) >> t with
 * t = 31 - shift, ties towards +infinity, computed in 128 bits, saturated to int32. */
int32_t num_multiply_by_multiplier_wide(int64_t x, num_multiplier m);
/* The same for 64-bit accumulators (int16 activations), |x| <= 2^47, as TensorFlow Lite Micro does it: the
 * multiplier is first reduced to its 16 upper bits (rounded, at most 32767), then single rounding with t = 15
 * - shift; shift at most 7. Saturated to int32. */
int32_t num_multiply_by_multiplier_reduced(int64_t x, num_multiplier m);

/* Dyadic requantisation x * b / 2^c of I-BERT and I-ViT; b is the multiplier (negative when the output scale
 * is) and c = 31 - shift. */
typedef enum num_dyadic_rounding {
    NUM_DYADIC_EVEN,  /* to nearest, ties to even: the released programs */
    NUM_DYADIC_FLOOR, /* shift alone: the papers' figures */
} num_dyadic_rounding;
/* Saturated to int32. (Ties upwards: num_multiply_by_multiplier_wide.) */
int32_t num_multiply_by_dyadic(int64_t x, num_multiplier m, num_dyadic_rounding rounding);
/* Multiplier of a real number >= 0 (TFLite rule: frexp, round half away, renormalise; too small gives 0). */
num_multiplier num_quantize_multiplier(double real);

#ifdef __cplusplus
}
#endif
#endif
