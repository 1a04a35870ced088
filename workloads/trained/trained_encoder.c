/* The builder `trained_encoder`: structure as in encoder_layers.c with a head behind, formats and constants
 * from calibration. */
#include "workloads/trained/trained.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/encoder_ops.h"
#include "workloads/mode.h"
#include "workloads/trained/constants.h"

typedef struct trained_keys {
    const char *weights, *samples, *recipe;
    uint64_t heads;
    int attention;
} trained_keys;

typedef struct batch_keys {
    uint64_t first, batch;
} batch_keys;

#define AT(field) offsetof(trained_keys, field)
static const fl_param model_params[] = {
    {.key = "weights",
     .type = FL_NAME,
     .help = "file of the float weights, relative to the workload file",
     .offset = AT(weights)},
    {.key = "samples",
     .type = FL_NAME,
     .help = "file of the test and calibration samples, relative to the workload file",
     .offset = AT(samples)},
    {.key = "recipe",
     .type = FL_NAME,
     .help = "recipe for real tensors (configs/quantize), relative to the workload file",
     .offset = AT(recipe)},
    {.key = "heads", .type = FL_UINT, .min = 1, .max = 1024, .help = "attention heads", .offset = AT(heads)},
    {.key = "attention",
     .type = FL_CHOICE,
     .choices = wl_attention_names,
     .fallback = "full",
     .help = "tokens see all tokens (full), or none that is later (causal, decoders)",
     .offset = AT(attention)},
};
static const fl_param batch_params[] = {
    {.key = "first",
     .type = FL_UINT,
     .max = 1e9,
     .fallback = "0",
     .help = "first test sample",
     .offset = offsetof(batch_keys, first)},
    {.key = "batch",
     .type = FL_UINT,
     .min = 1,
     .max = 4096,
     .fallback = "1",
     .help = "test samples processed together",
     .offset = offsetof(batch_keys, batch)},
};

const fl_schema_section wl_trained_schema[] = {
    {"", "Builder trained_encoder", FL_ROWS(model_params)},
    {"", "Builder trained_encoder: samples of the run", FL_ROWS(batch_params)},
    {0},
};

struct wl_trained {
    fl_config *config;
    wl_tensor_recipe recipe;
    wl_model model;
    wl_calibration *calibration;
};

const wl_model *wl_trained_model(const wl_trained *trained) { return &trained->model; }
const char *wl_trained_recipe_name(const wl_trained *trained) { return trained->recipe.name; }

double wl_trained_scale(const wl_trained *trained, const char *tensor)
{
    return wl_calibration_find(trained->calibration, tensor)->scale;
}

static fl_status calibrated_format(void *context, wl_role role, const char *name, num_format *format,
                                   fl_error *error)
{
    const wl_scaled *s = wl_calibration_find(context, name);
    (void)role;
    if (s == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "tensor \"%s\" was not calibrated", name);
    *format = s->format;
    return FL_OK;
}

/* What a run takes of the samples: all tokens (prefill), or those from a position on (decode). */
typedef struct part {
    uint32_t first, batch;
    uint32_t context, tokens;
} part;

static part whole_samples(const wl_trained *t, uint32_t first, uint32_t batch)
{
    return (part){first, batch, 0, t->model.sequence};
}

/* Operations and formats; constants follow. */
static fl_status build(const wl_trained *t, const part *p, wl_builder *builder, fl_error *error)
{
    const wl_model *m = &t->model;
    wl_encoder e = {.builder = builder,
                    .formats = calibrated_format,
                    .formats_context = t->calibration,
                    .root = fl_config_root(t->config),
                    .batch = p->batch,
                    .sequence = p->tokens,
                    .context = p->context,
                    .heads = m->heads,
                    .causal = m->causal,
                    .error = error};
    const wl_encoder_shape shape = {.layers = m->layers,
                                    .hidden = m->hidden,
                                    .ffn = m->ffn,
                                    .patch_values = m->patch_values,
                                    .pre_norm = m->pre_norm};
    const uint32_t operand = wl_encoder_encode(&e, "head.input", wl_encoder_layers(&e, &shape));
    wl_encoder_linear(&e, "head", operand, p->tokens, p->tokens, m->classes);
    return e.status;
}

