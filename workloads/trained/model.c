#include "workloads/trained/model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/tensors/tensor_file.h"

const wl_float_tensor *wl_model_find(const wl_model *model, const char *name)
{
    for (size_t i = 0; i < model->tensor_count; i++)
        if (strcmp(model->tensors[i].name, name) == 0) return &model->tensors[i];
    return NULL;
}

static fl_status refuse(const char *path, fl_error *error, const char *tensor, const char *what)
{
    return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "tensor \"%s\" %s", tensor, what);
}

static fl_status read_weight(const wl_tensor_file *file, const wl_tensor *t, wl_float_tensor *out,
                             fl_error *error)
{
    enum { LARGEST = 1 << 26 };
    if (!t->dtype->is_real || t->rank < 1 || t->rank > 2 || t->elements == 0 || t->elements > LARGEST)
        return refuse(file->path, error, t->name, "is not a vector or matrix of F32, F16 or BF16");
    *out = (wl_float_tensor){.name = strdup(t->name),
                             .rows = t->rank == 2 ? (uint32_t)t->shape[0] : 1,
                             .columns = (uint32_t)t->shape[t->rank - 1],
                             .values = malloc(t->elements * sizeof(float))};
    if (out->name == NULL || out->values == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    fl_status status = wl_tensor_read(file, t, out->values, error);
    for (uint64_t i = 0; status == FL_OK && i < t->elements; i++)
        if (!isfinite(out->values[i])) return refuse(file->path, error, t->name, "holds NaN or infinity");
    return status;
}

static fl_status read_weights(const char *path, wl_model *m, fl_error *error)
{
    wl_tensor_file file;
    fl_status status = wl_tensor_file_open(path, &file, error);
    if (status == FL_OK) {
        m->tensors = calloc(file.count + 1, sizeof *m->tensors);
        if (m->tensors == NULL) status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    }
    for (size_t i = 0; status == FL_OK && i < file.count; i++) {
        m->tensor_count = i + 1;
        status = read_weight(&file, &file.tensors[i], &m->tensors[i], error);
    }
    wl_tensor_file_close(&file);
    return status;
}

/* --- shapes
 * --------------------------------------------------------------------------------------------------- */

typedef struct checker {
    const char *path;
    const wl_model *model;
    fl_error *error;
    fl_status status; /* of the first that is wrong */
} checker;

static void expect(checker *c, uint32_t rows, uint32_t columns, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void expect(checker *c, uint32_t rows, uint32_t columns, const char *format, ...)
{
    char name[96], what[96];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    if (c->status != FL_OK) return;
    const wl_float_tensor *t = wl_model_find(c->model, name);
    if (t != NULL && t->rows == rows && t->columns == columns) return;
    if (t == NULL)
        snprintf(what, sizeof what, "is missing (%u x %u)", rows, columns);
    else
        snprintf(what, sizeof what, "is %u x %u, not %u x %u", t->rows, t->columns, rows, columns);
    c->status = refuse(c->path, c->error, name, what);
}

static void expect_linear(checker *c, const char *name, uint32_t out, uint32_t in)
{
    expect(c, out, in, "%s.weight", name);
    expect(c, 1, out, "%s.bias", name);
}

/* The hardware's LayerNorm multiplies by gamma > 0. */
static void expect_norm(checker *c, const char *name)
{
    char gamma[96];
    snprintf(gamma, sizeof gamma, "%s.weight", name);
    expect(c, 1, c->model->hidden, "%s.weight", name);
    expect(c, 1, c->model->hidden, "%s.bias", name);
    for (uint32_t i = 0; c->status == FL_OK && i < c->model->hidden; i++)
        if (!(wl_model_find(c->model, gamma)->values[i] > 0))
            c->status = refuse(c->path, c->error, gamma, "has a value that is not above 0");
}

static void expect_layer(checker *c, uint32_t layer)
{
    static const char *const SQUARE[] = {"query", "key", "value", "output"};
    const wl_model *m = c->model;
    char name[64];
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "layer%u.attention.%s", layer, SQUARE[i]);
        expect_linear(c, name, m->hidden, m->hidden);
    }
    snprintf(name, sizeof name, "layer%u.attention.norm", layer);
    expect_norm(c, name);
    snprintf(name, sizeof name, "layer%u.ffn.norm", layer);
    expect_norm(c, name);
    snprintf(name, sizeof name, "layer%u.ffn.up", layer);
    expect_linear(c, name, m->ffn, m->hidden);
    snprintf(name, sizeof name, "layer%u.ffn.down", layer);
    expect_linear(c, name, m->hidden, m->ffn);
}

static uint32_t rows_of(const wl_model *m, const char *name)
{
    const wl_float_tensor *t = wl_model_find(m, name);
    return t == NULL ? 0 : t->rows;
}

static uint32_t count_layers(const wl_model *m)
{
    char name[64];
    uint32_t layers = 0;
    do snprintf(name, sizeof name, "layer%u.ffn.up.weight", layers);
    while (wl_model_find(m, name) != NULL && ++layers < 1000);
    return layers;
}

