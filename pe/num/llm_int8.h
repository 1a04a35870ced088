/* LLM.int8() (Dettmers et al., NeurIPS 2022): int8 products with a scale per row and per output, and the few
 * columns that hold outliers in fp16.
 *
 * Activations x and results are fp16 values held in floats; float arithmetic is single precision in the order
 * given, with correctly rounded division. Columns are the inner dimension, outputs the rows of the weight
 * matrix. */
#ifndef NUM_LLM_INT8_H
#define NUM_LLM_INT8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Quantises one row: codes = rne(x * (127 / absmax)), absmax over the elements below the threshold in
 * magnitude; elements at or above it get code 0 and set their flag in `outliers` (never cleared here, so that
 * rows accumulate). Returns the absmax; 0, with codes 0, when no element remains. Weights: threshold
 * INFINITY, outliers NULL. x must be finite. */
float num_llm_int8_quantize_row(const float *x, size_t columns, float threshold, int8_t *codes,
                                bool *outliers);
/* Zeroes the codes of outlier columns, known only after all rows were quantised. */
void num_llm_int8_mask_row(int8_t *codes, size_t columns, const bool *outliers);
/* One output element. main = fp16(((acc * 6.200012e-5) * x_absmax) * w_absmax + bias), acc the int32 dot
 * product (exact up to 133,144 columns); outlier part = fp16 of the float sum, in column order, of x times
 * fp16(w_code * w_absmax / 127); result = fp16(main + outlier part). x_codes are masked; x is the row before
 * quantisation. */
float num_llm_int8_dot(const float *x, const int8_t *x_codes, float x_absmax, const int8_t *w_codes,
                       float w_absmax, float bias, const bool *outliers, size_t columns);

#ifdef __cplusplus
}
#endif
#endif
