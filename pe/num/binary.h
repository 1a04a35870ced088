/* One- and two-bit numbers: binarisation, ternary weights and the rounding to powers of two of QNN (Hubara et
 * al.), with the popcount dot products that replace multiplication. Packed bits are least significant first
 * in 32-bit words; bit 1 means +1. Bits beyond n in the last word are 0. */
#ifndef NUM_BINARY_H
#define NUM_BINARY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline size_t num_binary_words(size_t n) { return (n + 31) / 32; }

/* x >= 0 -> 1, else 0 (NaN too). */
void num_binary_pack(const float *x, size_t n, uint32_t *words);
/* +1 with probability clip((x + 1) / 2, 0, 1), decided by u < p with u = word / 2^32. */
int num_binary_stochastic(double x, uint32_t word);

/* Dot product of two vectors of +-1: n - 2 popcount(a xor b). */
int64_t num_binary_dot(const uint32_t *a, const uint32_t *b, size_t n);
/* Unsigned integers of `bits` 1..16 with weights of +-1, plane by plane:
 * sum over p of 2^p (2 popcount(plane and w) - popcount(plane)). */
int64_t num_binary_dot_unsigned(const uint16_t *x, unsigned bits, const uint32_t *w, size_t n);

/* Ternary weights (TWN, Li et al.): 0 where |w| <= 0.7 mean|w|, else the sign; scale = mean |w| of the rest.
 * Returns the scale, 0 when nothing exceeds the threshold. Weights must be finite. */
double num_ternary_fit(const float *w, size_t n, int8_t *t);

/* AP2: sign(x) * 2^round(log2|x|), decided by comparing the significand with sqrt(2); AP2(0) = 0. NaN and
 * infinities are returned unchanged. */
double num_ap2(double x);
/* LogQuant of QNN: AP2(x) clipped to -1 and 1 - 2^-(bits - 1), bits 2..16. NaN gives 0. */
double num_log_quant(double x, unsigned bits);

/* LinearQuant of QNN as an integer: floor(x * 2^(bits - 1) + 1/2), clipped to two's complement of 2..16 bits;
 * the value is the result / 2^(bits - 1). NaN gives 0. */
int32_t num_linear_quant(double x, unsigned bits);

/* Shift-based batch normalisation of one channel (n > 0): squares and the scalings by the inverse standard
 * deviation and gamma are products with AP2 values. `epsilon` is added to the variance (1e-5 in QNN). y may
 * be x. */
void num_shift_batch_norm(const double *x, size_t n, double gamma, double beta, double epsilon, double *y);

#ifdef __cplusplus
}
#endif
#endif
