/* Exponential, sigmoid, tanh, erf, GELU and SiLU variants against libm: a sweep over all codes of the
 * interval, and normal draws. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "pe/num/affine.h"
#include "pe/num/gelu_ibert.h"
#include "pe/num/gemmlowp_math.h"
#include "pe/num/integer_exp.h"
#include "pe/num/nnlut_fit.h"
#include "pe/num/shift_exp.h"
#include "sim/report/deviation.h"

enum { DRAWS = 4096, MAX_CODES = 1 << 18 };

/* One function in one integer form. Inputs are codes of `scale` whose values lie in [low, high]. `detail` is
 * the number of pieces or of fraction bits. apply: y[i] = value of the result for code q[i]. */
typedef struct curve {
    const char *function, *variant;
    double (*reference)(double x);
    void (*apply)(const struct curve *c, const int32_t *q, size_t n, double *y);
    double scale, low, high;
    unsigned detail;
    double out_scale; /* of pieces */
} curve;

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double silu(double x) { return x * sigmoid(x); }
static double gelu(double x) { return x / 2 * (1 + erf(x / sqrt(2))); }

static void iexp(const curve *c, const int32_t *q, size_t n, double *y)
{
    num_integer_exp constants;
    num_integer_exp_build(c->scale, &constants);
    for (size_t i = 0; i < n; i++) {
        const num_exp_parts e = num_integer_exp_parts(&constants, q[i], 30);
        y[i] = (double)(e.polynomial >> e.halvings) * c->scale * c->scale * 0.35815147;
    }
}

static void shift_exp(const curve *c, const int32_t *q, size_t n, double *y)
{
    const num_shift_exp_constants constants = {(int32_t)lround(1 / c->scale), c->detail};
    for (size_t i = 0; i < n; i++)
        y[i] = ldexp((double)num_shift_exp(constants, q[i]), -(int)c->detail) / constants.inverse_scale;
}

/* The three functions of gemmlowp take Q5.26 and Q4.27: codes are shifted into place. */
static int32_t placed(const curve *c, int32_t q, int fraction_bits)
{
    return (int32_t)lround(ldexp(q * c->scale, fraction_bits));
}
static void gemmlowp_exp(const curve *c, const int32_t *q, size_t n, double *y)
{
    for (size_t i = 0; i < n; i++) y[i] = num_exp_on_negative(placed(c, q[i], 26), 5) * 0x1p-31;
}
static void gemmlowp_logistic(const curve *c, const int32_t *q, size_t n, double *y)
{
    for (size_t i = 0; i < n; i++) y[i] = num_logistic(placed(c, q[i], 27)) * 0x1p-31;
}
static void gemmlowp_tanh(const curve *c, const int32_t *q, size_t n, double *y)
{
    for (size_t i = 0; i < n; i++) y[i] = num_tanh(placed(c, q[i], 27)) * 0x1p-31;
}

static void igelu(const curve *c, const int32_t *q, size_t n, double *y)
{
    const num_igelu constants = num_igelu_from_scale(c->scale);
    const double scale = num_igelu_output_scale(c->scale);
    for (size_t i = 0; i < n; i++) y[i] = (double)num_igelu_apply(&constants, q[i]) * scale;
}

static void shift_gelu(const curve *c, num_shift_division division, bool shifts, const int32_t *q, size_t n,
                       double *y)
{
    const double scale = shifts ? c->scale : 1.702 * c->scale;
    int32_t *out = calloc(n, sizeof *out);
    if (out == NULL) abort();
    num_shift_gelu_row((num_shift_exp_constants){(int32_t)lround(1 / scale), c->detail}, division, shifts, q,
                       n, out);
    for (size_t i = 0; i < n; i++) y[i] = out[i] * c->scale / 128;
    free(out);
}
static void shift_gelu_factor(const curve *c, const int32_t *q, size_t n, double *y)
{
    shift_gelu(c, NUM_SHIFT_FACTOR, false, q, n, y);
}
static void shift_gelu_exact(const curve *c, const int32_t *q, size_t n, double *y)
{
    shift_gelu(c, NUM_SHIFT_EXACT, false, q, n, y);
}
static void shift_gelu_shifts(const curve *c, const int32_t *q, size_t n, double *y)
{
    shift_gelu(c, NUM_SHIFT_FACTOR, true, q, n, y);
}
static void shift_gelu_streaming(const curve *c, const int32_t *q, size_t n, double *y)
{
    const num_shift_exp_constants constants = {(int32_t)lround(1 / (1.702 * c->scale)), c->detail};
    for (size_t i = 0; i < n; i++) y[i] = num_shift_gelu_element(constants, q[i]) * c->scale / 128;
}

