/* A trained model as a workload (builder `trained_encoder`, docs/accuracy_models.md): weights, inputs and
 * every constant are real. */
#ifndef WL_TRAINED_H
#define WL_TRAINED_H

#include "workloads/trained/model.h"
#include "workloads/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wl_trained wl_trained;

/* Reads the keys of the builder `trained_encoder`, the files they name, and calibrates. Errors are located.
 * The config stays the caller's and must outlive the result; free with wl_trained_close. */
fl_status wl_trained_open(fl_config *config, wl_trained **trained, fl_error *error);
void wl_trained_close(wl_trained *trained);
const wl_model *wl_trained_model(const wl_trained *trained);
const char *wl_trained_recipe_name(const wl_trained *trained);

/* Real value of one code of a tensor of its workloads (of row 0 of a weight). */
double wl_trained_scale(const wl_trained *trained, const char *tensor);

/* The workload of test samples first .. first + batch - 1. Freed with wl_free, before or after `trained`. */
fl_status wl_trained_workload(const wl_trained *trained, uint32_t first, uint32_t batch,
                              wl_workload **workload, fl_error *error);
/* A decode step on these samples: tokens number context .. context + tokens - 1, with the keys and values
 * that a prefill of the whole samples leaves in the caches. Attention is causal, context and tokens at
 * least 1. */
fl_status wl_trained_step(const wl_trained *trained, uint32_t first, uint32_t batch, uint32_t context,
                          uint32_t tokens, wl_workload **workload, fl_error *error);
/* How many of the samples of a wl_trained_workload the logits in a DRAM image answer rightly. */
uint32_t wl_trained_correct(const wl_trained *trained, const wl_workload *workload, const uint8_t *dram,
                            uint32_t first, uint32_t batch);
/* Average bits of the operands of a multiply-accumulate. */
double wl_trained_average_bits(const wl_workload *workload);

#ifdef __cplusplus
}
#endif
#endif
