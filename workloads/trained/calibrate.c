#include "workloads/trained/calibrate.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/quantize/quantize.h"

/* Samples whose activations are looked at: 64 give 65,000 values of the smallest tensors. */
enum { OBSERVED_SAMPLES = 64 };
/* Room above the largest value seen, for tensors of the residual path, which are not clipped on purpose. */
#define RESIDUAL_HEADROOM 1.1

typedef struct entry {
    wl_scaled scaled;
    float *values; /* activations as observed; weights are borrowed from the model */
    size_t count, capacity;
    float largest; /* residual path: all that is kept of the values */
    unsigned residual_bits;
    wl_tensor shape; /* what wl_quantized looks at */
    wl_quantized quantized;
} entry;

struct wl_calibration {
    const wl_model *model;
    entry *entries;
    size_t count, capacity;
    bool failed;
};

/* Tensors that no matrix product reads. The sums keep 16 bits, and so do the logits. */
static const struct residual {
    const char *glob;
    unsigned bits;
} RESIDUAL[] = {{"*.sum", 16},   {"head", 16},  {"*.norm", 8},       {"*.scores", 8},
                {"*.output", 8}, {"*.down", 8}, {"*.projection", 8}, {"*.position", 8}};

static unsigned residual_bits(const char *name)
{
    for (size_t i = 0; i < sizeof RESIDUAL / sizeof *RESIDUAL; i++)
        if (fnmatch(RESIDUAL[i].glob, name, 0) == 0) return RESIDUAL[i].bits;
    return 0;
}

static entry *find(const wl_calibration *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->entries[i].scaled.name, name) == 0) return &c->entries[i];
    return NULL;
}

const wl_scaled *wl_calibration_find(const wl_calibration *calibration, const char *name)
{
    const entry *e = find(calibration, name);
    return e == NULL ? NULL : &e->scaled;
}

static entry *add(wl_calibration *c, const char *name)
{
    if (c->count == c->capacity) {
        const size_t capacity = 2 * c->capacity + 64;
        entry *larger = realloc(c->entries, capacity * sizeof *larger);
        if (larger == NULL) return NULL;
        c->entries = larger;
        c->capacity = capacity;
    }
    entry *e = &c->entries[c->count++];
    *e = (entry){.residual_bits = residual_bits(name)};
    snprintf(e->scaled.name, sizeof e->scaled.name, "%s", name);
    return e;
}

static bool keep(entry *e, const float *values, size_t count)
{
    if (e->count + count > e->capacity) {
        const size_t capacity = 2 * e->capacity + count;
        float *larger = realloc(e->values, capacity * sizeof *larger);
        if (larger == NULL) return false;
        e->values = larger;
        e->capacity = capacity;
    }
    memcpy(e->values + e->count, values, count * sizeof *values);
    e->count += count;
    return true;
}

/* A wl_model_observer. */
static void collect(void *context, const char *name, const float *values, size_t count)
{
    wl_calibration *c = context;
    entry *e = find(c, name);
    if (e == NULL) e = add(c, name);
    if (e == NULL) {
        c->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) e->largest = fmaxf(e->largest, fabsf(values[i]));
    if (e->residual_bits == 0) c->failed = !keep(e, values, count) || c->failed;
}

static void scale_residual(entry *e)
{
    e->scaled.format = (num_format){NUM_INT, (uint8_t)e->residual_bits, true};
    e->scaled.scale = e->largest > 0 ? RESIDUAL_HEADROOM * e->largest / num_max_value(e->scaled.format) : 1;
}

static const float *operand_values(const wl_calibration *c, const entry *e)
{
    const wl_float_tensor *weight = wl_model_find(c->model, e->scaled.name);
    return weight != NULL ? weight->values : e->values;
}

