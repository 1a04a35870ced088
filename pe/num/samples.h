/* A tensor prepared for scale search: sorted values with running sums. The squared error of any quantisation
 * grid then costs one binary search per grid value instead of one pass over the tensor. */
#ifndef NUM_SAMPLES_H
#define NUM_SAMPLES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct num_samples {
    const float *x;        /* n values, ascending */
    const double *sum;     /* n + 1: sum of the first i values */
    const double *squares; /* n + 1: sum of their squares */
    size_t n;
} num_samples;

/* Sorts x in place (heap sort, no memory of its own) and fills sum and squares, n + 1 elements each. All four
 * arrays stay the caller's and must outlive the result. Values must be finite. */
num_samples num_samples_build(float *x, size_t n, double *sum, double *squares);
/* Largest magnitude; 0 for no samples. */
float num_samples_max_magnitude(const num_samples *samples);
/* Sum of squared distances to the nearest of scale * grid[0..count), ascending, count > 0, scale > 0. */
double num_samples_error(const num_samples *samples, const double *grid, size_t count, double scale);

#ifdef __cplusplus
}
#endif
#endif
