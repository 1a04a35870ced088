/* add: out = MBQM(x, in) + MBQM(x2, in2), the residual addition. Each input comes to the output scale on its
 * own; the sum saturates to the output format. */
#include "pe/vector/function.h"
#include "sim/base/registry.h"

static bool supports(num_format in, num_format in2, num_format out, const char **reason)
{
    return vec_all_packable(in, out, reason) && vec_packable(in2, reason);
}

static int64_t lane(const vec_row_state *state, const vec_job *job, unsigned pass, int32_t x, int32_t x2,
                    const vec_column *column)
{
    (void)state, (void)pass, (void)column;
    const int64_t first = num_multiply_by_multiplier(x, job->immediates.in);
    const int64_t second = num_multiply_by_multiplier(x2, job->immediates.in2);
    return vec_saturate(first + second);
}

static void row(const vec_job *job, const int32_t *x, const int32_t *x2, const vec_column *columns,
                int32_t *out)
{
    (void)columns;
    const num_multiplier in = job->immediates.in, in2 = job->immediates.in2;
    for (uint32_t i = 0; i < job->columns; i++)
        out[i] = vec_saturate((int64_t)vec_requantize(x[i], in) + vec_requantize(x2[i], in2));
}

static const vec_function add = {
    .name = "add",
    .inputs = 2,
    .uses_columns = false,
    .passes = 1,
    .latency = VEC_REQUANT_CYCLES + VEC_BIAS_CYCLES + VEC_ENCODE_CYCLES,
    .multiplies = 2,
    .adds = 5,
    .supports = supports,
    .begin = vec_no_begin,
    .lane = lane,
    .reduce = vec_no_reduce,
    .scalar = vec_no_scalar,
    .row = row,
};

static const fl_part add_part = {
    .kind = "vector_function",
    .name = "add",
    .help = "residual addition of two inputs at their own scales, encode",
    .ops = &add,
};
FL_REGISTER_PART(add_part)
