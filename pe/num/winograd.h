/* Winograd convolution F(2x2, 3x3) and F(4x4, 3x3) in integers, with power-of-two scales per tap (Andri et
 * al., "Going further with Winograd convolutions: tap-wise quantization on 4x4 tiles", MICRO 2022; matrices
 * of wincnn).
 *
 * A tile of n x n inputs (n = 4 or 6) and a 3 x 3 kernel give m x m outputs (m = 2 or 4) of the correlation,
 * no kernel flip: scale * Y = A^T [(kG f (kG)^T) .* (B^T x B)] A, with the integer matrices 2G and 24G, so
 * that scale is 4 or 576. The one-dimensional transforms are networks of shifts and additions (4, 3, 4 and
 * 12, 8, 10 adders). All matrices are row-major. */
#ifndef NUM_WINOGRAD_H
#define NUM_WINOGRAD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum num_winograd { NUM_WINOGRAD_F2, NUM_WINOGRAD_F4 } num_winograd;

enum { NUM_WINOGRAD_MAX_TAPS = 36 };

static inline unsigned num_winograd_inputs(num_winograd f) { return f == NUM_WINOGRAD_F2 ? 4 : 6; }
static inline unsigned num_winograd_outputs(num_winograd f) { return f == NUM_WINOGRAD_F2 ? 2 : 4; }
static inline unsigned num_winograd_taps(num_winograd f) { return f == NUM_WINOGRAD_F2 ? 16 : 36; }
/* 4 or 576: what the transformed weights are too large by. */
static inline int32_t num_winograd_scale(num_winograd f) { return f == NUM_WINOGRAD_F2 ? 4 : 576; }

/* V = B^T x B for int8 (|x| <= 2^15 at most): 10 bits (F2) or 15 bits (F4) from int8. */
void num_winograd_input(num_winograd f, const int32_t *x, int32_t *v);
/* scale * U = (kG) w (kG)^T of a 3 x 3 kernel: 12 bits (F2) or 18 bits (F4) from int8. */
void num_winograd_weight(num_winograd f, const int32_t *w, int32_t *u);
/* Z = A^T M A; gain at most 9 (F2) or 361 (F4). |m| < 2^53. */
void num_winograd_output(num_winograd f, const int64_t *m, int64_t *z);

/* v / 2^shift with ties towards +infinity. */
static inline int64_t num_winograd_round(int64_t v, unsigned shift)
{
    return shift == 0 ? v : (v + ((int64_t)1 << (shift - 1))) >> shift;
}
/* Smallest shift after which a tap of this largest magnitude fits `bits` (2..16) without saturation. */
unsigned num_winograd_shift(uint32_t max_magnitude, unsigned bits);
/* Clipping scale of one tap in float: max / (2^(bits - 1) - 1), rounded up to a power of two when
 * `power_of_two`. */
double num_winograd_tap_scale(double max_magnitude, unsigned bits, bool power_of_two);
/* Rounds every tap by its own shift and saturates to `bits`. out may be taps. */
void num_winograd_quantise(num_winograd f, const int32_t *taps, const uint8_t *shifts, unsigned bits,
                           int32_t *out);
/* Aligns the accumulators of the taps, which differ by input and weight shift, to the smallest exponent,
 * which is returned: m = acc << (input_shift + weight_shift - smallest). */
unsigned num_winograd_align(num_winograd f, const int32_t *acc, const uint8_t *input_shifts,
                            const uint8_t *weight_shifts, int64_t *m);
/* One output: z * multiplier / 2^shift, ties towards +infinity, saturated to int8. multiplier >= 0,
 * shift 1..62. */
int8_t num_winograd_requantise(int64_t z, int32_t multiplier, unsigned shift);

#ifdef __cplusplus
}
#endif
#endif
