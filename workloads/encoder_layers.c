/* The layers of transformer encoders, operation by operation (docs/workloads.md). */
#include <math.h>

#include "workloads/encoder_ops.h"

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
static uint32_t embed_patches(wl_encoder *e, const wl_encoder_shape *shape)
{
    uint32_t patches = e->sequence - 1, values = shape->patch_values;
    uint32_t rows = e->batch * e->sequence, hidden = shape->hidden;
    uint32_t in = wl_encoder_tensor(e, "embedding.patches", WL_INPUT, e->batch * patches, values);
    uint32_t projected = wl_encoder_linear(e, "embedding.projection", in, patches, e->sequence, hidden);
    uint32_t position = wl_encoder_tensor(e, "embedding.position", WL_INPUT, rows, hidden);
    return wl_encoder_add(e, "embedding.sum", projected, 1, position, 0.5);
}

static uint32_t embed(wl_encoder *e, const wl_encoder_shape *shape)
{
    if (shape->patch_values > 0) return embed_patches(e, shape);
    return wl_encoder_tensor(e, "embedding.sum", WL_INPUT, e->batch * e->sequence, shape->hidden);
}

static uint32_t attention_block(wl_encoder *e, unsigned layer, uint32_t x, uint32_t hidden)
{
    uint32_t rows = e->sequence;
    uint32_t query = wl_encoder_linear(e, in_layer(e, layer, "attention.query"), x, rows, rows, hidden);
    uint32_t key = wl_encoder_cached_linear(e, in_layer(e, layer, "attention.key"), x, hidden);
    uint32_t value = wl_encoder_cached_linear(e, in_layer(e, layer, "attention.value"), x, hidden);
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
static uint32_t build_pre_norm(wl_encoder *e, const wl_encoder_shape *shape, stream s)
{
    uint32_t hidden = shape->hidden, operand;
    for (unsigned layer = 0; layer < shape->layers; layer++) {
        const char *attention = in_layer(e, layer, "attention"), *ffn = in_layer(e, layer, "ffn");
        normalise(e, attention, s.residual, attention, &operand);
        s.residual = add_block(e, attention, attention_block(e, layer, operand, hidden), &s);
        normalise(e, ffn, s.residual, ffn, &operand);
        s.residual = add_block(e, ffn, ffn_block(e, layer, operand, hidden, shape->ffn), &s);
    }
    return wl_encoder_layernorm(e, "final.norm", s.residual);
}

/* norm(x + attention(x)), then norm(x + feed-forward(x)): the normalised sum is the new stream. */
static uint32_t build_post_norm(wl_encoder *e, const wl_encoder_shape *shape, stream s)
{
    uint32_t hidden = shape->hidden, operand;
    s.residual = normalise(e, "embedding", s.residual, in_layer(e, 0, "attention"), &operand);
    for (unsigned layer = 0; layer < shape->layers; layer++) {
        const stream start = s;
        const char *attention = in_layer(e, layer, "attention"), *ffn = in_layer(e, layer, "ffn");
        uint32_t sum = add_block(e, attention, attention_block(e, layer, operand, hidden), &s);
        s = start;
        s.residual = normalise(e, attention, sum, ffn, &operand);
        sum = add_block(e, ffn, ffn_block(e, layer, operand, hidden, shape->ffn), &s);
        s = start;
        if (layer + 1 < shape->layers)
            s.residual = normalise(e, ffn, sum, in_layer(e, layer + 1, "attention"), &operand);
        else
            s.residual = wl_encoder_layernorm(e, joined(e, ffn, "norm"), sum); /* no layer multiplies it */
    }
    return s.residual;
}

uint32_t wl_encoder_layers(wl_encoder *e, const wl_encoder_shape *shape)
{
    double terms =
        1 + 2 * (double)shape->layers; /* of the last sum of a pre-norm model: embedding and all blocks */
    uint32_t embedding = embed(e, shape);
    if (shape->pre_norm)
        return build_pre_norm(e, shape,
                              (stream){embedding, .share = sqrt(1 / terms), .term = sqrt(1 / terms)});
    return build_post_norm(e, shape,
                           (stream){embedding, .share = sqrt(1 - BLOCK_SHARE), .term = sqrt(BLOCK_SHARE)});
}
