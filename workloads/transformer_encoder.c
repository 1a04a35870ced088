/* Transformer encoders: BERT (post-norm, tokens) and ViT / DeiT (pre-norm, image patches).
 *
 * Sources of the shapes: Devlin et al., BERT (NAACL 2019), section 3; Dosovitskiy et al., ViT (ICLR 2021),
 * table 1; Touvron et al., DeiT (ICML 2021), table 1. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "workloads/encoder_ops.h"
#include "workloads/names.h"

enum { NORM_POST, NORM_PRE };
enum { FROM_TOKENS, FROM_PATCHES };
static const char *const norm_names[] = {"post", "pre", NULL};
static const char *const embedding_names[] = {"tokens", "patches", NULL};

typedef struct encoder_keys {
    const char *preset, *quant;
    uint64_t layers, hidden, heads, ffn, batch;
    int norm, embedding;
    uint64_t sequence;               /* tokens */
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

enum { LAYERS, HIDDEN, HEADS, FFN, NORM, EMBEDDING, SHAPE_PARAMS };
static const fl_param shape_params[SHAPE_PARAMS] = {
    [LAYERS] = {.key = "layers",
                .type = FL_UINT,
                .min = 1,
                .max = 1024,
                .help = "encoder layers",
                .offset = AT(layers)},
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
    {"", "Builder transformer_encoder: shapes (required without a preset, which gives their defaults)", shape_params, SHAPE_PARAMS},
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
    /* name           layers  hidden  heads  ffn     norm    embedding   sequence   image  patch  channels */
    {"bert_base",  {"12",   "768",  "12",  "3072", "post", "tokens"},  "128",    {NULL,  NULL, "3"}},
    {"bert_large", {"24",   "1024", "16",  "4096", "post", "tokens"},  "128",    {NULL,  NULL, "3"}},
    {"vit_b16",    {"12",   "768",  "12",  "3072", "pre",  "patches"}, NULL,     {"224", "16", "3"}},
    {"deit_s",     {"12",   "384",  "6",   "1536", "pre",  "patches"}, NULL,     {"224", "16", "3"}},
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
        return fl_node_fail(node_of(root, "batch"), error,
                            "batch * heads * sequence = %llu rows are too many",
                            (unsigned long long)(k->batch * k->heads * k->sequence));
    return FL_OK;
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
    if (status != FL_OK) return status;
    if (k->embedding == FROM_PATCHES) {
        status = read_with_preset(config, patch_params, p ? p->patches : NULL, PATCH_PARAMS, k, error);
        if (status == FL_OK) k->sequence = (k->image / k->patch) * (k->image / k->patch) + 1;
    } else {
        status = read_with_preset(config, &sequence_param, p ? &p->sequence : NULL, 1, k, error);
    }
    return status == FL_OK ? check_keys(root, k, error) : status;
}

/* A path in a file is relative to that file; one from the command line to the working directory. */
static const char *recipe_path(wl_workload *workload, const fl_node *quant, const char *path)
{
    const char *file = fl_node_where(quant)->file;
    const char *slash = strrchr(file, '/');
    if (path[0] == '/' || slash == NULL) return path;
    return wl_text(workload, "%.*s/%s", (int)(slash - file), file, path);
}

static fl_status read_recipe(fl_config *config, wl_workload *workload, const char *path, wl_recipe **recipe,
                             fl_error *error)
{
    fl_node *quant = fl_node_get(fl_config_root(config), "quant");
    if (fl_node_is_map(quant)) return wl_recipe_read(config, quant, recipe, error);
    return wl_recipe_load(recipe_path(workload, quant, path), quant, recipe, error);
}

/* --- building
 * ----------------------------------------------------------------------------------------------------- */

/* Share of a post-norm sum's variance that comes from the block. */
#define BLOCK_SHARE 0.25

/* The residual stream: the tensor to which the next block's output is added, and the shares of both in the
 * sum. */
typedef struct stream {
    uint32_t residual;
    double share, term;
} stream;

static const char *in_layer(wl_encoder *e, unsigned layer, const char *what)
{
    return wl_text(e->builder->workload, "layer%u.%s", layer, what);
}

static const char *joined(wl_encoder *e, const char *prefix, const char *what)
{
    return wl_text(e->builder->workload, "%s.%s", prefix, what);
}

/* Patches times a projection, then the position embedding. The class token has no patch: its row, the last of
 * each sequence, stays zero in the product and comes with the position embedding. */
static uint32_t embed_patches(wl_encoder *e, const encoder_keys *k)
{
    uint32_t patches = e->sequence - 1, values = (uint32_t)(k->patch * k->patch * k->channels);
    uint32_t rows = e->batch * e->sequence, hidden = (uint32_t)k->hidden;
    uint32_t in = wl_encoder_tensor(e, "embedding.patches", WL_INPUT, e->batch * patches, values);
    uint32_t projected = wl_encoder_linear(e, "embedding.projection", in, patches, e->sequence, hidden);
    uint32_t position = wl_encoder_tensor(e, "embedding.position", WL_INPUT, rows, hidden);
    return wl_encoder_add(e, "embedding.sum", projected, 1, position, 0.5);
}

