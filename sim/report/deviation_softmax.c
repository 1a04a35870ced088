/* Softmax variants on int8 logits against the float64 softmax of the same quantised logits. */
#include <math.h>
#include <stdio.h>

#include "pe/num/attention_irnn.h"
#include "pe/num/gemmlowp_math.h"
#include "pe/num/integer_exp.h"
#include "pe/num/nnlut_fit.h"
#include "pe/num/nnlut_rows.h"
#include "pe/num/shift_exp.h"
#include "pe/num/softmax_lut2d.h"
#include "pe/num/softmax_rexp.h"
#include "sim/report/deviation.h"

enum { MAX_LENGTH = 197, ROWS = 150 };

/* Tables and constants of one variant for one input scale. */
typedef struct tables {
    num_rexp rexp;
    num_lut2d lut2d;
    num_shift_exp_constants shift;
    num_integer_exp exponential;
    num_softmax_tflite tflite;
    num_softmax_nnlut nnlut;
    num_irnn_attention irnn;
    uint32_t index_multiplier;
} tables;

/* `detail` is the width of values, or the number k of Shiftmax. */
typedef struct variant {
    const char *name;
    unsigned detail;
    void (*build)(unsigned detail, double scale, tables *t);
    void (*row)(const tables *t, unsigned detail, const int32_t *q, size_t n, double *p);
} variant;

static void build_rexp(unsigned width, double scale, tables *t)
{
    num_rexp_build(width, NUM_REXP_MAX_ALPHAS, &t->rexp);
    t->index_multiplier = (uint32_t)lround(scale * 65536);
}

/* `rule` of the table softmaxes: the rounding one but in the rows that say literal. */
static void rexp_rule_row(const tables *t, num_index_rule rule, unsigned width, const int32_t *q, size_t n,
                          double *p)
{
    uint16_t out[MAX_LENGTH];
    num_softmax_rexp_row(&t->rexp, rule, t->index_multiplier, q, n, out);
    for (size_t i = 0; i < n; i++) p[i] = out[i] / (double)((1 << width) - 1);
}

static void rexp_row(const tables *t, unsigned width, const int32_t *q, size_t n, double *p)
{
    rexp_rule_row(t, NUM_INDEX_ROUND, width, q, n, p);
}

static void rexp_literal_row(const tables *t, unsigned width, const int32_t *q, size_t n, double *p)
{
    rexp_rule_row(t, NUM_INDEX_LITERAL, width, q, n, p);
}

static void build_lut2d(unsigned width, double scale, tables *t)
{
    num_lut2d_build(width,
                    width >= 8   ? 101
                    : width == 4 ? 48
                                 : 12,
                    width >= 8   ? 60
                    : width == 4 ? 29
                                 : 8,
                    &t->lut2d);
    t->index_multiplier = (uint32_t)lround(10 * scale * 65536);
}

static void lut2d_rule_row(const tables *t, num_index_rule rule, unsigned width, const int32_t *q, size_t n,
                           double *p)
{
    uint16_t out[MAX_LENGTH];
    num_softmax_lut2d_row(&t->lut2d, rule, t->index_multiplier, q, n, out);
    for (size_t i = 0; i < n; i++) p[i] = out[i] / (double)((1 << width) - 1);
}

static void lut2d_row(const tables *t, unsigned width, const int32_t *q, size_t n, double *p)
{
    lut2d_rule_row(t, NUM_INDEX_ROUND, width, q, n, p);
}

static void lut2d_literal_row(const tables *t, unsigned width, const int32_t *q, size_t n, double *p)
{
    lut2d_rule_row(t, NUM_INDEX_LITERAL, width, q, n, p);
}

static void build_shift(unsigned k, double scale, tables *t)
{
    (void)k;
    t->shift = (num_shift_exp_constants){(int32_t)lround(1 / scale), 15};
}

static void shift_row(const tables *t, num_shift_division division, unsigned k, const int32_t *q, size_t n,
                      double *p)
{
    uint16_t out[MAX_LENGTH];
    num_shiftmax_row(t->shift, division, k, q, n, out);
    for (size_t i = 0; i < n; i++) p[i] = ldexp(out[i], 1 - (int)k);
}

