#include "pe/num/flint.h"

#include <math.h>

#include "pe/num/bits.h"

uint32_t num_flint_max(unsigned bits) { return 1u << (2 * (bits - 1)); }

num_operand num_flint_operand(unsigned bits, uint32_t code)
{
    const unsigned width = bits - 1; /* of the part below the most significant bit */
    const uint32_t rest = code & ((1u << width) - 1);

    if (!(code >> width & 1)) return (num_operand){(int16_t)rest, 0};
    if (rest == 0) return (num_operand){1, (uint8_t)(2 * width)};
    const unsigned leading_zeros = width - 1 - num_log2_floor(rest);
    return (num_operand){(int16_t)(2 * rest), (uint8_t)(2 * leading_zeros)};
}

/* Code of a value that is representable. */
static uint32_t code_of(unsigned bits, uint32_t value)
{
    const unsigned width = bits - 1;
    if (value < 1u << width) return value;

    const unsigned exponent = num_log2_floor(value);
    const unsigned leading_zeros = exponent - width;
    if (leading_zeros == width) return 1u << width; /* the top value stands alone */
    const unsigned mantissa_bits = width - 1 - leading_zeros;
    const uint32_t mantissa = (value - (1u << exponent)) >> (exponent - mantissa_bits);
    return 1u << width | 1u << mantissa_bits | mantissa;
}

uint32_t num_flint_encode(unsigned bits, uint32_t magnitude, bool tie_up)
{
    const unsigned width = bits - 1;
    if (magnitude < 1u << width) return magnitude;
    if (magnitude >= num_flint_max(bits)) return 1u << width;

    /* Within [2^exponent, 2^(exponent + 1)] values lie on an even grid that includes both ends. */
    const unsigned exponent = num_log2_floor(magnitude);
    const unsigned mantissa_bits = 2 * width - 1 - exponent;
    const unsigned step_log2 = exponent - mantissa_bits;
    const uint32_t half = (1u << (step_log2 - 1)) - (tie_up ? 0 : 1);
    return code_of(bits, (magnitude + half) >> step_log2 << step_log2);
}

uint32_t num_flint_encode_two_step(unsigned bits, double x)
{
    if (!(x > 0)) return 0;
    const double max = num_flint_max(bits);
    return num_flint_encode(bits, (uint32_t)nearbyint(x < max ? x : max), true);
}

num_flint_float num_flint_decode_float(unsigned bits, uint32_t code)
{
    const unsigned width = bits - 1;
    const uint32_t mask = (1u << width) - 1, rest = code & mask;
    const bool wide = code >> width & 1;

    if (rest == 0) return (num_flint_float){!wide, (uint8_t)(wide ? 2 * width : 0), 0};
    const unsigned leading_zeros = width - 1 - num_log2_floor(rest);
    const unsigned exponent = wide ? width + leading_zeros : width - 1 - leading_zeros;
    return (num_flint_float){false, (uint8_t)exponent, (uint8_t)(rest << (leading_zeros + 1) & mask)};
}
