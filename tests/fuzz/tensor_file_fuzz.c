/* Tensor files of all kinds: each gives tensors that can be read, or an error that begins with the name of
 * the file. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "workloads/quantize/quantize.h"
#include "workloads/tensors/tensor_file.h"

static void quantise(const wl_tensor *tensor, const float *values)
{
    static const wl_tensor_rule rule = {.types = 5, .bits = 4, .granularity = 1, .clip = WL_CLIP_SEARCH};
    fl_error error = {.code = FL_OK};
    wl_quantized q = {.tensor = tensor, .rule = &rule};
    if (wl_quantize_tensor(values, &q, &error) == FL_OK) {
        uint8_t *row = malloc(q.row_bytes + 1);
        require(row != NULL);
        for (uint64_t r = 0; r < q.rows; r++) wl_quantize_pack_row(&q, values, r, row);
        free(row);
    }
    free(q.scales);
}

static void read_tensor(const wl_tensor_file *file, const wl_tensor *tensor)
{
    enum { MANY = 1 << 16 };
    fl_error error = {.code = FL_OK};
    if (!tensor->dtype->is_real || tensor->elements > MANY) return;
    float *values = calloc(tensor->elements + 1, sizeof *values);
    require(values != NULL);
    if (wl_tensor_read(file, tensor, values, &error) == FL_OK)
        quantise(tensor, values);
    else
        require(strncmp(error.text, "tensors: ", 9) == 0);
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fl_error error = {.code = FL_OK};
    wl_tensor_file file;
    FILE *stream = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;
    if (stream == NULL) return 0;
    if (wl_tensor_file_open_stream(stream, "tensors", &file, &error) == FL_OK) {
        for (size_t i = 0; i < file.count; i++) read_tensor(&file, &file.tensors[i]);
    } else {
        require(error.code == FL_BAD_INPUT && strncmp(error.text, "tensors: ", 9) == 0);
    }
    wl_tensor_file_close(&file);
    return 0;
}
