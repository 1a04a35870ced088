/* The functions of pe/num in the places of the machine's softmax, GELU and LayerNorm. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "pe/num/gelu_ibert.h"
#include "pe/num/gemmlowp_math.h"
#include "pe/num/integer_exp.h"
#include "pe/num/piecewise_linear.h"
#include "pe/num/shift_exp.h"
#include "pe/num/softmax_lut2d.h"
#include "pe/num/softmax_rexp.h"
#include "sim/report/accuracy.h"

enum { MOST = FL_VARIANT_MAX_COLUMNS };

static unsigned detail_of(const vec_job *job) { return ((const fl_function_variant *)job->function)->detail; }

static double real_of(num_multiplier m) { return ldexp(m.multiplier, m.shift - 31); }

/* --- softmax: int8 logits of scale index_multiplier / 2^16; `out` rescales units of 1/255
 * -------------------------- */

static double logit_scale(const vec_job *job) { return job->immediates.index_multiplier / 65536.0; }

/* The multiplier for values whose 1 is `one`. */
static num_multiplier for_one(const vec_job *job, double one)
{
    return num_quantize_multiplier(real_of(job->immediates.out) * 255 / one);
}

static void rescale(const vec_job *job, double one, const uint16_t *p, int32_t *out)
{
    const num_multiplier m = for_one(job, one);
    for (uint32_t i = 0; i < job->columns; i++) out[i] = num_multiply_by_multiplier(p[i], m);
}

#define ROW(name)                                                                                            \
    static void name(const vec_job *job, const int32_t *x, const int32_t *x2, const vec_column *columns,     \
                     int32_t *out)

ROW(softmax_exact)
{
    (void)x2, (void)columns;
    const double scale = logit_scale(job), to_codes = real_of(job->immediates.out) * 255;
    int32_t max = x[0];
    double sum = 0;
    for (uint32_t i = 1; i < job->columns; i++) max = x[i] > max ? x[i] : max;
    for (uint32_t i = 0; i < job->columns; i++) sum += exp(scale * (x[i] - max));
    for (uint32_t i = 0; i < job->columns; i++)
        out[i] = (int32_t)lround(exp(scale * (x[i] - max)) / sum * to_codes);
}

ROW(softmax_rexp)
{
    (void)x2, (void)columns;
    static num_rexp tables[16]; /* by width, built when first used */
    num_rexp *t = &tables[detail_of(job)];
    if (t->width == 0) num_rexp_build(detail_of(job), NUM_REXP_MAX_ALPHAS, t);
    uint16_t p[MOST];
    num_softmax_rexp_row(t, NUM_INDEX_ROUND, job->immediates.index_multiplier, x, job->columns, p);
    rescale(job, (1 << t->width) - 1, p, out);
}

ROW(softmax_lut2d)
{
    (void)x2, (void)columns;
    static num_lut2d tables[16];
    const unsigned width = detail_of(job);
    num_lut2d *t = &tables[width];
    if (t->width == 0)
        num_lut2d_build(width,
                        width >= 8   ? 101
                        : width == 4 ? 48
                                     : 12,
                        width >= 8   ? 60
                        : width == 4 ? 29
                                     : 8,
                        t);
    uint16_t p[MOST];
    num_softmax_lut2d_row(t, NUM_INDEX_ROUND, (uint32_t)lround(10.0 * job->immediates.index_multiplier), x,
                          job->columns, p);
    rescale(job, (1 << width) - 1, p, out);
}

static void shiftmax(const vec_job *job, num_shift_division division, const int32_t *x, int32_t *out)
{
    const double inverse = fmin(fmax(round(1 / logit_scale(job)), 1), 32768);
    uint16_t p[MOST];
    num_shiftmax_row((num_shift_exp_constants){(int32_t)inverse, 15}, division, detail_of(job), x,
                     job->columns, p);
    rescale(job, 1 << (detail_of(job) - 1), p, out);
}

ROW(softmax_shift_factor)
{
    (void)x2, (void)columns;
    shiftmax(job, NUM_SHIFT_FACTOR, x, out);
}

ROW(softmax_shift_exact)
{
    (void)x2, (void)columns;
    shiftmax(job, NUM_SHIFT_EXACT, x, out);
}

static num_integer_exp exponential(const vec_job *job)
{
    num_integer_exp constants;
    const bool built = num_integer_exp_build(fmin(fmax(logit_scale(job), 0x1p-15), 0.69), &constants);
    assert(built);
    (void)built;
    return constants;
}

ROW(softmax_ibert)
{
    (void)x2, (void)columns;
    const num_integer_exp constants = exponential(job);
    uint8_t q[MOST];
    uint16_t p[MOST];
    num_softmax_ibert_row(&constants, x, job->columns, q);
    for (uint32_t i = 0; i < job->columns; i++) p[i] = q[i];
    rescale(job, 256, p, out);
}