static void gemmlowp_silu(const curve *c, const int32_t *q, size_t n, double *y)
{
    for (size_t i = 0; i < n; i++) y[i] = num_silu(placed(c, q[i], 27)) * 0x1p-27;
}

static void ierf(const curve *c, const int32_t *q, size_t n, double *y)
{
    const double scale = c->scale * 1.4142;
    const num_igelu constants = num_igelu_from_scale(scale);
    for (size_t i = 0; i < n; i++)
        y[i] = (double)num_ierf_apply(&constants, q[i]) * num_ierf_output_scale(scale);
}

/* SiLU is ShiftGELU without the factor 1.702. */
static void shift_silu(const curve *c, const int32_t *q, size_t n, double *y)
{
    const num_shift_exp_constants constants = {(int32_t)lround(1 / c->scale), c->detail};
    for (size_t i = 0; i < n; i++) y[i] = num_shift_gelu_element(constants, q[i]) * c->scale / 128;
}

/* NN-LUT of `detail` pieces over the interval, slopes with 16 fraction bits, results as they come. */
static void nnlut(const curve *c, const int32_t *q, size_t n, double *y)
{
    num_nnlut_real real;
    num_nnlut table;
    num_nnlut_fit(c->reference, c->low, c->high, c->detail, &real);
    num_nnlut_quantize(&real, c->scale, 16, &table);
    for (size_t i = 0; i < n; i++) y[i] = ldexp((double)num_nnlut_eval(&table, q[i], NULL) * c->scale, -16);
}

/* All 256 codes in a plain table; results are int8, of zero point -128 where the function
 * never goes below 0. */
static void plain_table(const curve *c, const int32_t *q, size_t n, double *y)
{
    const num_affine in = {c->scale, c->high == 0 ? 127 : 0};
    double least = INFINITY;
    for (double x = c->low; x <= c->high; x += c->scale) least = fmin(least, c->reference(x));
    const num_affine out = {c->out_scale, least < 0 ? 0 : -128};
    int8_t table[NUM_LUT8_ENTRIES];
    num_lut8_build(c->reference, in, out, table);
    for (size_t i = 0; i < n; i++) {
        const int8_t code = (int8_t)(q[i] + in.zero_point);
        int8_t result;
        num_lut8_row(table, &code, 1, &result);
        y[i] = c->out_scale * (result - out.zero_point);
    }
}

/* Adaptive pieces over all codes of the interval; results are uint8, int8 for functions that go below 0. */
static void pieces(const curve *c, const int32_t *q, size_t n, double *y)
{
    const int32_t low = (int32_t)ceil(c->low / c->scale),
                  count = (int32_t)floor(c->high / c->scale) - low + 1;
    double f[NUM_PWL_MAX_GRID], least = INFINITY;
    for (int32_t i = 0; i < count; i++) {
        f[i] = c->reference((low + i) * c->scale) / c->out_scale;
        least = fmin(least, f[i]);
    }
    num_irnn_pwl table = {.pieces = c->detail,
                          .fraction_bits = 12,
                          .out_min = least < 0 ? -128 : 0,
                          .out_max = least < 0 ? 127 : 255};
    num_irnn_pwl_fit(f, low, (unsigned)count, &table);
    for (size_t i = 0; i < n; i++) y[i] = num_irnn_pwl_eval(&table, q[i]) * c->out_scale;
}

