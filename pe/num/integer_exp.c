#include "pe/num/integer_exp.h"

#include <math.h>

__extension__ typedef unsigned __int128 wide;

bool num_integer_exp_build(double scale, num_integer_exp *constants)
{
    const double a = 0.35815147, b = 0.96963238;
    if (!(scale >= 0x1p-15 && scale <= 0.6931)) return false;
    constants->x0 = (int32_t)floor(-0.6931 / scale);
    constants->b = (int32_t)floor(b / a / scale);
    constants->c = (int64_t)floor(1 / a / (scale * scale));
    return true;
}

num_exp_parts num_integer_exp_parts(const num_integer_exp *constants, int32_t q, unsigned max_halvings)
{
    const int64_t x0 = constants->x0, limit = max_halvings * x0;
    const int64_t kept = q < limit ? limit : q;
    const int64_t halvings = kept / x0, rest = kept - halvings * x0;
    return (num_exp_parts){rest * (rest + constants->b) + constants->c, (unsigned)halvings};
}

static int32_t maximum(const int32_t *q, size_t n)
{
    int32_t max = q[0];
    for (size_t i = 1; i < n; i++) max = q[i] > max ? q[i] : max;
    return max;
}

/* q - max without overflow; anything below -2^30 is clipped later all the same. */
static int32_t difference(int32_t q, int32_t max)
{
    const int64_t d = (int64_t)q - max;
    return d < -(1 << 30) ? -(1 << 30) : (int32_t)d;
}

/* numerator / denominator to the nearest, ties to even. */
static uint64_t divide_to_even(wide numerator, wide denominator)
{
    const wide quotient = numerator / denominator, twice_rest = 2 * (numerator % denominator);
    return (uint64_t)(quotient +
                      (twice_rest > denominator || (twice_rest == denominator && quotient % 2 != 0)));
}

/* 16-bit exponential with full scale 32767 for e^0. */
static uint32_t exp_16(const num_integer_exp *constants, int32_t d)
{
    const num_exp_parts e = num_integer_exp_parts(constants, d, 30);
    const uint64_t rounded = divide_to_even((wide)e.polynomial * 32767, (wide)constants->c << e.halvings);
    return rounded < 32767 ? (uint32_t)rounded : 32767;
}

void num_softmax_ibert_row(const num_integer_exp *constants, const int32_t *q, size_t n, uint8_t *out)
{
    const int32_t max = maximum(q, n);
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += exp_16(constants, difference(q[i], max));
    const uint64_t factor = ((uint64_t)1 << 32) / sum;
    for (size_t i = 0; i < n; i++) {
        const uint64_t p = exp_16(constants, difference(q[i], max)) * factor >> 24;
        out[i] = (uint8_t)(p < 255 ? p : 255);
    }
}

unsigned num_log2_round(uint64_t x)
{
    const unsigned leading = 63u - (unsigned)__builtin_clzll(x);
    return leading == 0 ? 0 : leading + (unsigned)(x >> (leading - 1) & 1);
}

static uint64_t exponential(const num_integer_exp *constants, unsigned max_halvings, int32_t d)
{
    const num_exp_parts e = num_integer_exp_parts(constants, d, max_halvings);
    return (uint64_t)e.polynomial << (max_halvings - e.halvings);
}

void num_softmax_lis_row(const num_integer_exp *constants, unsigned max_halvings, const int32_t *q, size_t n,
                         uint8_t *codes)
{
    const int32_t max = maximum(q, n);
    wide sum = 0;
    for (size_t i = 0; i < n; i++) sum += exponential(constants, max_halvings, difference(q[i], max));
    for (size_t i = 0; i < n; i++) {
        const uint64_t ratio =
            divide_to_even(sum, exponential(constants, max_halvings, difference(q[i], max)));
        const unsigned code = num_log2_round(ratio);
        codes[i] = (uint8_t)(code <= NUM_LIS_MAX_CODE ? code : NUM_LIS_FLUSH);
    }
}

int64_t num_lis_dot(const uint8_t *codes, const int8_t *v, size_t n)
{
    int64_t acc = 0;
    for (size_t i = 0; i < n; i++) {
        if (codes[i] != NUM_LIS_FLUSH) acc += (int64_t)v[i] * (1 << (NUM_LIS_MAX_CODE - codes[i]));
    }
    return acc;
}
