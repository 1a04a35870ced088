#include "pe/num/adaptivfloat.h"

#include <math.h>

static int mantissa_bits(num_adaptivfloat format) { return format.bits - 1 - format.exponent_bits; }

static uint32_t magnitude_mask(num_adaptivfloat format) { return (1u << (format.bits - 1)) - 1; }

num_adaptivfloat num_adaptivfloat_fit(unsigned bits, unsigned exponent_bits, double max_magnitude)
{
    const int top = max_magnitude > 0 ? ilogb(max_magnitude) - ((1 << exponent_bits) - 1) : 0;
    return (num_adaptivfloat){(uint8_t)bits, (uint8_t)exponent_bits, (int16_t)top};
}

static double decode_magnitude(num_adaptivfloat format, uint32_t magnitude)
{
    const int m = mantissa_bits(format);
    const uint32_t one = 1u << m;
    if (magnitude == 0) return 0;
    return ldexp(one + (magnitude & (one - 1)), (int)(magnitude >> m) + format.bias - m);
}

double num_adaptivfloat_max(num_adaptivfloat format)
{
    return decode_magnitude(format, magnitude_mask(format));
}

double num_adaptivfloat_decode(num_adaptivfloat format, uint32_t code)
{
    const double magnitude = decode_magnitude(format, code & magnitude_mask(format));
    return code >> (format.bits - 1) & 1 ? -magnitude : magnitude;
}

static uint32_t encode_magnitude(num_adaptivfloat format, double magnitude)
{
    const double smallest = decode_magnitude(format, 1);
    if (magnitude < smallest) return 2 * magnitude >= smallest;
    if (magnitude >= num_adaptivfloat_max(format)) return magnitude_mask(format);

    const int m = mantissa_bits(format), exponent = ilogb(magnitude);
    const uint32_t mantissa = (uint32_t)nearbyint(ldexp(magnitude, m - exponent)) - (1u << m);
    return ((uint32_t)(exponent - format.bias) << m) + mantissa;
}

uint32_t num_adaptivfloat_encode(num_adaptivfloat format, double value)
{
    if (isnan(value)) return 0;
    const uint32_t code = encode_magnitude(format, fabs(value));
    return value < 0 && code ? code | 1u << (format.bits - 1) : code;
}
