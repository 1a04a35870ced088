#include "pe/num/gemmlowp_math.h"

#include <math.h>

#include "pe/num/requant.h"

static int32_t saturating_shift_left(int32_t x, unsigned shift)
{
    const int64_t wide = (int64_t)x * ((int64_t)1 << shift);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* (a + b) / 2, ties away from zero. */
static int32_t rounding_half_sum(int32_t a, int32_t b)
{
    const int64_t sum = (int64_t)a + b;
    return (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/* e^a for a in [-1/4, 0), Q0.31: Taylor series around -1/8. */
static int32_t exp_on_quarter(int32_t a)
{
    const int32_t exp_minus_eighth = 1895147668, third = 715827883;
    const int32_t x = a + (1 << 28);
    const int32_t x2 = num_srdhm(x, x), x3 = num_srdhm(x2, x), x4 = num_srdhm(x2, x2);
    const int32_t tail = num_rdbypot(num_srdhm(num_rdbypot(x4, 2) + x3, third) + x2, 1);
    return exp_minus_eighth + num_srdhm(exp_minus_eighth, x + tail);
}

int32_t num_exp_on_negative(int32_t a, unsigned integer_bits)
{
    /* e^-(2^k) in Q0.31 for k = -2..4. */
    static const int32_t exp_of_power[] = {1672461947, 1302514674, 790015084, 290630308,
                                           39332535,   720401,     242};
    if (a >= 0) return INT32_MAX;

    const unsigned fraction_bits = 31 - integer_bits;
    const int32_t quarter = 1 << (fraction_bits - 2);
    const int32_t in_quarter = (a & (quarter - 1)) - quarter;
    const int32_t rest = in_quarter - a;
    int32_t result = exp_on_quarter(saturating_shift_left(in_quarter, integer_bits));
    for (int k = -2; k <= 4; k++) {
        if ((int)integer_bits <= k) break;
        if (rest >> ((int)fraction_bits + k) & 1) result = num_srdhm(result, exp_of_power[k + 2]);
    }
    return integer_bits > 5 && a < -(1 << (36 - integer_bits)) ? 0 : result;
}

/* 1 / ((1 + a) / 2) in Q2.29 by three Newton steps. */
static int32_t reciprocal_of_half_sum(int32_t a)
{
    const int32_t half = rounding_half_sum(a, INT32_MAX);
    int32_t x = 1515870810 + num_srdhm(half, -1010580540); /* 48/17 - 32/17 * half */
    for (int step = 0; step < 3; step++) {
        const int32_t error = (1 << 29) - num_srdhm(half, x);
        x += saturating_shift_left(num_srdhm(x, error), 2);
    }
    return x;
}

int32_t num_one_over_one_plus(int32_t a) { return saturating_shift_left(reciprocal_of_half_sum(a), 1); }

static int32_t negate(int32_t a) { return a == INT32_MIN ? INT32_MAX : -a; }

int32_t num_logistic(int32_t a)
{
    if (a == 0) return 1 << 30;
    const int32_t of_magnitude = num_one_over_one_plus(num_exp_on_negative(a < 0 ? a : -a, 4));
    return a > 0 ? of_magnitude : INT32_MAX - of_magnitude;
}

int32_t num_tanh(int32_t a)
{
    if (a == 0) return 0;
    const int32_t minus_magnitude = a < 0 ? -negate(a) : -a;
    const int32_t exp_of_double =
        num_exp_on_negative(minus_magnitude, 5); /* one integer bit more doubles a */
    const int32_t t = saturating_shift_left(reciprocal_of_half_sum(exp_of_double) - (1 << 29), 2);
    return a > 0 ? t : -t;
}

int32_t num_silu(int32_t a) { return num_srdhm(a, num_logistic(a)); }

bool num_softmax_tflite_build(double beta_times_scale, num_softmax_tflite *constants)
{
    if (!(beta_times_scale >= 0x1p-26) || isinf(beta_times_scale)) return false;
    const double real = fmin(ldexp(beta_times_scale, 26), INT32_MAX);
    int shift;
    int64_t multiplier = llround(ldexp(frexp(real, &shift), 31));
    if (multiplier == (int64_t)1 << 31) {
        multiplier /= 2;
        shift++;
    }
    *constants = (num_softmax_tflite){(int32_t)multiplier, shift, -(int32_t)(((int64_t)31 << 26) >> shift)};
    return true;
}

/* exp of a difference to the maximum, Q0.31; the caller has compared with diff_min. */
static int32_t exp_of_difference(const num_softmax_tflite *constants, int32_t difference)
{
    const int32_t scaled = (int32_t)(difference * ((int64_t)1 << constants->left_shift));
    return num_exp_on_negative(num_srdhm(scaled, constants->multiplier), 5);
}

void num_softmax_tflite_row(const num_softmax_tflite *constants, const int8_t *q, size_t n, int8_t *out)
{
    int32_t max = INT8_MIN;
    uint32_t sum = 0; /* Q12.19 */
    for (size_t i = 0; i < n; i++) max = q[i] > max ? q[i] : max;
    for (size_t i = 0; i < n; i++) {
        if (q[i] - max >= constants->diff_min)
            sum += (uint32_t)num_rdbypot(exp_of_difference(constants, q[i] - max), 12);
    }
    const int headroom = __builtin_clz(sum), shift = 12 - headroom + 31 - 8;
    const int32_t reciprocal = num_one_over_one_plus((int32_t)((sum << headroom) - (1u << 31)));
    for (size_t i = 0; i < n; i++) {
        int32_t value = -128;
        if (q[i] - max >= constants->diff_min && shift <= 31) { /* beyond 31 everything rounds to 0 */
            value += num_rdbypot(num_srdhm(reciprocal, exp_of_difference(constants, q[i] - max)), shift);
        }
        out[i] = (int8_t)(value > 127 ? 127 : value);
    }
}