ROW(softmax_log_int)
{
    (void)x2, (void)columns;
    const num_integer_exp constants = exponential(job);
    uint8_t codes[MOST];
    uint16_t p[MOST];
    num_softmax_lis_row(&constants, detail_of(job), x, job->columns, codes);
    for (uint32_t i = 0; i < job->columns; i++)
        p[i] = (uint16_t)(codes[i] == NUM_LIS_FLUSH ? 0 : 1u << (NUM_LIS_MAX_CODE - codes[i]));
    rescale(job, 1 << NUM_LIS_MAX_CODE, p, out);
}

ROW(softmax_tflite)
{
    (void)x2, (void)columns;
    num_softmax_tflite constants;
    const bool built = num_softmax_tflite_build(fmax(logit_scale(job), 0x1p-16), &constants);
    assert(built);
    (void)built;
    int8_t q[MOST];
    uint16_t p[MOST];
    for (uint32_t i = 0; i < job->columns; i++) q[i] = (int8_t)x[i];
    num_softmax_tflite_row(&constants, q, job->columns, q);
    for (uint32_t i = 0; i < job->columns; i++) p[i] = (uint16_t)(q[i] + 128);
    rescale(job, 256, p, out);
}

/* --- gelu: sums, brought to an int16 of scale 2^-12 by the column parameters; `out` rescales i-GELU's unit
 * ----------- */

#define GELU_SCALE 0x1p-12

static int32_t gelu_input(int32_t x, const vec_column *column)
{
    const int32_t sum = (int32_t)((uint32_t)x + (uint32_t)column->bias);
    const int32_t q = num_multiply_by_multiplier(sum, column->scale);
    return q > INT16_MAX ? INT16_MAX : q < INT16_MIN ? INT16_MIN : q;
}

/* Codes of the output for one real unit. */
static double gelu_codes(const vec_job *job)
{
    return real_of(job->immediates.out) / num_igelu_output_scale(GELU_SCALE);
}

ROW(gelu_exact)
{
    (void)x2;
    const double codes = gelu_codes(job);
    for (uint32_t i = 0; i < job->columns; i++) {
        const double real = gelu_input(x[i], &columns[i]) * GELU_SCALE;
        out[i] = (int32_t)lround(0.5 * real * (1 + erf(real * M_SQRT1_2)) * codes);
    }
}

/* Input as int8 with `detail` fraction bits, as published for 8-bit activations; the result in units of
 * 2^-(detail + 7). */
ROW(gelu_shift)
{
    (void)x2;
    const unsigned fraction = detail_of(job);
    const num_multiplier m = num_quantize_multiplier(gelu_codes(job) * ldexp(1, -(int)fraction - 7));
    const num_shift_exp_constants constants = {(int32_t)lround(ldexp(1 / 1.702, (int)fraction)), 23};
    int32_t q[MOST], y[MOST];
    for (uint32_t i = 0; i < job->columns; i++)
        q[i] = num_rdbypot(gelu_input(x[i], &columns[i]), 12 - (int)fraction);
    num_shift_gelu_row(constants, NUM_SHIFT_EXACT, false, q, job->columns, y);
    for (uint32_t i = 0; i < job->columns; i++) out[i] = num_multiply_by_multiplier(y[i], m);
}

/* x * logistic(1.702 x) with gemmlowp's logistic. */
ROW(gelu_logistic)
{
    (void)x2;
    const double codes = gelu_codes(job);
    const num_multiplier m = num_quantize_multiplier(codes * GELU_SCALE * 0x1p-15);
    for (uint32_t i = 0; i < job->columns; i++) {
        const int32_t q = gelu_input(x[i], &columns[i]);
        const int64_t argument = (int64_t)q * 55771; /* 1.702 in Q4.27: 2^15 * 1.702 */
        const int64_t clamped = argument > INT32_MAX    ? INT32_MAX
                                : argument < -INT32_MAX ? -INT32_MAX
                                                        : argument;
        out[i] = num_multiply_by_multiplier_wide((int64_t)q * (num_logistic((int32_t)clamped) >> 16), m);
    }
}

static double gelu_real(double x) { return 0.5 * x * (1 + erf(x * M_SQRT1_2)); }

/* iRNN's adaptive pieces over an int8 input of scale 1/32 (-4 .. 4), int8 output of the same scale; beyond 4
 * GELU is the input. */
ROW(gelu_pieces)
{
    (void)x2;
    static num_irnn_pwl tables[NUM_PWL_MAX_PIECES + 1];
    num_irnn_pwl *t = &tables[detail_of(job)];
    if (t->pieces == 0) {
        double f[NUM_PWL_MAX_GRID];
        for (int i = 0; i < NUM_PWL_MAX_GRID; i++) f[i] = gelu_real((i - 128) / 32.0) * 32;
        *t = (num_irnn_pwl){.pieces = detail_of(job), .fraction_bits = 8, .out_min = -128, .out_max = 127};
        num_irnn_pwl_fit(f, -128, NUM_PWL_MAX_GRID, t);
    }
    const num_multiplier m = num_quantize_multiplier(gelu_codes(job) / 32);
    for (uint32_t i = 0; i < job->columns; i++) {
        const int32_t q = num_rdbypot(gelu_input(x[i], &columns[i]), 7);
        out[i] = num_multiply_by_multiplier(q > 127 ? q : num_irnn_pwl_eval(t, q), m);
    }
}

