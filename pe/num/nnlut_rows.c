#include "pe/num/nnlut_rows.h"

#include <math.h>

#include "pe/num/layernorm_ibert.h"

enum { EXPONENTIAL_BITS = 16 };

static unsigned log2_floor(uint64_t x) { return 63u - (unsigned)__builtin_clzll(x); }

/* x with its leading one at bit `position`, the rest cut off. */
static int32_t normalise(uint64_t x, unsigned top, unsigned position)
{
    return (int32_t)(top > position ? x >> (top - position) : x << (position - top));
}

void num_softmax_nnlut_build(const num_nnlut_real *exponential, const num_nnlut_real *reciprocal,
                             double scale, unsigned fraction_bits, num_softmax_nnlut *tables)
{
    num_nnlut_quantize(exponential, scale, fraction_bits, &tables->exponential);
    num_nnlut_quantize(reciprocal, ldexp(1, -NUM_NNLUT_RECIPROCAL_BITS), NUM_NNLUT_SLOPE_BITS,
                       &tables->reciprocal);
    tables->multiplier = num_quantize_multiplier(ldexp(scale, EXPONENTIAL_BITS - (int)fraction_bits));
}

/* e^(q - max), 0..2^16; differences beyond 32 bits count as the lowest. */
static uint32_t exponential(const num_softmax_nnlut *tables, int32_t q, int32_t max)
{
    const int64_t difference = (int64_t)q - max;
    const int32_t clamped = difference < INT32_MIN ? INT32_MIN : (int32_t)difference;
    const int32_t e = num_multiply_by_multiplier_wide(num_nnlut_eval(&tables->exponential, clamped, NULL),
                                                      tables->multiplier);
    return e < 0 ? 0 : e > 1 << EXPONENTIAL_BITS ? 1 << EXPONENTIAL_BITS : (uint32_t)e;
}

void num_softmax_nnlut_row(const num_softmax_nnlut *tables, unsigned out_bits, const int32_t *q, size_t n,
                           uint16_t *out)
{
    int32_t max = INT32_MIN;
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) max = q[i] > max ? q[i] : max;
    for (size_t i = 0; i < n; i++) sum += exponential(tables, q[i], max);
    if (sum == 0) {
        for (size_t i = 0; i < n; i++) out[i] = 0;
        return;
    }
    const unsigned top = log2_floor(sum), full = (1u << out_bits) - 1;
    const int32_t mantissa = normalise(sum, top, NUM_NNLUT_RECIPROCAL_BITS);
    const int64_t inverse = num_nnlut_eval(&tables->reciprocal, mantissa, NULL);
    const unsigned shift = NUM_NNLUT_RECIPROCAL_BITS + NUM_NNLUT_SLOPE_BITS + top - out_bits;
    for (size_t i = 0; i < n; i++) {
        const uint64_t product = exponential(tables, q[i], max) * (uint64_t)(inverse < 0 ? 0 : inverse);
        const uint64_t p = shift > 63 ? 0 : (product + ((uint64_t)1 << shift >> 1)) >> shift;
        out[i] = (uint16_t)(p > full ? full : p);
    }
}

uint32_t num_nnlut_layernorm_factor(const num_nnlut *rsqrt, uint64_t square_sum)
{
    if (square_sum == 0) return 0;
    const unsigned halvings = log2_floor(square_sum) / 2; /* square_sum = m 4^halvings, 1 <= m < 4 */
    const unsigned position = NUM_NNLUT_RSQRT_BITS + log2_floor(square_sum) % 2;
    const int32_t mantissa = normalise(square_sum, log2_floor(square_sum), position);
    const int64_t inverse = num_nnlut_eval(rsqrt, mantissa, NULL);
    const int64_t unity = (int64_t)1 << (NUM_NNLUT_RSQRT_BITS + NUM_NNLUT_SLOPE_BITS);
    const int64_t kept = inverse < 0 ? 0 : inverse > unity ? unity : inverse;
    return (uint32_t)((kept << (31 - NUM_NNLUT_RSQRT_BITS - NUM_NNLUT_SLOPE_BITS)) >> halvings);
}

void num_layernorm_nnlut_row(const num_nnlut *rsqrt, const int32_t *q, const int32_t *bias, size_t n,
                             int64_t *out)
{
    int64_t sum = 0;
    uint64_t squares = 0;
    if (n == 0) return;
    for (size_t i = 0; i < n; i++) sum += q[i];
    const int32_t mean = num_layernorm_mean(sum, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        const int64_t centred = (int64_t)q[i] - mean;
        if (__builtin_add_overflow(squares, (uint64_t)centred * (uint64_t)centred, &squares))
            squares = UINT64_MAX;
    }
    const uint32_t factor = num_nnlut_layernorm_factor(rsqrt, squares);
    for (size_t i = 0; i < n; i++) out[i] = num_layernorm_element((int64_t)q[i] - mean, factor, bias[i]);
}
