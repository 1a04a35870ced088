/* add: out = MBQM(x, in) + MBQM(x2, in2), the residual addition. Each input comes to the output scale on its
 * own; the sum saturates to the output format. */
#include "pe/num/bits.h"
#include "pe/vector/function.h"
#include "sim/base/registry.h"

static bool supports(num_format in, num_format in2, num_format out, const char **reason)
{
    return vec_all_packable(in, in2, out, reason) && vec_packable(in2, reason);
}

static int64_t lane(const vec_row_state *state, const vec_job *job, unsigned pass, int32_t x, int32_t x2,
                    const vec_column *column)
{
    (void)state, (void)pass, (void)column;
    const int64_t first = num_multiply_by_multiplier(x, job->immediates.in);
    const int64_t second = num_multiply_by_multiplier(x2, job->immediates.in2);
    return vec_saturate(first + second);
}

NUM_VECTORISED
static void add_rows(const int32_t *x, const int32_t *x2, size_t n, num_multiplier in, num_multiplier in2,
                     int32_t *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = vec_saturate((int64_t)num_multiply_lane(x[i], in) + num_multiply_lane(x2[i], in2));
}

static void row(const vec_job *job, const int32_t *x, const int32_t *x2, const vec_column *columns,
                int32_t *out)
{
    (void)columns;
    add_rows(x, x2, job->columns, job->immediates.in, job->immediates.in2, out);
}

static const vec_function add = {
    .name = "add",
    .inputs = 2,
    .uses_columns = false,
    VEC_ONE_PASS,
    .latency = VEC_REQUANT_CYCLES + VEC_BIAS_CYCLES + VEC_ENCODE_CYCLES,
    .multiplies = 2,
    .adds = 5,
    .supports = supports,
    .lane = lane,
    .row = row,
};

static const fl_part add_part = {
    .kind = "vector_function",
    .name = "add",
    .help = "residual addition of two inputs at their own scales, encode",
    .ops = &add,
};
FL_REGISTER_PART(add_part)
