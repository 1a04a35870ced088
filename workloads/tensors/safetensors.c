/* The .safetensors format: eight bytes with the length of a JSON header, the header, the bytes of the tensors
 * without gaps. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/tensors/tensor_parts.h"

enum { MAX_HEADER = 100 << 20 };

typedef struct json {
    const wl_tensor_file *file;
    const char *start, *at, *end;
    fl_error *error;
} json;

static fl_status fail(const json *j, const char *what)
{
    return wl_fail_at(j->file, 8 + (uint64_t)(j->at - j->start), j->error, "header: %s", what);
}

static char peek(json *j)
{
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\n' || *j->at == '\r' || *j->at == '\t')) j->at++;
    return j->at < j->end ? *j->at : '\0';
}

static fl_status expect(json *j, char wanted)
{
    char what[] = "'?' expected";
    what[1] = wanted;
    if (peek(j) != wanted) return fail(j, what);
    j->at++;
    return FL_OK;
}

static int hex4(const char *at)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        if (!isxdigit((unsigned char)at[i])) return -1;
        value = value * 16 +
                (isdigit((unsigned char)at[i]) ? at[i] - '0' : tolower((unsigned char)at[i]) - 'a' + 10);
    }
    return value;
}

static size_t put_utf8(char *out, unsigned code)
{
    if (code < 0x80) return out[0] = (char)code, 1;
    if (code < 0x800) return out[0] = (char)(0xC0 | code >> 6), out[1] = (char)(0x80 | (code & 63)), 2;
    if (code < 0x10000)
        return out[0] = (char)(0xE0 | code >> 12), out[1] = (char)(0x80 | (code >> 6 & 63)),
               out[2] = (char)(0x80 | (code & 63)), 3;
    out[0] = (char)(0xF0 | code >> 18), out[1] = (char)(0x80 | (code >> 12 & 63)),
    out[2] = (char)(0x80 | (code >> 6 & 63));
    return out[3] = (char)(0x80 | (code & 63)), 4;
}

/* \uXXXX, or a pair of them. `at` is behind the u; returns the bytes written, 0 when malformed. */
static size_t take_unicode(json *j, char *out)
{
    if (j->end - j->at < 4) return 0;
    int code = hex4(j->at);
    j->at += 4;
    if (code >= 0xD800 && code < 0xDC00) {
        if (j->end - j->at < 6 || j->at[0] != '\\' || j->at[1] != 'u') return 0;
        const int low = hex4(j->at + 2);
        if (low < 0xDC00 || low > 0xDFFF) return 0;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        j->at += 6;
    } else if (code >= 0xDC00 && code < 0xE000) {
        return 0;
    }
    return code > 0 ? put_utf8(out, (unsigned)code) : 0; /* a zero would end the name */
}

/* *out: malloc'ed, never longer than what was read. */
static fl_status take_string(json *j, char **out)
{
    static const char ESCAPES[] = "\"\\/bfnrt", VALUES[] = "\"\\/\b\f\n\r\t";
    fl_status status = expect(j, '"');
    if (status != FL_OK) return status;
    const char *close = j->at;
    while (close < j->end && *close != '"') close += *close == '\\' ? 2 : 1;
    if (close >= j->end) return fail(j, "a string does not end");
    char *text = malloc((size_t)(close - j->at) + 1);
    if (text == NULL) return fail(j, "out of memory");
    size_t n = 0;
    while (status == FL_OK && *j->at != '"') {
        const char c = *j->at++;
        if ((unsigned char)c < 0x20) status = fail(j, "control character in a string");
        if (c != '\\') {
            text[n++] = c;
            continue;
        }
        const char escaped = *j->at++;
        const char *known = escaped != '\0' ? strchr(ESCAPES, escaped) : NULL;
        const size_t size = known == NULL && escaped == 'u' ? take_unicode(j, text + n) : 0;
        if (known != NULL)
            text[n++] = VALUES[known - ESCAPES];
        else if (size == 0)
            status = fail(j, "malformed escape in a string");
        n += size;
        if (j->at > close) break; /* an escape cannot hold the closing quote, but be safe */
    }
    text[n] = '\0';
    if (status == FL_OK) status = expect(j, '"');
    if (status != FL_OK)
        free(text);
    else
        *out = text;
    return status;
}

