#include "pe/num/samples.h"

#include <math.h>

static void sift_down(float *x, size_t root, size_t n)
{
    const float value = x[root];
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && x[child + 1] > x[child]) child++;
        if (x[child] <= value) break;
        x[root] = x[child];
    }
    x[root] = value;
}

static void sort(float *x, size_t n)
{
    for (size_t i = n / 2; i-- > 0;) sift_down(x, i, n);
    for (size_t end = n; end-- > 1;) {
        const float top = x[0];
        x[0] = x[end];
        x[end] = top;
        sift_down(x, 0, end);
    }
}

num_samples num_samples_build(float *x, size_t n, double *sum, double *squares)
{
    sort(x, n);
    sum[0] = squares[0] = 0;
    for (size_t i = 0; i < n; i++) {
        sum[i + 1] = sum[i] + x[i];
        squares[i + 1] = squares[i] + (double)x[i] * x[i];
    }
    return (num_samples){x, sum, squares, n};
}

float num_samples_max_magnitude(const num_samples *samples)
{
    return samples->n ? fmaxf(fabsf(samples->x[0]), fabsf(samples->x[samples->n - 1])) : 0;
}

/* Index of the first sample at or above `limit`, from `first` on. */
static size_t first_at_least(const num_samples *samples, size_t first, double limit)
{
    size_t last = samples->n;
    while (first < last) {
        const size_t middle = first + (last - first) / 2;
        if (samples->x[middle] < limit)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

double num_samples_error(const num_samples *samples, const double *grid, size_t count, double scale)
{
    double error = 0;
    size_t from = 0;
    for (size_t i = 0; i < count; i++) {
        const double value = grid[i] * scale;
        const size_t to =
            i + 1 == count ? samples->n : first_at_least(samples, from, (grid[i] + grid[i + 1]) / 2 * scale);
        const double sum = samples->sum[to] - samples->sum[from];
        error +=
            samples->squares[to] - samples->squares[from] - value * (2 * sum - value * (double)(to - from));
        from = to;
    }
    return error > 0 ? error : 0;
}
