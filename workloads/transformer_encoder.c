/* Transformers of equal layers: the encoders BERT (post-norm, tokens) and ViT / DeiT (pre-norm, image
 * patches), and the decoder GPT-2 (pre-norm, tokens, causal attention): all tokens of a prompt at once
 * (prefill), or new ones behind those whose keys and values are in a cache (decode).
 *
 * Sources of the shapes: Devlin et al., BERT (NAACL 2019), section 3; Dosovitskiy et al., ViT (ICLR 2021),
 * table 1; Touvron et al., DeiT (ICML 2021), table 1; Radford et al., Language Models are Unsupervised
 * Multitask Learners (2019), table 2; heads as in the released model. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "workloads/encoder_ops.h"
#include "workloads/mode.h"
#include "workloads/names.h"
#include "workloads/quant_recipe.h"

enum { NORM_POST, NORM_PRE };
enum { FROM_TOKENS, FROM_PATCHES };
static const char *const norm_names[] = {"post", "pre", NULL};
static const char *const embedding_names[] = {"tokens", "patches", NULL};

typedef struct encoder_keys {
    const char *preset, *quant;
    uint64_t layers, hidden, heads, ffn, batch;
    int norm, attention, embedding;
    wl_mode mode;
    uint64_t sequence;               /* tokens; in a decode step the new ones */
    uint64_t image, patch, channels; /* patches */
} encoder_keys;

#define AT(field) offsetof(encoder_keys, field)

static const fl_param source_params[] = {
    {.key = "preset",
     .type = FL_NAME,
     .fallback = "none",
     .help = "published model whose shapes are the defaults",
     .offset = AT(preset)},
    {.key = "quant",
     .type = FL_NAME,
     .help = "quantisation recipe: a file, relative to the workload file, or the recipe itself",
     .offset = AT(quant)},
};

enum { SOURCE_PARAMS = sizeof source_params / sizeof *source_params };

enum { LAYERS, HIDDEN, HEADS, FFN, NORM, ATTENTION, EMBEDDING, SHAPE_PARAMS };
static const fl_param shape_params[SHAPE_PARAMS] = {
    [LAYERS] =
        {.key = "layers", .type = FL_UINT, .min = 1, .max = 1024, .help = "layers", .offset = AT(layers)},
    [HIDDEN] = {.key = "hidden",
                .type = FL_UINT,
                .min = 1,
                .max = 65536,
                .help = "width of the residual stream",
                .offset = AT(hidden)},
    [HEADS] = {.key = "heads",
               .type = FL_UINT,
               .min = 1,
               .max = 1024,
               .help = "attention heads",
               .offset = AT(heads)},
    [FFN] = {.key = "ffn",
             .type = FL_UINT,
             .min = 1,
             .max = 262144,
             .help = "width of the feed-forward block",
             .offset = AT(ffn)},
    [NORM] = {.key = "norm",
              .type = FL_CHOICE,
              .choices = norm_names,
              .help = "LayerNorm after (post) or before (pre) each block",
              .offset = AT(norm)},
    [ATTENTION] = {.key = "attention",
                   .type = FL_CHOICE,
                   .choices = wl_attention_names,
                   .fallback = "full",
                   .help = "tokens see all tokens (full), or none that is later (causal, decoders)",
                   .offset = AT(attention)},
    [EMBEDDING] = {.key = "embedding",
                   .type = FL_CHOICE,
                   .choices = embedding_names,
                   .fallback = "tokens",
                   .help = "what enters the first layer",
                   .offset = AT(embedding)},
};
static const fl_param batch_param = {.key = "batch",
                                     .type = FL_UINT,
                                     .min = 1,
                                     .max = 4096,
                                     .fallback = "1",
                                     .help = "sequences processed together",
                                     .offset = AT(batch)};
static const fl_param sequence_param = {.key = "sequence",
                                        .type = FL_UINT,
                                        .min = 1,
                                        .max = 65536,
                                        .help = "tokens of a sequence",
                                        .offset = AT(sequence)};
enum { IMAGE, PATCH, CHANNELS, PATCH_PARAMS };
static const fl_param patch_params[PATCH_PARAMS] = {
    [IMAGE] = {.key = "image",
               .type = FL_UINT,
               .min = 1,
               .max = 4096,
               .help = "pixels on a side of the image",
               .offset = AT(image)},
    [PATCH] = {.key = "patch",
               .type = FL_UINT,
               .min = 1,
               .max = 256,
               .help = "pixels on a side of a patch",
               .offset = AT(patch)},
    [CHANNELS] = {.key = "channels",
                  .type = FL_UINT,
                  .min = 1,
                  .max = 16,
                  .fallback = "3",
                  .help = "values of a pixel",
                  .offset = AT(channels)},
};

