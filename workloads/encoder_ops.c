#include "workloads/encoder_ops.h"

#include <math.h>

#include "pe/num/gelu_ibert.h"
#include "workloads/scale.h"

/* Biases spread over this share of the accumulators' RMS: present in every column, drowning no token. */
#define BIAS_SHARE 0.125
/* RMS of GELU(x) for x ~ N(0, 1): sqrt(1/3 + 1/(2 pi sqrt 3)). */
#define GELU_RMS 0.652
/* Input of GELU that the output format's largest value stands for. */
#define GELU_FULL_SCALE 2.5
/* Standard deviation of the real logits, division by sqrt(d) included. At 2 the attention is selective. */
#define LOGIT_SIGMA 2.0
/* Share of the variance of values that all tokens of a sequence have in common; averaging keeps it. */
#define COMMON_SHARE 0.5

const char *const wl_attention_names[] = {"full", "causal", NULL};

static wl_workload *workload_of(const wl_encoder *e) { return e->builder->workload; }
static wl_tensor *tensor_of(const wl_encoder *e, uint32_t tensor) { return &workload_of(e)->tensors[tensor]; }

static num_format format_of(wl_encoder *e, const char *name, wl_role role)
{
    num_format format = {NUM_INT, 8, true};
    fl_status status =
        e->formats(e->formats_context, role, name, &format, e->status == FL_OK ? e->error : NULL);
    if (e->status == FL_OK) e->status = status;
    return format;
}

uint32_t wl_encoder_tensor(wl_encoder *e, const char *name, wl_role role, uint32_t rows, uint32_t columns)
{
    return wl_add_tensor(e->builder, name, role, rows, columns, format_of(e, name, role));
}

/* Checks the operation under construction and appends it; its output gets the given RMS. */
static uint32_t finish(wl_encoder *e, const wl_op *op, double rms)
{
    char reason[WL_REASON_BYTES];
    if (e->status == FL_OK &&
        !(wl_check_op(workload_of(e), op, reason) && wl_check_function(workload_of(e), op, reason)))
        e->status = fl_node_fail(e->root, e->error, "%s: %s", op->name, reason);
    uint32_t out = wl_op_output(op);
    tensor_of(e, out)->rms = rms;
    wl_close_op(e->builder);
    return out;
}

static num_multiplier ratio(double to, double from)
{
    return num_quantize_multiplier(from > 0 ? to / from : 0);
}

/* --- linear layers
 * ------------------------------------------------------------------------------------------------ */

typedef struct linear {
    const char *name;
    uint32_t x, x_rows, out_rows, columns;
    bool cached; /* keys and values */
} linear;

static uint32_t linear_output(wl_encoder *e, const linear *l)
{
    if (!l->cached || e->context == 0)
        return wl_encoder_tensor(e, l->name, WL_ACTIVATION, e->batch * l->out_rows, l->columns);
    return wl_add_cache(e->builder, l->name, e->batch, e->context, l->out_rows, l->columns,
                        format_of(e, l->name, WL_ACTIVATION));
}

/* Weight, output and the product itself; *sums_rms is the RMS of its accumulators. */
static wl_op *open_linear(wl_encoder *e, const linear *l, const char *function, double *sums_rms)
{
    wl_workload *w = workload_of(e);
    uint32_t k = tensor_of(e, l->x)->columns;
    uint32_t weight = wl_encoder_tensor(e, wl_text(w, "%s.weight", l->name), WL_WEIGHT, l->columns, k);
    uint32_t out = linear_output(e, l);
    *sums_rms = sqrt(k) * tensor_of(e, l->x)->rms * tensor_of(e, weight)->rms;
    wl_op *op = wl_open_op(e->builder, l->name, WL_GEMM, function);
    op->gemm = (wl_gemm){.outer = e->batch,
                         .inner = 1,
                         .m = l->x_rows,
                         .n = l->columns,
                         .k = k,
                         .a = {.tensor = l->x, .outer_rows = l->x_rows},
                         .b = {.tensor = weight},
                         .out = {.tensor = out, .outer_rows = l->out_rows}};
    if (l->x_rows == l->out_rows) { /* one product over all sequences */
        op->gemm.outer = 1;
        op->gemm.m = e->batch * l->x_rows;
    }
    return op;
}

static uint32_t linear_columns(wl_encoder *e, const char *name, uint32_t columns, double sums_rms,
                               double scale)
{
    wl_column_fill fill = {.scale = scale, .bias = BIAS_SHARE * sums_rms};
    return wl_add_columns(e->builder, wl_text(workload_of(e), "%s.columns", name), columns, fill);
}

