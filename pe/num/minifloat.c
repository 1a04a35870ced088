#include "pe/num/minifloat.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    num_minifloat format;
} named[] = {
    {"e4m3", {4, 3, 7, true, NUM_SINGLE_NAN}}, {"e5m2", {5, 2, 15, true, NUM_IEEE}},
    {"e3m4", {3, 4, 3, true, NUM_FINITE}},     {"e3m2", {3, 2, 3, true, NUM_FINITE}},
    {"e2m3", {2, 3, 1, true, NUM_FINITE}},     {"e2m1", {2, 1, 1, true, NUM_FINITE}},
    {"e3m1", {3, 1, 3, true, NUM_FINITE}},     {"bf16", {8, 7, 127, true, NUM_IEEE}},
    {"fp16", {5, 10, 15, true, NUM_IEEE}},
};

bool num_minifloat_parse(const char *name, num_minifloat *format)
{
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (strcmp(name, named[i].name) != 0) continue;
        *format = named[i].format;
        return true;
    }
    return false;
}

num_minifloat num_minifloat_ant(unsigned bits, bool is_signed)
{
    const unsigned magnitude = bits - (is_signed ? 1u : 0u);
    const unsigned exponent = magnitude < 3 ? 2 : 3;
    return (num_minifloat){(uint8_t)exponent, (uint8_t)(magnitude - exponent), 1, is_signed, NUM_FINITE};
}

static unsigned magnitude_bits(num_minifloat format)
{
    return (unsigned)format.exponent_bits + format.mantissa_bits;
}

static uint32_t all_ones(num_minifloat format) { return (1u << magnitude_bits(format)) - 1; }

/* Magnitude code of infinity in NUM_IEEE formats. */
static uint32_t infinity_code(num_minifloat format)
{
    return all_ones(format) & ~((1u << format.mantissa_bits) - 1);
}

static uint32_t max_code(num_minifloat format)
{
    if (format.specials == NUM_IEEE) return infinity_code(format) - 1;
    return all_ones(format) - (format.specials == NUM_SINGLE_NAN ? 1 : 0);
}

static double decode_magnitude(num_minifloat format, uint32_t code)
{
    const uint32_t one = 1u << format.mantissa_bits;
    const int exponent = (int)(code >> format.mantissa_bits);
    const uint32_t mantissa = code & (one - 1);
    if (exponent == 0) return ldexp(mantissa, 1 - format.bias - format.mantissa_bits);
    return ldexp(one + mantissa, exponent - format.bias - format.mantissa_bits);
}

double num_minifloat_max(num_minifloat format) { return decode_magnitude(format, max_code(format)); }

double num_minifloat_decode(num_minifloat format, uint32_t code)
{
    const uint32_t magnitude = code & all_ones(format);
    const double sign = format.is_signed && code >> magnitude_bits(format) & 1 ? -1.0 : 1.0;
    if (magnitude <= max_code(format)) return sign * decode_magnitude(format, magnitude);
    return format.specials == NUM_IEEE && magnitude == infinity_code(format) ? sign * INFINITY : NAN;
}

typedef enum tie { TIE_EVEN, TIE_UP, TIE_DOWN } tie;

/* Magnitude code nearest to a finite `magnitude` >= 0; may exceed max_code. A mantissa that rounds up to the
 * next power of two carries into the exponent field by itself. */
static uint32_t encode_magnitude(num_minifloat format, double magnitude, tie rule)
{
    if (magnitude > 2 * num_minifloat_max(format)) return all_ones(format) + 1;
    const int smallest = 1 - format.bias;
    const int exponent = magnitude > 0 && ilogb(magnitude) > smallest ? ilogb(magnitude) : smallest;
    const double mantissa = ldexp(magnitude, format.mantissa_bits - exponent),
                 rest = mantissa - floor(mantissa);
    const uint32_t below = ((uint32_t)(exponent - smallest) << format.mantissa_bits) + (uint32_t)mantissa;
    if (rest != 0.5) return below + (rest > 0.5);
    return below + (rule == TIE_UP || (rule == TIE_EVEN && below % 2));
}

static uint32_t sign_bit(num_minifloat format, double value)
{
    return format.is_signed && signbit(value) ? 1u << magnitude_bits(format) : 0;
}

uint32_t num_minifloat_encode(num_minifloat format, double value, num_overflow overflow)
{
    if (isnan(value)) return format.specials == NUM_FINITE ? 0 : all_ones(format);
    if (!format.is_signed && value < 0) return 0;

    const uint32_t sign = sign_bit(format, value), max = max_code(format);
    const uint32_t code = encode_magnitude(format, fabs(value), TIE_EVEN);
    if (code <= max) return sign | code;
    if (overflow == NUM_SATURATE || format.specials == NUM_FINITE) return sign | max;
    return sign | (format.specials == NUM_IEEE ? infinity_code(format) : all_ones(format));
}

uint32_t num_minifloat_encode_tie_up(num_minifloat format, double value)
{
    if (isnan(value) || (!format.is_signed && value < 0)) return 0;
    const uint32_t max = max_code(format);
    const uint32_t code = encode_magnitude(format, fabs(value), value < 0 ? TIE_DOWN : TIE_UP);
    if (code == 0) return 0;
    return sign_bit(format, value) | (code < max ? code : max);
}
