#include "workloads/scale.h"

#include <math.h>

/* Mean square of the integers -(n-1) .. n-1 with 0 twice, n = 2^(bits-1); and of 0 .. 2^bits - 1. */
static double integer_mean_square(num_format format)
{
    double codes = ldexp(1.0, format.bits);
    if (!format.is_signed) return (codes - 1) * (2 * codes - 1) / 6;
    double n = codes / 2;
    return (n - 1) * n * (2 * n - 1) / 3 / codes;
}

static double table_mean_square(num_format format)
{
    uint32_t codes = 1u << format.bits;
    double sum = 0;
    for (uint32_t code = 0; code < codes; code++) {
        double value = num_decode(format, code); /* negative zero decodes to 0 */
        sum += value * value;
    }
    return sum / codes;
}

double wl_filled_rms(num_format format)
{
    return sqrt(format.kind == NUM_INT ? integer_mean_square(format) : table_mean_square(format));
}

double wl_target_rms(num_format format) { return num_max_value(format) / WL_HEADROOM; }