static fl_status take_unsigned(json *j, uint64_t *value)
{
    if (!isdigit((unsigned char)peek(j))) return fail(j, "expected a whole number, not negative");
    for (*value = 0; j->at < j->end && isdigit((unsigned char)*j->at); j->at++) {
        if (*value > (UINT64_MAX - 9) / 10) return fail(j, "absurd number");
        *value = *value * 10 + (uint64_t)(*j->at - '0');
    }
    if (j->at < j->end && (*j->at == '.' || *j->at == 'e' || *j->at == 'E'))
        return fail(j, "expected a whole number");
    return FL_OK;
}

/* [n, n, ...], at most `limit` of them. */
static fl_status take_numbers(json *j, uint64_t *values, unsigned limit, unsigned *count)
{
    fl_status status = expect(j, '[');
    *count = 0;
    if (status == FL_OK && peek(j) == ']') return j->at++, FL_OK;
    while (status == FL_OK) {
        if (*count == limit) return fail(j, "too many numbers in a list");
        status = take_unsigned(j, &values[(*count)++]);
        if (status != FL_OK || peek(j) != ',') break;
        j->at++;
    }
    return status == FL_OK ? expect(j, ']') : status;
}

/* "__metadata__": a map of strings, of no interest here. */
static fl_status skip_metadata(json *j)
{
    fl_status status = expect(j, '{');
    if (status == FL_OK && peek(j) == '}') return j->at++, FL_OK;
    while (status == FL_OK) {
        char *key = NULL, *value = NULL;
        status = take_string(j, &key);
        if (status == FL_OK) status = expect(j, ':');
        if (status == FL_OK) status = take_string(j, &value);
        free(key);
        free(value);
        if (status != FL_OK || peek(j) != ',') break;
        j->at++;
    }
    return status == FL_OK ? expect(j, '}') : status;
}

typedef struct fields {
    uint64_t offsets[2];
    bool has_dtype, has_shape, has_offsets;
} fields;

static fl_status take_field(json *j, const char *key, fields *f, wl_tensor *tensor)
{
    unsigned count = 0;
    if (strcmp(key, "shape") == 0) {
        f->has_shape = true;
        return take_numbers(j, tensor->shape, WL_MAX_RANK, &tensor->rank);
    }
    if (strcmp(key, "data_offsets") == 0) {
        fl_status status = take_numbers(j, f->offsets, 2, &count);
        f->has_offsets = true;
        return status == FL_OK && count != 2 ? fail(j, "data_offsets are two numbers") : status;
    }
    if (strcmp(key, "dtype") != 0) return fail(j, "unknown field of a tensor (dtype, shape, data_offsets)");
    char *dtype = NULL;
    fl_status status = take_string(j, &dtype);
    if (status != FL_OK) return status;
    tensor->dtype = wl_dtype_find(dtype);
    f->has_dtype = true;
    free(dtype);
    return tensor->dtype == NULL ? fail(j, "unknown dtype") : FL_OK;
}

static fl_status take_tensor(json *j, wl_tensor *tensor, uint64_t data_start)
{
    fields f = {0};
    fl_status status = expect(j, '{');
    while (status == FL_OK) {
        char *key = NULL;
        status = take_string(j, &key);
        if (status == FL_OK) status = expect(j, ':');
        if (status == FL_OK) status = take_field(j, key, &f, tensor);
        free(key);
        if (status != FL_OK || peek(j) != ',') break;
        j->at++;
    }
    if (status == FL_OK) status = expect(j, '}');
    if (status != FL_OK) return status;
    if (!f.has_dtype || !f.has_shape || !f.has_offsets)
        return fail(j, "a tensor lacks dtype, shape or data_offsets");
    const uint64_t size = j->file->size - data_start;
    if (!wl_measure(tensor)) return fail(j, "absurd shape: more than 2^62 bytes");
    if (f.offsets[0] > f.offsets[1]) return fail(j, "data_offsets run backwards");
    if (f.offsets[1] > size) return fail(j, "truncated: data_offsets end past the end of the file");
    if (f.offsets[1] - f.offsets[0] != tensor->bytes)
        return fail(j, "shape and dtype do not fit data_offsets");
    tensor->offset = data_start + f.offsets[0];
    tensor->stored = tensor->bytes;
    return FL_OK;
}

