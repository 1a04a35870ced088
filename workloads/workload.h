/* A workload: tensors in DRAM and operations on them, in program order.
 *
 * Built from YAML (the files beside this one): either a generic op list or a builder (transformer encoder)
 * with presets, plus a quantisation recipe (configs/quant/) that gives each tensor its format. Operations are
 * what the machine's units run: matrix products with an epilogue, and row-wise vector functions. All
 * quantisation constants are integers fixed here, offline, so that every executor computes from the same
 * words. */
#ifndef WL_WORKLOAD_H
#define WL_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "pe/num/format.h"
#include "pe/vector/vector.h"
#include "sim/base/config.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wl_role {
    WL_INPUT, /* given from outside */
    WL_WEIGHT,
    WL_PARAMETERS, /* vec_column per output column: rows = 1 per set, columns * VEC_COLUMN_BYTES bytes a row
                    */
    WL_ACTIVATION, /* written by one operation, read by later ones */
    WL_CACHE, /* keys or values: those of earlier positions are given, one product writes the new ones behind
                 them */
} wl_role;

/* How wl_fill makes a WL_PARAMETERS tensor. Column c gets a bias uniform in +-bias (whole accumulator units)
 * and the multiplier of scale * u, u uniform in [0.75, 1.25]: as per-channel weight scales do, the columns
 * differ. */
typedef struct wl_column_fill {
    double scale;
    double bias;
} wl_column_fill;

/* A matrix of codes in DRAM. Rows start WL_ALIGN_BYTES aligned. Owned by its wl_workload. */
typedef struct wl_tensor {
    const char *name;
    wl_role role;
    uint32_t rows, columns;
    uint32_t sequence_rows; /* WL_CACHE: rows of a sequence, the given ones and the new ones; else all rows */
    uint32_t context;       /* WL_CACHE: how many of them are given, the first ones; else 0 */
    num_format format;      /* of codes; unused for WL_PARAMETERS */
    uint64_t address;       /* of row 0 in DRAM */
    uint64_t row_bytes;     /* payload of a row */
    uint64_t row_stride_bytes;
    uint32_t producer;   /* op index that writes it, WL_NONE for inputs, weights, parameters */
    double rms;          /* expected root mean square of its values; 0: unknown (op lists, parameters) */
    wl_column_fill fill; /* WL_PARAMETERS */
    const uint8_t *data; /* what wl_fill stores, rows * row_bytes; NULL: generated */
} wl_tensor;

enum { WL_ALIGN_BYTES = 64 };
#define WL_NONE UINT32_MAX

/* What operations write are all rows of a tensor but those that a cache has already. Rows that are written of
 * each sequence; all of them, which operations count from 0; and where the one with number `row` lies in the
 * tensor. */
static inline uint32_t wl_new_rows(const wl_tensor *t) { return t->sequence_rows - t->context; }
static inline uint32_t wl_written_rows(const wl_tensor *t)
{
    return t->rows / t->sequence_rows * wl_new_rows(t);
}
static inline uint64_t wl_written_row(const wl_tensor *t, uint64_t row)
{
    return row / wl_new_rows(t) * t->sequence_rows + t->context + row % wl_new_rows(t);
}

/* Where item (outer o, inner i) of a batched operand starts in its tensor:
 * row = o * outer_rows + i * inner_rows, column = i * inner_columns. Rows of an output are counted as
 * wl_written_rows does. */
typedef struct wl_view {
    uint32_t tensor;
    uint32_t outer_rows, inner_rows, inner_columns;
} wl_view;

typedef enum wl_op_kind { WL_GEMM, WL_VECTOR } wl_op_kind;

/* out[item] = epilogue(a[item] (m x k) * b[item] (k x n)); items = outer (e.g. sequences) x inner (e.g.
 * heads). The epilogue is a vector function applied to the int32 sums of each output row; with columns it
 * reads set 0 of `column_params`. */
typedef struct wl_gemm {
    uint32_t outer, inner;
    uint32_t m, n, k;
    wl_view a, b, out;
    bool b_k_major; /* b is stored k x n; else n x k (K contiguous), as linear layers keep weights */
} wl_gemm;

/* One operation. For WL_VECTOR: out = function(in, in2, columns) over rows x columns. */
typedef struct wl_op {
    const char *name; /* "layer3.attention.query" */
    wl_op_kind kind;
    const char *function; /* vector function: the operation itself, or the epilogue of a GEMM */
    vec_immediates immediates;
    uint32_t column_params; /* tensor index or WL_NONE */
    uint32_t in, in2, out;  /* WL_VECTOR: tensor indices (in2 may be WL_NONE); GEMM uses gemm.a/b/out */
    uint32_t rows, columns; /* WL_VECTOR */
    bool
        causal; /* WL_VECTOR: stacked matrices of (columns - context) x columns, of whose row i the first
                 * context + i + 1 elements are valid; the function sees no others, and their results are 0 */
    uint32_t context; /* causal: positions before that of row 0 */
    wl_gemm gemm;     /* WL_GEMM */
} wl_op;

typedef struct wl_workload {
    const char *name;
    wl_tensor *tensors;
    uint32_t tensor_count;
    wl_op *ops;
    uint32_t op_count;
    uint64_t dram_bytes; /* extent of all tensors */
    uint64_t seed;       /* of generated weights and inputs */
    void *arena;         /* owns everything above */
} wl_workload;

/* Reads a workload file (with its `sets`, as fl_config_load) and builds the operations. On success *workload
 * is owned by the caller. The fl_config is kept by the caller too: workload errors are located in it. */
fl_status wl_build(fl_config *config, wl_workload **workload, fl_error *error);
void wl_free(wl_workload *workload);

/* Index of the output tensor of either kind of operation. */
uint32_t wl_op_output(const wl_op *op);

/* Tables of workload files and recipes for `flintlock schema`. Writes at most `capacity` entries; returns how
 * many there are. */
size_t wl_schema(fl_schema_section *sections, size_t capacity);

/* Multiply-accumulates of one operation / of all. */
uint64_t wl_op_macs(const wl_op *op);
uint64_t wl_macs(const wl_workload *workload);

/* Fills what a DRAM image of workload->dram_bytes is given (of caches some rows), zero elsewhere, from the
 * seed: the same bytes for the same workload and seed, on any machine. Tensors with data of their own get
 * that. */
void wl_fill(const wl_workload *workload, uint8_t *dram);

/* The reference executor: each operation in turn over whole tensors in the image, untiled, plain integer
 * loops (no BLAS, nothing shared with the machine's data path but pe/num's scalar definitions and the
 * functions' `row`). Returns the number of accumulators that left the int32 range. stop_after: op count to
 * run, 0 = all. */
uint64_t wl_reference_run(const wl_workload *workload, uint8_t *dram, uint32_t stop_after);

/* The same with other forms of functions: `replace` says whose row an operation runs, NULL for the registered
 * function's. */
typedef const vec_function *wl_replace(void *context, const wl_op *op);
uint64_t wl_reference_run_with(const wl_workload *workload, uint8_t *dram, uint32_t stop_after,
                               wl_replace *replace, void *context);

#ifdef __cplusplus
}
#endif
#endif