static uint32_t requantized_linear(wl_encoder *e, const linear *l)
{
    double sums_rms;
    wl_op *op = open_linear(e, l, "bias_requantize", &sums_rms);
    double target = wl_target_rms(tensor_of(e, op->gemm.out.tensor)->format);
    op->column_params = linear_columns(e, l->name, l->columns, sums_rms, target / sums_rms);
    return finish(e, op, target);
}

uint32_t wl_encoder_linear(wl_encoder *e, const char *name, uint32_t x, uint32_t x_rows, uint32_t out_rows,
                           uint32_t columns)
{
    return requantized_linear(e, &(linear){name, x, x_rows, out_rows, columns, .cached = false});
}

uint32_t wl_encoder_cached_linear(wl_encoder *e, const char *name, uint32_t x, uint32_t columns)
{
    return requantized_linear(e, &(linear){name, x, e->sequence, e->sequence, columns, .cached = true});
}

/* The columns bring the accumulators to unit variance at the scale of the gelu input. */
uint32_t wl_encoder_linear_gelu(wl_encoder *e, const char *name, uint32_t x, uint32_t columns)
{
    double sums_rms;
    const linear l = {name, x, e->sequence, e->sequence, columns, .cached = false};
    wl_op *op = open_linear(e, &l, "gelu", &sums_rms);
    double codes_per_unit = num_max_value(tensor_of(e, op->gemm.out.tensor)->format) / GELU_FULL_SCALE;
    op->column_params = linear_columns(e, name, columns, sums_rms, 1 / WL_GELU_INPUT_SCALE / sums_rms);
    op->immediates.out =
        num_quantize_multiplier(num_igelu_output_scale(WL_GELU_INPUT_SCALE) * codes_per_unit);
    return finish(e, op, GELU_RMS * codes_per_unit);
}

/* --- attention
 * ---------------------------------------------------------------------------------------------------- */

/* Positions that a token may attend to: the context and the sequence itself. */
static uint32_t positions(const wl_encoder *e) { return e->context + e->sequence; }

/* Head i of sequence o: its rows, columns from i * (columns / heads). */
static wl_view heads_view(const wl_encoder *e, uint32_t tensor)
{
    return (wl_view){.tensor = tensor,
                     .outer_rows = tensor_of(e, tensor)->rows / e->batch,
                     .inner_columns = tensor_of(e, tensor)->columns / e->heads};
}

/* One sequence x positions matrix per head, stacked. */
static wl_view stacked_view(const wl_encoder *e, uint32_t tensor)
{
    return (wl_view){.tensor = tensor, .outer_rows = e->heads * e->sequence, .inner_rows = e->sequence};
}

static uint32_t stacked_tensor(wl_encoder *e, const char *name)
{
    return wl_encoder_tensor(e, name, WL_ACTIVATION, e->batch * e->heads * e->sequence, positions(e));
}

static uint32_t scores(wl_encoder *e, const char *name, uint32_t query, uint32_t key)
{
    uint32_t out = stacked_tensor(e, name), d = tensor_of(e, query)->columns / e->heads;
    double sums_rms = sqrt(d) * tensor_of(e, query)->rms * tensor_of(e, key)->rms;
    double target = wl_target_rms(tensor_of(e, out)->format);
    wl_op *op = wl_open_op(e->builder, name, WL_GEMM, "requantize");
    op->immediates.out = ratio(target, sums_rms);
    op->gemm = (wl_gemm){.outer = e->batch,
                         .inner = e->heads,
                         .m = e->sequence,
                         .n = positions(e),
                         .k = d,
                         .a = heads_view(e, query),
                         .b = heads_view(e, key),
                         .out = stacked_view(e, out)};
    return finish(e, op, target);
}

/* Sum of the squared probabilities in a row of L, for logits of LOGIT_SIGMA: a fit to simulated rows of the
 * REXP softmax, within a factor of 1.8 for L = 16 .. 512. Rows of a causal mask have 1 .. L elements: the
 * mean. A decode step has the constants of the prefill that would have made its cache. */
static double concentration(const wl_encoder *e) { return fmin((e->causal ? 2 : 1) / sqrt(positions(e)), 1); }

