#include "sim/report/accuracy.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 50, OBSERVED_SAMPLES = 64 };

/* --- fitted variants
 * ------------------------------------------------------------------------------------------------ */

/* A variant that is fitted to the input of one LayerNorm, by the name of that tensor. */
typedef struct fitted {
    char tensor[64];
    float *values; /* of the calibration samples */
    size_t count;
    fl_ptf_input input;
    fl_function_variant variant;
} fitted;

typedef struct forms {
    const fl_function_set *set; /* NULL: the machine's functions */
    const wl_workload *workload;
    fitted *fitted;
    size_t count;
    bool failed;
} forms;

static fitted *find_fitted(const forms *f, const char *tensor)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->fitted[i].tensor, tensor) == 0) return &f->fitted[i];
    return NULL;
}

static fitted *add_fitted(forms *f, const char *tensor)
{
    fitted *larger = realloc(f->fitted, (f->count + 1) * sizeof *larger);
    if (larger == NULL) return NULL;
    f->fitted = larger;
    fitted *own = &larger[f->count++];
    *own = (fitted){.count = 0};
    snprintf(own->tensor, sizeof own->tensor, "%s", tensor);
    return own;
}

static bool keep(fitted *own, const float *values, size_t count)
{
    float *larger = realloc(own->values, (own->count + count) * sizeof *larger);
    if (larger == NULL) return false;
    memcpy(larger + own->count, values, count * sizeof *values);
    own->values = larger;
    own->count += count;
    return true;
}

/* A wl_model_observer of the sums, which are what LayerNorms read. */
static void collect(void *context, const char *name, const float *values, size_t count)
{
    forms *f = context;
    if (f->failed || fnmatch("*.sum", name, 0) != 0) return;
    fitted *own = find_fitted(f, name);
    if (own == NULL) own = add_fitted(f, name);
    f->failed = own == NULL || !keep(own, values, count);
}

static fl_status fit(forms *f, const wl_trained *trained, const fl_function_variant *variant, fl_error *error)
{
    const wl_model *m = wl_trained_model(trained);
    float *logits = malloc((size_t)m->sequence * m->classes * sizeof *logits);
    f->failed = logits == NULL;
    for (uint32_t s = 0; !f->failed && s < m->calibration_count && s < OBSERVED_SAMPLES; s++)
        wl_model_run(m, m->calibration_inputs + (size_t)s * m->input_bytes, collect, f, logits);
    free(logits);
    if (f->failed) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    for (size_t i = 0; i < f->count; i++) {
        fitted *own = &f->fitted[i];
        own->input.scale = wl_trained_scale(trained, own->tensor);
        own->input.format = num_ptf_fit(own->values, own->count / m->hidden, m->hidden, own->input.shift);
        own->variant = *variant;
        own->variant.input = &own->input;
    }
    return FL_OK;
}

static void free_forms(forms *f)
{
    for (size_t i = 0; i < f->count; i++) free(f->fitted[i].values);
    free(f->fitted);
}

/* --- runs
 * -----------------------------------------------------------------------------------------------------------
 */

/* A wl_replace. */
static const vec_function *form_of(void *context, const wl_op *op)
{
    const forms *f = context;
    for (fl_function i = 0; f->set != NULL && i < FL_FUNCTIONS; i++) {
        const fl_function_variant *variant = f->set->variant[i];
        if (variant == NULL || strcmp(op->function, variant->function.name) != 0) continue;
        return variant->fitted ? &find_fitted(f, f->workload->tensors[op->in].name)->variant.function
                               : &variant->function;
    }
    return NULL;
}

static fl_status run_batch(const wl_trained *trained, uint32_t first, uint32_t batch, forms *f,
                           uint32_t *correct, double *average_bits, fl_error *error)
{
    wl_workload *workload = NULL;
    fl_status status = wl_trained_workload(trained, first, batch, &workload, error);
    if (status != FL_OK) return status;
    f->workload = workload;
    uint8_t *dram = malloc(workload->dram_bytes);
    if (dram != NULL) {
        wl_fill(workload, dram);
        wl_reference_run_with(workload, dram, 0, form_of, f);
        *correct += wl_trained_correct(trained, workload, dram, first, batch);
        if (average_bits != NULL) *average_bits = wl_trained_average_bits(workload);
    } else {
        status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    }
    free(dram);
    wl_free(workload);
    return status;
}

fl_status fl_accuracy_integer(const wl_trained *trained, uint32_t samples, const fl_function_set *set,
                              uint32_t *correct, double *average_bits, fl_error *error)
{
    const wl_model *m = wl_trained_model(trained);
    forms f = {.set = set};
    fl_status status = FL_OK;
    *correct = 0;
    if (set != NULL && (m->hidden > FL_VARIANT_MAX_COLUMNS || m->ffn > FL_VARIANT_MAX_COLUMNS ||
                        m->sequence > FL_VARIANT_MAX_COLUMNS))
        return fl_fail(error, FL_BAD_INPUT, NULL, "other forms of functions take rows of at most %d elements",
                       FL_VARIANT_MAX_COLUMNS);
    const fl_function_variant *norm = set == NULL ? NULL : set->variant[FL_LAYERNORM];
    if (norm != NULL && norm->fitted) status = fit(&f, trained, norm, error);
    for (uint32_t first = 0; first < samples && status == FL_OK; first += BATCH) {
        const uint32_t batch = samples - first < BATCH ? samples - first : BATCH;
        status = run_batch(trained, first, batch, &f, correct, average_bits, error);
    }
    free_forms(&f);
    return status;
}

uint32_t fl_accuracy_float(const wl_model *model, uint32_t samples)
{
    uint32_t correct = 0;
    float *logits = malloc((size_t)model->sequence * model->classes * sizeof *logits);
    for (uint32_t s = 0; logits != NULL && s < samples; s++) {
        wl_model_run(model, model->test_inputs + (size_t)s * model->input_bytes, NULL, NULL, logits);
        correct += wl_model_is_right(model, logits, model->test_labels + (size_t)s * model->answers);
    }
    free(logits);
    return correct;
}