const fl_schema_section wl_encoder_schema[] = {
    {"", "Builder transformer_encoder", source_params, sizeof source_params / sizeof *source_params},
    {"", "Builder transformer_encoder: shapes (required without a preset, which gives their defaults)",
     shape_params, SHAPE_PARAMS},
    {"", "Builder transformer_encoder: batch", &batch_param, 1},
    {"", "Builder transformer_encoder: embedding of tokens", &sequence_param, 1},
    {"", "Builder transformer_encoder: embedding of image patches", patch_params, PATCH_PARAMS},
    {0},
};

/* Values as they would be written in YAML; they become the defaults of their keys. */
typedef struct preset {
    const char *name;
    const char *shape[SHAPE_PARAMS];
    const char *sequence;
    const char *patches[PATCH_PARAMS];
} preset;

/* clang-format off */
static const preset presets[] = {
    /* name           layers  hidden  heads  ffn     norm    attention embedding   sequence   image  patch  channels */
    {"bert_base",  {"12",   "768",  "12",  "3072", "post", "full",   "tokens"},  "128",    {NULL,  NULL, "3"}},
    {"bert_large", {"24",   "1024", "16",  "4096", "post", "full",   "tokens"},  "128",    {NULL,  NULL, "3"}},
    {"vit_b16",    {"12",   "768",  "12",  "3072", "pre",  "full",   "patches"}, NULL,     {"224", "16", "3"}},
    {"deit_s",     {"12",   "384",  "6",   "1536", "pre",  "full",   "patches"}, NULL,     {"224", "16", "3"}},
    {"gpt2_small", {"12",   "768",  "12",  "3072", "pre",  "causal", "tokens"},  "128",    {NULL,  NULL, "3"}},
    {"gpt3_175b",  {"96", "12288",  "96", "49152", "pre",  "causal", "tokens"},  "2048",   {NULL,  NULL, "3"}},
};
/* clang-format on */
enum { PRESETS = sizeof presets / sizeof *presets };

/* --- reading
 * ------------------------------------------------------------------------------------------------------ */

static fl_status find_preset(fl_node *root, const char *name, const preset **found, fl_error *error)
{
    const char *names[PRESETS];
    *found = NULL;
    if (strcmp(name, "none") == 0) return FL_OK;
    for (size_t i = 0; i < PRESETS; i++) {
        names[i] = presets[i].name;
        if (strcmp(name, presets[i].name) == 0) *found = &presets[i];
    }
    return *found != NULL
               ? FL_OK
               : wl_fail_unknown(fl_node_get(root, "preset"), "preset", name, names, PRESETS, error);
}

/* Reads `params` with the preset's values as fallbacks. */
static fl_status read_with_preset(fl_config *config, const fl_param *params, const char *const *values,
                                  size_t count, encoder_keys *keys, fl_error *error)
{
    fl_node *root = fl_config_root(config);
    for (size_t i = 0; i < count; i++) {
        fl_param param = params[i];
        if (values != NULL && values[i] != NULL) param.fallback = values[i];
        fl_status status = fl_schema_read(config, root, root, &param, 1, keys, error);
        if (status != FL_OK) return status;
    }
    return FL_OK;
}

/* The node of a key, or the root when its value is a default. */
static fl_node *node_of(fl_node *root, const char *key)
{
    fl_node *node = fl_node_get(root, key);
    return node != NULL ? node : root;
}

static fl_status check_keys(fl_node *root, const encoder_keys *k, fl_error *error)
{
    if (k->hidden % k->heads != 0)
        return fl_node_fail(node_of(root, "heads"), error, "%llu heads do not divide hidden = %llu",
                            (unsigned long long)k->heads, (unsigned long long)k->hidden);
    if (k->embedding == FROM_PATCHES && k->image % k->patch != 0)
        return fl_node_fail(node_of(root, "patch"), error,
                            "patches of %llu pixels do not divide image = %llu", (unsigned long long)k->patch,
                            (unsigned long long)k->image);
    if (k->batch * k->heads * k->sequence > INT32_MAX)
        return fl_node_fail(node_of(root, "batch"), error, "batch * heads * %s = %llu rows are too many",
                            k->mode.decode ? "tokens" : "sequence",
                            (unsigned long long)(k->batch * k->heads * k->sequence));
    if (k->batch * (k->mode.context + k->sequence) > INT32_MAX)
        return fl_node_fail(node_of(root, "batch"), error,
                            "batch * (context + tokens) = %llu rows are too many",
                            (unsigned long long)(k->batch * (k->mode.context + k->sequence)));
    return FL_OK;
}

