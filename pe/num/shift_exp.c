#include "pe/num/shift_exp.h"

#include "pe/num/layernorm_ibert.h"

uint64_t num_shift_exp(num_shift_exp_constants c, int32_t q)
{
    const int64_t one = c.inverse_scale, limit = -(int64_t)c.n * one;
    const int64_t exact = (int64_t)q + (q >> 1) - (q >> 4); /* 1.4375 q, near q log2 e */
    const int64_t p = exact < limit ? limit : exact;
    const int64_t whole = -p / one, rest = p + whole * one;
    return (uint64_t)((rest >> 1) + one) << (c.n - (unsigned)whole);
}

static uint64_t saturated_31(uint64_t sum) { return sum < INT32_MAX ? sum : INT32_MAX; }

/* e / sum with `bits` fraction bits. */
static uint64_t divide(num_shift_division division, uint64_t e, uint64_t sum, unsigned bits)
{
    if (division == NUM_SHIFT_EXACT) return (e << bits) / sum;
    return e * (INT32_MAX / saturated_31(sum)) >> (31 - bits);
}

void num_shiftmax_row(num_shift_exp_constants c, num_shift_division division, unsigned k, const int32_t *q,
                      size_t n, uint16_t *out)
{
    int32_t max = q[0];
    uint64_t sum = 0;
    for (size_t i = 1; i < n; i++) max = q[i] > max ? q[i] : max;
    for (size_t i = 0; i < n; i++) sum += num_shift_exp(c, q[i] - max);
    for (size_t i = 0; i < n; i++)
        out[i] = (uint16_t)divide(division, num_shift_exp(c, q[i] - max), sum, k - 1);
}

static int32_t sigmoid(num_shift_exp_constants c, num_shift_division division, int32_t q, int32_t max)
{
    const uint64_t e = num_shift_exp(c, q - max), e_of_minus_max = num_shift_exp(c, -max);
    const uint64_t g = divide(division, e, e + e_of_minus_max, 7);
    return g < 127 ? (int32_t)g : 127;
}

static int32_t prescaled(bool shifts, int32_t q) { return shifts ? q + (q >> 1) + (q >> 3) + (q >> 4) : q; }

void num_shift_gelu_row(num_shift_exp_constants c, num_shift_division division, bool shifts, const int32_t *q,
                        size_t n, int32_t *out)
{
    int32_t max = 0;
    for (size_t i = 0; i < n; i++) {
        const int32_t x = prescaled(shifts, q[i]);
        max = x > max ? x : max;
    }
    for (size_t i = 0; i < n; i++) out[i] = q[i] * sigmoid(c, division, prescaled(shifts, q[i]), max);
}

int32_t num_shift_gelu_element(num_shift_exp_constants c, int32_t q)
{
    return q * sigmoid(c, NUM_SHIFT_EXACT, q, q > 0 ? q : 0);
}

uint32_t num_isqrt_ten_steps(uint64_t n)
{
    uint64_t k = 1 << 16;
    for (int step = 0; step < 10; step++) k = (k + n / k) >> 1;
    return (uint32_t)k;
}

void num_layernorm_ivit_row(const int32_t *q, const int32_t *bias, size_t n, int64_t *out)
{
    int64_t sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += q[i];
    const int32_t mean = num_layernorm_mean(sum, (uint32_t)n);
    for (size_t i = 0; i < n; i++) squares += (int64_t)(q[i] - mean) * (q[i] - mean);
    const int64_t factor = INT32_MAX / (int64_t)num_isqrt_ten_steps((uint64_t)squares);
    for (size_t i = 0; i < n; i++) out[i] = ((q[i] - mean) * factor >> 1) + bias[i];
}