static void shift_factor_row(const tables *t, unsigned k, const int32_t *q, size_t n, double *p)
{
    shift_row(t, NUM_SHIFT_FACTOR, k, q, n, p);
}

static void shift_exact_row(const tables *t, unsigned k, const int32_t *q, size_t n, double *p)
{
    shift_row(t, NUM_SHIFT_EXACT, k, q, n, p);
}

static void build_exponential(unsigned detail, double scale, tables *t)
{
    (void)detail;
    num_integer_exp_build(scale, &t->exponential);
}

static void ibert_row(const tables *t, unsigned detail, const int32_t *q, size_t n, double *p)
{
    (void)detail;
    uint8_t out[MAX_LENGTH];
    num_softmax_ibert_row(&t->exponential, q, n, out);
    for (size_t i = 0; i < n; i++) p[i] = out[i] / 256.0;
}

static void lis_row(const tables *t, unsigned max_halvings, const int32_t *q, size_t n, double *p)
{
    uint8_t codes[MAX_LENGTH];
    num_softmax_lis_row(&t->exponential, max_halvings, q, n, codes);
    for (size_t i = 0; i < n; i++) p[i] = codes[i] == NUM_LIS_FLUSH ? 0 : ldexp(1, -codes[i]);
}

static void build_tflite(unsigned detail, double scale, tables *t)
{
    (void)detail;
    num_softmax_tflite_build(scale, &t->tflite);
}

static void tflite_row(const tables *t, unsigned detail, const int32_t *q, size_t n, double *p)
{
    (void)detail;
    int8_t out[MAX_LENGTH] = {0};
    for (size_t i = 0; i < n; i++) out[i] = (int8_t)q[i];
    num_softmax_tflite_row(&t->tflite, out, n, out);
    for (size_t i = 0; i < n; i++) p[i] = (out[i] + 128) / 256.0;
}

static double reciprocal(double x) { return 1 / x; }

/* 16 entries per table: e^x above -7, 1/x on [1, 2). */
static void build_nnlut(unsigned out_bits, double scale, tables *t)
{
    (void)out_bits;
    num_nnlut_real exponential, inverse;
    num_nnlut_fit(exp, -7, 0, 15, &exponential);
    num_nnlut_add_left(&exponential, -7, 0, 0);
    num_nnlut_fit(reciprocal, 1, 2, 16, &inverse);
    num_softmax_nnlut_build(&exponential, &inverse, scale, 16, &t->nnlut);
}

static void nnlut_row(const tables *t, unsigned out_bits, const int32_t *q, size_t n, double *p)
{
    uint16_t out[MAX_LENGTH];
    num_softmax_nnlut_row(&t->nnlut, out_bits, q, n, out);
    for (size_t i = 0; i < n; i++) p[i] = ldexp(out[i], -(int)out_bits);
}

static void build_irnn(unsigned pieces, double scale, tables *t)
{
    num_irnn_attention_build(scale, scale, 1, (num_affine){1, 0}, pieces, &t->irnn);
}

static void irnn_row(const tables *t, unsigned pieces, const int32_t *q, size_t n, double *p)
{
    (void)pieces;
    uint8_t weights[MAX_LENGTH];
    num_irnn_attention_weights(&t->irnn, q, n, weights);
    for (size_t i = 0; i < n; i++) p[i] = weights[i] / 255.0;
}