static uint32_t embed(wl_encoder *e, const encoder_keys *k)
{
    if (k->embedding == FROM_PATCHES) return embed_patches(e, k);
    return wl_encoder_tensor(e, "embedding.sum", WL_INPUT, e->batch * e->sequence, (uint32_t)k->hidden);
}

static uint32_t attention_block(wl_encoder *e, unsigned layer, uint32_t x, uint32_t hidden)
{
    uint32_t rows = e->sequence;
    uint32_t query = wl_encoder_linear(e, in_layer(e, layer, "attention.query"), x, rows, rows, hidden);
    uint32_t key = wl_encoder_linear(e, in_layer(e, layer, "attention.key"), x, rows, rows, hidden);
    uint32_t value = wl_encoder_linear(e, in_layer(e, layer, "attention.value"), x, rows, rows, hidden);
    uint32_t context = wl_encoder_attention(e, in_layer(e, layer, "attention"), query, key, value);
    return wl_encoder_linear(e, in_layer(e, layer, "attention.output"), context, rows, rows, hidden);
}

static uint32_t ffn_block(wl_encoder *e, unsigned layer, uint32_t x, uint32_t hidden, uint32_t ffn)
{
    uint32_t up = wl_encoder_linear_gelu(e, in_layer(e, layer, "ffn.up"), x, ffn);
    return wl_encoder_linear(e, in_layer(e, layer, "ffn.down"), up, e->sequence, e->sequence, hidden);
}

/* LayerNorm, then the encoding that the matrix products of `block` read. Returns the norm. */
static uint32_t normalise(wl_encoder *e, const char *norm_name, uint32_t x, const char *block,
                          uint32_t *operand)
{
    uint32_t norm = wl_encoder_layernorm(e, joined(e, norm_name, "norm"), x);
    *operand = wl_encoder_encode(e, joined(e, block, "input"), norm);
    return norm;
}

/* Adds the output of a block to the residual stream; in pre-norm models the sum is the new stream, and each
 * of its terms contributes equally. */
static uint32_t add_block(wl_encoder *e, const char *block, uint32_t output, stream *s)
{
    uint32_t sum = wl_encoder_add(e, joined(e, block, "sum"), s->residual, s->share, output, s->term);
    s->share = sqrt(s->share * s->share + s->term * s->term);
    return sum;
}

/* x + attention(norm(x)), then the same with the feed-forward block; a norm closes the model. */
static void build_pre_norm(wl_encoder *e, const encoder_keys *k, stream s)
{
    uint32_t hidden = (uint32_t)k->hidden, operand;
    for (unsigned layer = 0; layer < k->layers; layer++) {
        const char *attention = in_layer(e, layer, "attention"), *ffn = in_layer(e, layer, "ffn");
        normalise(e, attention, s.residual, attention, &operand);
        s.residual = add_block(e, attention, attention_block(e, layer, operand, hidden), &s);
        normalise(e, ffn, s.residual, ffn, &operand);
        s.residual = add_block(e, ffn, ffn_block(e, layer, operand, hidden, (uint32_t)k->ffn), &s);
    }
    wl_encoder_layernorm(e, "final.norm", s.residual);
}

/* norm(x + attention(x)), then norm(x + feed-forward(x)): the normalised sum is the new stream. */
static void build_post_norm(wl_encoder *e, const encoder_keys *k, stream s)
{
    uint32_t hidden = (uint32_t)k->hidden, operand;
    s.residual = normalise(e, "embedding", s.residual, in_layer(e, 0, "attention"), &operand);
    for (unsigned layer = 0; layer < k->layers; layer++) {
        const stream start = s;
        const char *attention = in_layer(e, layer, "attention"), *ffn = in_layer(e, layer, "ffn");
        uint32_t sum = add_block(e, attention, attention_block(e, layer, operand, hidden), &s);
        s = start;
        s.residual = normalise(e, attention, sum, ffn, &operand);
        sum = add_block(e, ffn, ffn_block(e, layer, operand, hidden, (uint32_t)k->ffn), &s);
        s = start;
        if (layer + 1 < k->layers)
            s.residual = normalise(e, ffn, sum, in_layer(e, layer + 1, "attention"), &operand);
        else
            wl_encoder_layernorm(e, joined(e, ffn, "norm"), sum); /* nothing multiplies it */
    }
}

static void build_layers(wl_encoder *e, const encoder_keys *k)
{
    double terms =
        1 + 2 * (double)k->layers; /* of the last sum of a pre-norm model: embedding and all blocks */
    uint32_t embedding = embed(e, k);
    if (k->norm == NORM_PRE)
        build_pre_norm(e, k, (stream){embedding, .share = sqrt(1 / terms), .term = sqrt(1 / terms)});
    else
        build_post_norm(e, k, (stream){embedding, .share = sqrt(1 - BLOCK_SHARE), .term = sqrt(BLOCK_SHARE)});
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
                    .heads = (uint32_t)k.heads,
                    .error = error};
    status = read_recipe(config, builder->workload, k.quant, &e.recipe, error);
    if (status != FL_OK) return status;
    build_layers(&e, &k);
    status = e.status == FL_OK ? wl_recipe_check_used(e.recipe, error) : e.status;
    wl_recipe_free(e.recipe);
    return status;
}