static const curve CURVES[] = {
    {"exp", "i-exp, S = 0.0005", exp, iexp, 0.0005, -10, 0, 0, 0},
    {"exp", "i-exp, S = 0.05", exp, iexp, 0.05, -10, 0, 0, 0},
    {"exp", "ShiftExp, S = 2^-10, 15 bits", exp, shift_exp, 0x1p-10, -10, 0, 15, 0},
    {"exp", "gemmlowp Q5.26", exp, gemmlowp_exp, 0x1p-10, -10, 0, 0, 0},
    {"exp", "PWL 8 pieces, int8", exp, pieces, 0x1p-4, -8, 0, 8, 1.0 / 255},
    {"exp", "PWL 16 pieces, int8", exp, pieces, 0x1p-4, -8, 0, 16, 1.0 / 255},
    {"exp", "PWL 32 pieces, int8", exp, pieces, 0x1p-4, -8, 0, 32, 1.0 / 255},
    {"exp", "NN-LUT 16 entries", exp, nnlut, 0x1p-10, -10, 0, 16, 0},
    {"exp", "plain table, int8", exp, plain_table, 0x1p-4, -255 * 0x1p-4, 0, 0, 1.0 / 255},
    {"sigmoid", "gemmlowp Q4.27", sigmoid, gemmlowp_logistic, 0x1p-10, -8, 8, 0, 0},
    {"sigmoid", "PWL 8 pieces, int8", sigmoid, pieces, 0x1p-4, -8, 127 * 0x1p-4, 8, 0x1p-8},
    {"sigmoid", "PWL 16 pieces, int8", sigmoid, pieces, 0x1p-4, -8, 127 * 0x1p-4, 16, 0x1p-8},
    {"sigmoid", "PWL 32 pieces, int8", sigmoid, pieces, 0x1p-4, -8, 127 * 0x1p-4, 32, 0x1p-8},
    {"sigmoid", "NN-LUT 16 entries", sigmoid, nnlut, 0x1p-10, -8, 8, 16, 0},
    {"sigmoid", "plain table, int8", sigmoid, plain_table, 0x1p-4, -8, 127 * 0x1p-4, 0, 0x1p-8},
    {"tanh", "gemmlowp Q4.27", tanh, gemmlowp_tanh, 0x1p-10, -4, 4, 0, 0},
    {"tanh", "PWL 8 pieces, int8", tanh, pieces, 0x1p-5, -4, 127 * 0x1p-5, 8, 0x1p-7},
    {"tanh", "PWL 16 pieces, int8", tanh, pieces, 0x1p-5, -4, 127 * 0x1p-5, 16, 0x1p-7},
    {"tanh", "PWL 32 pieces, int8", tanh, pieces, 0x1p-5, -4, 127 * 0x1p-5, 32, 0x1p-7},
    {"tanh", "NN-LUT 16 entries", tanh, nnlut, 0x1p-10, -4, 4, 16, 0},
    {"tanh", "plain table, int8", tanh, plain_table, 0x1p-5, -4, 127 * 0x1p-5, 0, 0x1p-7},
    {"erf", "i-erf, S = 0.0001", erf, ierf, 0.0001, -4, 4, 0, 0},
    {"erf", "i-erf, S = 0.01", erf, ierf, 0.01, -4, 4, 0, 0},
    {"erf", "NN-LUT 16 entries", erf, nnlut, 0x1p-10, -4, 4, 16, 0},
    {"erf", "PWL 16 pieces, int8", erf, pieces, 0x1p-5, -4, 127 * 0x1p-5, 16, 0x1p-7},
    {"erf", "PWL 32 pieces, int8", erf, pieces, 0x1p-5, -4, 127 * 0x1p-5, 32, 0x1p-7},
    {"erf", "plain table, int8", erf, plain_table, 0x1p-5, -4, 127 * 0x1p-5, 0, 0x1p-7},
    {"GELU", "i-GELU, S = 0.0001", gelu, igelu, 0.0001, -4, 4, 0, 0},
    {"GELU", "i-GELU, S = 2^-12", gelu, igelu, 0x1p-12, -4, 4, 0, 0},
    {"GELU", "i-GELU, S = 0.001", gelu, igelu, 0.001, -4, 4, 0, 0},
    {"GELU", "i-GELU, S = 0.01", gelu, igelu, 0.01, -4, 4, 0, 0},
    {"GELU", "ShiftGELU, S = 0.02, factor", gelu, shift_gelu_factor, 0.02, -2.56, 2.54, 23, 0},
    {"GELU", "ShiftGELU, S = 0.02, exact division", gelu, shift_gelu_exact, 0.02, -2.56, 2.54, 23, 0},
    {"GELU", "ShiftGELU, S = 0.05, factor", gelu, shift_gelu_factor, 0.05, -6.4, 6.35, 23, 0},
    {"GELU", "ShiftGELU, S = 0.05, exact division", gelu, shift_gelu_exact, 0.05, -6.4, 6.35, 23, 0},
    {"GELU", "ShiftGELU, S = 0.05, 1 + 1/2 + 1/8 + 1/16", gelu, shift_gelu_shifts, 0.05, -6.4, 6.35, 23, 0},
    {"GELU", "ShiftGELU, S = 0.05, streaming", gelu, shift_gelu_streaming, 0.05, -6.4, 6.35, 10, 0},
    {"GELU", "PWL 8 pieces, int8", gelu, pieces, 0x1p-5, -4, 127 * 0x1p-5, 8, 0x1p-5},
    {"GELU", "PWL 16 pieces, int8", gelu, pieces, 0x1p-5, -4, 127 * 0x1p-5, 16, 0x1p-5},
    {"GELU", "PWL 32 pieces, int8", gelu, pieces, 0x1p-5, -4, 127 * 0x1p-5, 32, 0x1p-5},
    {"GELU", "NN-LUT 16 entries", gelu, nnlut, 0x1p-8, -5, 5, 16, 0},
    {"GELU", "plain table, int8", gelu, plain_table, 0x1p-5, -4, 127 * 0x1p-5, 0, 0x1p-5},
    {"SiLU", "gemmlowp Q4.27", silu, gemmlowp_silu, 0x1p-10, -8, 8, 0, 0},
    {"SiLU", "ShiftGELU without 1.702, streaming", silu, shift_silu, 0.05, -6.4, 6.35, 10, 0},
    {"SiLU", "PWL 16 pieces, int8", silu, pieces, 0x1p-4, -8, 127 * 0x1p-4, 16, 0x1p-4},
    {"SiLU", "PWL 32 pieces, int8", silu, pieces, 0x1p-4, -8, 127 * 0x1p-4, 32, 0x1p-4},
    {"SiLU", "NN-LUT 16 entries", silu, nnlut, 0x1p-8, -8, 8, 16, 0},
    {"SiLU", "plain table, int8", silu, plain_table, 0x1p-4, -8, 127 * 0x1p-4, 0, 0x1p-4},
};

