/* The operations that transformer encoders consist of, with formats from the recipe and scales from the RMS
 * of what they read (docs/workloads.md derives each constant). Internal.
 *
 * Errors stick: the first is kept, later calls go on with some valid tensor, and the caller looks once at the
 * end. */
#ifndef WL_ENCODER_OPS_H
#define WL_ENCODER_OPS_H

#include "workloads/builder.h"
#include "workloads/quant_recipe.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wl_encoder {
    wl_builder *builder;
    wl_recipe *recipe;
    fl_node *root; /* where inconsistent shapes are reported */
    uint32_t batch, sequence, heads;
    fl_status status;
    fl_error *error;
} wl_encoder;

/* A tensor with the recipe's format. */
uint32_t wl_encoder_tensor(wl_encoder *e, const char *name, wl_role role, uint32_t rows, uint32_t columns);

/* out = x * weight^T + bias for all rows of x, brought to the format of NAME by `bias_requantize`. The weight
 * is NAME.weight (columns x columns of x), the parameters NAME.columns. Per sequence, `rows` of its
 * `sequence` rows are read from x and written to out at the same place. Returns the output tensor, as all of
 * these do. */
uint32_t wl_encoder_linear(wl_encoder *e, const char *name, uint32_t x, uint32_t x_rows, uint32_t out_rows,
                           uint32_t columns);
/* The same with the epilogue `gelu`. */
uint32_t wl_encoder_linear_gelu(wl_encoder *e, const char *name, uint32_t x, uint32_t columns);

/* PREFIX.scores, PREFIX.probs and PREFIX.context of multi-head attention. */
uint32_t wl_encoder_attention(wl_encoder *e, const char *prefix, uint32_t query, uint32_t key,
                              uint32_t value);

/* x + x2, each first scaled to the given share of the sum's RMS target. */
uint32_t wl_encoder_add(wl_encoder *e, const char *name, uint32_t x, double share, uint32_t x2,
                        double share2);

uint32_t wl_encoder_layernorm(wl_encoder *e, const char *name, uint32_t x);

/* x in the format of NAME; x itself when it has that format already. */
uint32_t wl_encoder_encode(wl_encoder *e, const char *name, uint32_t x);

#ifdef __cplusplus
}
#endif
#endif
