/* The operations that transformer encoders consist of, with formats from the recipe and scales from the RMS
 * of what they read (docs/workloads.md derives each constant). Internal.
 *
 * Errors stick: the first is kept, later calls go on with some valid tensor, and the caller looks once at the
 * end. */
#ifndef WL_ENCODER_OPS_H
#define WL_ENCODER_OPS_H

#include "workloads/builder.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The key `attention` of both builders. */
enum { WL_ATTENTION_FULL, WL_ATTENTION_CAUSAL };
extern const char *const wl_attention_names[];

/* Where formats come from: a recipe, or the calibration of a trained model. */
typedef fl_status wl_format_source(void *context, wl_role role, const char *name, num_format *format,
                                   fl_error *error);

typedef struct wl_encoder {
    wl_builder *builder;
    wl_format_source *formats;
    void *formats_context;
    fl_node *root; /* where inconsistent shapes are reported */
    uint32_t batch, sequence, heads;
    uint32_t context; /* positions of each sequence in the cache; 0: no cache, the sequence is all there is */
    bool causal;      /* attention: no token sees a later one */
    fl_status status;
    fl_error *error;
} wl_encoder;

/* Shapes beside those of wl_encoder. patch_values 0: tokens, whose embedding comes as an input. */
typedef struct wl_encoder_shape {
    uint32_t layers, hidden, ffn, patch_values;
    bool pre_norm;
} wl_encoder_shape;

/* Embedding and all layers (encoder_layers.c). Returns the last LayerNorm. */
uint32_t wl_encoder_layers(wl_encoder *e, const wl_encoder_shape *shape);

/* A tensor with the format of its name. */
uint32_t wl_encoder_tensor(wl_encoder *e, const char *name, wl_role role, uint32_t rows, uint32_t columns);

/* out = x * weight^T + bias for all rows of x, brought to the format of NAME by `bias_requantize`. The weight
 * is NAME.weight (columns x columns of x), the parameters NAME.columns. Per sequence, `rows` of its
 * `sequence` rows are read from x and written to out at the same place. Returns the output tensor, as all of
 * these do. */
uint32_t wl_encoder_linear(wl_encoder *e, const char *name, uint32_t x, uint32_t x_rows, uint32_t out_rows,
                           uint32_t columns);
/* The same for keys and values: in a decode step they go to a cache, behind those of the context. */
uint32_t wl_encoder_cached_linear(wl_encoder *e, const char *name, uint32_t x, uint32_t columns);
/* The same with the epilogue `gelu`. */
uint32_t wl_encoder_linear_gelu(wl_encoder *e, const char *name, uint32_t x, uint32_t columns);

/* PREFIX.scores, PREFIX.probs and PREFIX.context of multi-head attention to all rows of `key` and `value`. */
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
