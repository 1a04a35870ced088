/* i-GELU: GELU by a second-order polynomial for erf, on integers (I-BERT, ICML 2021, section 3.4).
 *
 *   x/2 * (1 + sgn(x) * (-0.2888 * (min(|x|/sqrt2, 1.769) - 1.769)^2 + 1))
 *
 * The published form has a negative output scale. Here the result is negated so that the scale, and with it
 * the multiplier that follows, is positive. Maximum error 0.0186 for S <= 3e-4, 0.022 at 1e-3; a coarse scale
 * (int8 activations) gives wrong results, because 14 bits of the polynomial are dropped. */
#ifndef NUM_GELU_IBERT_H
#define NUM_GELU_IBERT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NUM_IGELU_SHIFT = 14 };

/* Constants of one input scale S; offline knowledge, integers in the data path. */
typedef struct num_igelu {
    int64_t b;   /* floor(-1.769 / (S / 1.4142)) */
    int64_t c;   /* floor((1 / -0.2888) / (S / 1.4142)^2) */
    int64_t one; /* floor(1 / (-0.2888 * (S / 1.4142)^2 * 2^14)) */
} num_igelu;

/* Constants for S = 2^-12, the scale of the vector unit's gelu: an int16 covers [-8, 8). */
extern const num_igelu num_igelu_q12;

/* Constants for any S in (0, 0.1]; computed in double, S below 1e-6 would leave the 64-bit range. */
num_igelu num_igelu_from_scale(double scale);
/* Scale of the result, > 0: S * 0.2888 * (S / 1.4142)^2 * 2^14 / 2. */
double num_igelu_output_scale(double scale);

/* GELU of q in units of the scale; the result in units of num_igelu_output_scale (48 bits suffice for S >=
 * 1e-4). */
int64_t num_igelu_apply(const num_igelu *constants, int32_t q);

/* i-erf, the polynomial alone: erf(x / sqrt 2) of x = S q in units of num_ierf_output_scale(S). For erf(x),
 * take constants and unit of the scale S * 1.4142. Error 0.097, just beside 0, where the polynomial, fitted
 * for GELU, does not vanish. */
int64_t num_ierf_apply(const num_igelu *constants, int32_t q);
/* 0.2888 (S / 1.4142)^2. */
double num_ierf_output_scale(double scale);

#ifdef __cplusplus
}
#endif
#endif
