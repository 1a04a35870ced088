/* What builders of workloads share: memory, the tensor table, the operation list and the checks on both.
 * Internal. */
#ifndef WL_BUILDER_H
#define WL_BUILDER_H

#include "workloads/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wl_builder {
    wl_workload *workload;
    uint32_t tensor_capacity, op_capacity;
} wl_builder;

/* An empty workload and its builder. The tables grow inside the workload's arena; wl_free releases
 * everything. */
wl_builder wl_builder_new(void);

/* Zeroed memory that lives as long as the workload. */
void *wl_alloc(wl_workload *workload, size_t bytes);
/* printf into memory that lives as long as the workload. */
const char *wl_text(wl_workload *workload, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The value of `key` as a path: one in a file is relative to that file, one from the command line to the
 * working directory. */
const char *wl_path(wl_workload *workload, fl_node *root, const char *key, const char *path);

/* Adds a tensor of codes behind the last one and returns its index. Its rms is that of wl_fill for inputs and
 * weights, 0 for activations until the operation that writes it sets it. The name is borrowed from the arena.
 */
uint32_t wl_add_tensor(wl_builder *builder, const char *name, wl_role role, uint32_t rows, uint32_t columns,
                       num_format format);
/* Adds a cache of keys or values: `sequences` times `context` given rows and `new_rows` that an operation
 * writes, all at least 1. Its rms is the target of activations, as wl_fill draws it. */
uint32_t wl_add_cache(wl_builder *builder, const char *name, uint32_t sequences, uint32_t context,
                      uint32_t new_rows, uint32_t columns, num_format format);
/* Adds one set of per-column parameters. */
uint32_t wl_add_columns(wl_builder *builder, const char *name, uint32_t columns, wl_column_fill fill);

/* Appends an operation with no operands yet; valid until the next is added. The caller fills it, then calls
 * wl_close_op, which records it as the producer of its output. */
wl_op *wl_open_op(wl_builder *builder, const char *name, wl_op_kind kind, const char *function);
void wl_close_op(wl_builder *builder);

/* True when the operation, the next to be closed, is consistent with the tensor table: operands inside their
 * tensors, written before they are read, formats the units can take, whole bytes between items. Else *reason
 * says what is wrong. */
enum { WL_REASON_BYTES = 256 };
bool wl_check_op(const wl_workload *workload, const wl_op *op, char reason[WL_REASON_BYTES]);

/* True when the operation's vector function is registered and takes its operands; else *reason says why not.
 */
bool wl_check_function(const wl_workload *workload, const wl_op *op, char reason[WL_REASON_BYTES]);

/* Tables of each reader, for `flintlock schema`; the last entry has no title. */
extern const fl_schema_section wl_build_schema[], wl_encoder_schema[], wl_trained_schema[],
    wl_op_list_schema[], wl_recipe_schema[];

extern const char *const wl_role_names[]; /* NULL-terminated, in the order of wl_role */

/* The builders. Each fills the workload from the root of its configuration. */
fl_status wl_build_op_list(fl_config *config, wl_builder *builder, fl_error *error);
fl_status wl_build_transformer_encoder(fl_config *config, wl_builder *builder, fl_error *error);
fl_status wl_build_trained_encoder(fl_config *config, wl_builder *builder, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
