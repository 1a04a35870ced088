/* What the vector functions share: the format check and requantisation in a form that loops can inline. */
#ifndef PE_VECTOR_FUNCTION_H
#define PE_VECTOR_FUNCTION_H

#include "pe/vector/vector.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Pipeline depths in cycles that several functions are composed of (docs/contracts/vector.md). */
enum {
    VEC_BIAS_CYCLES = 1,    /* 32-bit adder */
    VEC_REQUANT_CYCLES = 4, /* multiply in two registers, round, shift */
    VEC_ENCODE_CYCLES = 1,  /* clamp and encode */
};

/* True when the format can be packed in memory (4, 8, 16 or 32 bits); else false and a static reason. */
bool vec_packable(num_format format, const char **reason);
/* `supports` of a function of one input that takes and gives all such formats. */
bool vec_all_packable(num_format in, num_format in2, num_format out, const char **reason);

/* begin, reduce and scalar of a function of one pass: it has no row state. */
void vec_no_begin(vec_row_state *state, const vec_job *job);
void vec_no_reduce(vec_row_state *state, unsigned pass, int64_t value);
void vec_no_scalar(vec_row_state *state, const vec_job *job, unsigned pass);
#define VEC_ONE_PASS .passes = 1, .begin = vec_no_begin, .reduce = vec_no_reduce, .scalar = vec_no_scalar

static inline int32_t vec_saturate(int64_t x)
{
    return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (int32_t)x;
}

/* Sum modulo 2^32, as the 32-bit adder of the lane gives it. */
static inline int32_t vec_add_wrapping(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }

/* Equal to num_multiply_by_multiplier_wide for multipliers >= 0. */
static inline int32_t vec_requantize_wide(int64_t x, num_multiplier m)
{
    const int t = 31 - m.shift;
    if (x == (int32_t)x) return vec_saturate((x * m.multiplier + ((int64_t)1 << (t - 1))) >> t);
    const __int128 sum = (__int128)x * m.multiplier + ((int64_t)1 << (t - 1));
    const __int128 shifted = sum >> t;
    return shifted > INT32_MAX ? INT32_MAX : shifted < INT32_MIN ? INT32_MIN : (int32_t)shifted;
}

#ifdef __cplusplus
}
#endif
#endif
