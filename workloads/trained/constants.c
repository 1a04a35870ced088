#include "workloads/trained/constants.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pe/num/ant_search.h"
#include "pe/num/gelu_ibert.h"
#include "workloads/scale.h"
#include "workloads/trained/trained.h"

typedef struct pass {
    wl_workload *workload;
    const wl_model *model;
    const wl_calibration *calibration;
} pass;

static const wl_scaled *scaled(const pass *p, uint32_t tensor)
{
    const wl_scaled *s = wl_calibration_find(p->calibration, p->workload->tensors[tensor].name);
    assert(s != NULL);
    return s;
}

static double scale_of(const pass *p, uint32_t tensor) { return scaled(p, tensor)->scale; }

static double row_scale(const wl_scaled *s, uint32_t row)
{
    return s->scale_count > 1 ? (double)s->scales[row] : s->scale;
}

/* Vector PREFIX.SUFFIX of the model. */
static const float *vector_of(const pass *p, const char *prefix, const char *suffix)
{
    char name[96];
    snprintf(name, sizeof name, "%s.%s", prefix, suffix);
    const wl_float_tensor *t = wl_model_find(p->model, name);
    assert(t != NULL);
    return t->values;
}

static int32_t to_int32(double x) { return (int32_t)fmin(fmax(round(x), INT32_MIN), INT32_MAX); }

static void give_columns(const pass *p, uint32_t tensor, const vec_column *columns)
{
    wl_tensor *t = &p->workload->tensors[tensor];
    uint8_t *bytes = wl_alloc(p->workload, t->row_bytes);
    vec_store_columns(columns, t->columns, bytes);
    t->data = bytes;
}

/* Column c: real sums have the scale unit * weight scale; they become codes of out_scale. */
static void set_linear(const pass *p, wl_op *op, double out_scale)
{
    const double unit = scale_of(p, op->gemm.a.tensor);
    const wl_scaled *weight = scaled(p, op->gemm.b.tensor);
    const float *bias = vector_of(p, op->name, "bias");
    vec_column *columns = wl_alloc(p->workload, op->gemm.n * sizeof *columns);
    for (uint32_t c = 0; c < op->gemm.n; c++) {
        const double sum_scale = unit * row_scale(weight, c);
        columns[c] = (vec_column){.bias = to_int32(bias[c] / sum_scale),
                                  .scale = num_quantize_multiplier(sum_scale / out_scale)};
    }
    give_columns(p, op->column_params, columns);
}

/* Normalised elements come in units of sqrt(C) / 2^30 over gamma (pe/num/layernorm_ibert.h). */
static void set_layernorm(const pass *p, wl_op *op)
{
    const double one = 0x1p30 / sqrt(op->columns), out = scale_of(p, op->out);
    const float *gamma = vector_of(p, op->name, "weight"), *beta = vector_of(p, op->name, "bias");
    vec_column *columns = wl_alloc(p->workload, op->columns * sizeof *columns);
    for (uint32_t c = 0; c < op->columns; c++)
        columns[c] = (vec_column){.bias = to_int32(beta[c] / gamma[c] * one),
                                  .scale = num_quantize_multiplier(gamma[c] / one / out)};
    give_columns(p, op->column_params, columns);
}

static void set_gemm(const pass *p, wl_op *op)
{
    const double out = scale_of(p, op->gemm.out.tensor);
    if (strcmp(op->function, "bias_requantize") == 0) {
        set_linear(p, op, out);
    } else if (strcmp(op->function, "gelu") == 0) {
        set_linear(p, op, WL_GELU_INPUT_SCALE);
        op->immediates.out = num_quantize_multiplier(num_igelu_output_scale(WL_GELU_INPUT_SCALE) / out);
    } else {
        const double sums = scale_of(p, op->gemm.a.tensor) * scale_of(p, op->gemm.b.tensor);
        op->immediates.out = num_quantize_multiplier(sums / out);
    }
}

static void set_vector(const pass *p, wl_op *op)
{
    const double in = scale_of(p, op->in), out = scale_of(p, op->out);
    if (strcmp(op->function, "layernorm") == 0) {
        set_layernorm(p, op);
    } else if (strcmp(op->function, "softmax") == 0) {
        op->immediates.index_multiplier = (uint32_t)lround(65536 * in);
        op->immediates.out = num_quantize_multiplier(1 / WL_SOFTMAX_ONE / out);
    } else if (strcmp(op->function, "add") == 0) {
        op->immediates.in = num_quantize_multiplier(in / out);
        op->immediates.in2 = num_quantize_multiplier(scale_of(p, op->in2) / out);
    } else {
        op->immediates.out = num_quantize_multiplier(in / out);
    }
}

static void give_weights(const pass *p, wl_tensor *t)
{
    uint8_t *bytes = wl_alloc(p->workload, t->rows * t->row_bytes);
    for (uint32_t r = 0; r < t->rows; r++)
        wl_calibration_pack(p->calibration, t->name, r, bytes + r * t->row_bytes);
    t->data = bytes;
}

