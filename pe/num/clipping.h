/* Where to clip a tensor before uniform quantisation: OCTAV, percentile, Kullback-Leibler, and learned
 * power-of-two thresholds. All take finite values. */
#ifndef NUM_CLIPPING_H
#define NUM_CLIPPING_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Noise model of OCTAV (Sakr et al., ICML 2022), per element: step noise (4^-bits / 3, unsigned / 12) s^2 of
 * the non-zero elements up to s, plus squared clipping error of those above. Exact for a tensor without
 * zeros. */
double num_octav_noise(const float *x, size_t n, unsigned bits, bool is_signed, double s);
/* One step of its Newton-Raphson recursion: sum of |x| > s over (c * #{0 < |x| <= s} + #{|x| > s}). s = 0
 * gives the mean of the non-zero magnitudes; 0 when nothing is above s, or all is zero. */
double num_octav_step(const float *x, size_t n, unsigned bits, bool is_signed, double s);
/* The recursion from 0 until the value repeats, at most `iterations` (20 is safe) steps. */
double num_octav_clip(const float *x, size_t n, unsigned bits, bool is_signed, unsigned iterations);

/* Gradient of a clipped quantiser with respect to its input. */
typedef enum num_clip_gradient {
    NUM_GRADIENT_STE, /* straight through: 1 */
    NUM_GRADIENT_PWL, /* 1 up to s, else 0 */
    NUM_GRADIENT_MAD, /* 1 up to s, else s / |x| */
} num_clip_gradient;
double num_clip_gradient_of(num_clip_gradient rule, double x, double s);

/* Smallest magnitude that `percent` (0..100) percent of the elements do not exceed: element ceil(percent /
 * 100 * n) of the ascending magnitudes (the first at least). `magnitudes` is ascending; 0 for n = 0. */
double num_clip_percentile(const float *magnitudes, size_t n, double percent);

/* The entropy calibration known from TensorRT: among the first i of NUM_KL_BINS equal bins of |x|, the i
 * whose distribution, clipped into the last bin, is closest to itself quantised to 2^(bits - 1) levels.
 * Returns (i + 1/2) bin widths, at most max|x|; 0 for a tensor of zeros. bits 2..8. */
enum { NUM_KL_BINS = 2048 };
double num_clip_kl(const float *x, size_t n, unsigned bits);

/* Learned power-of-two threshold (TQT, Jain et al., MLSys 2020): step = 2^ceil(log2 threshold) / 2^(bits -
 * 1), unsigned / 2^bits; value = step * clamp(round to even(x / step)). */
typedef struct num_tqt {
    double value;
    double x_gradient;         /* 1 inside the range of codes, else 0 */
    double threshold_gradient; /* with respect to log2(threshold): step ln 2 (q - x / step), or step ln 2
                                  times the end code */
} num_tqt;
num_tqt num_tqt_forward(double x, double log2_threshold, unsigned bits, bool is_signed);

#ifdef __cplusplus
}
#endif
#endif
