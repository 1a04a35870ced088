/* What the readers of the three kinds share. Internal to this folder. */
#ifndef WL_TENSOR_PARTS_H
#define WL_TENSOR_PARTS_H

#include <zlib.h>

#include "workloads/tensors/tensor_file.h"

/* "path: byte N: text". */
fl_status wl_fail_at(const wl_tensor_file *file, uint64_t byte, fl_error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends a copy of the tensor and takes over its name. */
fl_status wl_tensor_file_add(wl_tensor_file *file, const wl_tensor *tensor, fl_error *error);
/* Elements and bytes from shape and dtype; false when they exceed 2^62. */
bool wl_measure(wl_tensor *tensor);

fl_status wl_open_safetensors(wl_tensor_file *file, fl_error *error);
fl_status wl_open_npy(wl_tensor_file *file, fl_error *error);
fl_status wl_open_npz(wl_tensor_file *file, fl_error *error);

/* Reads part of a file, inflating when it is deflated, and sums its CRC. */
typedef struct wl_source {
    const wl_tensor_file *file;
    uint64_t position, left; /* of stored bytes */
    bool deflated, open;
    uint32_t crc; /* of the bytes handed out */
    z_stream z;
    unsigned char stored[1 << 14];
} wl_source;
fl_status wl_source_open(wl_source *source, const wl_tensor_file *file, uint64_t offset, uint64_t stored,
                         bool deflated, fl_error *error);
/* Exactly `size` bytes, or an error. */
fl_status wl_source_read(wl_source *source, void *bytes, size_t size, fl_error *error);
/* FL_OK when nothing is left; call after the last byte. */
fl_status wl_source_end(wl_source *source, fl_error *error);
void wl_source_close(wl_source *source);

/* Reads an npy header: dtype, rank, shape, and `skip`, the bytes of the header. Messages say `what` it
 * belongs to. */
fl_status wl_read_npy_header(wl_source *source, const char *what, wl_tensor *tensor, fl_error *error);

#endif
