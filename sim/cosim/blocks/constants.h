/* Constants that a quantised tensor's scale gives to the exponential units, drawn and packed into input
 * ports. */
#ifndef FL_COSIM_CONSTANTS_H
#define FL_COSIM_CONSTANTS_H

#include <assert.h>

#include "pe/num/integer_exp.h"
#include "sim/cosim/rtl.h"

/* Ports inverse_scale_i (8 bits, I0), reciprocal_i of rtl/vector/fl_shift_exp.sv. */
static inline void draw_inverse_scale(fl_rtl_random *random, unsigned power_bits, uint32_t *in)
{
    in[0] = 1 + fl_rtl_draw_below(random, fl_rtl_draw_below(random, 2) ? 40 : 255);
    in[1] = (1u << (power_bits + 8)) / in[0] + 1;
}

/* Ports x0_i, reciprocal_i, b_i, c_i of rtl/vector/fl_iexp_lane.sv, for a scale whose x0 has at most x0_bits.
 */
static inline void draw_integer_exp(fl_rtl_random *random, unsigned distance_bits, unsigned x0_bits,
                                    uint32_t *in)
{
    num_integer_exp constants;
    const uint32_t x0 = 2 + fl_rtl_draw_below(random, (1u << (1 + fl_rtl_draw_below(random, x0_bits))) - 2);
    const bool built = num_integer_exp_build(0.6931 / (x0 - 0.5), &constants);
    assert(built && constants.x0 == -(int32_t)x0);
    (void)built;
    in[0] = x0;
    in[1] = (uint32_t)(((uint64_t)1 << (distance_bits + x0_bits)) / x0) + 1;
    in[2] = (uint32_t)constants.b;
    in[3] = (uint32_t)constants.c;
}

static inline num_integer_exp integer_exp_of(const uint32_t *in)
{
    return (num_integer_exp){-(int32_t)in[0], (int32_t)in[2], in[3]};
}

#endif