static fl_status take_member(wl_tensor_file *file, json *j, uint64_t data_start)
{
    wl_tensor tensor = {0};
    fl_status status = take_string(j, &tensor.name);
    if (status != FL_OK) return status;
    status = expect(j, ':');
    const bool metadata = strcmp(tensor.name, "__metadata__") == 0;
    if (status == FL_OK) status = metadata ? skip_metadata(j) : take_tensor(j, &tensor, data_start);
    if (status == FL_OK && !metadata) return wl_tensor_file_add(file, &tensor, j->error);
    free(tensor.name);
    return status;
}

static fl_status take_header(wl_tensor_file *file, json *j, uint64_t data_start)
{
    fl_status status = expect(j, '{');
    if (status == FL_OK && peek(j) == '}') {
        j->at++;
    } else {
        while (status == FL_OK) {
            status = take_member(file, j, data_start);
            if (status != FL_OK || peek(j) != ',') break;
            j->at++;
        }
        if (status == FL_OK) status = expect(j, '}');
    }
    if (status == FL_OK && (peek(j), j->at != j->end)) status = fail(j, "text follows the closing brace");
    return status;
}

static int by_offset(const void *a, const void *b)
{
    const wl_tensor *x = a, *y = b;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

/* The tensors cover the data: no overlap, no gap, nothing behind. */
static fl_status check_cover(wl_tensor_file *file, uint64_t data_start, fl_error *error)
{
    uint64_t at = data_start;
    if (file->count > 1) qsort(file->tensors, file->count, sizeof *file->tensors, by_offset);
    for (size_t i = 0; i < file->count; i++) {
        const wl_tensor *t = &file->tensors[i];
        if (t->offset < at)
            return wl_fail_at(file, t->offset, error, "tensor \"%s\" overlaps \"%s\"", t->name,
                              file->tensors[i - 1].name);
        if (t->offset > at)
            return wl_fail_at(file, at, error, "%llu bytes before tensor \"%s\" belong to none",
                              (unsigned long long)(t->offset - at), t->name);
        at += t->bytes;
    }
    if (at != file->size)
        return wl_fail_at(file, at, error, "%llu bytes at the end belong to no tensor",
                          (unsigned long long)(file->size - at));
    return FL_OK;
}

fl_status wl_open_safetensors(wl_tensor_file *file, fl_error *error)
{
    unsigned char length[8];
    uint64_t size = 0;
    wl_source source;
    fl_status status = wl_source_open(&source, file, 0, file->size, false, error);
    if (status == FL_OK) status = wl_source_read(&source, length, sizeof length, error);
    if (status != FL_OK) return status;
    for (unsigned i = 8; i-- > 0;) size = size << 8 | length[i];
    if (size > MAX_HEADER)
        return wl_fail_at(file, 0, error, "header of %llu bytes (at most %d)", (unsigned long long)size,
                          MAX_HEADER);
    if (size > file->size - 8)
        return wl_fail_at(file, 0, error, "truncated: the header needs %llu bytes, %llu follow",
                          (unsigned long long)size, (unsigned long long)(file->size - 8));
    char *text = calloc(size + 1, 1);
    if (text == NULL) return wl_fail_at(file, 0, error, "out of memory");
    status = wl_source_read(&source, text, size, error);
    json j = {file, text, text, text + size, error};
    if (status == FL_OK) status = take_header(file, &j, 8 + size);
    free(text);
    return status == FL_OK ? check_cover(file, 8 + size, error) : status;
}
