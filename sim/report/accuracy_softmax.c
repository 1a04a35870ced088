/* Forms of softmax: int8 logits of scale index_multiplier / 2^16; `out` rescales units of 1/255. */
#include <assert.h>

#include "pe/num/attention_irnn.h"
#include "pe/num/gemmlowp_math.h"
#include "pe/num/integer_exp.h"
#include "pe/num/nnlut_fit.h"
#include "pe/num/nnlut_rows.h"
#include "pe/num/shift_exp.h"
#include "pe/num/softmax_lut2d.h"
#include "pe/num/softmax_rexp.h"
#include "sim/report/accuracy_forms.h"

static double logit_scale(const vec_job *job) { return job->immediates.index_multiplier / 65536.0; }

/* The multiplier for values whose 1 is `one`. */
static num_multiplier for_one(const vec_job *job, double one)
{
    return num_quantize_multiplier(fl_real_of(job->immediates.out) * 255 / one);
}

static void rescale(const vec_job *job, double one, const uint16_t *p, int32_t *out)
{
    const num_multiplier m = for_one(job, one);
    for (uint32_t i = 0; i < job->columns; i++) out[i] = num_multiply_by_multiplier(p[i], m);
}

ROW(softmax_exact)
{
    (void)x2, (void)columns;
    const double scale = logit_scale(job), to_codes = fl_real_of(job->immediates.out) * 255;
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
    num_rexp *t = &tables[fl_detail_of(job)];
    if (t->width == 0) num_rexp_build(fl_detail_of(job), NUM_REXP_MAX_ALPHAS, t);
    uint16_t p[MOST];
    num_softmax_rexp_row(t, NUM_INDEX_ROUND, job->immediates.index_multiplier, x, job->columns, p);
    rescale(job, (1 << t->width) - 1, p, out);
}

ROW(softmax_lut2d)
{
    (void)x2, (void)columns;
    static num_lut2d tables[16];
    const unsigned width = fl_detail_of(job);
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
    num_shiftmax_row((num_shift_exp_constants){(int32_t)inverse, 15}, division, fl_detail_of(job), x,
                     job->columns, p);
    rescale(job, 1 << (fl_detail_of(job) - 1), p, out);
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
    num_softmax_lis_row(&constants, fl_detail_of(job), x, job->columns, codes);
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

static double reciprocal(double x) { return 1 / x; }

/* 16 entries per table: e^x above -7, 1/x on [1, 2). */
ROW(softmax_nnlut)
{
    (void)x2, (void)columns;
    static num_nnlut_real exponential, inverse;
    if (exponential.pieces == 0) {
        num_nnlut_fit(exp, -7, 0, 15, &exponential);
        num_nnlut_add_left(&exponential, -7, 0, 0);
        num_nnlut_fit(reciprocal, 1, 2, 16, &inverse);
    }
    num_softmax_nnlut tables;
    uint16_t p[MOST];
    num_softmax_nnlut_build(&exponential, &inverse, logit_scale(job), 16, &tables);
    num_softmax_nnlut_row(&tables, fl_detail_of(job), x, job->columns, p);
    rescale(job, 1 << fl_detail_of(job), p, out);
}

/* The fit of the pieces takes longer than a row: that of the last scale is kept. */
ROW(softmax_irnn)
{
    (void)x2, (void)columns;
    static num_irnn_attention constants;
    static double fitted;
    const double scale = fmax(logit_scale(job), 0x1p-16);
    if (scale != fitted || constants.exponential.pieces != fl_detail_of(job)) {
        num_irnn_attention_build(scale, scale, 1, (num_affine){1, 0}, fl_detail_of(job), &constants);
        fitted = scale;
    }
    uint8_t q[MOST];
    uint16_t p[MOST];
    num_irnn_attention_weights(&constants, x, job->columns, q);
    for (uint32_t i = 0; i < job->columns; i++) p[i] = q[i];
    rescale(job, 255, p, out);
}

const fl_function_variant *fl_softmax_variants(size_t *count)
{
    static const fl_function_variant VARIANTS[] = {
        VARIANT("softmax", softmax_exact, FL_EXACT_SOFTMAX, 0),
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
        VARIANT("softmax", softmax_nnlut, "softmax NN-LUT 16 entries, 8 bits", 8),
        VARIANT("softmax", softmax_irnn, "softmax iRNN 8 pieces", 8),
        VARIANT("softmax", softmax_irnn, "softmax iRNN 32 pieces", 32),
    };
    *count = sizeof VARIANTS / sizeof *VARIANTS;
    return VARIANTS;
}
