/* ant4: the TypeFusion PE of ANT (MICRO 2022): a 5 x 5 signed multiplier, an adder of shifts and a left
 * shifter. Every 4-bit type arrives as (base, shift), so int, flint and PoT mix freely on the two sides
 * without a mode bit; 8-bit integers take two slices as in int4. */
#include "pe/operand.h"
#include "sim/base/registry.h"

static unsigned slices(num_format format)
{
    if (format.bits <= 4) return 1;
    return format.kind == NUM_INT && format.bits <= 8 ? 2 : 0;
}

static void decode(num_format format, uint32_t code, num_operand operands[PE_MAX_SLICES])
{
    if (format.bits <= 4) {
        operands[0] = num_decode_operand(format, code);
    } else {
        pe_split_nibbles(num_decode(format, code), operands);
    }
}

static const pe_type ant4 = {.operand_bits = 4, .slices = slices, .decode = decode, .mac = pe_shifted_mac};

static const fl_part part = {
    .kind = "pe",
    .name = "ant4",
    .help =
        "4-bit TypeFusion multiply-accumulate: int, flint and power-of-two in any mix; int8 in two slices",
    .ops = &ant4,
};
FL_REGISTER_PART(part)
