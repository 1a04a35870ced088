#include "pe/num/layernorm_ptf_integer.h"

#include <math.h>
#include <stdbool.h>

#include "pe/num/bits.h"
#include "pe/num/isqrt.h"

enum {
    INVERSE_BITS = 62, /* inverse = 2^62 / root */
    FACTOR_BITS = 31,  /* of the normalised A */
    GUARD_BITS = 8,    /* fraction of B before it is rounded */
};

static unsigned log2_floor(uint64_t x) { return 63u - (unsigned)__builtin_clzll(x); }

static int64_t clamp(int64_t x, int64_t low, int64_t high) { return x < low ? low : x > high ? high : x; }

/* x / 2^shift to nearest, ties to even; a negative shift multiplies and saturates at +-2^61. */
static int64_t round_shift(int64_t x, int shift)
{
    const int64_t limit = (int64_t)1 << 61;
    if (shift <= 0) {
        if (x == 0 || shift < -62) return x > 0 ? limit : x < 0 ? -limit : 0;
        const int64_t most = limit >> -shift;
        return x > most ? limit : x < -most ? -limit : x * ((int64_t)1 << -shift);
    }
    if (shift > 62) return 0;
    const int64_t floor = x >> shift, rest = x - floor * ((int64_t)1 << shift),
                  half = (int64_t)1 << (shift - 1);
    return floor + (rest > half || (rest == half && (floor & 1)));
}

num_layernorm_ptf_integer num_layernorm_ptf_integer_build(num_ptf format, const num_layernorm_ptf *layer,
                                                          size_t channels, int32_t *gain, int32_t *offset)
{
    double largest = 0;
    for (size_t c = 0; c < channels; c++)
        largest = fmax(largest, fabs((double)channels * layer->gamma[c] / layer->out_scale));
    const int bits = largest > 0 ? 30 - (ilogb(largest) + 1) : 0;
    const double most = ldexp(1, 15 + NUM_PTF_OFFSET_BITS) - 1;
    for (size_t c = 0; c < channels; c++) {
        const double a = (double)channels * layer->gamma[c] / layer->out_scale;
        const double b = ldexp(layer->beta[c] / layer->out_scale, NUM_PTF_OFFSET_BITS);
        gain[c] = (int32_t)nearbyint(ldexp(a, bits));
        offset[c] = (int32_t)nearbyint(fmin(fmax(b, -most), most));
    }
    return (num_layernorm_ptf_integer){gain, offset, bits, format.zero_point, layer->out_zero_point};
}

/* |A| = factor * 2^exponent, factor of FACTOR_BITS bits or 0. */
typedef struct scaled {
    int64_t factor;
    int exponent;
} scaled;

static scaled magnitude_of_gain(int32_t gain, int gain_bits, uint64_t inverse, int root_shift)
{
    const uint64_t product = num_magnitude(gain) * inverse;
    if (product == 0) return (scaled){0, 0};
    const int spare = (int)log2_floor(product) - (FACTOR_BITS - 1);
    return (scaled){
        (int64_t)(spare >= 0 ? product >> spare : product << -spare),
        spare - (gain_bits + INVERSE_BITS - root_shift),
    };
}

/* One channel: rne((A v + B) / 2^N) with the 8-bit multiplier of A. */
static int64_t normalise(scaled a, bool negative, int32_t offset, int64_t sum, int64_t channels, int64_t v)
{
    const int64_t sign = negative ? -1 : 1;
    const int top = a.exponent + FACTOR_BITS - 1; /* floor(log2 |A|) */
    const int n = a.factor == 0 ? 0 : (int)clamp(7 - top, 0, 31);
    const int scaled_exponent = a.exponent + n; /* A 2^N = factor * 2^scaled_exponent */
    const int64_t multiplier =
        scaled_exponent > 0 ? 255
                            : clamp(a.factor >> (scaled_exponent < -62 ? 62 : -scaled_exponent), 0, 255);
    const int64_t mean = sign * sum * a.factor / channels;
    const int64_t b = round_shift(offset, NUM_PTF_OFFSET_BITS - n - GUARD_BITS) -
                      round_shift(mean, -(scaled_exponent + GUARD_BITS));
    return round_shift(sign * multiplier * v + round_shift(b, GUARD_BITS), n);
}

void num_layernorm_ptf_integer_row(const num_layernorm_ptf_integer *layer, const uint8_t *shift,
                                   const uint8_t *q, size_t channels, uint8_t *out)
{
    int64_t sum = 0, squares = 0;
    for (size_t c = 0; c < channels; c++) {
        const int64_t v = (int64_t)(q[c] - layer->zero_point) * (1 << shift[c]);
        sum += v;
        squares += v * v;
    }
    const uint64_t variance = (uint64_t)((int64_t)channels * squares - sum * sum);
    const int root_shift = variance ? (63 - (int)log2_floor(variance)) / 2 : 0; /* the root gets 32 bits */
    const uint64_t inverse =
        variance ? ((uint64_t)1 << INVERSE_BITS) / num_isqrt(variance << (2 * root_shift), NULL) : 0;
    for (size_t c = 0; c < channels; c++) {
        const scaled a = magnitude_of_gain(layer->gain[c], layer->gain_bits, inverse, root_shift);
        const int64_t v = (int64_t)(q[c] - layer->zero_point) * (1 << shift[c]);
        const int64_t y = normalise(a, layer->gain[c] < 0, layer->offset[c], sum, (int64_t)channels, v);
        out[c] = (uint8_t)clamp(y + layer->out_zero_point, 0, 255);
    }
}
