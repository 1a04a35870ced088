/* The passes over a file: choose, then mix widths. */
#include "workloads/quantize/quantize.h"

#include <stdlib.h>

enum { RAISED_BITS = 8 };

static fl_status located(const wl_tensor_file *file, fl_status status, fl_error *error)
{
    if (status == FL_OK || error == NULL) return status;
    fl_error inner = *error;
    return fl_fail(error, status, &(fl_where){file->path, 0, 0}, "%s", inner.text);
}

static fl_status choose_one(const wl_tensor_file *file, wl_quantized *q, fl_error *error)
{
    const wl_tensor *t = q->tensor;
    float *x = malloc((t->elements + 1) * sizeof *x);
    if (x == NULL)
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){file->path, 0, 0},
                       "tensor \"%s\": out of memory for %llu elements", t->name,
                       (unsigned long long)t->elements);
    fl_status status = wl_tensor_read(file, t, x, error);
    if (status == FL_OK) status = located(file, wl_quantize_tensor(x, q, error), error);
    free(x);
    return status;
}

static fl_status choose_all(wl_tensor_recipe *recipe, wl_quantization *out, fl_error *error)
{
    fl_status status = FL_OK;
    for (size_t i = 0; i < out->count && status == FL_OK; i++) {
        wl_quantized *q = &out->tensors[i];
        q->tensor = &out->file->tensors[i];
        status = wl_tensor_recipe_find(recipe, q->tensor->name, &q->rule, error);
        if (status != FL_OK) break;
        q->kept = wl_tensor_rule_set(q->rule) == 0;
        if (!q->kept && !q->tensor->dtype->is_real)
            return fl_fail(error, FL_BAD_INPUT, &(fl_where){out->file->path, 0, 0},
                           "tensor \"%s\" has dtype %s, which is not quantised (F32, F16, BF16); a rule with "
                           "types: keep copies it",
                           q->tensor->name, q->tensor->dtype->name);
        if (!q->kept) status = choose_one(out->file, q, error);
    }
    return status == FL_OK ? wl_tensor_recipe_check_used(recipe, error) : status;
}

static bool can_rise(const wl_quantized *q) { return !q->kept && q->bits < RAISED_BITS; }

/* As many tensors of the largest mean squared errors become int8 as the average allows. */
static fl_status mix(const wl_tensor_recipe *recipe, wl_quantization *out, fl_error *error)
{
    const double limit = recipe->average_bits;
    double *errors = malloc((out->count + 1) * sizeof *errors);
    bool *raise = malloc(out->count + 1);
    fl_status status = errors && raise ? FL_OK : fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    double bits = 0, elements = 0;
    for (size_t i = 0; i < out->count && status == FL_OK; i++) {
        const wl_quantized *q = &out->tensors[i];
        errors[i] = can_rise(q) ? q->mean_squared_error : -1;
        if (q->kept) continue;
        bits += (double)q->bits * (double)q->tensor->elements;
        elements += (double)q->tensor->elements;
    }
    for (size_t count = 1; count <= out->count && status == FL_OK; count++) {
        num_mixed_select(errors, out->count, count, raise);
        double raised = bits;
        bool more = false;
        for (size_t i = 0; i < out->count; i++) {
            if (!raise[i] || !can_rise(&out->tensors[i])) continue;
            more = true;
            raised += (RAISED_BITS - (double)out->tensors[i].bits) * (double)out->tensors[i].tensor->elements;
        }
        if (more && raised <= limit * elements) continue;
        num_mixed_select(errors, out->count, count - 1, raise);
        break;
    }
    for (size_t i = 0; i < out->count && status == FL_OK; i++) {
        if (!raise[i] || !can_rise(&out->tensors[i])) continue;
        out->tensors[i].bits = RAISED_BITS;
        status = choose_one(out->file, &out->tensors[i], error);
    }
    free(errors);
    free(raise);
    return status;
}

fl_status wl_quantize_choose(const wl_tensor_file *file, wl_tensor_recipe *recipe, wl_quantization *out,
                             fl_error *error)
{
    *out = (wl_quantization){.file = file, .recipe = recipe->name, .count = file->count};
    if (file->count == 0)
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){file->path, 0, 0}, "holds no tensor");
    out->tensors = calloc(file->count, sizeof *out->tensors);
    if (out->tensors == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    fl_status status = choose_all(recipe, out, error);
    return status == FL_OK && recipe->average_bits > 0 ? mix(recipe, out, error) : status;
}

void wl_quantization_free(wl_quantization *quantization)
{
    for (size_t i = 0; quantization->tensors != NULL && i < quantization->count; i++)
        free(quantization->tensors[i].scales);
    free(quantization->tensors);
    *quantization = (wl_quantization){0};
}

wl_quantize_totals wl_quantize_total(const wl_quantization *quantization)
{
    wl_quantize_totals t = {0};
    double bits = 0;
    for (size_t i = 0; i < quantization->count; i++) {
        const wl_quantized *q = &quantization->tensors[i];
        t.elements += q->tensor->elements;
        t.original_bytes += q->tensor->bytes;
        t.packed_bytes += q->kept ? q->tensor->bytes : q->rows * q->row_bytes;
        if (q->kept) continue;
        t.quantized_elements += q->tensor->elements;
        t.scale_bytes += q->scale_count * sizeof(float);
        bits += (double)q->bits * (double)q->tensor->elements;
    }
    t.average_bits = t.quantized_elements > 0 ? bits / (double)t.quantized_elements : 0;
    return t;
}