/* Chooses (again) for a matrix operand, whose rule and least width are set. */
static fl_status choose(const wl_calibration *c, entry *e, fl_error *error)
{
    static const num_kind KINDS[] = {
        [NUM_ANT_INT] = NUM_INT, [NUM_ANT_FLINT] = NUM_FLINT, [NUM_ANT_POT] = NUM_POT};
    wl_quantized *q = &e->quantized;
    q->tensor = &e->shape;
    fl_status status = wl_quantize_tensor(operand_values(c, e), q, error);
    if (status != FL_OK) return status;
    if (q->type == NUM_ANT_FLOAT || (q->bits != 4 && q->bits != 8))
        return fl_node_fail(q->rule->node, error,
                            "\"%s\" would get %u bits of type %s, which the processing elements do not take "
                            "(allowed: int of 4 or 8 bits, flint and pot of 4)",
                            e->scaled.name, q->bits, q->type == NUM_ANT_FLOAT ? "float" : "int");
    e->scaled.format = (num_format){(uint8_t)KINDS[q->type], (uint8_t)q->bits, q->is_signed};
    e->scaled.scales = q->scales;
    e->scaled.scale_count = q->scale_count;
    e->scaled.scale = q->scales[0];
    e->scaled.noise = isinf(q->sqnr_db) ? 0 : pow(10, -q->sqnr_db / 10);
    return FL_OK;
}

static fl_status choose_first(wl_calibration *c, entry *e, wl_tensor_recipe *recipe, fl_error *error)
{
    const wl_float_tensor *weight = wl_model_find(c->model, e->scaled.name);
    e->shape = (wl_tensor){.name = e->scaled.name, .rank = 1, .shape = {e->count}, .elements = e->count};
    if (weight != NULL) {
        e->shape.rank = 2;
        e->shape.shape[0] = weight->rows;
        e->shape.shape[1] = weight->columns;
        e->shape.elements = (uint64_t)weight->rows * weight->columns;
    }
    fl_status status = wl_tensor_recipe_find(recipe, e->scaled.name, &e->quantized.rule, error);
    if (status == FL_OK && wl_tensor_rule_set(e->quantized.rule) == 0)
        return fl_node_fail(e->quantized.rule->node, error,
                            "\"%s\" is read by a matrix product and cannot be kept", e->scaled.name);
    return status == FL_OK ? choose(c, e, error) : status;
}

/* Matrices of linear layers are operands. Rules for the other tensors of the file (biases, norms, embeddings)
 * count as used, but those tensors become column parameters and inputs whatever a rule says. */
static fl_status add_weights(wl_calibration *c, wl_tensor_recipe *recipe, fl_error *error)
{
    for (size_t i = 0; i < c->model->tensor_count; i++) {
        const wl_float_tensor *t = &c->model->tensors[i];
        const wl_tensor_rule *rule;
        fl_status status = wl_tensor_recipe_find(recipe, t->name, &rule, error);
        if (status != FL_OK) return status;
        if (t->rows == 1 || fnmatch("*.weight", t->name, 0) != 0) continue;
        if (add(c, t->name) == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    }
    return FL_OK;
}

fl_status wl_calibrate(const wl_model *model, wl_tensor_recipe *recipe, wl_calibration **out, fl_error *error)
{
    wl_calibration *c = *out = calloc(1, sizeof **out);
    float *logits = malloc((size_t)model->sequence * model->classes * sizeof *logits);
    if (c == NULL || logits == NULL) {
        free(logits);
        return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    }
    c->model = model;
    for (uint32_t s = 0; s < model->calibration_count && s < OBSERVED_SAMPLES; s++)
        wl_model_run(model, model->calibration_inputs + (size_t)s * model->input_bytes, collect, c, logits);
    free(logits);
    if (c->failed) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    fl_status status = add_weights(c, recipe, error);
    for (size_t i = 0; i < c->count && status == FL_OK; i++) {
        if (c->entries[i].residual_bits > 0)
            scale_residual(&c->entries[i]);
        else
            status = choose_first(c, &c->entries[i], recipe, error);
    }
    return status == FL_OK ? wl_tensor_recipe_check_used(recipe, error) : status;
}

void wl_calibration_free(wl_calibration *calibration)
{
    if (calibration == NULL) return;
    for (size_t i = 0; i < calibration->count; i++) {
        free(calibration->entries[i].values);
        free(calibration->entries[i].quantized.scales);
    }
    free(calibration->entries);
    free(calibration);
}

fl_status wl_calibration_raise(wl_calibration *calibration, const char *name, fl_error *error)
{
    entry *e = find(calibration, name);
    if (e == NULL || e->residual_bits > 0 || e->scaled.format.bits == 8) return FL_OK;
    e->quantized.bits = 8;
    return choose(calibration, e, error);
}

void wl_calibration_pack(const wl_calibration *calibration, const char *name, uint32_t row, uint8_t *out)
{
    const entry *e = find(calibration, name);
    wl_quantize_pack_row(&e->quantized, operand_values(calibration, e), row, out);
}