/* Probability 1 is the largest value of the output format. */
static uint32_t softmax(wl_encoder *e, const char *name, uint32_t logits)
{
    uint32_t out = stacked_tensor(e, name);
    double one = num_max_value(tensor_of(e, out)->format);
    wl_op *op = wl_open_op(e->builder, name, WL_VECTOR, "softmax");
    op->in = logits;
    op->out = out;
    op->rows = tensor_of(e, out)->rows;
    op->columns = positions(e);
    op->causal = e->causal;
    op->context = e->context;
    op->immediates.index_multiplier = (uint32_t)lround(65536 * LOGIT_SIGMA / tensor_of(e, logits)->rms);
    op->immediates.out = num_quantize_multiplier(one / WL_SOFTMAX_ONE);
    return finish(e, op, one * sqrt(concentration(e) / positions(e)));
}

/* A mean of values weighted by the probabilities: what the tokens have in common stays, the rest shrinks. */
static uint32_t context(wl_encoder *e, const char *name, uint32_t probs, uint32_t value)
{
    uint32_t hidden = tensor_of(e, value)->columns;
    uint32_t out = wl_encoder_tensor(e, name, WL_ACTIVATION, e->batch * e->sequence, hidden);
    double one = num_max_value(tensor_of(e, probs)->format);
    double kept = COMMON_SHARE + (1 - COMMON_SHARE) * concentration(e);
    double sums_rms = one * tensor_of(e, value)->rms * sqrt(kept);
    double target = wl_target_rms(tensor_of(e, out)->format);
    wl_op *op = wl_open_op(e->builder, name, WL_GEMM, "requantize");
    op->immediates.out = ratio(target, sums_rms);
    op->gemm = (wl_gemm){.outer = e->batch,
                         .inner = e->heads,
                         .m = e->sequence,
                         .n = hidden / e->heads,
                         .k = positions(e),
                         .a = stacked_view(e, probs),
                         .b = heads_view(e, value),
                         .out = heads_view(e, out),
                         .b_k_major = true};
    return finish(e, op, target);
}

uint32_t wl_encoder_attention(wl_encoder *e, const char *prefix, uint32_t query, uint32_t key, uint32_t value)
{
    wl_workload *w = workload_of(e);
    uint32_t logits = scores(e, wl_text(w, "%s.scores", prefix), query, key);
    uint32_t probs = softmax(e, wl_text(w, "%s.probs", prefix), logits);
    return context(e, wl_text(w, "%s.context", prefix), probs, value);
}

/* --- row-wise operations
 * -------------------------------------------------------------------------------------------- */

/* Opens a vector operation from x to a new tensor of the same shape. */
static wl_op *open_vector(wl_encoder *e, const char *name, const char *function, uint32_t x)
{
    uint32_t rows = tensor_of(e, x)->rows, columns = tensor_of(e, x)->columns;
    uint32_t out = wl_encoder_tensor(e, name, WL_ACTIVATION, rows, columns);
    wl_op *op = wl_open_op(e->builder, name, WL_VECTOR, function);
    op->in = x;
    op->out = out;
    op->rows = rows;
    op->columns = columns;
    return op;
}

uint32_t wl_encoder_add(wl_encoder *e, const char *name, uint32_t x, double share, uint32_t x2, double share2)
{
    wl_op *op = open_vector(e, name, "add", x);
    double target = wl_target_rms(tensor_of(e, op->out)->format);
    op->in2 = x2;
    op->immediates.in = ratio(share * target, tensor_of(e, x)->rms);
    op->immediates.in2 = ratio(share2 * target, tensor_of(e, x2)->rms);
    return finish(e, op, target * sqrt(share * share + share2 * share2));
}

/* Normalised elements come in units of sqrt(C) / 2^30 (pe/num/layernorm_ibert.h). */
uint32_t wl_encoder_layernorm(wl_encoder *e, const char *name, uint32_t x)
{
    wl_op *op = open_vector(e, name, "layernorm", x);
    double target = wl_target_rms(tensor_of(e, op->out)->format);
    double one = 0x1p30 / sqrt(op->columns);
    wl_column_fill fill = {.scale = target / one, .bias = BIAS_SHARE * one};
    op->column_params =
        wl_add_columns(e->builder, wl_text(workload_of(e), "%s.columns", name), op->columns, fill);
    return finish(e, op, target);
}

uint32_t wl_encoder_encode(wl_encoder *e, const char *name, uint32_t x)
{
    if (num_format_equal(format_of(e, name, WL_ACTIVATION), tensor_of(e, x)->format)) return x;
    wl_op *op = open_vector(e, name, "requantize", x);
    double target = wl_target_rms(tensor_of(e, op->out)->format);
    op->immediates.out = ratio(target, tensor_of(e, x)->rms);
    return finish(e, op, target);
}
