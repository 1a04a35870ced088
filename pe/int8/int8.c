/* int8: one 8 x 8 multiplier, no shifter. Takes integers of 2 to 8 bits, signed or unsigned, in one slice. */
#include "pe/pe.h"
#include "sim/base/registry.h"

static unsigned slices(num_format format) { return format.kind == NUM_INT && format.bits <= 8 ? 1 : 0; }

static void decode(num_format format, uint32_t code, num_operand operands[PE_MAX_SLICES])
{
    operands[0] = num_decode_operand(format, code);
}

static uint32_t mac(uint32_t psum, num_operand a, num_operand b)
{
    return psum + (uint32_t)((int32_t)a.base * b.base);
}

static const pe_type int8 = {.operand_bits = 8, .slices = slices, .decode = decode, .mac = mac};

static const fl_part part = {
    .kind = "pe",
    .name = "int8",
    .help = "8-bit integer multiply-accumulate; narrower integers are extended",
    .ops = &int8,
};
FL_REGISTER_PART(part)
