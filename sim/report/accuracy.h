/* Accuracy of a trained model's integer form on its test samples, with the machine's functions or another
 * form of one of them (docs/accuracy_models.md). */
#ifndef FL_REPORT_ACCURACY_H
#define FL_REPORT_ACCURACY_H

#include "workloads/trained/trained.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Other forms of the vector functions. Each takes what the machine's function of the same name takes, reads
 * the same immediates and column parameters, and gives values of the same output scale. */
typedef struct fl_function_variant {
    vec_function function; /* only name and row are set; first, so that row finds its variant */
    const char *label;
    unsigned detail; /* bits of a value, table size ..., as the row function wants it */
} fl_function_variant;
enum { FL_VARIANT_MAX_COLUMNS = 1024 }; /* elements of a row */
/* The table; *count is its length. */
const fl_function_variant *fl_function_variants(size_t *count);

/* Test samples 0 .. samples - 1 through the integer model. `variant` NULL: the machine's functions.
 * average_bits of the operands of a multiply-accumulate may be NULL. */
fl_status fl_accuracy_integer(const wl_trained *trained, uint32_t samples, const fl_function_variant *variant,
                              uint32_t *correct, double *average_bits, fl_error *error);
/* The same through the float model. */
uint32_t fl_accuracy_float(const wl_model *model, uint32_t samples);

#ifdef __cplusplus
}
#endif
#endif