/* The new tokens take the place of the sequence. */
static fl_status read_step(fl_node *root, encoder_keys *k, fl_error *error)
{
    if (k->embedding != FROM_TOKENS)
        return fl_node_fail(fl_node_get(root, "mode"), error, "decode needs embedding: tokens");
    fl_node *sequence = fl_node_get(root, "sequence");
    if (sequence != NULL)
        return fl_node_fail(sequence, error, "only with mode: prefill; decode has context and tokens");
    k->sequence = k->mode.tokens;
    return check_keys(root, k, error);
}

static fl_status read_keys(fl_config *config, encoder_keys *k, fl_error *error)
{
    fl_node *root = fl_config_root(config);
    const preset *p = NULL;
    bool inline_recipe = fl_node_is_map(fl_node_get(root, "quant"));
    fl_status status =
        fl_schema_read(config, root, root, source_params, inline_recipe ? 1 : SOURCE_PARAMS, k, error);
    if (status == FL_OK) status = find_preset(root, k->preset, &p, error);
    if (status == FL_OK)
        status = read_with_preset(config, shape_params, p ? p->shape : NULL, SHAPE_PARAMS, k, error);
    if (status == FL_OK) status = read_with_preset(config, &batch_param, NULL, 1, k, error);
    if (status == FL_OK) status = wl_mode_read(config, k->attention == WL_ATTENTION_CAUSAL, &k->mode, error);
    if (status != FL_OK) return status;
    if (k->mode.decode) return read_step(root, k, error);
    if (k->embedding == FROM_PATCHES) {
        status = read_with_preset(config, patch_params, p ? p->patches : NULL, PATCH_PARAMS, k, error);
        if (status == FL_OK) k->sequence = (k->image / k->patch) * (k->image / k->patch) + 1;
    } else {
        status = read_with_preset(config, &sequence_param, p ? &p->sequence : NULL, 1, k, error);
    }
    return status == FL_OK ? check_keys(root, k, error) : status;
}

static fl_status read_recipe(fl_config *config, wl_workload *workload, const char *path, wl_recipe **recipe,
                             fl_error *error)
{
    fl_node *root = fl_config_root(config), *quant = fl_node_get(root, "quant");
    if (fl_node_is_map(quant)) return wl_recipe_read(config, quant, recipe, error);
    const char *file = wl_path(workload, root, "quant", path);
    char hint[FL_NEAREST_HINT];
    if (quant != NULL && access(file, F_OK) != 0)
        return fl_node_fail(quant, error, "cannot read \"%s\": %s%s", file, strerror(errno),
                            fl_file_hint(file, hint));
    return wl_recipe_load(file, quant, recipe, error);
}

/* --- building
 * ----------------------------------------------------------------------------------------------------- */

static fl_status recipe_format(void *context, wl_role role, const char *name, num_format *format,
                               fl_error *error)
{
    return wl_recipe_format(context, role, name, format, error);
}

fl_status wl_build_transformer_encoder(fl_config *config, wl_builder *builder, fl_error *error)
{
    encoder_keys k = {0};
    fl_status status = read_keys(config, &k, error);
    if (status != FL_OK) return status;
    fl_node *root = fl_config_root(config);
    wl_encoder e = {.builder = builder,
                    .root = root,
                    .batch = (uint32_t)k.batch,
                    .sequence = (uint32_t)k.sequence,
                    .context = (uint32_t)k.mode.context,
                    .heads = (uint32_t)k.heads,
                    .causal = k.attention == WL_ATTENTION_CAUSAL,
                    .formats = recipe_format,
                    .error = error};
    wl_recipe *recipe = NULL;
    status = read_recipe(config, builder->workload, k.quant, &recipe, error);
    if (status != FL_OK) return status;
    const wl_encoder_shape shape = {
        .layers = (uint32_t)k.layers,
        .hidden = (uint32_t)k.hidden,
        .ffn = (uint32_t)k.ffn,
        .patch_values = k.embedding == FROM_PATCHES ? (uint32_t)(k.patch * k.patch * k.channels) : 0,
        .pre_norm = k.norm == NORM_PRE};
    e.formats_context = recipe;
    wl_encoder_layers(&e, &shape);
    status = e.status == FL_OK ? wl_recipe_check_used(recipe, error) : e.status;
    wl_recipe_free(recipe);
    return status;
}