void wl_set_constants(wl_workload *workload, const wl_model *model, const wl_calibration *calibration)
{
    const pass p = {workload, model, calibration};
    for (uint32_t i = 0; i < workload->op_count; i++)
        (workload->ops[i].kind == WL_GEMM ? set_gemm : set_vector)(&p, &workload->ops[i]);
    for (uint32_t i = 0; i < workload->tensor_count; i++) {
        workload->tensors[i].rms = 0; /* not by formula */
        if (workload->tensors[i].role == WL_WEIGHT) give_weights(&p, &workload->tensors[i]);
    }
}

/* Encodes `rows` rows of real values. */
static void encode_rows(const wl_tensor *t, double scale, const float *values, uint32_t rows, uint8_t *out)
{
    for (uint32_t r = 0; r < rows; r++, out += t->row_bytes)
        for (uint32_t c = 0; c < t->columns; c++)
            num_store_code(t->format, out, c, num_encode_real(t->format, values[r * t->columns + c] / scale));
}

void wl_set_inputs(wl_workload *workload, const wl_model *model, const wl_calibration *calibration,
                   uint32_t first, uint32_t batch, uint32_t position)
{
    const pass p = {workload, model, calibration};
    for (uint32_t i = 0; i < workload->tensor_count; i++) {
        wl_tensor *t = &workload->tensors[i];
        if (t->role != WL_INPUT) continue;
        const bool table = strcmp(t->name, "embedding.position") == 0; /* the same for all samples */
        const uint32_t rows = t->rows / batch;
        float *real =
            wl_alloc(workload, ((size_t)model->sequence * model->hidden + model->input_bytes) * sizeof *real);
        uint8_t *bytes = wl_alloc(workload, t->rows * t->row_bytes);
        for (uint32_t s = 0; s < batch; s++) {
            if (!table)
                wl_model_embed(model, model->test_inputs + (size_t)(first + s) * model->input_bytes, real);
            encode_rows(t, scale_of(&p, i),
                        table ? wl_model_find(model, t->name)->values : real + position * t->columns, rows,
                        bytes + (size_t)s * rows * t->row_bytes);
        }
        t->data = bytes;
    }
}

/* --- mixed widths
 * --------------------------------------------------------------------------------------------- */

/* group[tensor]: the smallest tensor index it is connected with through matrix products. */
static void find_groups(const wl_workload *w, uint32_t *group)
{
    for (uint32_t i = 0; i < w->tensor_count; i++) group[i] = i;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < w->op_count; i++) {
            if (w->ops[i].kind != WL_GEMM) continue;
            uint32_t *a = &group[w->ops[i].gemm.a.tensor], *b = &group[w->ops[i].gemm.b.tensor];
            if (*a == *b) continue;
            *a = *b = *a < *b ? *a : *b;
            changed = true;
        }
    }
}

static double average_bits(const wl_workload *w, const uint32_t *group, const bool *raise)
{
    double bits = 0, macs = 0;
    for (uint32_t i = 0; i < w->op_count; i++) {
        const wl_op *op = &w->ops[i];
        if (op->kind != WL_GEMM) continue;
        const double a = w->tensors[op->gemm.a.tensor].format.bits,
                     b = w->tensors[op->gemm.b.tensor].format.bits;
        const bool eight = raise != NULL && raise[group[op->gemm.a.tensor]];
        bits += (double)wl_op_macs(op) * (eight ? 8 : (a + b) / 2);
        macs += (double)wl_op_macs(op);
    }
    return macs > 0 ? bits / macs : 0;
}

double wl_trained_average_bits(const wl_workload *workload) { return average_bits(workload, NULL, NULL); }

fl_status wl_mix_widths(const wl_workload *workload, wl_calibration *calibration, double limit,
                        fl_error *error)
{
    const uint32_t n = workload->tensor_count;
    uint32_t *group = calloc(n, sizeof *group);
    double *errors = calloc(n, sizeof *errors);
    bool *raise = calloc(n, sizeof *raise);
    fl_status status = FL_OK;
    if (group == NULL || errors == NULL || raise == NULL)
        status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    if (status == FL_OK) {
        find_groups(workload, group);
        for (uint32_t i = 0; i < n; i++) {
            const wl_scaled *s = wl_calibration_find(calibration, workload->tensors[i].name);
            if (s != NULL) errors[group[i]] += s->noise;
        }
        uint32_t count = 0;
        do num_mixed_select(errors, n, ++count, raise);
        while (count < n && average_bits(workload, group, raise) <= limit);
        num_mixed_select(errors, n, count - 1, raise);
        for (uint32_t i = 0; i < n && status == FL_OK; i++)
            if (raise[group[i]]) status = wl_calibration_raise(calibration, workload->tensors[i].name, error);
    }
    free(group);
    free(errors);
    free(raise);
    return status;
}
