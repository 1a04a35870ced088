/* Optimisers whose updates suit low-bit weights: Madam, multiplicative, as LNS-Madam uses it (Zhao et al.),
 * and the shift-based AdaMax of QNN (Hubara et al.). They keep the float64 weights of a training;
 * num_lns_update is Madam's step on codes. */
#ifndef NUM_OPTIMISER_H
#define NUM_OPTIMISER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct num_madam {
    double rate;           /* 1/128 */
    double decay;          /* of the mean square, 0.999 */
    double gradient_bound; /* 10 */
    double limit;          /* of a weight's magnitude: num_madam_limit */
} num_madam;

/* 3 root-mean-squares of the initial weights; 0 for n = 0. */
double num_madam_limit(const double *w, size_t n);
/* Normalised gradient of step t (counted from 1): *mean_square <- decay *mean_square + (1 - decay) g^2; the
 * result is g / sqrt(*mean_square / (1 - decay^t)) clamped to the bound and rounded to an integer, ties to
 * even. A gradient that is not finite counts as 0, and so does 0 / 0. This integer is what num_lns_update
 * takes. */
int num_madam_gradient(num_madam rule, unsigned t, double gradient, double *mean_square);
/* w <- w 2^(-rate g sign(w)) with that g, |w| clamped to the limit; n weights with their gradients and mean
 * squares (0 before the first step). A weight of 0 stays 0. */
void num_madam_step(num_madam rule, unsigned t, const double *gradient, double *mean_square, double *w,
                    size_t n);

typedef struct num_adamax {
    double rate;                  /* 2^-10 in the paper, 0.002 in the released program */
    double mean_decay, max_decay; /* 1 - 2^-3 and 1 - 2^-10; released 0.9 and 0.999 */
    double layer_factor;          /* 1 / sqrt(1.5 / (fan_in + fan_out)), or 1 */
} num_adamax;

/* Step t (counted from 1) for n weights, which stay within -1..1. Per weight, with m and v from 0:
 *   m <- mean_decay m + (1 - mean_decay) g    v <- AP2(max(max_decay v, |g|))
 *   w <- w - AP2(rate / (1 - mean_decay^t)) m / (v + 2^-27) layer_factor
 * AP2 takes a decay above 1 / sqrt 2 of a power of two back to it, so with the published one v never falls.
 * The division by v is a shift but for the 2^-27 of the release. A gradient that is not finite counts as 0.
 */
void num_adamax_step(num_adamax rule, unsigned t, const double *gradient, double *m, double *v, double *w,
                     size_t n);

#ifdef __cplusplus
}
#endif
#endif
