#include "pe/num/clipping.h"

#include <math.h>

static double step_noise(unsigned bits, bool is_signed)
{
    return ldexp(1, -2 * (int)bits) / (is_signed ? 3 : 12);
}

double num_octav_noise(const float *x, size_t n, unsigned bits, bool is_signed, double s)
{
    const double inside = step_noise(bits, is_signed) * s * s;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double magnitude = fabs(x[i]), beyond = magnitude - s;
        sum += magnitude > s ? beyond * beyond : magnitude > 0 ? inside : 0;
    }
    return n ? sum / (double)n : 0;
}

double num_octav_step(const float *x, size_t n, unsigned bits, bool is_signed, double s)
{
    double sum = 0;
    size_t above = 0, below = 0;
    for (size_t i = 0; i < n; i++) {
        const double magnitude = fabs(x[i]);
        above += magnitude > s;
        below += magnitude > 0 && magnitude <= s;
        if (magnitude > s) sum += magnitude;
    }
    return above ? sum / (step_noise(bits, is_signed) * (double)below + (double)above) : 0;
}

double num_octav_clip(const float *x, size_t n, unsigned bits, bool is_signed, unsigned iterations)
{
    double s = 0;
    for (unsigned i = 0; i < iterations; i++) {
        const double next = num_octav_step(x, n, bits, is_signed, s);
        if (next == s) break;
        s = next;
    }
    return s;
}

double num_clip_gradient_of(num_clip_gradient rule, double x, double s)
{
    if (rule == NUM_GRADIENT_STE || fabs(x) <= s) return 1;
    return rule == NUM_GRADIENT_MAD ? s / fabs(x) : 0;
}

double num_clip_percentile(const float *magnitudes, size_t n, double percent)
{
    if (n == 0) return 0;
    const double rank = ceil(percent / 100 * (double)n);
    const size_t index = rank < 1 ? 0 : rank > (double)n ? n - 1 : (size_t)rank - 1;
    return magnitudes[index];
}

/* Divergence of the first `used` bins, with the rest clipped into the last, from the same quantised to
 * `levels`. A level spreads its count evenly over its bins that are not empty. INFINITY when the quantised
 * one misses mass. */
static double divergence(const double *histogram, size_t used, size_t levels, double total)
{
    double clipped = 0, inside = 0, sum = 0;
    for (size_t i = used; i < NUM_KL_BINS; i++) clipped += histogram[i];
    for (size_t i = 0; i < used; i++) inside += histogram[i];
    if (inside == 0) return INFINITY;

    for (size_t level = 0; level < levels; level++) {
        const size_t from = level * used / levels, to = (level + 1) * used / levels;
        double count = 0, filled = 0;
        for (size_t i = from; i < to; i++) {
            count += histogram[i];
            filled += histogram[i] > 0;
        }
        for (size_t i = from; i < to; i++) {
            const double p = (histogram[i] + (i + 1 == used ? clipped : 0)) / total;
            if (p == 0) continue;
            if (histogram[i] == 0) return INFINITY;
            sum += p * log(p / (count / filled / inside));
        }
    }
    return sum;
}

double num_clip_kl(const float *x, size_t n, unsigned bits)
{
    double largest = 0, histogram[NUM_KL_BINS] = {0};
    for (size_t i = 0; i < n; i++) largest = fmax(largest, fabs(x[i]));
    if (largest == 0) return 0;
    for (size_t i = 0; i < n; i++) {
        const size_t bin = (size_t)(fabs(x[i]) / largest * NUM_KL_BINS);
        histogram[bin < NUM_KL_BINS ? bin : NUM_KL_BINS - 1] += 1;
    }
    const size_t levels = (size_t)1 << (bits - 1);
    size_t best = NUM_KL_BINS;
    double best_divergence = INFINITY;
    for (size_t used = levels; used <= NUM_KL_BINS; used++) {
        const double d = divergence(histogram, used, levels, (double)n);
        if (d >= best_divergence) continue;
        best = used;
        best_divergence = d;
    }
    return fmin(largest, ((double)best + 0.5) * largest / NUM_KL_BINS);
}

num_tqt num_tqt_forward(double x, double log2_threshold, unsigned bits, bool is_signed)
{
    const double low = is_signed ? -ldexp(1, (int)bits - 1) : 0;
    const double high = ldexp(1, (int)bits - (is_signed ? 1 : 0)) - 1;
    const double step = ldexp(1, (int)ceil(log2_threshold) - (int)bits + (is_signed ? 1 : 0));
    const double scaled = x / step, rounded = nearbyint(scaled);
    if (rounded < low) return (num_tqt){step * low, 0, step * M_LN2 * low};
    if (rounded > high) return (num_tqt){step * high, 0, step * M_LN2 * high};
    return (num_tqt){step * rounded, 1, step * M_LN2 * (rounded - scaled)};
}
