/* softmax: REXP with 8-bit tables (pe/num/softmax_rexp.h). Passes: maximum; sum of numerators; numerator
 * times alpha. The result 0..255 in units of 1/255 is rescaled by `out` and encoded. 256 alphas: rows whose
 * numerators sum to more than 256 (flat rows longer than 256) come out too large, by at most a factor of two
 * for rows up to 512. */
#include "pe/num/softmax_rexp.h"
#include "pe/vector/function.h"
#include "sim/base/registry.h"

enum { ALPHAS = 256, REXP_CYCLES = 3 /* subtract, numerator ROM, multiply */ };
enum { MAXIMUM, SUM, ALPHA }; /* of the row state */

static bool supports(num_format in, num_format in2, num_format out, const char **reason)
{
    (void)in2;
    if (in.kind != NUM_INT || in.bits != 8 || !in.is_signed) {
        *reason = "softmax takes int8 logits";
        return false;
    }
    return vec_packable(out, reason);
}

static void begin(vec_row_state *state, const vec_job *job)
{
    (void)job;
    *state = (vec_row_state){.s = {[MAXIMUM] = INT32_MIN}};
}

static unsigned numerator_index(int64_t maximum, int32_t x, const vec_job *job)
{
    return num_rexp_index(&num_rexp_u8, (uint32_t)(maximum - x), job->immediates.index_multiplier);
}

static int64_t lane(const vec_row_state *state, const vec_job *job, unsigned pass, int32_t x, int32_t x2,
                    const vec_column *column)
{
    (void)x2, (void)column;
    if (pass == 0) return x;
    const uint32_t numerator = num_rexp_u8.numerator[numerator_index(state->s[MAXIMUM], x, job)];
    if (pass == 1) return numerator;
    const uint32_t value = num_rexp_divide(&num_rexp_u8, numerator * (uint32_t)state->s[ALPHA]);
    return num_multiply_by_multiplier((int32_t)value, job->immediates.out);
}

static void reduce(vec_row_state *state, unsigned pass, int64_t value)
{
    if (pass == 1)
        state->s[SUM] += value;
    else if (value > state->s[MAXIMUM])
        state->s[MAXIMUM] = value;
}

static void scalar(vec_row_state *state, const vec_job *job, unsigned pass)
{
    (void)job;
    if (pass == 1) state->s[ALPHA] = num_rexp_alpha(&num_rexp_u8, ALPHAS, (uint64_t)state->s[SUM]);
}

/* A row has at most 8 different results, one per numerator: they are computed once and looked up. */
static void row(const vec_job *job, const int32_t *x, const int32_t *x2, const vec_column *columns,
                int32_t *out)
{
    (void)x2, (void)columns;
    const uint32_t n = job->columns;
    int32_t maximum = x[0];
    for (uint32_t i = 1; i < n; i++) maximum = x[i] > maximum ? x[i] : maximum;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        const unsigned index = numerator_index(maximum, x[i], job);
        sum += num_rexp_u8.numerator[index];
        out[i] = (int32_t)index;
    }
    const uint32_t alpha = num_rexp_alpha(&num_rexp_u8, ALPHAS, sum);
    int32_t result[NUM_REXP_MAX_NUMERATORS];
    for (unsigned i = 0; i < num_rexp_u8.numerators; i++)
        result[i] = num_multiply_lane((int32_t)num_divide_by_255(num_rexp_u8.numerator[i] * alpha),
                                      job->immediates.out);
    for (uint32_t i = 0; i < n; i++) out[i] = result[out[i]];
}

static const vec_function softmax = {
    .name = "softmax",
    .inputs = 1,
    .uses_columns = false,
    .maskable = true,
    .passes = 3,
    .gap = {1, 3}, /* comparator tree; numerator ROM and adder tree, alpha ROM */
    .latency = REXP_CYCLES + VEC_REQUANT_CYCLES + VEC_ENCODE_CYCLES,
    .multiplies = 2,
    .adds = 6,
    .table_reads = 2,
    .supports = supports,
    .begin = begin,
    .lane = lane,
    .reduce = reduce,
    .scalar = scalar,
    .row = row,
};

static const fl_part softmax_part = {
    .kind = "vector_function",
    .name = "softmax",
    .help = "REXP look-up-table softmax of int8 logits, 8-bit tables, three passes",
    .ops = &softmax,
};
FL_REGISTER_PART(softmax_part)
