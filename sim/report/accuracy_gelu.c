/* Forms of GELU: sums, brought to an int16 of scale 2^-12 by the column parameters; `out` rescales i-GELU's
 * unit. */
#include "pe/num/affine.h"
#include "pe/num/gelu_ibert.h"
#include "pe/num/gemmlowp_math.h"
#include "pe/num/nnlut_fit.h"
#include "pe/num/shift_exp.h"
#include "sim/report/accuracy_forms.h"

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
    return fl_real_of(job->immediates.out) / num_igelu_output_scale(GELU_SCALE);
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
    const unsigned fraction = fl_detail_of(job);
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
    num_irnn_pwl *t = &tables[fl_detail_of(job)];
    if (t->pieces == 0) {
        double f[NUM_PWL_MAX_GRID];
        for (int i = 0; i < NUM_PWL_MAX_GRID; i++) f[i] = gelu_real((i - 128) / 32.0) * 32;
        *t = (num_irnn_pwl){.pieces = fl_detail_of(job), .fraction_bits = 8, .out_min = -128, .out_max = 127};
        num_irnn_pwl_fit(f, -128, NUM_PWL_MAX_GRID, t);
    }
    const num_multiplier m = num_quantize_multiplier(gelu_codes(job) / 32);
    for (uint32_t i = 0; i < job->columns; i++) {
        const int32_t q = num_rdbypot(gelu_input(x[i], &columns[i]), 7);
        out[i] = num_multiply_by_multiplier(q > 127 ? q : num_irnn_pwl_eval(t, q), m);
    }
}

/* A table of all 256 codes of the same input; its entries are int8 codes of the result. */
ROW(gelu_table)
{
    (void)x2;
    static int8_t table[NUM_LUT8_ENTRIES];
    static double fitted;
    const double codes = gelu_codes(job);
    if (codes != fitted)
        num_lut8_build(gelu_real, (num_affine){1 / 32.0, 0}, (num_affine){1 / codes, 0}, table);
    fitted = codes;
    const num_multiplier beyond = num_quantize_multiplier(codes / 32);
    for (uint32_t i = 0; i < job->columns; i++) {
        const int32_t q = num_rdbypot(gelu_input(x[i], &columns[i]), 7);
        out[i] = q > 127 ? num_multiply_by_multiplier(q, beyond) : table[(q < -128 ? -128 : q) + 128];
    }
}

/* NN-LUT over (-5, 5), 0 and the input itself beyond. */
ROW(gelu_nnlut)
{
    (void)x2;
    enum { FRACTION = 16 };
    static num_nnlut table;
    if (table.pieces == 0) {
        num_nnlut_real real;
        num_nnlut_fit(gelu_real, -5, 5, fl_detail_of(job) - 2, &real);
        num_nnlut_add_left(&real, -5, 0, 0);
        num_nnlut_add_right(&real, 5, 1, 0);
        num_nnlut_quantize(&real, GELU_SCALE, FRACTION, &table);
    }
    const num_multiplier m = num_quantize_multiplier(gelu_codes(job) * ldexp(GELU_SCALE, -FRACTION));
    for (uint32_t i = 0; i < job->columns; i++)
        out[i] =
            num_multiply_by_multiplier_wide(num_nnlut_eval(&table, gelu_input(x[i], &columns[i]), NULL), m);
}

const fl_function_variant *fl_gelu_variants(size_t *count)
{
    static const fl_function_variant VARIANTS[] = {
        VARIANT("gelu", gelu_exact, FL_EXACT_GELU, 0),
        VARIANT("gelu", fl_machine_row, "i-GELU, I-BERT", 0),
        VARIANT("gelu", gelu_shift, "ShiftGELU, input 2^-5", 5),
        VARIANT("gelu", gelu_logistic, "GELU by gemmlowp logistic", 0),
        VARIANT("gelu", gelu_nnlut, "GELU NN-LUT 16 entries", 16),
        VARIANT("gelu", gelu_pieces, "GELU PWL 8 pieces", 8),
        VARIANT("gelu", gelu_pieces, "GELU PWL 16 pieces", 16),
        VARIANT("gelu", gelu_pieces, "GELU PWL 32 pieces", 32),
        VARIANT("gelu", gelu_table, "GELU table of 256 entries", 0),
    };
    *count = sizeof VARIANTS / sizeof *VARIANTS;
    return VARIANTS;
}
