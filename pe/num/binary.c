#include "pe/num/binary.h"

#include <math.h>
#include <string.h>

void num_binary_pack(const float *x, size_t n, uint32_t *words)
{
    if (n > 0) memset(words, 0, num_binary_words(n) * sizeof *words);
    for (size_t i = 0; i < n; i++) words[i / 32] |= (uint32_t)(x[i] >= 0) << i % 32;
}

int num_binary_stochastic(double x, uint32_t word)
{
    const double p = (x + 1) / 2; /* u lies in [0, 1), so clipping changes no decision */
    return word * 0x1p-32 < p ? 1 : -1;
}

/* The bits of a word that belong to the first n elements. */
static uint32_t valid_bits(size_t word, size_t n)
{
    const size_t left = n - 32 * word;
    return left >= 32 ? UINT32_MAX : (1u << left) - 1;
}

int64_t num_binary_dot(const uint32_t *a, const uint32_t *b, size_t n)
{
    int64_t different = 0;
    for (size_t i = 0; i < num_binary_words(n); i++) {
        different += __builtin_popcount((a[i] ^ b[i]) & valid_bits(i, n));
    }
    return (int64_t)n - 2 * different;
}

int64_t num_binary_dot_unsigned(const uint16_t *x, unsigned bits, const uint32_t *w, size_t n)
{
    int64_t sum = 0;
    for (size_t word = 0; word < num_binary_words(n); word++) {
        const size_t count = n - 32 * word < 32 ? n - 32 * word : 32;
        for (unsigned p = 0; p < bits; p++) {
            uint32_t plane = 0;
            for (size_t i = 0; i < count; i++) plane |= (uint32_t)(x[32 * word + i] >> p & 1) << i;
            sum += (int64_t)(2 * __builtin_popcount(plane & w[word]) - __builtin_popcount(plane)) * (1 << p);
        }
    }
    return sum;
}

double num_ternary_fit(const float *w, size_t n, int8_t *t)
{
    double sum = 0, kept = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) sum += fabsf(w[i]);
    const double threshold = n > 0 ? 0.7 * sum / (double)n : 0;
    for (size_t i = 0; i < n; i++) {
        t[i] = (int8_t)((w[i] > threshold) - (w[i] < -threshold));
        if (t[i] == 0) continue;
        kept += fabsf(w[i]);
        count++;
    }
    return count > 0 ? kept / (double)count : 0;
}

double num_ap2(double x)
{
    if (x == 0 || isnan(x) || isinf(x)) return x;
    int exponent;
    const double significand = frexp(fabs(x), &exponent); /* in [1/2, 1) */
    return copysign(ldexp(significand < M_SQRT1_2 ? 0.5 : 1.0, exponent), x);
}

double num_log_quant(double x, unsigned bits)
{
    const double power = isnan(x) ? 0 : num_ap2(x);
    return fmin(fmax(power, -1), 1 - ldexp(1, 1 - (int)bits));
}

int32_t num_linear_quant(double x, unsigned bits)
{
    const int32_t limit = 1 << (bits - 1);
    const double scaled = floor(x * limit + 0.5);
    if (isnan(scaled)) return 0;
    return scaled < -limit ? -limit : scaled > limit - 1 ? limit - 1 : (int32_t)scaled;
}

void num_shift_batch_norm(const double *x, size_t n, double gamma, double beta, double epsilon, double *y)
{
    double mean = 0, variance = 0;
    for (size_t i = 0; i < n; i++) mean += x[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) variance += (x[i] - mean) * num_ap2(x[i] - mean);
    variance /= (double)n;
    const double inverse = num_ap2(1 / sqrt(variance + epsilon)), scale = num_ap2(gamma);
    for (size_t i = 0; i < n; i++) y[i] = (x[i] - mean) * inverse * scale + beta;
}
