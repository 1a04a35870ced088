/* The header of numpy's .npy format (NEP 1): magic, version, length, and a Python dictionary with descr,
 * fortran_order and shape. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/tensors/tensor_parts.h"

enum { MAX_HEADER = 1 << 16 };

typedef struct cursor {
    const char *at;
} cursor;

static void skip_space(cursor *c)
{
    while (isspace((unsigned char)*c->at)) c->at++;
}

static bool take(cursor *c, char wanted)
{
    skip_space(c);
    if (*c->at != wanted) return false;
    c->at++;
    return true;
}

static bool take_word(cursor *c, const char *word)
{
    skip_space(c);
    if (strncmp(c->at, word, strlen(word)) != 0) return false;
    c->at += strlen(word);
    return true;
}

static bool take_string(cursor *c, char *out, size_t capacity)
{
    skip_space(c);
    const char quote = *c->at;
    if (quote != '\'' && quote != '"') return false;
    size_t n = 0;
    for (c->at++; *c->at != quote; c->at++) {
        if (*c->at == '\0' || n + 1 >= capacity) return false;
        out[n++] = *c->at;
    }
    out[n] = '\0';
    c->at++;
    return true;
}

static bool take_shape(cursor *c, wl_tensor *tensor)
{
    if (!take(c, '(')) return false;
    tensor->rank = 0;
    while (!take(c, ')')) {
        uint64_t size = 0;
        skip_space(c);
        if (!isdigit((unsigned char)*c->at) || tensor->rank == WL_MAX_RANK) return false;
        for (; isdigit((unsigned char)*c->at); c->at++) {
            if (size > UINT64_MAX / 16) return false;
            size = size * 10 + (uint64_t)(*c->at - '0');
        }
        tensor->shape[tensor->rank++] = size;
        if (!take(c, ',') && (skip_space(c), *c->at != ')')) return false;
    }
    return true;
}

typedef struct header {
    char descr[16];
    bool has_descr, has_order, has_shape, fortran;
} header;

static bool take_entry(cursor *c, header *h, wl_tensor *tensor)
{
    char key[16];
    if (!take_string(c, key, sizeof key) || !take(c, ':')) return false;
    if (strcmp(key, "descr") == 0) return h->has_descr = take_string(c, h->descr, sizeof h->descr);
    if (strcmp(key, "shape") == 0) return h->has_shape = take_shape(c, tensor);
    if (strcmp(key, "fortran_order") != 0) return false;
    h->fortran = take_word(c, "True");
    return h->has_order = h->fortran || take_word(c, "False");
}

static bool parse(const char *text, header *h, wl_tensor *tensor)
{
    cursor c = {text};
    if (!take(&c, '{')) return false;
    while (!take(&c, '}'))
        if (!take_entry(&c, h, tensor) || (!take(&c, ',') && (skip_space(&c), *c.at != '}'))) return false;
    skip_space(&c);
    return *c.at == '\0' && h->has_descr && h->has_order && h->has_shape;
}

fl_status wl_read_npy_header(wl_source *source, const char *what, wl_tensor *tensor, fl_error *error)
{
    unsigned char start[12];
    const uint64_t at = source->position;
    fl_status status = wl_source_read(source, start, 10, error);
    if (status != FL_OK) return status;
    if (memcmp(start, "\x93NUMPY", 6) != 0 || start[6] < 1 || start[6] > 3)
        return wl_fail_at(source->file, at, error, "%s: no npy header of version 1, 2 or 3", what);
    size_t length = start[8] | (size_t)start[9] << 8, before = 10;
    if (start[6] > 1) {
        status = wl_source_read(source, start + 10, 2, error);
        if (status != FL_OK) return status;
        length |= (size_t)start[10] << 16 | (size_t)start[11] << 24;
        before = 12;
    }
    if (length > MAX_HEADER)
        return wl_fail_at(source->file, at, error, "%s: npy header of %zu bytes (at most %d)", what, length,
                          MAX_HEADER);
    char *text = calloc(length + 1, 1);
    if (text == NULL) return wl_fail_at(source->file, at, error, "out of memory");
    header h = {0};
    status = wl_source_read(source, text, length, error);
    if (status == FL_OK && !parse(text, &h, tensor))
        status = wl_fail_at(
            source->file, at, error,
            "%s: the npy header is not a dictionary of descr, fortran_order and shape (at most %d sizes)",
            what, WL_MAX_RANK);
    free(text);
    if (status != FL_OK) return status;
    tensor->dtype = wl_dtype_find_npy(h.descr);
    if (tensor->dtype == NULL)
        return wl_fail_at(source->file, at, error,
                          "%s: dtype '%s' is not read (little-endian f2, f4, f8, integers, bool)", what,
                          h.descr);
    if (h.fortran && tensor->rank > 1)
        return wl_fail_at(source->file, at, error,
                          "%s: Fortran order is not read; save numpy.ascontiguousarray(x)", what);
    tensor->skip = before + length;
    if (!wl_measure(tensor))
        return wl_fail_at(source->file, at, error, "%s: absurd shape: more than 2^62 bytes", what);
    return FL_OK;
}

fl_status wl_open_npy(wl_tensor_file *file, fl_error *error)
{
    wl_source source;
    wl_tensor tensor = {.stored = file->size};
    fl_status status = wl_source_open(&source, file, 0, file->size, false, error);
    if (status == FL_OK) status = wl_read_npy_header(&source, "array", &tensor, error);
    wl_source_close(&source);
    if (status != FL_OK) return status;
    if (tensor.bytes != file->size - tensor.skip)
        return wl_fail_at(file, tensor.skip, error, "the shape needs %llu bytes, %llu follow",
                          (unsigned long long)tensor.bytes, (unsigned long long)(file->size - tensor.skip));
    tensor.name = strdup("array");
    if (tensor.name == NULL) return wl_fail_at(file, 0, error, "out of memory");
    return wl_tensor_file_add(file, &tensor, error);
}
