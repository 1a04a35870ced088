#include "pe/num/flint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/csv.h"

namespace
{

double float_decoder_value(unsigned bits, uint32_t code)
{
    const num_flint_float f = num_flint_decode_float(bits, code);
    return f.is_zero ? 0 : std::ldexp(1.0 + std::ldexp(f.fraction, 1 - (int)bits), f.exponent);
}

TEST(NumFlint, BothDecodersAgreeOnEveryCode)
{
    for (unsigned bits = 2; bits <= 8; bits++) {
        for (uint32_t code = 0; code < 1u << bits; code++) {
            const num_operand operand = num_flint_operand(bits, code);
            EXPECT_EQ(std::ldexp(operand.base, operand.shift), float_decoder_value(bits, code))
                << bits << ' ' << code;
        }
    }
}

TEST(NumFlint, FloatDecoderEqualsThePublishedTables)
{
    for (const CsvRow &row : csv_read("tests/data/formats/flint_tables.csv")) {
        const bool is_signed = row.text("type") == "sflint";
        const unsigned bits = (unsigned)row.integer("width") - is_signed;
        const num_flint_float f = num_flint_decode_float(bits, (uint32_t)row.integer("code_dec"));
        EXPECT_EQ(f.is_zero, row.text("float_exp").empty());
        if (f.is_zero) continue;
        EXPECT_EQ(f.exponent, row.integer("float_exp"));
        EXPECT_EQ(f.fraction, row.integer("float_mant_num"));
        EXPECT_EQ(1 << (bits - 1), row.integer("float_mant_den"));
    }
}

// Source of the grid: 0..2^(b-1)-1, then each binade with one mantissa bit less than the one below it, then
// 4^(b-1).
TEST(NumFlint, CodesCoverTheGridOfTheDefinition)
{
    for (unsigned bits = 2; bits <= 8; bits++) {
        uint32_t count = 0;
        for (uint32_t value = 0; value <= num_flint_max(bits); value++) {
            const unsigned exponent = value ? (unsigned)std::ilogb(value) : 0, width = bits - 1;
            const bool integer = value < 1u << width;
            const bool top = value == num_flint_max(bits);
            const bool on_grid =
                integer || top || (exponent < 2 * width && value % (1u << (2 * (exponent - width) + 1)) == 0);
            const uint32_t code = num_flint_encode(bits, value, true);
            const num_operand operand = num_flint_operand(bits, code);
            ASSERT_EQ((uint32_t)operand.base << operand.shift == value, on_grid) << bits << ' ' << value;
            count += on_grid;
        }
        EXPECT_EQ(count, 1u << bits);
    }
}

TEST(NumFlint, TwoStepEncoderEqualsThePublishedSweep)
{
    for (const CsvRow &row : csv_read("tests/data/formats/flint4u_quant_sweep.csv")) {
        const num_operand operand = num_flint_operand(4, num_flint_encode_two_step(4, row.real("x")));
        EXPECT_EQ(operand.base << operand.shift, row.integer("twostep_halfup_value")) << row.text("x");
    }
}

TEST(NumFlint, TwoStepEncoderTakesAnyReal)
{
    const double infinity = std::numeric_limits<double>::infinity();
    for (double x : {-1.0, -0.0, 0.5, -infinity, std::nan("")})
        EXPECT_EQ(num_flint_encode_two_step(8, x), 0u) << x;
    for (double x : {16384.0, 1e300, infinity}) EXPECT_EQ(num_flint_encode_two_step(8, x), 128u) << x;
}

} // namespace
