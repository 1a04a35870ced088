/* Files of tensors: .safetensors, .npy, .npz (docs/quantize.md). The kind is told by the first bytes, not by
 * the name.
 *
 * Opening reads the headers alone and checks every offset and size against the file; tensors are read one at
 * a time, so memory is bounded by the largest. Errors are FL_BAD_INPUT and name the file and the byte, the
 * tensor or the entry. */
#ifndef WL_TENSOR_FILE_H
#define WL_TENSOR_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WL_MAX_RANK = 8, WL_MAX_TENSORS = 1 << 20 };

typedef struct wl_dtype {
    const char *name; /* as safetensors writes it: "F32" */
    const char *npy;  /* as numpy writes it, little endian: "f4"; NULL: numpy has none */
    unsigned bytes;
    bool is_real; /* F32, F16, BF16: what wl_tensor_read takes */
} wl_dtype;
/* The row of a table, or NULL. */
const wl_dtype *wl_dtype_find(const char *name);
const wl_dtype *wl_dtype_find_npy(const char *descr);

typedef struct wl_tensor {
    char *name;
    const wl_dtype *dtype;
    unsigned rank; /* 0: one element */
    uint64_t shape[WL_MAX_RANK];
    uint64_t elements, bytes;

    /* Where it is: `stored` bytes of the file from `offset`, which unpack (when deflated) to `skip` bytes of
     * header and the tensor. */
    uint64_t offset, stored, skip;
    bool deflated, has_crc;
    uint32_t crc;
} wl_tensor;

typedef struct wl_tensor_file {
    char *path;
    FILE *file;
    uint64_t size;
    wl_tensor *tensors; /* in the order of their names */
    size_t count;
} wl_tensor_file;

/* *out is closed with wl_tensor_file_close, also after an error. */
fl_status wl_tensor_file_open(const char *path, wl_tensor_file *out, fl_error *error);
/* The same from a stream that can seek, which is closed with the result; `name` stands for it in messages. */
fl_status wl_tensor_file_open_stream(FILE *stream, const char *name, wl_tensor_file *out, fl_error *error);
void wl_tensor_file_close(wl_tensor_file *file);

/* All elements in C order as float32 (exact). The dtype must be real. values: tensor->elements. */
fl_status wl_tensor_read(const wl_tensor_file *file, const wl_tensor *tensor, float *values, fl_error *error);
/* The bytes as they are, in pieces, to `take` (which may fail). */
typedef fl_status wl_take_bytes(void *context, const void *bytes, size_t size, fl_error *error);
fl_status wl_tensor_copy(const wl_tensor_file *file, const wl_tensor *tensor, wl_take_bytes *take,
                         void *context, fl_error *error);

/* IEEE binary16 to float32, exact. */
float wl_half_to_float(uint16_t code);

#ifdef __cplusplus
}
#endif
#endif
