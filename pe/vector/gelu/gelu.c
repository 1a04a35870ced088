/* gelu: bias and scale per column bring the accumulator to an int16 at scale 2^-12 (saturated), i-GELU
 * (pe/num/gelu_ibert.h) follows, and the wide multiplier `out` brings its result to the output scale. The
 * epilogue of the first feed-forward layer; the fine scale is what i-GELU needs. */
#include "pe/num/bits.h"
#include "pe/num/gelu_ibert.h"
#include "pe/vector/function.h"
#include "sim/base/registry.h"

enum { IGELU_CYCLES = 3 }; /* I-BERT as quoted by NN-LUT: GELU 3 cycles */

static int32_t saturate_to_int16(int32_t x)
{
    return x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x;
}

static int64_t lane(const vec_row_state *state, const vec_job *job, unsigned pass, int32_t x, int32_t x2,
                    const vec_column *column)
{
    (void)state, (void)pass, (void)x2;
    const int32_t scaled = num_multiply_by_multiplier(vec_add_wrapping(x, column->bias), column->scale);
    const int64_t gelu = num_igelu_apply(&num_igelu_q12, saturate_to_int16(scaled));
    return num_multiply_by_multiplier_wide(gelu, job->immediates.out);
}

/* i-GELU at scale 2^-12 in 32 bits: |q| <= 2^15 and |polynomial| < 2^27, the result is below 2^29. No branch
 * on the sign, which nobody can predict; q = 0 needs no case of its own, as the product is 0 anyway. */
static int32_t igelu_q12(int32_t q)
{
    enum { B = 10248, C = -116183478, ONE = -7092 };
    const int32_t sign = q >> 31; /* 0 or -1 */
    const int32_t distance = ((q ^ sign) - sign) - B;
    const int32_t rest = distance & distance >> 31; /* 0 when positive */
    const int32_t polynomial = rest * rest + C;
    const int32_t erf = ((polynomial ^ sign) - sign) >> NUM_IGELU_SHIFT;
    return -q * (erf + ONE);
}

/* vec_requantize_wide of a product below 2^60 by a right shift t of 29 or more, where nothing saturates: the
 * sum is made positive for the shift, since vector units shift 64 bits right without their sign. */
NUM_VECTORISED
static void gelu_row(const int32_t *x, const vec_column *columns, size_t n, num_multiplier scale,
                     int32_t *restrict out)
{
    const int t = 31 - scale.shift;
    const int64_t half = (int64_t)1 << (t - 1), lift = (int64_t)1 << 62;
    for (size_t i = 0; i < n; i++) {
        const int32_t scaled = num_multiply_lane(vec_add_wrapping(x[i], columns[i].bias), columns[i].scale);
        const int64_t product = (int64_t)igelu_q12(saturate_to_int16(scaled)) * scale.multiplier;
        out[i] = (int32_t)(uint32_t)(((uint64_t)(product + half + lift) >> t) - ((uint64_t)lift >> t));
    }
}

static void row(const vec_job *job, const int32_t *x, const int32_t *x2, const vec_column *columns,
                int32_t *out)
{
    (void)x2;
    const num_multiplier scale = job->immediates.out;
    if (scale.multiplier >= 0 && scale.shift >= -30 && scale.shift <= 2) {
        gelu_row(x, columns, job->columns, scale, out);
        return;
    }
    for (uint32_t i = 0; i < job->columns; i++) {
        const int32_t scaled = num_multiply_lane(vec_add_wrapping(x[i], columns[i].bias), columns[i].scale);
        out[i] = vec_requantize_wide(igelu_q12(saturate_to_int16(scaled)), scale);
    }
}

static const vec_function gelu = {
    .name = "gelu",
    .inputs = 1,
    .uses_columns = true,
    VEC_ONE_PASS,
    .latency = VEC_BIAS_CYCLES + VEC_REQUANT_CYCLES + IGELU_CYCLES + VEC_REQUANT_CYCLES + VEC_ENCODE_CYCLES,
    .multiplies = 4,
    .adds = 9,
    .supports = vec_all_packable,
    .lane = lane,
    .row = row,
};

static const fl_part gelu_part = {
    .kind = "vector_function",
    .name = "gelu",
    .help = "bias, rescale per column to 2^-12, i-GELU (I-BERT), rescale and encode",
    .ops = &gelu,
};
FL_REGISTER_PART(gelu_part)
