#include "pe/num/requant.h"

#include <math.h>
#include <stdbool.h>

#include "pe/num/bits.h"

__extension__ typedef __int128 wide;

static int32_t saturate(wide x) { return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (int32_t)x; }

int32_t num_srdhm(int32_t a, int32_t b)
{
    const int64_t product = ((int64_t)a * b + (1 << 30)) >> 31;
    return product > INT32_MAX ? INT32_MAX : (int32_t)product;
}

int16_t num_srdhm16(int16_t a, int16_t b)
{
    const int32_t product = ((int32_t)a * b + (1 << 14)) >> 15;
    return product > INT16_MAX ? INT16_MAX : (int16_t)product;
}

int32_t num_rdbypot(int32_t x, int exponent)
{
    const int64_t mask = ((int64_t)1 << exponent) - 1;
    const int64_t threshold = (mask >> 1) + (x < 0);
    return (x >> exponent) + ((x & mask) > threshold);
}

int32_t num_multiply_by_multiplier(int32_t x, num_multiplier m)
{
    const int left = m.shift > 0 ? m.shift : 0, right = m.shift < 0 ? -m.shift : 0;
    const int32_t shifted = saturate((wide)x * ((int64_t)1 << left));
    return num_rdbypot(num_srdhm(shifted, m.multiplier), right);
}

NUM_VECTORISED
void num_multiply_by_multiplier_row(const int32_t *x, size_t n, num_multiplier m, int32_t *out)
{
    for (size_t i = 0; i < n; i++) out[i] = num_multiply_lane(x[i], m);
}

int32_t num_multiply_by_multiplier_wide(int64_t x, num_multiplier m)
{
    const int total = 31 - m.shift;
    const wide half = (wide)1 << (total - 1);
    return saturate(((wide)x * m.multiplier + half) >> total);
}

int32_t num_multiply_by_multiplier_reduced(int64_t x, num_multiplier m)
{
    const int32_t reduced = m.multiplier < 0x7FFF0000 ? (m.multiplier + (1 << 15)) >> 16 : 0x7FFF;
    const int total = 15 - m.shift;
    const wide half = (wide)1 << (total - 1);
    return saturate(((wide)x * reduced + half) >> total);
}

int32_t num_multiply_by_dyadic(int64_t x, num_multiplier m, num_dyadic_rounding rounding)
{
    const int total = 31 - m.shift;
    const wide product = (wide)x * m.multiplier, half = (wide)1 << (total - 1);
    const wide low = product >> total, rest = product - (low * 2 * half);
    const bool up = rounding == NUM_DYADIC_EVEN && (rest > half || (rest == half && (low & 1)));
    return saturate(low + up);
}

num_multiplier num_quantize_multiplier(double real)
{
    const num_multiplier zero = {0, 0}, largest = {INT32_MAX, 30};
    if (!(real > 0)) return zero;
    if (real >= 1073741824.0) return largest;

    int shift;
    int64_t multiplier = llround(frexp(real, &shift) * 2147483648.0);
    if (multiplier == (int64_t)1 << 31) {
        multiplier /= 2;
        shift++;
    }
    if (shift < -31) return zero;
    if (shift > 30) return largest;
    return (num_multiplier){(int32_t)multiplier, shift};
}