static fl_status mix(wl_trained *t, fl_error *error)
{
    wl_builder builder = wl_builder_new();
    const part sample = whole_samples(t, 0, 1);
    fl_status status = build(t, &sample, &builder, error);
    if (status == FL_OK)
        status = wl_mix_widths(builder.workload, t->calibration, t->recipe.average_bits, error);
    wl_free(builder.workload);
    return status;
}

fl_status wl_trained_open(fl_config *config, wl_trained **trained, fl_error *error)
{
    wl_trained *t = *trained = calloc(1, sizeof **trained);
    if (t == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    trained_keys k;
    fl_node *root = fl_config_root(config);
    t->config = config;
    fl_status status = fl_schema_read(config, root, root, FL_ROWS(model_params), &k, error);
    if (status != FL_OK) return status;
    wl_builder paths = wl_builder_new(); /* memory for the paths alone */
    status = wl_tensor_recipe_load(wl_path(paths.workload, root, "recipe", k.recipe), &t->recipe, error);
    if (status == FL_OK)
        status = wl_model_open(wl_path(paths.workload, root, "weights", k.weights),
                               wl_path(paths.workload, root, "samples", k.samples), (uint32_t)k.heads,
                               &t->model, error);
    wl_free(paths.workload);
    t->model.causal = k.attention == WL_ATTENTION_CAUSAL;
    if (status == FL_OK) status = wl_calibrate(&t->model, &t->recipe, &t->calibration, error);
    return status == FL_OK && t->recipe.average_bits > 0 ? mix(t, error) : status;
}

void wl_trained_close(wl_trained *trained)
{
    if (trained == NULL) return;
    wl_calibration_free(trained->calibration);
    wl_model_close(&trained->model);
    wl_tensor_recipe_free(&trained->recipe);
    free(trained);
}

/* The given rows of a cache, from the tensor of the same name in a prefill that has run. */
static void give_cache(wl_workload *step, wl_tensor *to, const wl_tensor *from, const uint8_t *dram)
{
    assert(strcmp(to->name, from->name) == 0);
    const uint32_t sequences = to->rows / to->sequence_rows, prefilled = from->rows / sequences;
    uint8_t *bytes = wl_alloc(step, to->rows * to->row_bytes);
    for (uint64_t s = 0; s < sequences; s++)
        for (uint64_t row = 0; row < to->context; row++)
            memcpy(bytes + (s * to->sequence_rows + row) * to->row_bytes,
                   dram + from->address + (s * prefilled + row) * from->row_stride_bytes, to->row_bytes);
    to->data = bytes;
}

/* Runs the prefill of the whole samples. Its tensors are those of the step, in the same order. */
static fl_status give_caches(const wl_trained *t, const part *p, wl_workload *step, fl_error *error)
{
    wl_workload *prefill = NULL;
    fl_status status = wl_trained_workload(t, p->first, p->batch, &prefill, error);
    if (status != FL_OK) return status;
    uint8_t *dram = malloc(prefill->dram_bytes);
    if (dram == NULL) {
        status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    } else {
        wl_fill(prefill, dram);
        wl_reference_run(prefill, dram, 0);
        for (uint32_t i = 0; i < step->tensor_count; i++)
            if (step->tensors[i].role == WL_CACHE)
                give_cache(step, &step->tensors[i], &prefill->tensors[i], dram);
    }
    free(dram);
    wl_free(prefill);
    return status;
}

static fl_status build_part(const wl_trained *t, const part *p, wl_builder *builder, fl_error *error)
{
    if ((uint64_t)p->first + p->batch > t->model.test_count)
        return fl_fail(error, FL_BAD_INPUT, fl_node_where(fl_config_root(t->config)),
                       "samples %u to %u: there are %u test samples", p->first, p->first + p->batch - 1,
                       t->model.test_count);
    fl_status status = build(t, p, builder, error);
    if (status != FL_OK) return status;
    wl_set_constants(builder->workload, &t->model, t->calibration);
    wl_set_inputs(builder->workload, &t->model, t->calibration, p->first, p->batch, p->context);
    return p->context > 0 ? give_caches(t, p, builder->workload, error) : FL_OK;
}

static fl_status new_workload(const wl_trained *t, const part *p, wl_workload **workload, fl_error *error)
{
    wl_builder builder = wl_builder_new();
    builder.workload->name = "trained";
    fl_status status = build_part(t, p, &builder, error);
    if (status == FL_OK)
        *workload = builder.workload;
    else
        wl_free(builder.workload);
    return status;
}

fl_status wl_trained_workload(const wl_trained *trained, uint32_t first, uint32_t batch,
                              wl_workload **workload, fl_error *error)
{
    const part p = whole_samples(trained, first, batch);
    return new_workload(trained, &p, workload, error);
}

fl_status wl_trained_step(const wl_trained *trained, uint32_t first, uint32_t batch, uint32_t context,
                          uint32_t tokens, wl_workload **workload, fl_error *error)
{
    const part p = {first, batch, context, tokens};
    return new_workload(trained, &p, workload, error);
}

/* The step that the keys ask for; a prefill takes whole samples. */
static fl_status read_part(const wl_trained *t, const batch_keys *k, part *p, fl_error *error)
{
    fl_node *root = fl_config_root(t->config);
    wl_mode mode;
    fl_status status = wl_mode_read(t->config, t->model.causal, &mode, error);
    *p = whole_samples(t, (uint32_t)k->first, (uint32_t)k->batch);
    if (status != FL_OK || !mode.decode) return status;
    if (t->model.patch_values > 0)
        return fl_node_fail(fl_node_get(root, "mode"), error,
                            "decode needs a model of tokens, not of patches");
    if (mode.context + mode.tokens > t->model.sequence)
        return fl_node_fail(
            fl_node_get(root, "context"), error, "%llu positions and %llu new tokens: samples have %u tokens",
            (unsigned long long)mode.context, (unsigned long long)mode.tokens, t->model.sequence);
    p->context = (uint32_t)mode.context;
    p->tokens = (uint32_t)mode.tokens;
    return FL_OK;
}

fl_status wl_build_trained_encoder(fl_config *config, wl_builder *builder, fl_error *error)
{
    wl_trained *trained = NULL;
    batch_keys k;
    fl_node *root = fl_config_root(config);
    fl_status status = fl_schema_read(config, root, root, FL_ROWS(batch_params), &k, error);
    if (status == FL_OK) status = wl_trained_open(config, &trained, error);
    part p;
    if (status == FL_OK) status = read_part(trained, &k, &p, error);
    if (status == FL_OK) status = build_part(trained, &p, builder, error);
    wl_trained_close(trained);
    return status;
}

uint32_t wl_trained_correct(const wl_trained *trained, const wl_workload *workload, const uint8_t *dram,
                            uint32_t first, uint32_t batch)
{
    const wl_model *m = &trained->model;
    const wl_tensor *head = &workload->tensors[wl_op_output(&workload->ops[workload->op_count - 1])];
    uint32_t correct = 0;
    float *real = malloc((size_t)m->sequence * m->classes * sizeof *real);
    int32_t *row = malloc(m->classes * sizeof *row);
    for (uint32_t s = 0; real != NULL && row != NULL && s < batch; s++) {
        for (uint32_t r = 0; r < m->sequence; r++) {
            num_unpack_values(head->format,
                              dram + head->address + ((uint64_t)s * m->sequence + r) * head->row_stride_bytes,
                              m->classes, row);
            for (uint32_t c = 0; c < m->classes; c++) real[r * m->classes + c] = (float)row[c];
        }
        correct += wl_model_is_right(m, real, m->test_labels + (size_t)(first + s) * m->answers);
    }
    free(real);
    free(row);
    return correct;
}
