/* Number formats and scales of a trained model (docs/accuracy_models.md): what matrix products read follows
 * the recipe, fitted to the weights and to activations of the calibration samples; the residual path is int8
 * and int16. */
#ifndef WL_TRAINED_CALIBRATE_H
#define WL_TRAINED_CALIBRATE_H

#include "pe/num/format.h"
#include "workloads/quantize/recipe.h"
#include "workloads/trained/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* real = scale * decoded code. Weights have one scale per row when the recipe says so. */
typedef struct wl_scaled {
    char name[64];
    num_format format;
    double scale;         /* of row 0 */
    const float *scales;  /* scale_count of them */
    uint64_t scale_count; /* 1, or one per row */
    double noise;         /* squared error over squared values, of matrix operands */
} wl_scaled;

typedef struct wl_calibration wl_calibration;

/* Runs the calibration samples through the float model. Errors: a tensor without a rule, a rule without a
 * tensor, formats that memory cannot hold. `model` and `recipe` must outlive the result. */
fl_status wl_calibrate(const wl_model *model, wl_tensor_recipe *recipe, wl_calibration **out,
                       fl_error *error);
void wl_calibration_free(wl_calibration *calibration);

/* NULL when no tensor has the name. Weights are called NAME.weight. */
const wl_scaled *wl_calibration_find(const wl_calibration *calibration, const char *name);
/* Makes a matrix operand int8 (mixed 4/8 bits). */
fl_status wl_calibration_raise(wl_calibration *calibration, const char *name, fl_error *error);
/* Codes of row `row` of a weight, packed. */
void wl_calibration_pack(const wl_calibration *calibration, const char *name, uint32_t row, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
