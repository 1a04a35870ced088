/* LayerNorm variants with unit gamma and zero beta against float64. */
#include <math.h>
#include <stdio.h>

#include "pe/num/layernorm_ibert.h"
#include "pe/num/layernorm_ptf_integer.h"
#include "pe/num/nnlut_fit.h"
#include "pe/num/nnlut_rows.h"
#include "pe/num/rmsnorm.h"
#include "pe/num/shift_exp.h"
#include "sim/report/deviation.h"

enum { MAX_CHANNELS = 768, ROWS = 64, MAD_FRACTION_BITS = 12 };

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum / (double)n;
}

/* (x - mean) / standard deviation. */
static void layernorm(const double *x, size_t n, double *y)
{
    const double mean = mean_of(x, n);
    double squares = 0;
    for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    const double deviation = sqrt(squares / (double)n);
    for (size_t i = 0; i < n; i++) y[i] = (x[i] - mean) / deviation;
}

/* (x - mean) / mean absolute deviation, which is another function, not an approximation of LayerNorm. */
static void madnorm(const double *x, size_t n, double *y)
{
    const double mean = mean_of(x, n);
    double total = 0;
    for (size_t i = 0; i < n; i++) total += fabs(x[i] - mean);
    for (size_t i = 0; i < n; i++) y[i] = (x[i] - mean) / (total / (double)n);
}

static void ibert_row(const num_nnlut *rsqrt_table, const int32_t *q, size_t n, double *y)
{
    (void)rsqrt_table;
    int64_t sum = 0;
    uint64_t squares = 0;
    for (size_t i = 0; i < n; i++) sum += q[i];
    const int32_t mean = num_layernorm_mean(sum, (uint32_t)n);
    for (size_t i = 0; i < n; i++) squares += (uint64_t)((int64_t)(q[i] - mean) * (q[i] - mean));
    const uint32_t factor = num_layernorm_factor(squares);
    for (size_t i = 0; i < n; i++)
        y[i] = (double)num_layernorm_element(q[i] - mean, factor, 0) * sqrt((double)n) * 0x1p-30;
}

static void ivit_row(const num_nnlut *rsqrt_table, const int32_t *q, size_t n, double *y)
{
    (void)rsqrt_table;
    static const int32_t BIAS[MAX_CHANNELS];
    int64_t out[MAX_CHANNELS];
    num_layernorm_ivit_row(q, BIAS, n, out);
    for (size_t i = 0; i < n; i++) y[i] = (double)out[i] * sqrt((double)n) * 0x1p-30;
}

static void nnlut_row(const num_nnlut *rsqrt_table, const int32_t *q, size_t n, double *y)
{
    static const int32_t BIAS[MAX_CHANNELS];
    int64_t out[MAX_CHANNELS];
    num_layernorm_nnlut_row(rsqrt_table, q, BIAS, n, out);
    for (size_t i = 0; i < n; i++) y[i] = (double)out[i] * sqrt((double)n) * 0x1p-30;
}

/* x / root of the mean square. */
static void rmsnorm(const double *x, size_t n, double *y)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++) squares += x[i] * x[i];
    for (size_t i = 0; i < n; i++) y[i] = x[i] / sqrt(squares / (double)n);
}

static void rmsnorm_row(const num_nnlut *rsqrt_table, const int32_t *q, size_t n, double *y)
{
    (void)rsqrt_table;
    int64_t out[MAX_CHANNELS];
    num_rmsnorm_row(q, n, out);
    for (size_t i = 0; i < n; i++) y[i] = (double)out[i] * sqrt((double)n) * 0x1p-30;
}

static void madnorm_row(const num_nnlut *rsqrt_table, const int32_t *q, size_t n, double *y)
{
    (void)rsqrt_table;
    int32_t out[MAX_CHANNELS];
    num_madnorm_row(q, n, MAD_FRACTION_BITS, out);
    for (size_t i = 0; i < n; i++) y[i] = ldexp(out[i], -MAD_FRACTION_BITS);
}

static const struct integer_variant {
    const char *function, *name;
    void (*row)(const num_nnlut *rsqrt_table, const int32_t *q, size_t n, double *y);
    void (*reference)(const double *x, size_t n, double *y);
} VARIANTS[] = {
    {"LayerNorm", "i-LayerNorm, I-BERT", ibert_row, layernorm},
    {"LayerNorm", "I-LayerNorm, I-ViT", ivit_row, layernorm},
    {"LayerNorm", "NN-LUT 16 entries", nnlut_row, layernorm},
    {"RMSNorm", "root of I-BERT", rmsnorm_row, rmsnorm},
    {"MadNorm", "iRNN, 12 fraction bits", madnorm_row, madnorm},
};

