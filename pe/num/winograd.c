#include "pe/num/winograd.h"

#include <math.h>
#include <stddef.h>

__extension__ typedef __int128 wide;

/* One-dimensional transforms of elements `stride` apart; multiplications by constants are shifts and
 * additions. */

static void input_f2(const int64_t *x, int64_t *y, size_t stride)
{
    y[0] = x[0] - x[2 * stride];
    y[stride] = x[stride] + x[2 * stride];
    y[2 * stride] = x[2 * stride] - x[stride];
    y[3 * stride] = x[stride] - x[3 * stride];
}

static void input_f4(const int64_t *x, int64_t *y, size_t stride)
{
    const int64_t x0 = x[0], x1 = x[stride], x2 = x[2 * stride], x3 = x[3 * stride], x4 = x[4 * stride];
    const int64_t a = x4 - 4 * x2, b = x3 - 4 * x1, c = x4 - x2, d = x3 - x1;
    y[0] = c + 4 * (x0 - x2);
    y[stride] = a + b;
    y[2 * stride] = a - b;
    y[3 * stride] = c + 2 * d;
    y[4 * stride] = c - 2 * d;
    y[5 * stride] = (x[5 * stride] - x3) - 4 * d;
}

static void weight_f2(const int64_t *g, int64_t *u, size_t stride)
{
    const int64_t g0 = g[0], g1 = g[stride], g2 = g[2 * stride];
    const int64_t p = g0 + g2;
    u[0] = 2 * g0;
    u[stride] = p + g1;
    u[2 * stride] = p - g1;
    u[3 * stride] = 2 * g2;
}

static void weight_f4(const int64_t *g, int64_t *u, size_t stride)
{
    const int64_t g0 = g[0], g1 = g[stride], g2 = g[2 * stride];
    const int64_t p = g0 + g2, q = g0 + 4 * g2;
    u[0] = 4 * g0 + 2 * g0;
    u[stride] = -4 * (p + g1);
    u[2 * stride] = -4 * (p - g1);
    u[3 * stride] = q + 2 * g1;
    u[4 * stride] = q - 2 * g1;
    u[5 * stride] = 16 * g2 + 8 * g2;
}

static void output_f2(const int64_t *m, int64_t *z, size_t stride)
{
    const int64_t m1 = m[stride], m2 = m[2 * stride];
    z[0] = m[0] + m1 + m2;
    z[stride] = m1 - m2 - m[3 * stride];
}

static void output_f4(const int64_t *m, int64_t *z, size_t stride)
{
    const int64_t m1 = m[stride], m2 = m[2 * stride], m3 = m[3 * stride], m4 = m[4 * stride];
    const int64_t s1 = m1 + m2, d1 = m1 - m2, s2 = m3 + m4, d2 = m3 - m4;
    z[0] = m[0] + s1 + s2;
    z[stride] = d1 + 2 * d2;
    z[2 * stride] = s1 + 4 * s2;
    z[3 * stride] = d1 + 8 * d2 + m[5 * stride];
}

typedef void (*transform)(const int64_t *in, int64_t *out, size_t stride);

/* Applies a transform to the `size` columns and then to the rows of a matrix held in a square of side
 * NUM_SIDE. */
enum { NUM_SIDE = 6 };
static void transform_2d(transform one_d, unsigned in_size, unsigned out_size,
                         int64_t square[NUM_SIDE * NUM_SIDE])
{
    int64_t columns[NUM_SIDE * NUM_SIDE];
    for (unsigned c = 0; c < in_size; c++) one_d(square + c, columns + c, NUM_SIDE);
    for (unsigned r = 0; r < out_size; r++) one_d(columns + r * NUM_SIDE, square + r * NUM_SIDE, 1);
}

static void transform_32(transform one_d, unsigned in_size, unsigned out_size, const int32_t *in,
                         int32_t *out)
{
    int64_t square[NUM_SIDE * NUM_SIDE];
    for (unsigned i = 0; i < in_size * in_size; i++) square[i / in_size * NUM_SIDE + i % in_size] = in[i];
    transform_2d(one_d, in_size, out_size, square);
    for (unsigned i = 0; i < out_size * out_size; i++) {
        out[i] = (int32_t)square[i / out_size * NUM_SIDE + i % out_size];
    }
}

void num_winograd_input(num_winograd f, const int32_t *x, int32_t *v)
{
    const unsigned n = num_winograd_inputs(f);
    transform_32(f == NUM_WINOGRAD_F2 ? input_f2 : input_f4, n, n, x, v);
}

void num_winograd_weight(num_winograd f, const int32_t *w, int32_t *u)
{
    transform_32(f == NUM_WINOGRAD_F2 ? weight_f2 : weight_f4, 3, num_winograd_inputs(f), w, u);
}

void num_winograd_output(num_winograd f, const int64_t *m, int64_t *z)
{
    const unsigned n = num_winograd_inputs(f), outputs = num_winograd_outputs(f);
    int64_t square[NUM_SIDE * NUM_SIDE];
    for (unsigned i = 0; i < n * n; i++) square[i / n * NUM_SIDE + i % n] = m[i];
    transform_2d(f == NUM_WINOGRAD_F2 ? output_f2 : output_f4, n, outputs, square);
    for (unsigned i = 0; i < outputs * outputs; i++) z[i] = square[i / outputs * NUM_SIDE + i % outputs];
}

unsigned num_winograd_shift(uint32_t max_magnitude, unsigned bits)
{
    const int64_t limit = ((int64_t)1 << (bits - 1)) - 1;
    unsigned shift = 0;
    while (num_winograd_round(max_magnitude, shift) > limit) shift++;
    return shift;
}

double num_winograd_tap_scale(double max_magnitude, unsigned bits, bool power_of_two)
{
    const double scale = max_magnitude / (ldexp(1, (int)bits - 1) - 1);
    if (!power_of_two || !(scale > 0)) return scale;
    int exponent;
    const double fraction = frexp(scale, &exponent);
    return ldexp(1, fraction == 0.5 ? exponent - 1 : exponent);
}

void num_winograd_quantise(num_winograd f, const int32_t *taps, const uint8_t *shifts, unsigned bits,
                           int32_t *out)
{
    const int64_t high = ((int64_t)1 << (bits - 1)) - 1, low = -high - 1;
    for (unsigned i = 0; i < num_winograd_taps(f); i++) {
        const int64_t rounded = num_winograd_round(taps[i], shifts[i]);
        out[i] = (int32_t)(rounded > high ? high : rounded < low ? low : rounded);
    }
}

unsigned num_winograd_align(num_winograd f, const int32_t *acc, const uint8_t *input_shifts,
                            const uint8_t *weight_shifts, int64_t *m)
{
    unsigned smallest = UINT8_MAX * 2;
    for (unsigned i = 0; i < num_winograd_taps(f); i++) {
        const unsigned exponent = (unsigned)input_shifts[i] + weight_shifts[i];
        smallest = exponent < smallest ? exponent : smallest;
    }
    for (unsigned i = 0; i < num_winograd_taps(f); i++) {
        m[i] = (int64_t)acc[i] * ((int64_t)1 << ((unsigned)input_shifts[i] + weight_shifts[i] - smallest));
    }
    return smallest;
}

int8_t num_winograd_requantise(int64_t z, int32_t multiplier, unsigned shift)
{
    const wide rounded = ((wide)z * multiplier + ((wide)1 << (shift - 1))) >> shift;
    return (int8_t)(rounded > INT8_MAX ? INT8_MAX : rounded < INT8_MIN ? INT8_MIN : rounded);
}
