/* shift_add: a PE without a multiplier. Both operands are powers of two (or 0), so that the product is one
 * bit, shifted by the sum of the exponents, with the sign of one operand flipped by the other's. Source:
 * Miyashita et al., "Convolutional Neural Networks using Logarithmic Data Representation", 2016. */
#include "pe/pe.h"
#include "sim/base/registry.h"

static unsigned slices(num_format format) { return format.kind == NUM_POT && format.bits <= 4 ? 1 : 0; }

static void decode(num_format format, uint32_t code, num_operand operands[PE_MAX_SLICES])
{
    operands[0] = num_decode_operand(format, code);
}

static uint32_t mac(uint32_t psum, num_operand a, num_operand b)
{
    if (a.base == 0 || b.base == 0) return psum;
    const uint32_t product = 1u << (a.shift + b.shift);
    return (a.base < 0) != (b.base < 0) ? psum - product : psum + product;
}

static const pe_type shift_add = {.operand_bits = 4, .slices = slices, .decode = decode, .mac = mac};

static const fl_part part = {
    .kind = "pe",
    .name = "shift_add",
    .help = "4-bit powers of two on both sides, multiplied by adding exponents",
    .ops = &shift_add,
};
FL_REGISTER_PART(part)
