#include "sim/report/accuracy.h"

#include <stdlib.h>

enum { BATCH = 50 };

static fl_status run_batch(const wl_trained *trained, uint32_t first, uint32_t batch,
                           const fl_function_variant *variant, uint32_t *correct, double *average_bits,
                           fl_error *error)
{
    wl_workload *workload = NULL;
    fl_status status = wl_trained_workload(trained, first, batch, &workload, error);
    if (status != FL_OK) return status;
    uint8_t *dram = malloc(workload->dram_bytes);
    if (dram != NULL) {
        wl_fill(workload, dram);
        wl_reference_run_with(workload, dram, 0, variant != NULL ? &variant->function : NULL);
        *correct += wl_trained_correct(trained, workload, dram, first, batch);
        if (average_bits != NULL) *average_bits = wl_trained_average_bits(workload);
    } else {
        status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    }
    free(dram);
    wl_free(workload);
    return status;
}

fl_status fl_accuracy_integer(const wl_trained *trained, uint32_t samples, const fl_function_variant *variant,
                              uint32_t *correct, double *average_bits, fl_error *error)
{
    const wl_model *m = wl_trained_model(trained);
    fl_status status = FL_OK;
    *correct = 0;
    if (variant != NULL && (m->hidden > FL_VARIANT_MAX_COLUMNS || m->ffn > FL_VARIANT_MAX_COLUMNS ||
                            m->sequence > FL_VARIANT_MAX_COLUMNS))
        return fl_fail(error, FL_BAD_INPUT, NULL, "other forms of functions take rows of at most %d elements",
                       FL_VARIANT_MAX_COLUMNS);
    for (uint32_t first = 0; first < samples && status == FL_OK; first += BATCH) {
        const uint32_t batch = samples - first < BATCH ? samples - first : BATCH;
        status = run_batch(trained, first, batch, variant, correct, average_bits, error);
    }
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
