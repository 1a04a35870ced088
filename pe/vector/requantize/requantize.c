/* requantize: out = MBQM(x, out), saturated by the encoder. The multiplier (2^30, 1) passes values through,
 * so this is also the encoder from one format to another. */
#include "pe/vector/function.h"
#include "sim/base/registry.h"

static int64_t lane(const vec_row_state *state, const vec_job *job, unsigned pass, int32_t x, int32_t x2,
                    const vec_column *column)
{
    (void)state, (void)pass, (void)x2, (void)column;
    return num_multiply_by_multiplier(x, job->immediates.out);
}

static void row(const vec_job *job, const int32_t *x, const int32_t *x2, const vec_column *columns,
                int32_t *out)
{
    (void)x2, (void)columns;
    num_multiply_by_multiplier_row(x, job->columns, job->immediates.out, out);
}

static const vec_function requantize = {
    .name = "requantize",
    .inputs = 1,
    .uses_columns = false,
    VEC_ONE_PASS,
    .latency = VEC_REQUANT_CYCLES + VEC_ENCODE_CYCLES,
    .multiplies = 1,
    .adds = 2,
    .supports = vec_all_packable,
    .lane = lane,
    .row = row,
};

static const fl_part requantize_part = {
    .kind = "vector_function",
    .name = "requantize",
    .help = "rescale by one multiplier and encode",
    .ops = &requantize,
};
FL_REGISTER_PART(requantize_part)
