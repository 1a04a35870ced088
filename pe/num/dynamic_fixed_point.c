#include "pe/num/dynamic_fixed_point.h"

#include <math.h>
#include <string.h>

enum { FLOAT_BIAS = 127, MANTISSA_BITS = 24, MAX_SHIFT = 60 };

typedef struct parts {
    bool negative;
    int exponent; /* biased; subnormals have 1 */
    uint32_t mantissa;
} parts;

static parts split(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int field = (int)(bits >> 23 & 0xFF);
    const uint32_t fraction = bits & 0x7FFFFF;
    return (parts){bits >> 31, field ? field : 1, field ? fraction | 0x800000 : fraction};
}

static uint64_t rounding_term(num_dfx_rounding rounding, unsigned shift, uint32_t random)
{
    if (shift == 0 || rounding == NUM_DFX_TRUNCATE) return 0;
    if (rounding == NUM_DFX_NEAREST) return (uint64_t)1 << (shift - 1);
    return shift <= 32 ? (uint64_t)random >> (32 - shift) : (uint64_t)random << (shift - 32);
}

static int largest_exponent(const float *x, size_t n)
{
    int largest = 0;
    for (size_t i = 0; i < n; i++) {
        const parts p = split(x[i]);
        if (p.mantissa && p.exponent > largest) largest = p.exponent;
    }
    return largest;
}

bool num_dfx_map(const float *x, size_t n, unsigned bits, num_dfx_rounding rounding, const uint32_t *random,
                 int32_t *q, int *exponent)
{
    const int largest = largest_exponent(x, n);
    const uint32_t limit = (1u << (bits - 1)) - 1;
    if (largest == 0xFF) return false;

    *exponent = largest == 0 ? 0 : largest - FLOAT_BIAS - ((int)bits - 2);
    for (size_t i = 0; i < n; i++) {
        const parts p = split(x[i]);
        const int distance = (largest - p.exponent) + (MANTISSA_BITS - ((int)bits - 1));
        const unsigned shift = (unsigned)(distance < 0 ? 0 : distance < MAX_SHIFT ? distance : MAX_SHIFT);
        const uint32_t word = rounding == NUM_DFX_STOCHASTIC ? random[i] : 0;
        const uint64_t shifted =
            p.mantissa == 0 ? 0 : (p.mantissa + rounding_term(rounding, shift, word)) >> shift;
        const int32_t magnitude = (int32_t)(shifted > limit ? limit : shifted);
        q[i] = p.negative ? -magnitude : magnitude;
    }
    return true;
}

float num_dfx_to_float(int64_t acc, int exponent) { return (float)ldexp((double)acc, exponent); }
