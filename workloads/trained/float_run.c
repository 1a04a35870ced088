/* The float executor: the definition of the model, in float32, one sample at a time. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trained/model.h"

typedef struct run {
    const wl_model *model;
    wl_model_observer *observer;
    void *context;
} run;

static float *allocate(size_t count)
{
    float *values = calloc(count + 1, sizeof *values);
    assert(values != NULL);
    return values;
}

static void observe(const run *r, const char *name, const float *values, size_t count)
{
    if (r->observer != NULL) r->observer(r->context, name, values, count);
}

static const float *values_of(const wl_model *m, const char *prefix, const char *suffix)
{
    char name[96];
    snprintf(name, sizeof name, "%s.%s", prefix, suffix);
    return wl_model_find(m, name)->values;
}

void wl_model_embed(const wl_model *model, const uint8_t *input, float *rows)
{
    if (model->patch_values > 0) {
        for (uint32_t i = 0; i < model->input_bytes; i++) rows[i] = (float)input[i] / 127.5f - 1;
        return;
    }
    const float *token = wl_model_find(model, "embedding.token")->values;
    const float *position = wl_model_find(model, "embedding.position")->values;
    for (uint32_t r = 0; r < model->sequence; r++)
        for (uint32_t c = 0; c < model->hidden; c++)
            rows[r * model->hidden + c] =
                token[input[r] * model->hidden + c] + position[r * model->hidden + c];
}

/* y = x W^T + b. The weights are turned round first, so that the inner loop runs over outputs. */
static void linear(const run *r, const char *name, const float *x, uint32_t rows, float *y)
{
    char weight_name[96];
    snprintf(weight_name, sizeof weight_name, "%s.weight", name);
    const wl_float_tensor *w = wl_model_find(r->model, weight_name);
    const float *bias = values_of(r->model, name, "bias");
    const uint32_t n = w->rows, k = w->columns;
    float *turned = allocate((size_t)n * k);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < k; j++) turned[j * n + i] = w->values[i * k + j];
    for (uint32_t row = 0; row < rows; row++) {
        float *out = y + (size_t)row * n;
        memcpy(out, bias, n * sizeof *out);
        for (uint32_t j = 0; j < k; j++)
            for (uint32_t i = 0; i < n; i++) out[i] += x[row * k + j] * turned[j * n + i];
    }
    free(turned);
}

static void norm(const run *r, const char *name, const float *x, float *y)
{
    const uint32_t n = r->model->hidden;
    const float *gamma = values_of(r->model, name, "weight"), *beta = values_of(r->model, name, "bias");
    for (uint32_t row = 0; row < r->model->sequence; row++, x += n, y += n) {
        double mean = 0, variance = 0;
        for (uint32_t i = 0; i < n; i++) mean += x[i] / (double)n;
        for (uint32_t i = 0; i < n; i++) variance += (x[i] - mean) * (x[i] - mean) / n;
        const double factor = 1 / sqrt(variance + 1e-5);
        for (uint32_t i = 0; i < n; i++) y[i] = (float)((x[i] - mean) * factor * gamma[i] + beta[i]);
    }
    observe(r, name, y - (size_t)n * r->model->sequence, (size_t)n * r->model->sequence);
}

static void softmax_row(const float *x, uint32_t n, float *p)
{
    float max = x[0];
    double sum = 0;
    for (uint32_t i = 1; i < n; i++) max = fmaxf(max, x[i]);
    for (uint32_t i = 0; i < n; i++) sum += p[i] = expf(x[i] - max);
    for (uint32_t i = 0; i < n; i++) p[i] = (float)(p[i] / sum);
}

/* Scores, probabilities and context of all heads; 1 / sqrt(width) is in the query's weights. Scores behind a
 * causal mask stay 0, so that calibration does not make room for what nobody reads. */
static void attend(const run *r, const char *prefix, const float *query, const float *key, const float *value,
                   float *context)
{
    const uint32_t rows = r->model->sequence, hidden = r->model->hidden, heads = r->model->heads,
                   d = hidden / heads;
    float *scores = allocate((size_t)heads * rows * rows), *probs = allocate((size_t)heads * rows * rows);
    memset(context, 0, (size_t)rows * hidden * sizeof *context);
    for (uint32_t h = 0; h < heads; h++)
        for (uint32_t i = 0; i < rows; i++) {
            float *s = scores + (h * rows + i) * rows, *p = probs + (h * rows + i) * rows;
            const uint32_t seen = r->model->causal ? i + 1 : rows;
            for (uint32_t j = 0; j < seen; j++)
                for (uint32_t c = h * d; c < (h + 1) * d; c++)
                    s[j] += query[i * hidden + c] * key[j * hidden + c];
            softmax_row(s, seen, p);
            for (uint32_t j = 0; j < seen; j++)
                for (uint32_t c = h * d; c < (h + 1) * d; c++)
                    context[i * hidden + c] += p[j] * value[j * hidden + c];
        }
    char name[96];
    snprintf(name, sizeof name, "%s.scores", prefix);
    observe(r, name, scores, (size_t)heads * rows * rows);
    snprintf(name, sizeof name, "%s.probs", prefix);
    observe(r, name, probs, (size_t)heads * rows * rows);
    free(scores);
    free(probs);
}

