/* A small trained transformer with its samples (workloads/models/, scripts/train_small_models): float weights
 * in memory, shapes taken from them, and a float executor that shares nothing with the integer one. */
#ifndef WL_TRAINED_MODEL_H
#define WL_TRAINED_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wl_float_tensor {
    char *name;
    uint32_t rows, columns; /* a vector is one row */
    float *values;
} wl_float_tensor;

typedef struct wl_model {
    wl_float_tensor *tensors;
    size_t tensor_count;
    uint32_t layers, hidden, heads, ffn, sequence, classes;
    uint32_t patch_values; /* pixels of a patch; 0: the model reads tokens */
    bool pre_norm;
    bool causal; /* attention; not known from the files: set by the caller of wl_model_open */

    uint32_t input_bytes, answers; /* of a sample; answers belong to the last rows of its sequence */
    uint32_t test_count, calibration_count;
    uint8_t *test_inputs, *test_labels, *calibration_inputs;
    uint32_t float_correct; /* of the test samples, as the training program counted */
} wl_model;

/* Reads both files and checks every shape. Errors name the file and the tensor. Free with wl_model_close,
 * also after an error. */
fl_status wl_model_open(const char *weights_path, const char *samples_path, uint32_t heads, wl_model *model,
                        fl_error *error);
void wl_model_close(wl_model *model);

/* NULL when there is none. */
const wl_float_tensor *wl_model_find(const wl_model *model, const char *name);

/* What enters the model for one input: patches (sequence - 1 rows of patch_values), or the sum of token and
 * position embedding (sequence rows of hidden). */
void wl_model_embed(const wl_model *model, const uint8_t *input, float *rows);

/* Called with every activation of a sample, by the name that its tensor has in the workload. */
typedef void wl_model_observer(void *context, const char *name, const float *values, size_t count);
/* One sample in float32; logits [sequence][classes]. observer may be NULL. */
void wl_model_run(const wl_model *model, const uint8_t *input, wl_model_observer *observer, void *context,
                  float *logits);
/* True when the first largest logit of each of the last `answers` rows is its label. */
bool wl_model_is_right(const wl_model *model, const float *logits, const uint8_t *labels);

#ifdef __cplusplus
}
#endif
#endif