static void measure(const curve *c, const int32_t *q, size_t n, double *y, fl_deviation *row)
{
    fl_deviation_sum sum = {0};
    c->apply(c, q, n, y);
    for (size_t i = 0; i < n; i++) fl_deviation_add(&sum, c->reference(q[i] * c->scale), y[i]);
    fl_deviation_finish(&sum, row);
}

static void measure_curve(const curve *c, int32_t *q, double *y, fl_deviation_sink *sink, void *context)
{
    const double low = ceil(c->low / c->scale - 1e-9), high = floor(c->high / c->scale + 1e-9);
    fl_deviation row = {.function = c->function};
    snprintf(row.variant, sizeof row.variant, "%s", c->variant);
    snprintf(row.input, sizeof row.input, "sweep %g..%g", c->low, c->high);
    size_t n = 0;
    for (double code = low; code <= high && n < MAX_CODES; code++) q[n++] = (int32_t)code;
    measure(c, q, n, y, &row);
    sink(context, &row);

    uint64_t state = 4;
    for (n = 0; n < DRAWS; n++) {
        const double x = fl_normal(&state);
        q[n] = fl_quantise(c->high == 0 ? -fabs(2 * x) : x, c->scale, low, high);
    }
    snprintf(row.input, sizeof row.input, c->high == 0 ? "-|N(0, 2)|" : "N(0, 1)");
    measure(c, q, n, y, &row);
    sink(context, &row);
}

void fl_elementwise_deviations(fl_deviation_sink *sink, void *context)
{
    int32_t *q = calloc(MAX_CODES, sizeof *q);
    double *y = calloc(MAX_CODES, sizeof *y);
    if (q == NULL || y == NULL) abort();
    for (size_t i = 0; i < sizeof CURVES / sizeof *CURVES; i++)
        measure_curve(&CURVES[i], q, y, sink, context);
    free(q);
    free(y);
}
