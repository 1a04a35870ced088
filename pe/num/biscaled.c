#include "pe/num/biscaled.h"

#include <math.h>

static int max_code(unsigned bits) { return (1 << (bits - 1)) - 1; }

int8_t num_biscaled_encode(num_biscaled format, float x, bool *wide)
{
    const int high = max_code(format.bits), low = -high - 1;
    *wide = false;
    if (isnan(x)) return 0;
    const double fine = nearbyint(ldexp(x, -format.fine_exponent));
    if (fine >= low && fine <= high) return (int8_t)fine;
    *wide = true;
    const double coarse = nearbyint(ldexp(x, -format.wide_exponent));
    return (int8_t)(coarse > high ? high : coarse < low ? low : coarse);
}

double num_biscaled_decode(num_biscaled format, int8_t code, bool wide)
{
    return ldexp(code, wide ? format.wide_exponent : format.fine_exponent);
}

static double squared_error(num_biscaled format, const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) continue;
        bool wide;
        const int8_t code = num_biscaled_encode(format, x[i], &wide);
        const double error = x[i] - num_biscaled_decode(format, code, wide);
        sum += error * error;
    }
    return sum;
}

/* Smallest exponent at which the magnitude, rounded, is at most the largest code. */
static int wide_exponent(unsigned bits, double magnitude)
{
    int exponent = ilogb(magnitude) - (int)bits;
    while (nearbyint(ldexp(magnitude, -exponent)) > max_code(bits)) exponent++;
    return exponent;
}

num_biscaled num_biscaled_fit(unsigned bits, unsigned max_gap, const float *x, size_t n)
{
    float largest = 0;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(x[i])) largest = fmaxf(largest, fabsf(x[i]));
    }
    num_biscaled best = {(uint8_t)bits, 0, 0};
    if (largest == 0) return best;

    best.wide_exponent = best.fine_exponent = (int16_t)wide_exponent(bits, largest);
    double best_error = squared_error(best, x, n);
    for (unsigned gap = 1; gap <= max_gap; gap++) {
        num_biscaled candidate = best;
        candidate.fine_exponent = (int16_t)(best.wide_exponent - (int)gap);
        const double error = squared_error(candidate, x, n);
        if (error >= best_error) continue;
        best = candidate;
        best_error = error;
    }
    return best;
}
