#include "workloads/tensors/tensor_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pe/num/bf16.h"
#include "workloads/tensors/tensor_parts.h"

static const wl_dtype DTYPES[] = {
    {"F32", "f4", 4, true},  {"F16", "f2", 2, true},      {"BF16", NULL, 2, true},
    {"F64", "f8", 8, false}, {"F8_E4M3", NULL, 1, false}, {"F8_E5M2", NULL, 1, false},
    {"I8", "i1", 1, false},  {"I16", "i2", 2, false},     {"I32", "i4", 4, false},
    {"I64", "i8", 8, false}, {"U8", "u1", 1, false},      {"U16", "u2", 2, false},
    {"U32", "u4", 4, false}, {"U64", "u8", 8, false},     {"BOOL", "b1", 1, false},
};
enum { DTYPE_COUNT = sizeof DTYPES / sizeof *DTYPES };

const wl_dtype *wl_dtype_find(const char *name)
{
    for (size_t i = 0; i < DTYPE_COUNT; i++)
        if (strcmp(name, DTYPES[i].name) == 0) return &DTYPES[i];
    return NULL;
}

const wl_dtype *wl_dtype_find_npy(const char *descr)
{
    /* '<' little endian, '|' no order; big-endian files are not read. */
    if (descr[0] != '<' && descr[0] != '|') return NULL;
    for (size_t i = 0; i < DTYPE_COUNT; i++)
        if (DTYPES[i].npy != NULL && strcmp(descr + 1, DTYPES[i].npy) == 0)
            return descr[0] == '<' || DTYPES[i].bytes == 1 ? &DTYPES[i] : NULL;
    return NULL;
}

fl_status wl_fail_at(const wl_tensor_file *file, uint64_t byte, fl_error *error, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return fl_fail(error, FL_BAD_INPUT, &(fl_where){file->path, 0, 0}, "byte %llu: %s",
                   (unsigned long long)byte, text);
}

fl_status wl_tensor_file_add(wl_tensor_file *file, const wl_tensor *tensor, fl_error *error)
{
    if ((file->count & (file->count - 1)) == 0) {
        const size_t capacity = file->count == 0 ? 1 : file->count * 2;
        wl_tensor *more = capacity <= WL_MAX_TENSORS ? realloc(file->tensors, capacity * sizeof *more) : NULL;
        if (more == NULL) {
            free(tensor->name);
            return fl_fail(error, FL_BAD_INPUT, &(fl_where){file->path, 0, 0},
                           "too many tensors (at most %d)", WL_MAX_TENSORS);
        }
        file->tensors = more;
    }
    file->tensors[file->count++] = *tensor;
    return FL_OK;
}

bool wl_measure(wl_tensor *tensor)
{
    const uint64_t limit = (uint64_t)1 << 62;
    bool empty = false, fits = true;
    uint64_t elements = 1;
    for (unsigned d = 0; d < tensor->rank; d++) {
        empty = empty || tensor->shape[d] == 0;
        if (tensor->shape[d] != 0 && elements > limit / tensor->dtype->bytes / tensor->shape[d])
            fits = false;
        else if (tensor->shape[d] != 0)
            elements *= tensor->shape[d];
    }
    tensor->elements = empty ? 0 : elements;
    tensor->bytes = tensor->elements * tensor->dtype->bytes;
    return fits;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const wl_tensor *)a)->name, ((const wl_tensor *)b)->name);
}

static fl_status sort_by_name(wl_tensor_file *file, fl_error *error)
{
    if (file->count > 1) qsort(file->tensors, file->count, sizeof *file->tensors, by_name);
    for (size_t i = 1; i < file->count; i++)
        if (strcmp(file->tensors[i - 1].name, file->tensors[i].name) == 0)
            return wl_fail_at(file, file->tensors[i].offset, error, "tensor \"%s\" is there twice",
                              file->tensors[i].name);
    return FL_OK;
}