static const variant VARIANTS[] = {
    {"REXP int16", 15, build_rexp, rexp_row},
    {"REXP uint8", 8, build_rexp, rexp_row},
    {"REXP uint8, literal", 8, build_rexp, rexp_literal_row},
    {"REXP uint4", 4, build_rexp, rexp_row},
    {"REXP uint2", 2, build_rexp, rexp_row},
    {"2D-LUT int16", 15, build_lut2d, lut2d_row},
    {"2D-LUT uint8", 8, build_lut2d, lut2d_row},
    {"2D-LUT uint8, literal", 8, build_lut2d, lut2d_literal_row},
    {"2D-LUT uint4", 4, build_lut2d, lut2d_row},
    {"2D-LUT uint2", 2, build_lut2d, lut2d_row},
    {"Shiftmax 16 bits, factor", 16, build_shift, shift_factor_row},
    {"Shiftmax 16 bits, exact division", 16, build_shift, shift_exact_row},
    {"Shiftmax 8 bits, factor", 8, build_shift, shift_factor_row},
    {"I-BERT 8 bits", 0, build_exponential, ibert_row},
    {"log-int-softmax 4 bits", 20, build_exponential, lis_row},
    {"TFLite int8", 0, build_tflite, tflite_row},
    {"NN-LUT 16 entries, 16 bits", 16, build_nnlut, nnlut_row},
    {"NN-LUT 16 entries, 8 bits", 8, build_nnlut, nnlut_row},
    {"iRNN 8 pieces", 8, build_irnn, irnn_row},
    {"iRNN 32 pieces", 32, build_irnn, irnn_row},
};
enum { VARIANT_COUNT = sizeof VARIANTS / sizeof *VARIANTS };

typedef struct tally {
    fl_deviation_sum sum;
    double row_sums;
    unsigned agreeing;
} tally;

static size_t first_maximum(const double *p, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++) best = p[i] > p[best] ? i : best;
    return best;
}

static void reference_row(double scale, const int32_t *q, size_t n, double *p)
{
    int32_t max = q[0];
    double sum = 0;
    for (size_t i = 1; i < n; i++) max = q[i] > max ? q[i] : max;
    for (size_t i = 0; i < n; i++) sum += p[i] = exp(scale * (q[i] - max));
    for (size_t i = 0; i < n; i++) p[i] /= sum;
}

static void measure(const variant *v, const tables *t, const int32_t *q, const double *reference, size_t n,
                    tally *out)
{
    double p[MAX_LENGTH];
    v->row(t, v->detail, q, n, p);
    for (size_t i = 0; i < n; i++) {
        fl_deviation_add(&out->sum, reference[i], p[i]);
        out->row_sums += p[i];
    }
    out->agreeing += first_maximum(p, n) == first_maximum(reference, n);
}

/* Rows of `length` logits N(0, sigma), as int8 of scale max(4 sigma, 1) / 127. */
static void measure_cell(size_t length, double sigma, tally *tallies)
{
    const double scale = fmax(4 * sigma, 1) / 127;
    tables t[VARIANT_COUNT];
    uint64_t state = (uint64_t)length * 100 + (uint64_t)sigma;
    for (size_t v = 0; v < VARIANT_COUNT; v++) {
        VARIANTS[v].build(VARIANTS[v].detail, scale, &t[v]);
        tallies[v] = (tally){0};
    }
    for (int row = 0; row < ROWS; row++) {
        int32_t q[MAX_LENGTH];
        double reference[MAX_LENGTH];
        for (size_t i = 0; i < length; i++) q[i] = fl_quantise(sigma * fl_normal(&state), scale, -128, 127);
        reference_row(scale, q, length, reference);
        for (size_t v = 0; v < VARIANT_COUNT; v++)
            measure(&VARIANTS[v], &t[v], q, reference, length, &tallies[v]);
    }
}

void fl_softmax_deviations(fl_deviation_sink *sink, void *context)
{
    static const size_t LENGTHS[] = {64, 128, MAX_LENGTH};
    static const double SIGMAS[] = {1, 2, 4};
    enum { CELLS = 9 };
    tally tallies[CELLS][VARIANT_COUNT];
    for (size_t c = 0; c < CELLS; c++) measure_cell(LENGTHS[c / 3], SIGMAS[c % 3], tallies[c]);
    for (size_t v = 0; v < VARIANT_COUNT; v++) {
        for (size_t c = 0; c < CELLS; c++) {
            const tally *t = &tallies[c][v];
            fl_deviation row = {.function = "softmax"};
            snprintf(row.variant, sizeof row.variant, "%s", VARIANTS[v].name);
            snprintf(row.input, sizeof row.input, "%zu of N(0, %g)", LENGTHS[c / 3], SIGMAS[c % 3]);
            fl_deviation_finish(&t->sum, &row);
            row.row_sum = t->row_sums / ROWS;
            row.top = (double)t->agreeing / ROWS;
            sink(context, &row);
        }
    }
}
