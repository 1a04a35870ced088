/* bias_requantize: out = MBQM(x + bias, scale), bias and scale per column; the sum wraps like the
 * accumulators it continues. The epilogue of linear layers. */
#include "pe/num/bits.h"
#include "pe/vector/function.h"
#include "sim/base/registry.h"

static int64_t lane(const vec_row_state *state, const vec_job *job, unsigned pass, int32_t x, int32_t x2,
                    const vec_column *column)
{
    (void)state, (void)job, (void)pass, (void)x2;
    return num_multiply_by_multiplier(vec_add_wrapping(x, column->bias), column->scale);
}

NUM_VECTORISED
static void requantise(const int32_t *x, const vec_column *columns, size_t n, int32_t *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = num_multiply_lane(vec_add_wrapping(x[i], columns[i].bias), columns[i].scale);
}

static void row(const vec_job *job, const int32_t *x, const int32_t *x2, const vec_column *columns,
                int32_t *out)
{
    (void)x2;
    requantise(x, columns, job->columns, out);
}

static const vec_function bias_requantize = {
    .name = "bias_requantize",
    .inputs = 1,
    .uses_columns = true,
    VEC_ONE_PASS,
    .latency = VEC_BIAS_CYCLES + VEC_REQUANT_CYCLES + VEC_ENCODE_CYCLES,
    .multiplies = 1,
    .adds = 3,
    .supports = vec_all_packable,
    .lane = lane,
    .row = row,
};

static const fl_part bias_requantize_part = {
    .kind = "vector_function",
    .name = "bias_requantize",
    .help = "add a bias and rescale per column, encode",
    .ops = &bias_requantize,
};
FL_REGISTER_PART(bias_requantize_part)
