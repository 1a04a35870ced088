/* Binary-coding quantisation (nuQmm / LUT-GEMM, Park et al.): w ~ sum over planes i of alpha_i * b_i (+
 * offset), b in {-1, +1}. A code holds the plane bits of one weight: bit i set means b_i = +1. */
#ifndef NUM_BCQ_H
#define NUM_BCQ_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NUM_BCQ_MAX_PLANES = 8 };

/* Greedy fit of n weights (one group) to 1..NUM_BCQ_MAX_PLANES planes: b_i = sign of the residual (+1 for 0),
 * alpha_i = mean |residual|. n = 0 gives alphas of 0. Weights must be finite. */
void num_bcq_fit_greedy(const float *w, size_t n, unsigned planes, double *alpha, uint8_t *codes);
/* `rounds` of alternating refinement of a fit: least squares for the alphas with bits fixed, |alpha| sorted
 * descending, then every weight to the nearest of the 2^planes sums, a tie to the larger. The error never
 * rises. */
void num_bcq_refine(const float *w, size_t n, unsigned planes, unsigned rounds, double *alpha,
                    uint8_t *codes);
/* sum of +-alpha_i, in ascending i. */
double num_bcq_value(const double *alpha, unsigned planes, uint8_t code);
/* Exact conversion of uniform weights scale * (c - zero), c of `planes` bits: the code of a weight is c
 * itself. */
void num_bcq_from_uniform(unsigned planes, double scale, double zero, double *alpha, double *offset);

#ifdef __cplusplus
}
#endif
#endif
