#include "pe/num/lns.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

/* 2^(i / 32) with 8 fraction bits, to nearest. */
static const uint16_t power_q8[32] = {256, 262, 267, 273, 279, 285, 292, 298, 304, 311, 318,
                                      325, 332, 339, 347, 354, 362, 370, 378, 386, 395, 403,
                                      412, 421, 431, 440, 450, 459, 470, 480, 490, 501};
/* 2^(i / 64) with 16 fraction bits, to nearest: holds the midpoints between codes of every base. */
static const uint32_t power_q16[64] = {
    65536,  66250,  66971,  67700,  68438,  69183,  69936,  70698,  71468,  72246,  73032,  73828,  74632,
    75444,  76266,  77096,  77936,  78785,  79642,  80510,  81386,  82273,  83169,  84074,  84990,  85915,
    86851,  87796,  88752,  89719,  90696,  91684,  92682,  93691,  94711,  95743,  96785,  97839,  98905,
    99982,  101070, 102171, 103283, 104408, 105545, 106694, 107856, 109031, 110218, 111418, 112631, 113858,
    115098, 116351, 117618, 118899, 120194, 121502, 122825, 124163, 125515, 126882, 128263, 129660};

static uint32_t top_exponent(num_lns format) { return (1u << (format.bits - 1)) - 1; }

static uint32_t exponent_of(num_lns format, uint32_t code) { return code & top_exponent(format); }

static bool is_negative(num_lns format, uint32_t code) { return code >> (format.bits - 1) & 1; }

static uint32_t make_code(num_lns format, bool negative, int64_t exponent)
{
    const int64_t top = top_exponent(format);
    const uint32_t kept = (uint32_t)(exponent < 0 ? 0 : exponent > top ? top : exponent);
    return kept | (uint32_t)negative << (format.bits - 1);
}

int num_lns_scale_exponent(num_lns format, double max_magnitude)
{
    if (!(max_magnitude > 0) || isinf(max_magnitude)) return 0;
    return (int)ceil(log2(max_magnitude)) - (int)(top_exponent(format) >> format.log2_gamma);
}

uint32_t num_lns_encode(num_lns format, double x)
{
    const double magnitude = fabs(x);
    if (!(magnitude > 1)) return make_code(format, x < 0, 0);
    if (isinf(magnitude)) return make_code(format, x < 0, INT32_MAX);
    return make_code(format, x < 0, (int64_t)floor((1 << format.log2_gamma) * log2(magnitude) + 0.5));
}

double num_lns_decode(num_lns format, uint32_t code)
{
    const double magnitude = exp2((double)exponent_of(format, code) / (1 << format.log2_gamma));
    return is_negative(format, code) ? -magnitude : magnitude;
}

void num_lns_accumulate(num_lns format, num_lns_bins *bins, uint32_t a, uint32_t b, unsigned drop)
{
    const uint32_t product = exponent_of(format, a) + exponent_of(format, b);
    const uint32_t quotient = product >> format.log2_gamma,
                   remainder = product & ((1u << format.log2_gamma) - 1);
    if (quotient < drop) return;
    assert(quotient - drop <= 31);
    const int64_t term = (int64_t)1 << (quotient - drop);
    bins->sum[remainder] += is_negative(format, a) != is_negative(format, b) ? -term : term;
}

int32_t num_lns_constant(num_lns format, unsigned remainder, unsigned log2_table)
{
    const unsigned low_bits = format.log2_gamma - log2_table;
    const unsigned low = remainder & ((1u << low_bits) - 1), high = remainder - low;
    return power_q8[high << (5 - format.log2_gamma)] * (int32_t)((1u << format.log2_gamma) + low);
}

int64_t num_lns_total(num_lns format, const num_lns_bins *bins, unsigned log2_table)
{
    int64_t total = 0;
    for (unsigned r = 0; r < 1u << format.log2_gamma; r++) {
        total += bins->sum[r] * num_lns_constant(format, r, log2_table);
    }
    return total;
}

uint32_t num_lns_from_integer(num_lns format, int64_t value, unsigned fraction_bits)
{
    const uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (magnitude == 0) return 0;
    const int leading = 63 - __builtin_clzll(magnitude);
    const uint32_t mantissa = (uint32_t)(magnitude << (63 - leading) >> 47); /* 1.16 */
    const unsigned gamma = 1u << format.log2_gamma;
    unsigned remainder = 0;
    while (remainder < gamma && mantissa >= power_q16[(2 * remainder + 1) * 32 / gamma]) remainder++;
    return make_code(format, value < 0, (int64_t)(leading - (int)fraction_bits) * gamma + remainder);
}

uint32_t num_lns_update(num_lns format, uint32_t code, int gradient, int step)
{
    const int64_t delta = (int64_t)step * gradient;
    const bool negative = is_negative(format, code);
    return make_code(format, negative, (int64_t)exponent_of(format, code) + (negative ? delta : -delta));
}

uint32_t num_lns_narrow(num_lns format, uint32_t code, unsigned drop)
{
    const num_lns narrow = {(uint8_t)(format.bits - drop), format.log2_gamma};
    const uint32_t exponent = (exponent_of(format, code) + (1u << (drop - 1))) >> drop;
    return make_code(narrow, is_negative(format, code), exponent);
}
