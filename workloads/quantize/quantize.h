/* Quantising the tensors of a file (docs/quantize.md): choosing type and scale, packing, figures. */
#ifndef WL_QUANTIZE_H
#define WL_QUANTIZE_H

#include <stdio.h>

#include "pe/num/ant_search.h"
#include "workloads/quantize/recipe.h"
#include "workloads/tensors/tensor_file.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What became of one tensor. */
typedef struct wl_quantized {
    const wl_tensor *tensor;
    const wl_tensor_rule *rule;
    bool kept;
    bool is_signed;
    unsigned bits;
    num_ant_type type;
    uint64_t scale_count; /* 1, or one per channel */
    float *scales;        /* real = scale * decoded value */
    double clip;          /* the largest clipping point of the channels */
    uint64_t rows,
        row_bytes; /* packed: rows along the first of two or more dimensions, each starts on a byte */

    double mean_squared_error, sqnr_db; /* over the whole tensor; SQNR is INFINITY without error */
    uint64_t clipped;                   /* elements beyond the largest or smallest value */
    uint64_t outliers;                  /* elements further than six standard deviations from the mean */
} wl_quantized;

typedef struct wl_quantization {
    const wl_tensor_file *file;
    const char *recipe;
    wl_quantized *tensors; /* one per tensor of the file, in its order */
    size_t count;
} wl_quantization;

/* First pass: chooses types and scales and computes the figures, reading one tensor at a time. Errors: a
 * tensor without a rule, a rule without a tensor, a tensor that is not real or holds NaN or infinity and is
 * not kept, what reading gives. Free with wl_quantization_free, also after an error. `file` and `recipe` must
 * outlive the result. */
fl_status wl_quantize_choose(const wl_tensor_file *file, wl_tensor_recipe *recipe, wl_quantization *out,
                             fl_error *error);
void wl_quantization_free(wl_quantization *quantization);

/* One tensor held in memory, rules as in a file; x (in C order) is not changed. `q` has tensor and rule set.
 */
fl_status wl_quantize_tensor(const float *x, wl_quantized *q, fl_error *error);
/* Packs row `row` of the tensor, q->row_bytes bytes. */
void wl_quantize_pack_row(const wl_quantized *q, const float *x, uint64_t row, uint8_t *out);
/* Value of a code in units of its scale. */
double wl_quantized_value(const wl_quantized *q, uint32_t code);
/* "flint4", "ufloat4" ... at most 12 bytes. */
const char *wl_quantized_type_name(const wl_quantized *q, char name[12]);

typedef struct wl_quantize_totals {
    uint64_t elements, quantized_elements, original_bytes, packed_bytes,
        scale_bytes;     /* packed: kept tensors too */
    double average_bits; /* of a quantised element's code */
} wl_quantize_totals;
wl_quantize_totals wl_quantize_total(const wl_quantization *quantization);

/* Second pass: model.safetensors, tensors.csv and summary.json in `directory`, which is made. Each is whole
 * or absent. */
fl_status wl_quantize_write(const wl_quantization *quantization, const char *directory, fl_error *error);
void wl_quantize_print(const wl_quantization *quantization, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
