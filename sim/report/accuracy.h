/* Accuracy of a trained model's integer form on its test samples, with the machine's functions or with other
 * forms of them (docs/accuracy_models.md). */
#ifndef FL_REPORT_ACCURACY_H
#define FL_REPORT_ACCURACY_H

#include "pe/num/layernorm_ptf.h"
#include "workloads/trained/trained.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FL_VARIANT_MAX_COLUMNS = 1024 }; /* elements of a row */

/* How the input of one LayerNorm becomes uint8 with power-of-two factors: fitted to the calibration samples.
 */
typedef struct fl_ptf_input {
    double scale; /* of the machine's codes */
    num_ptf format;
    uint8_t shift[FL_VARIANT_MAX_COLUMNS];
} fl_ptf_input;

typedef enum fl_function { FL_SOFTMAX, FL_GELU, FL_LAYERNORM, FL_FUNCTIONS } fl_function;

/* Other forms of the vector functions. Each takes what the machine's function of the same name takes, reads
 * the same immediates and column parameters, and gives values of the same output scale. */
typedef struct fl_function_variant {
    vec_function function; /* only name and row are set; first, so that row finds its variant */
    const char *label;
    unsigned detail;           /* bits of a value, table size ..., as the row function wants it */
    bool fitted;               /* reads `input`, of which each operation has its own */
    const fl_ptf_input *input; /* NULL in the table */
} fl_function_variant;
#define FL_EXACT_SOFTMAX   "softmax float64"
#define FL_EXACT_GELU      "GELU float64"
#define FL_EXACT_LAYERNORM "LayerNorm float64"

/* The table of one function's forms; *count is its length. */
const fl_function_variant *fl_function_variants(fl_function function, size_t *count);
/* NULL when no variant has the label. */
const fl_function_variant *fl_function_variant_named(const char *label);

/* A form for each function; NULL: the machine's own. */
typedef struct fl_function_set {
    const char *label;
    const fl_function_variant *variant[FL_FUNCTIONS];
} fl_function_set;
/* What is used together, and all in float64. False behind the last set. */
bool fl_function_published_set(size_t index, fl_function_set *set);
fl_function_set fl_function_exact_set(void);

/* Test samples 0 .. samples - 1 through the integer model. `set` NULL: the machine's functions.
 * average_bits of the operands of a multiply-accumulate may be NULL. */
fl_status fl_accuracy_integer(const wl_trained *trained, uint32_t samples, const fl_function_set *set,
                              uint32_t *correct, double *average_bits, fl_error *error);
/* The same through the float model. */
uint32_t fl_accuracy_float(const wl_model *model, uint32_t samples);

#ifdef __cplusplus
}
#endif
#endif