static fl_status find_shapes(const char *path, wl_model *m, fl_error *error)
{
    const wl_float_tensor *head = wl_model_find(m, "head.weight");
    const wl_float_tensor *projection = wl_model_find(m, "embedding.projection.weight");
    m->hidden = head == NULL ? 0 : head->columns;
    m->classes = rows_of(m, "head.weight");
    m->sequence = rows_of(m, "embedding.position");
    m->ffn = rows_of(m, "layer0.ffn.up.weight");
    m->layers = count_layers(m);
    m->patch_values = projection == NULL ? 0 : projection->columns;
    m->pre_norm = wl_model_find(m, "final.norm.weight") != NULL;
    checker c = {path, m, error, FL_OK};
    if (m->layers == 0) return refuse(path, error, "layer0.ffn.up.weight", "is missing");
    expect_linear(&c, "head", m->classes, m->hidden);
    expect(&c, m->sequence, m->hidden, "embedding.position");
    if (m->patch_values > 0)
        expect_linear(&c, "embedding.projection", m->hidden, m->patch_values);
    else
        expect(&c, rows_of(m, "embedding.token"), m->hidden, "embedding.token");
    expect_norm(&c, m->pre_norm ? "final.norm" : "embedding.norm");
    for (uint32_t layer = 0; layer < m->layers; layer++) expect_layer(&c, layer);
    if (c.status == FL_OK && (m->sequence < 2 || m->classes > 256 || m->hidden % m->heads != 0))
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0},
                       "%u heads, width %u, %u tokens, %u classes: not a model that can be built", m->heads,
                       m->hidden, m->sequence, m->classes);
    return c.status;
}

/* --- samples
 * -------------------------------------------------------------------------------------------------- */

typedef struct collector {
    uint8_t *at;
} collector;

static fl_status take(void *context, const void *bytes, size_t size, fl_error *error)
{
    collector *c = context;
    (void)error;
    memcpy(c->at, bytes, size);
    c->at += size;
    return FL_OK;
}

/* A tensor of `dtype`, whole; *count is its first dimension. */
static fl_status read_bytes(const wl_tensor_file *file, const char *name, const char *dtype, uint8_t **bytes,
                            uint32_t *count, uint64_t *each, fl_error *error)
{
    for (size_t i = 0; i < file->count; i++) {
        const wl_tensor *t = &file->tensors[i];
        if (strcmp(t->name, name) != 0) continue;
        if (strcmp(t->dtype->name, dtype) != 0 || t->rank == 0 || t->bytes == 0 || t->bytes > (1u << 30))
            return refuse(file->path, error, name, "has another type or no elements");
        *bytes = malloc(t->bytes);
        if (*bytes == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
        *count = (uint32_t)t->shape[0];
        *each = t->bytes / t->shape[0];
        return wl_tensor_copy(file, t, take, &(collector){*bytes}, error);
    }
    return refuse(file->path, error, name, "is missing");
}

static fl_status check_values(const char *path, const wl_model *m, fl_error *error)
{
    const uint64_t test = (uint64_t)m->test_count * m->input_bytes,
                   calibration = (uint64_t)m->calibration_count * m->input_bytes;
    const uint32_t tokens = m->patch_values > 0 ? 256 : rows_of(m, "embedding.token");
    for (uint64_t i = 0; i < test; i++)
        if (m->test_inputs[i] >= tokens) return refuse(path, error, "test.inputs", "has an unknown token");
    for (uint64_t i = 0; i < calibration; i++)
        if (m->calibration_inputs[i] >= tokens)
            return refuse(path, error, "calibration.inputs", "has an unknown token");
    for (uint64_t i = 0; i < (uint64_t)m->test_count * m->answers; i++)
        if (m->test_labels[i] >= m->classes)
            return refuse(path, error, "test.labels", "has an unknown class");
    return FL_OK;
}

static fl_status read_samples(const char *path, wl_model *m, fl_error *error)
{
    wl_tensor_file file;
    uint64_t input = 0, calibration = 0, answers = 0, words = 0;
    uint32_t labels = 0, one = 0;
    uint8_t *correct = NULL;
    const uint32_t expected = m->patch_values > 0 ? (m->sequence - 1) * m->patch_values : m->sequence;
    fl_status status = wl_tensor_file_open(path, &file, error);
    if (status == FL_OK)
        status = read_bytes(&file, "test.inputs", "U8", &m->test_inputs, &m->test_count, &input, error);
    if (status == FL_OK)
        status = read_bytes(&file, "test.labels", "U8", &m->test_labels, &labels, &answers, error);
    if (status == FL_OK)
        status = read_bytes(&file, "calibration.inputs", "U8", &m->calibration_inputs, &m->calibration_count,
                            &calibration, error);
    if (status == FL_OK) status = read_bytes(&file, "test.correct", "I32", &correct, &one, &words, error);
    if (status == FL_OK && (input != expected || calibration != expected || labels != m->test_count ||
                            answers > m->sequence || one != 1))
        status = fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0},
                         "samples do not fit the model: %u bytes an input, at most %u answers", expected,
                         m->sequence);
    if (status == FL_OK) {
        m->input_bytes = expected;
        m->answers = (uint32_t)answers;
        for (int i = 0; i < 4; i++) m->float_correct |= (uint32_t)correct[i] << 8 * i;
        status = check_values(path, m, error);
    }
    free(correct);
    wl_tensor_file_close(&file);
    return status;
}

fl_status wl_model_open(const char *weights_path, const char *samples_path, uint32_t heads, wl_model *model,
                        fl_error *error)
{
    *model = (wl_model){.heads = heads};
    fl_status status = read_weights(weights_path, model, error);
    if (status == FL_OK) status = find_shapes(weights_path, model, error);
    return status == FL_OK ? read_samples(samples_path, model, error) : status;
}

void wl_model_close(wl_model *model)
{
    for (size_t i = 0; i < model->tensor_count; i++) {
        free(model->tensors[i].name);
        free(model->tensors[i].values);
    }
    free(model->tensors);
    free(model->test_inputs);
    free(model->test_labels);
    free(model->calibration_inputs);
    *model = (wl_model){0};
}