static void layer_name(char name[64], uint32_t layer, const char *what)
{
    snprintf(name, 64, "layer%u.%s", layer, what);
}

/* linear and its observation, under its name in the layer. */
static void layer_linear(const run *r, uint32_t layer, const char *what, const float *x, float *y,
                         uint32_t columns)
{
    char name[64];
    layer_name(name, layer, what);
    linear(r, name, x, r->model->sequence, y);
    if (strcmp(what, "ffn.up") == 0)
        for (size_t i = 0; i < (size_t)r->model->sequence * columns; i++)
            y[i] = (float)(0.5 * y[i] * (1 + erf(y[i] * M_SQRT1_2)));
    observe(r, name, y, (size_t)r->model->sequence * columns);
}

static void attention_block(const run *r, uint32_t layer, const float *x, float *y)
{
    const size_t count = (size_t)r->model->sequence * r->model->hidden;
    float *q = allocate(4 * count), *k = q + count, *v = k + count, *context = v + count;
    char name[64];
    layer_name(name, layer, "attention.input");
    observe(r, name, x, count);
    layer_linear(r, layer, "attention.query", x, q, r->model->hidden);
    layer_linear(r, layer, "attention.key", x, k, r->model->hidden);
    layer_linear(r, layer, "attention.value", x, v, r->model->hidden);
    layer_name(name, layer, "attention");
    attend(r, name, q, k, v, context);
    layer_name(name, layer, "attention.context");
    observe(r, name, context, count);
    layer_linear(r, layer, "attention.output", context, y, r->model->hidden);
    free(q);
}

static void ffn_block(const run *r, uint32_t layer, const float *x, float *y)
{
    float *inner = allocate((size_t)r->model->sequence * r->model->ffn);
    char name[64];
    layer_name(name, layer, "ffn.input");
    observe(r, name, x, (size_t)r->model->sequence * r->model->hidden);
    layer_linear(r, layer, "ffn.up", x, inner, r->model->ffn);
    layer_linear(r, layer, "ffn.down", inner, y, r->model->hidden);
    free(inner);
}

/* x + block(norm(x)) or norm(x + block(x)), in place. */
static void residual(const run *r, uint32_t layer, const char *what, float *x, float *a, float *b)
{
    const size_t count = (size_t)r->model->sequence * r->model->hidden;
    char norm_name[64], sum_name[64];
    snprintf(norm_name, sizeof norm_name, "layer%u.%s.norm", layer, what);
    snprintf(sum_name, sizeof sum_name, "layer%u.%s.sum", layer, what);
    if (r->model->pre_norm) norm(r, norm_name, x, a);
    (*what == 'a' ? attention_block : ffn_block)(r, layer, r->model->pre_norm ? a : x, b);
    for (size_t i = 0; i < count; i++) x[i] += b[i];
    observe(r, sum_name, x, count);
    if (!r->model->pre_norm) norm(r, norm_name, memcpy(a, x, count * sizeof *a), x);
}

static void embed(const run *r, const uint8_t *input, float *x, float *a)
{
    const wl_model *m = r->model;
    const size_t count = (size_t)m->sequence * m->hidden;
    if (m->patch_values == 0) {
        wl_model_embed(m, input, x);
    } else {
        const float *position = wl_model_find(m, "embedding.position")->values;
        float *patches = allocate(m->input_bytes);
        wl_model_embed(m, input, patches);
        observe(r, "embedding.patches", patches, m->input_bytes);
        linear(r, "embedding.projection", patches, m->sequence - 1, x); /* the last row has no patch */
        memset(x + count - m->hidden, 0, m->hidden * sizeof *x);
        observe(r, "embedding.projection", x, count);
        observe(r, "embedding.position", position, count);
        for (size_t i = 0; i < count; i++) x[i] += position[i];
        free(patches);
    }
    observe(r, "embedding.sum", x, count);
    if (!m->pre_norm) norm(r, "embedding.norm", memcpy(a, x, count * sizeof *a), x);
}

void wl_model_run(const wl_model *model, const uint8_t *input, wl_model_observer *observer, void *context,
                  float *logits)
{
    const run r = {model, observer, context};
    const size_t count = (size_t)model->sequence * model->hidden;
    float *x = allocate(3 * count), *a = x + count, *b = a + count;
    embed(&r, input, x, a);
    for (uint32_t layer = 0; layer < model->layers; layer++) {
        residual(&r, layer, "attention", x, a, b);
        residual(&r, layer, "ffn", x, a, b);
    }
    if (model->pre_norm) norm(&r, "final.norm", memcpy(a, x, count * sizeof *a), x);
    observe(&r, "head.input", x, count);
    linear(&r, "head", x, model->sequence, logits);
    observe(&r, "head", logits, (size_t)model->sequence * model->classes);
    free(x);
}

bool wl_model_is_right(const wl_model *model, const float *logits, const uint8_t *labels)
{
    const float *row = logits + (size_t)(model->sequence - model->answers) * model->classes;
    for (uint32_t a = 0; a < model->answers; a++, row += model->classes) {
        uint32_t best = 0;
        for (uint32_t c = 1; c < model->classes; c++) best = row[c] > row[best] ? c : best;
        if (best != labels[a]) return false;
    }
    return true;
}