fl_status wl_tensor_file_open_stream(FILE *stream, const char *name, wl_tensor_file *out, fl_error *error)
{
    unsigned char magic[9] = {0};
    *out = (wl_tensor_file){.path = strdup(name), .file = stream};
    if (out->path == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    if (fseeko(stream, 0, SEEK_END) != 0 || ftello(stream) < 0)
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){out->path, 0, 0},
                       "cannot read: the file cannot seek");
    out->size = (uint64_t)ftello(stream);
    rewind(stream);
    const size_t got = fread(magic, 1, sizeof magic, stream);
    fl_status status;
    if (got >= 6 && memcmp(magic, "\x93NUMPY", 6) == 0)
        status = wl_open_npy(out, error);
    else if (got >= 4 && (memcmp(magic, "PK\3\4", 4) == 0 || memcmp(magic, "PK\5\6", 4) == 0))
        status = wl_open_npz(out, error);
    else if (got == 9 && magic[8] == '{')
        status = wl_open_safetensors(out, error);
    else
        status = wl_fail_at(out, 0, error, "neither a safetensors, an npy nor an npz file");
    return status == FL_OK ? sort_by_name(out, error) : status;
}

fl_status wl_tensor_file_open(const char *path, wl_tensor_file *out, fl_error *error)
{
    struct stat status;
    *out = (wl_tensor_file){0};
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "cannot read: %s", strerror(errno));
    if (fstat(fileno(stream), &status) != 0 || !S_ISREG(status.st_mode)) {
        fclose(stream);
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "cannot read: it is not a regular file");
    }
    return wl_tensor_file_open_stream(stream, path, out, error);
}

void wl_tensor_file_close(wl_tensor_file *file)
{
    for (size_t i = 0; i < file->count; i++) free(file->tensors[i].name);
    free(file->tensors);
    free(file->path);
    if (file->file != NULL) fclose(file->file);
    *file = (wl_tensor_file){0};
}

float wl_half_to_float(uint16_t code)
{
    /* The fields in place, then the difference of the biases by a multiplication, which normalises subnormal
     * numbers too. */
    const uint32_t sign = (uint32_t)(code & 0x8000) << 16;
    uint32_t bits = (uint32_t)(code & 0x7FFF) << 13;
    float value;
    if ((code & 0x7C00) == 0x7C00) {
        bits |= 0x7F800000;
    } else {
        memcpy(&value, &bits, sizeof value);
        value *= 0x1p112F;
        memcpy(&bits, &value, sizeof bits);
    }
    bits |= sign;
    memcpy(&value, &bits, sizeof value);
    return value;
}

fl_status wl_tensor_copy(const wl_tensor_file *file, const wl_tensor *tensor, wl_take_bytes *take,
                         void *context, fl_error *error)
{
    enum { PIECE = 1 << 16 };
    unsigned char piece[PIECE];
    wl_source source;
    fl_status status = wl_source_open(&source, file, tensor->offset, tensor->stored, tensor->deflated, error);
    for (uint64_t left = tensor->skip; left > 0 && status == FL_OK;) {
        const size_t size = left < PIECE ? (size_t)left : PIECE;
        status = wl_source_read(&source, piece, size, error);
        left -= size;
    }
    for (uint64_t left = tensor->bytes; left > 0 && status == FL_OK;) {
        const size_t size = left < PIECE ? (size_t)left : PIECE;
        status = wl_source_read(&source, piece, size, error);
        if (status == FL_OK) status = take(context, piece, size, error);
        left -= size;
    }
    if (status == FL_OK) status = wl_source_end(&source, error);
    if (status == FL_OK && tensor->has_crc && source.crc != tensor->crc)
        status = wl_fail_at(file, tensor->offset, error,
                            "tensor \"%s\": damaged: its CRC is %08x, the archive says %08x", tensor->name,
                            source.crc, tensor->crc);
    wl_source_close(&source);
    return status;
}

typedef struct widener {
    const wl_dtype *dtype;
    float *next;
} widener;

/* Pieces are of even size, so no element is cut. */
static fl_status widen(void *context, const void *bytes, size_t size, fl_error *error)
{
    (void)error;
    widener *w = context;
    const bool half = w->dtype->npy != NULL;
    if (w->dtype->bytes == 4) {
        memcpy(w->next, bytes, size);
        w->next += size / 4;
        return FL_OK;
    }
    for (size_t i = 0; i < size; i += 2) {
        uint16_t code;
        memcpy(&code, (const char *)bytes + i, sizeof code);
        *w->next++ = half ? wl_half_to_float(code) : num_bf16_to_float(code);
    }
    return FL_OK;
}

fl_status wl_tensor_read(const wl_tensor_file *file, const wl_tensor *tensor, float *values, fl_error *error)
{
    widener w = {tensor->dtype, values};
    return wl_tensor_copy(file, tensor, widen, &w, error);
}
