/* Forms of LayerNorm: bias in units of sqrt(C) / 2^30, scale gamma over that unit and the output scale. */
#include "pe/num/layernorm_ptf_integer.h"
#include "pe/num/nnlut_fit.h"
#include "pe/num/nnlut_rows.h"
#include "pe/num/shift_exp.h"
#include "sim/report/accuracy_forms.h"

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
            (int32_t)lround(((x[i] - mean) * factor / unit + columns[i].bias) * fl_real_of(columns[i].scale));
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

static double rsqrt(double x) { return 1 / sqrt(x); }

/* I-BERT's, with the factor from a table of 1/sqrt(x) on [1, 4). */
ROW(layernorm_nnlut)
{
    (void)x2;
    static num_nnlut table;
    if (table.pieces == 0) {
        num_nnlut_real real;
        num_nnlut_fit(rsqrt, 1, 4, fl_detail_of(job), &real);
        num_nnlut_quantize(&real, ldexp(1, -NUM_NNLUT_RSQRT_BITS), NUM_NNLUT_SLOPE_BITS, &table);
    }
    int32_t bias[MOST];
    int64_t y[MOST];
    for (uint32_t i = 0; i < job->columns; i++) bias[i] = columns[i].bias;
    num_layernorm_nnlut_row(&table, x, bias, job->columns, y);
    for (uint32_t i = 0; i < job->columns; i++)
        out[i] = num_multiply_by_multiplier_wide(y[i], columns[i].scale);
}

/* FQ-ViT's: the input goes to uint8 with the fitted power-of-two factor of its channel, the result is uint8
 * around 128. */
ROW(layernorm_ptf)
{
    (void)x2;
    enum { OUT_ZERO_POINT = 128 };
    const fl_ptf_input *input = fl_variant_of(job)->input;
    const double one = 0x1p30 / sqrt(job->columns);
    double gamma[MOST], beta[MOST];
    int32_t gain[MOST], offset[MOST];
    uint8_t q[MOST], y[MOST];
    for (uint32_t i = 0; i < job->columns; i++) {
        gamma[i] = fl_real_of(columns[i].scale) * one; /* over the output scale */
        beta[i] = fl_real_of(columns[i].scale) * columns[i].bias;
        q[i] = num_ptf_encode(input->format, input->shift[i], (float)(x[i] * input->scale));
    }
    const num_layernorm_ptf layer = {gamma, beta, 1, OUT_ZERO_POINT};
    const num_layernorm_ptf_integer integers =
        num_layernorm_ptf_integer_build(input->format, &layer, job->columns, gain, offset);
    num_layernorm_ptf_integer_row(&integers, input->shift, q, job->columns, y);
    for (uint32_t i = 0; i < job->columns; i++) out[i] = y[i] - OUT_ZERO_POINT;
}

const fl_function_variant *fl_layernorm_variants(size_t *count)
{
    static const fl_function_variant VARIANTS[] = {
        VARIANT("layernorm", layernorm_exact, FL_EXACT_LAYERNORM, 0),
        VARIANT("layernorm", fl_machine_row, "I-LayerNorm, I-BERT", 0),
        VARIANT("layernorm", layernorm_ivit, "I-LayerNorm, I-ViT", 0),
        VARIANT("layernorm", layernorm_nnlut, "LayerNorm NN-LUT 16 entries", 16),
        {.function = {.name = "layernorm", .row = layernorm_ptf},
         .label = "LayerNorm FQ-ViT, 8 bits, factor 2^n",
         .fitted = true},
        VARIANT("layernorm", layernorm_mad, "MadNorm, not trained for", 0),
    };
    *count = sizeof VARIANTS / sizeof *VARIANTS;
    return VARIANTS;
}
