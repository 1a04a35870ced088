#include "pe/num/mx.h"

#include <math.h>
#include <string.h>

bool num_mx_parse(const char *name, num_mx *format)
{
    if (strcmp(name, "mxint8") == 0) {
        *format = (num_mx){.is_int8 = true};
        return true;
    }
    static const struct {
        const char *name, *element;
    } floats[] = {
        {"mxfp8_e4m3", "e4m3"}, {"mxfp8_e5m2", "e5m2"}, {"mxfp6_e3m2", "e3m2"},
        {"mxfp6_e2m3", "e2m3"}, {"mxfp4", "e2m1"},
    };
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++) {
        if (strcmp(name, floats[i].name) != 0) continue;
        format->is_int8 = false;
        return num_minifloat_parse(floats[i].element, &format->element);
    }
    return false;
}

/* Exponent of the largest element value. */
static int element_exponent(num_mx format)
{
    return format.is_int8 ? 0 : ilogb(num_minifloat_max(format.element));
}

static uint8_t encode_int8(double scaled)
{
    const double rounded = nearbyint(scaled * 64);
    return (uint8_t)(int8_t)(rounded > 127 ? 127 : rounded < -127 ? -127 : rounded);
}

void num_mx_encode(num_mx format, const float *x, size_t n, uint8_t *scale, uint8_t *codes)
{
    float largest = 0;
    bool finite = true;
    for (size_t i = 0; i < n; i++) {
        finite = finite && isfinite(x[i]);
        largest = fmaxf(largest, fabsf(x[i]));
    }
    if (!finite || largest == 0) {
        *scale = finite ? 0 : NUM_MX_NAN;
        if (n > 0) memset(codes, 0, n);
        return;
    }
    const int exponent = ilogbf(largest) - element_exponent(format);
    const int shared = exponent < -127 ? -127 : exponent > 127 ? 127 : exponent;
    *scale = (uint8_t)(shared + 127);
    for (size_t i = 0; i < n; i++) {
        const double scaled = ldexp(x[i], -shared);
        codes[i] = format.is_int8 ? encode_int8(scaled)
                                  : (uint8_t)num_minifloat_encode(format.element, scaled, NUM_SATURATE);
    }
}

double num_mx_decode(num_mx format, uint8_t scale, uint8_t code)
{
    if (scale == NUM_MX_NAN) return NAN;
    const double element = format.is_int8 ? (int8_t)code / 64.0 : num_minifloat_decode(format.element, code);
    return ldexp(element, scale - 127);
}