/* --- layernorm: bias in units of sqrt(C) / 2^30, scale gamma over that unit and the output scale
 * -------------------- */

ROW(layernorm_exact)
{
    (void)x2;
    const uint32_t n = job->columns;
    const double unit = sqrt(n) * 0x1p-30;
    double mean = 0, variance = 0;
    for (uint32_t i = 0; i < n; i++) mean += (double)x[i] / n;
    for (uint32_t i = 0; i < n; i++) variance += (x[i] - mean) * (x[i] - mean) / n;
    const double factor = variance > 0 ? 1 / sqrt(variance) : 0;
    for (uint32_t i = 0; i < n; i++)
        out[i] =
            (int32_t)lround(((x[i] - mean) * factor / unit + columns[i].bias) * real_of(columns[i].scale));
}

ROW(layernorm_ivit)
{
    (void)x2;
    int32_t bias[MOST];
    int64_t y[MOST];
    for (uint32_t i = 0; i < job->columns; i++) bias[i] = columns[i].bias;
    num_layernorm_ivit_row(x, bias, job->columns, y);
    for (uint32_t i = 0; i < job->columns; i++)
        out[i] = num_multiply_by_multiplier_wide(y[i], columns[i].scale);
}

/* Mean absolute deviation for the standard deviation, which is sqrt(pi / 2) times it for normal values. */
ROW(layernorm_mad)
{
    (void)x2;
    enum { FRACTION = 12 };
    const double to_unit = ldexp(sqrt(2 / 3.14159265358979) / (sqrt(job->columns) * 0x1p-30), -FRACTION);
    int32_t y[MOST];
    num_madnorm_row(x, job->columns, FRACTION, y);
    for (uint32_t i = 0; i < job->columns; i++)
        out[i] = num_multiply_by_multiplier_wide(llround(y[i] * to_unit) + columns[i].bias, columns[i].scale);
}

/* clang-format off: a variant per line */
#define VARIANT(of, how, text, number)                                                                       \
    {                                                                                                        \
        .function = {.name = of, .row = how}, .label = text, .detail = number                                \
    }
static const fl_function_variant VARIANTS[] = {
    VARIANT("softmax", softmax_exact, "softmax float64", 0),
    VARIANT("softmax", softmax_rexp, "softmax REXP int16", 15),
    VARIANT("softmax", softmax_rexp, "softmax REXP uint8", 8),
    VARIANT("softmax", softmax_rexp, "softmax REXP uint4", 4),
    VARIANT("softmax", softmax_rexp, "softmax REXP uint2", 2),
    VARIANT("softmax", softmax_lut2d, "softmax 2D-LUT int16", 15),
    VARIANT("softmax", softmax_lut2d, "softmax 2D-LUT uint8", 8),
    VARIANT("softmax", softmax_lut2d, "softmax 2D-LUT uint4", 4),
    VARIANT("softmax", softmax_lut2d, "softmax 2D-LUT uint2", 2),
    VARIANT("softmax", softmax_shift_factor, "Shiftmax 16 bits, factor", 16),
    VARIANT("softmax", softmax_shift_exact, "Shiftmax 16 bits, exact division", 16),
    VARIANT("softmax", softmax_shift_factor, "Shiftmax 8 bits, factor", 8),
    VARIANT("softmax", softmax_ibert, "softmax I-BERT 8 bits", 0),
    VARIANT("softmax", softmax_log_int, "log-int-softmax 4 bits", 20),
    VARIANT("softmax", softmax_tflite, "softmax TFLite int8", 0),
    VARIANT("gelu", gelu_exact, "GELU float64", 0),
    VARIANT("gelu", gelu_shift, "ShiftGELU, input 2^-5", 5),
    VARIANT("gelu", gelu_logistic, "GELU by gemmlowp logistic", 0),
    VARIANT("gelu", gelu_pieces, "GELU PWL 8 pieces", 8),
    VARIANT("gelu", gelu_pieces, "GELU PWL 16 pieces", 16),
    VARIANT("gelu", gelu_pieces, "GELU PWL 32 pieces", 32),
    VARIANT("layernorm", layernorm_exact, "LayerNorm float64", 0),
    VARIANT("layernorm", layernorm_ivit, "I-LayerNorm, I-ViT", 0),
    VARIANT("layernorm", layernorm_mad, "MadNorm, not trained for", 0),
};
/* clang-format on */

const fl_function_variant *fl_function_variants(size_t *count)
{
    *count = sizeof VARIANTS / sizeof *VARIANTS;
    return VARIANTS;
}
