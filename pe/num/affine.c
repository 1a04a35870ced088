#include "pe/num/affine.h"

#include <math.h>

static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

void num_range_observe(num_range *range, const float *x, size_t n, double momentum)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) continue;
        low = fmin(low, x[i]);
        high = fmax(high, x[i]);
    }
    if (low > high) return;
    const double weight = range->batches++ ? momentum : 1;
    range->low += weight * (low - range->low);
    range->high += weight * (high - range->high);
}

num_affine num_affine_choose(num_range range, int32_t low_code, int32_t high_code)
{
    const double low = fmin(range.low, 0), high = fmax(range.high, 0);
    const double scale = high > low ? (high - low) / ((double)high_code - low_code) : 1;
    return (num_affine){scale, (int32_t)round(clamp(low_code - low / scale, low_code, high_code))};
}

int32_t num_affine_quantise(num_affine format, double x, int32_t low_code, int32_t high_code)
{
    const double steps = isnan(x) ? 0 : x / format.scale;
    return (int32_t)round(clamp(format.zero_point + steps, low_code, high_code));
}

void num_lut8_build(double (*f)(double x), num_affine in, num_affine out, int8_t table[NUM_LUT8_ENTRIES])
{
    for (int32_t q = INT8_MIN; q <= INT8_MAX; q++)
        table[q - INT8_MIN] =
            (int8_t)num_affine_quantise(out, f(in.scale * (q - in.zero_point)), INT8_MIN, INT8_MAX);
}

void num_lut8_row(const int8_t table[NUM_LUT8_ENTRIES], const int8_t *q, size_t n, int8_t *out)
{
    for (size_t i = 0; i < n; i++) out[i] = table[q[i] - INT8_MIN];
}