/* ROWS rows of integers N(0, sigma). */
static void measure_integers(const struct integer_variant *v, const num_nnlut *rsqrt_table, size_t channels,
                             double sigma, fl_deviation_sink *sink, void *context)
{
    fl_deviation_sum sum = {0};
    uint64_t state = 6;
    for (int row = 0; row < ROWS; row++) {
        int32_t q[MAX_CHANNELS];
        double x[MAX_CHANNELS], y[MAX_CHANNELS], reference[MAX_CHANNELS];
        for (size_t i = 0; i < channels; i++)
            x[i] = q[i] = fl_quantise(sigma * fl_normal(&state), 1, -32767, 32767);
        v->row(rsqrt_table, q, channels, y);
        v->reference(x, channels, reference);
        for (size_t i = 0; i < channels; i++) fl_deviation_add(&sum, reference[i], y[i]);
    }
    fl_deviation row = {.function = v->function};
    snprintf(row.variant, sizeof row.variant, "%s", v->name);
    snprintf(row.input, sizeof row.input, "%zu of N(0, %g)", channels, sigma);
    fl_deviation_finish(&sum, &row);
    sink(context, &row);
}

/* uint8 inputs whose channels spread by up to 2^largest_shift; output scale 1/32. The reference sees the real
 * inputs. */
static void measure_ptf(bool integer, size_t channels, unsigned largest_shift, fl_deviation_sink *sink,
                        void *context)
{
    static float x[ROWS * MAX_CHANNELS];
    static double gamma[MAX_CHANNELS], beta[MAX_CHANNELS];
    const num_layernorm_ptf layer = {gamma, beta, 1.0 / 32, 128};
    uint8_t shift[MAX_CHANNELS];
    uint64_t state = 8;
    for (size_t i = 0; i < ROWS * channels; i++)
        x[i] = (float)ldexp(fl_normal(&state), (int)(i % channels % (largest_shift + 1)));
    for (size_t i = 0; i < channels; i++) gamma[i] = 1;
    const num_ptf format = num_ptf_fit(x, ROWS, channels, shift);
    int32_t gain[MAX_CHANNELS], offset[MAX_CHANNELS];
    const num_layernorm_ptf_integer factors =
        num_layernorm_ptf_integer_build(format, &layer, channels, gain, offset);
    fl_deviation_sum sum = {0};
    for (size_t row = 0; row < ROWS; row++) {
        uint8_t q[MAX_CHANNELS], out[MAX_CHANNELS];
        double real[MAX_CHANNELS], reference[MAX_CHANNELS];
        for (size_t i = 0; i < channels; i++) {
            real[i] = x[row * channels + i];
            q[i] = num_ptf_encode(format, shift[i], x[row * channels + i]);
        }
        if (integer)
            num_layernorm_ptf_integer_row(&factors, shift, q, channels, out);
        else
            num_layernorm_ptf_row(format, shift, &layer, q, channels, out);
        layernorm(real, channels, reference);
        for (size_t i = 0; i < channels; i++)
            fl_deviation_add(&sum, reference[i], (out[i] - layer.out_zero_point) * layer.out_scale);
    }
    fl_deviation row = {.function = "LayerNorm"};
    snprintf(row.variant, sizeof row.variant,
             integer ? "FQ-ViT, integers alone" : "FQ-ViT, uint8 in and out");
    snprintf(row.input, sizeof row.input, "%zu of N(0, 1..%u)", channels, 1u << largest_shift);
    fl_deviation_finish(&sum, &row);
    sink(context, &row);
}

static double rsqrt(double x) { return 1 / sqrt(x); }

void fl_layernorm_deviations(fl_deviation_sink *sink, void *context)
{
    num_nnlut_real real;
    num_nnlut table;
    num_nnlut_fit(rsqrt, 1, 4, 16, &real);
    num_nnlut_quantize(&real, ldexp(1, -NUM_NNLUT_RSQRT_BITS), NUM_NNLUT_SLOPE_BITS, &table);
    static const size_t CHANNELS[] = {64, MAX_CHANNELS};
    static const double SIGMAS[] = {50, 500, 5000};
    for (size_t v = 0; v < sizeof VARIANTS / sizeof *VARIANTS; v++)
        for (size_t c = 0; c < 2; c++)
            for (size_t s = 0; s < 3; s++)
                measure_integers(&VARIANTS[v], &table, CHANNELS[c], SIGMAS[s], sink, context);
    for (size_t c = 0; c < 2; c++)
        for (unsigned shift = 0; shift <= NUM_PTF_MAX_SHIFT; shift += NUM_PTF_MAX_SHIFT)
            for (int integer = 0; integer < 2; integer++)
                measure_ptf(integer, CHANNELS[c], shift, sink, context);
}
