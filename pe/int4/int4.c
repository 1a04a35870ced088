/* int4: a 4-bit multiplier with a shifter (BitFusion's building block). Integers of up to 4 bits take one
 * slice, wider ones up to 8 bits two: an int8 product is four 4-bit products at shifts 8, 4, 4, 0. */
#include "pe/operand.h"
#include "sim/base/registry.h"

static unsigned slices(num_format format)
{
    if (format.kind != NUM_INT || format.bits > 8) return 0;
    return format.bits <= 4 ? 1 : 2;
}

static void decode(num_format format, uint32_t code, num_operand operands[PE_MAX_SLICES])
{
    if (format.bits <= 4) {
        operands[0] = num_decode_operand(format, code);
    } else {
        pe_split_nibbles(num_decode(format, code), operands);
    }
}

static const pe_type int4 = {.operand_bits = 4, .slices = slices, .decode = decode, .mac = pe_shifted_mac};

static const fl_part part = {
    .kind = "pe",
    .name = "int4",
    .help = "4-bit integer multiply-accumulate; 8-bit integers take two rows or columns",
    .ops = &int4,
};
FL_REGISTER_PART(part)
