/* layernorm: i-LayerNorm (pe/num/layernorm_ibert.h). Passes: sum; sum of squares of the centred elements;
 * normalise. bias per column is the integer bias, scale per column is gamma * sqrt(C) / 2^30 over the output
 * scale (gamma > 0). */
#include "pe/num/isqrt.h"
#include "pe/num/layernorm_ibert.h"
#include "pe/vector/function.h"
#include "sim/base/registry.h"

enum {
    DIVIDE_CYCLES = 16, /* radix-4 divider, 32 bits */
    SQRT_CYCLES = NUM_ISQRT_MAX_DIVISIONS * DIVIDE_CYCLES,
    NORMALISE_CYCLES = 3, /* subtract, multiply, shift and add the bias */
};
enum { TOTAL, MEAN, SQUARES, FACTOR }; /* of the row state */

static bool supports(num_format in, num_format in2, num_format out, const char **reason)
{
    (void)in2;
    if (in.kind != NUM_INT || !in.is_signed || (in.bits != 8 && in.bits != 16)) {
        *reason = "layernorm takes int8 or int16";
        return false;
    }
    return vec_packable(out, reason);
}

static void begin(vec_row_state *state, const vec_job *job)
{
    (void)job;
    *state = (vec_row_state){{0}};
}

static int64_t lane(const vec_row_state *state, const vec_job *job, unsigned pass, int32_t x, int32_t x2,
                    const vec_column *column)
{
    (void)job, (void)x2;
    if (pass == 0) return x;
    const int64_t centred = x - state->s[MEAN];
    if (pass == 1) return centred * centred;
    const int64_t element = num_layernorm_element(centred, (uint32_t)state->s[FACTOR], column->bias);
    return num_multiply_by_multiplier_wide(element, column->scale);
}

static void reduce(vec_row_state *state, unsigned pass, int64_t value)
{
    state->s[pass == 0 ? TOTAL : SQUARES] += value;
}

static void scalar(vec_row_state *state, const vec_job *job, unsigned pass)
{
    if (pass == 0)
        state->s[MEAN] = num_layernorm_mean(state->s[TOTAL], job->columns);
    else
        state->s[FACTOR] = num_layernorm_factor((uint64_t)state->s[SQUARES]);
}

static void row(const vec_job *job, const int32_t *x, const int32_t *x2, const vec_column *columns,
                int32_t *out)
{
    (void)x2;
    const uint32_t n = job->columns;
    int64_t total = 0;
    for (uint32_t i = 0; i < n; i++) total += x[i];
    const int32_t mean = num_layernorm_mean(total, n);
    uint64_t squares = 0;
    for (uint32_t i = 0; i < n; i++) {
        const int64_t centred = x[i] - mean;
        squares += (uint64_t)(centred * centred);
    }
    const uint32_t factor = num_layernorm_factor(squares);
    for (uint32_t i = 0; i < n; i++)
        out[i] = vec_requantize_wide(num_layernorm_element(x[i] - mean, factor, columns[i].bias),
                                     columns[i].scale);
}

static const vec_function layernorm = {
    .name = "layernorm",
    .inputs = 1,
    .uses_columns = true,
    .passes = 3,
    .gap = {DIVIDE_CYCLES + 1,
            SQRT_CYCLES + DIVIDE_CYCLES + 2}, /* adder tree, mean; adder tree, root, factor */
    .latency = NORMALISE_CYCLES + VEC_REQUANT_CYCLES + VEC_ENCODE_CYCLES,
    .multiplies = 3,
    .adds = 7,
    .supports = supports,
    .begin = begin,
    .lane = lane,
    .reduce = reduce,
    .scalar = scalar,
    .row = row,
};

static const fl_part layernorm_part = {
    .kind = "vector_function",
    .name = "layernorm",
    .help = "i-LayerNorm (I-BERT) with affine parameters per column, three passes",
    .ops = &layernorm,
};
FL_REGISTER_PART(layernorm_part)
