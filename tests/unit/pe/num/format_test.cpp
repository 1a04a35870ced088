#include "pe/num/format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/csv.h"
#include "tests/support/random.h"

namespace
{

num_format parse(const std::string &name)
{
    num_format format{};
    EXPECT_TRUE(num_format_parse(name.c_str(), &format)) << name;
    return format;
}

std::vector<num_format> formats_up_to(unsigned max_bits)
{
    std::vector<num_format> formats;
    for (const char *prefix : {"", "u"}) {
        for (const char *kind : {"int", "flint", "pot"}) {
            for (unsigned bits = 2; bits <= max_bits; bits++) {
                num_format format;
                const std::string name = prefix + std::string(kind) + std::to_string(bits);
                if (num_format_parse(name.c_str(), &format)) formats.push_back(format);
            }
        }
    }
    return formats;
}

std::string name_of(num_format format)
{
    char name[12];
    return num_format_name(format, name);
}

// "uflint", 4 -> "uflint4"; "sint", 4 -> "int4".
num_format vector_format(std::string type, const std::string &width)
{
    if (type[0] == 's') type.erase(0, 1);
    return parse(type + width);
}

// The slow twin of num_encode: the nearest of all values, the last on a tie. `value` in 1/8.
int32_t nearest_value(num_format format, long long eighths)
{
    std::vector<int32_t> grid;
    for (uint32_t code = 0; code < 1u << format.bits; code++) grid.push_back(num_decode(format, code));
    std::sort(grid.begin(), grid.end());
    int32_t best = grid[0];
    for (int32_t value : grid) {
        if (std::llabs(8LL * value - eighths) <= std::llabs(8LL * best - eighths)) best = value;
    }
    return best;
}

TEST(NumFormat, NamesRoundTrip)
{
    const auto formats = formats_up_to(32);
    EXPECT_EQ(formats.size(), 31u + 30u + 12u + 6u);
    for (num_format format : formats) {
        EXPECT_TRUE(num_format_equal(parse(name_of(format)), format));
    }
    EXPECT_EQ(name_of(parse("uflint4")), "uflint4");
    EXPECT_EQ(name_of(parse("int16")), "int16");
}

TEST(NumFormat, RefusesOtherNames)
{
    num_format format = {NUM_POT, 3, true};
    for (const char *name :
         {"",       "u",      "int",  "int1", "int33", "uint32", "int04", "int4 ", " int4",  "INT4", "uuint4",
          "flint2", "flint9", "pot2", "pot6", "pot",   "float4", "int-4", "int+4", "int400", "sint4"}) {
        EXPECT_FALSE(num_format_parse(name, &format)) << name;
    }
    EXPECT_EQ(format.kind, NUM_POT) << "a refused name must not touch the result";
}

TEST(NumFormat, DecodesThePublishedFlintTables)
{
    for (const CsvRow &row : csv_read("tests/data/formats/flint_tables.csv")) {
        const num_format format = vector_format(row.text("type"), row.text("width"));
        const uint32_t code = (uint32_t)row.integer("code_dec");
        SCOPED_TRACE(name_of(format) + " code " + row.text("code_bin"));
        EXPECT_EQ(num_decode(format, code), row.integer("value"));
        EXPECT_EQ(num_decode_operand(format, code).base, row.integer("int_base"));
        EXPECT_EQ(num_decode_operand(format, code).shift, row.integer("int_shift"));
    }
}

TEST(NumFormat, DecodesThePublishedFourBitTables)
{
    for (const CsvRow &row : csv_read("tests/data/formats/primitive_tables_4bit.csv")) {
        if (row.text("type").find("float") != std::string::npos) continue;
        const num_format format = vector_format(row.text("type"), row.text("width"));
        const uint32_t code = (uint32_t)row.integer("code_dec");
        EXPECT_EQ(num_decode(format, code), row.integer("value"));
        EXPECT_EQ(num_decode_operand(format, code).base, row.integer("int_base"));
        EXPECT_EQ(num_decode_operand(format, code).shift, row.integer("int_shift"));
    }
}

TEST(NumFormat, IgnoresTheUpperBitsOfACode)
{
    for (num_format format : formats_up_to(8)) {
        for (uint32_t code = 0; code < 1u << format.bits; code++) {
            EXPECT_EQ(num_decode(format, code | 0xFFFFFFFFu << format.bits), num_decode(format, code));
        }
    }
}

TEST(NumFormat, LimitsAreTheLargestAndSmallestDecodedValues)
{
    for (num_format format : formats_up_to(16)) {
        int32_t low = INT32_MAX, high = INT32_MIN;
        for (uint32_t code = 0; code < 1u << format.bits; code++) {
            low = std::min(low, num_decode(format, code));
            high = std::max(high, num_decode(format, code));
        }
        EXPECT_EQ(num_min_value(format), low) << name_of(format);
        EXPECT_EQ(num_max_value(format), high) << name_of(format);
    }
    EXPECT_EQ(num_min_value(parse("int32")), INT32_MIN);
    EXPECT_EQ(num_max_value(parse("int32")), INT32_MAX);
    EXPECT_EQ(num_max_value(parse("uint31")), INT32_MAX);
    EXPECT_EQ(num_max_value(parse("upot5")), 1 << 30);
}

TEST(NumFormat, EncodesEveryRepresentableValueToItself)
{
    for (num_format format : formats_up_to(16)) {
        for (uint32_t code = 0; code < 1u << format.bits; code++) {
            const int32_t value = num_decode(format, code);
            const bool negative_zero = value == 0 && code != 0;
            EXPECT_EQ(num_encode(format, value), negative_zero ? 0 : code) << name_of(format) << ' ' << code;
        }
    }
}

TEST(NumFormat, EncodesNearestValueTieToTheLarger)
{
    for (num_format format : formats_up_to(8)) {
        SCOPED_TRACE(name_of(format));
        const long long low = num_min_value(format), high = num_max_value(format);
        const long long step = std::max(1LL, (high - low) / 3000);
        for (long long value = low - 40; value <= high + 40; value += step) {
            if (value > INT32_MAX) break;
            const int32_t got = num_decode(format, num_encode(format, (int32_t)value));
            ASSERT_EQ(got, nearest_value(format, 8 * value)) << value;
        }
        std::vector<int32_t> grid;
        for (uint32_t code = 0; code < 1u << format.bits; code++) grid.push_back(num_decode(format, code));
        std::sort(grid.begin(), grid.end());
        for (size_t i = 1; i < grid.size(); i++) {
            const long long middle = ((long long)grid[i - 1] + grid[i]) >> 1;
            for (long long value = middle - 1; value <= middle + 2; value++) {
                ASSERT_EQ(num_decode(format, num_encode(format, (int32_t)value)),
                          nearest_value(format, 8 * value))
                    << value;
            }
        }
    }
}

TEST(NumFormat, SaturatesAtTheEnds)
{
    for (num_format format : formats_up_to(32)) {
        EXPECT_EQ(num_decode(format, num_encode(format, INT32_MAX)), num_max_value(format))
            << name_of(format);
        EXPECT_EQ(num_decode(format, num_encode(format, INT32_MIN)), num_min_value(format))
            << name_of(format);
    }
}

TEST(NumFormat, EncodesThePublishedSweeps)
{
    for (const char *name : {"flint4", "uflint4"}) {
        const num_format format = parse(name);
        const std::string file = format.is_signed ? "flint4s" : "flint4u";
        for (const CsvRow &row : csv_read("tests/data/formats/" + file + "_quant_sweep.csv")) {
            const double x = row.real("x");
            EXPECT_EQ(nearest_value(format, (long long)(8 * x)), row.integer("nearest_value")) << x;
            const uint32_t code = num_encode_real(format, x);
            if (x == std::floor(x)) {
                EXPECT_EQ(num_encode(format, (int32_t)x), code);
            }
            EXPECT_EQ(num_decode(format, code), row.integer("nearest_value")) << x;
            EXPECT_EQ(code, std::stoul(row.text("nearest_code"), nullptr, 2)) << x;
        }
    }
}

TEST(NumFormat, EncodesRealsToTheNearestValue)
{
    for (num_format format : formats_up_to(5)) {
        const long long low = num_min_value(format), high = std::min(num_max_value(format), 70);
        for (long long eighths = 8 * low - 9; eighths <= 8 * high + 9; eighths++) {
            const int32_t got = num_decode(format, num_encode_real(format, (double)eighths / 8));
            ASSERT_EQ(got, nearest_value(format, eighths)) << name_of(format) << ' ' << eighths;
        }
        const double infinity = std::numeric_limits<double>::infinity();
        EXPECT_EQ(num_decode(format, num_encode_real(format, infinity)), num_max_value(format));
        EXPECT_EQ(num_decode(format, num_encode_real(format, -infinity)), num_min_value(format));
        EXPECT_EQ(num_encode_real(format, std::nan("")), 0u);
    }
    EXPECT_EQ(num_encode_real(parse("int32"), 1e300), 0x7FFFFFFFu);
    EXPECT_EQ(num_encode_real(parse("int32"), -1e300), 0x80000000u);
}

TEST(NumFormat, StoresAndLoadsCodesWithoutTouchingNeighbours)
{
    test_random random = {20240817};
    SCOPED_TRACE(random.state);
    for (unsigned bits = 2; bits <= 32; bits++) {
        const num_format format = {NUM_INT, (uint8_t)bits, true};
        const size_t n = 37;
        std::vector<uint32_t> codes(n);
        std::vector<uint8_t> row(num_row_bytes(format, n) + 1, 0xA5);
        row.back() = 0x5A;
        for (size_t round = 0; round < 3 * n; round++) {
            const size_t i = round < n ? round : (size_t)test_random_range(&random, 0, (int64_t)n - 1);
            const uint32_t code = (uint32_t)test_random_u64(&random);
            codes[i] = code & (uint32_t)((1ull << bits) - 1);
            num_store_code(format, row.data(), i, code);
            if (round < n) continue;
            for (size_t k = 0; k < n; k++) ASSERT_EQ(num_load_code(format, row.data(), k), codes[k]) << bits;
        }
        EXPECT_EQ(row.back(), 0x5A);
    }
}

TEST(NumFormat, PutsTheFirstCodeInTheLowBits)
{
    uint8_t row[4] = {0};
    num_store_code(parse("uint4"), row, 0, 1);
    num_store_code(parse("uint4"), row, 1, 2);
    EXPECT_EQ(row[0], 0x21);
    num_store_code(parse("int32"), row, 0, 0x04030201);
    EXPECT_EQ(row[0], 1);
    EXPECT_EQ(row[3], 4);
}

TEST(NumFormat, BulkFormsEqualElementForms)
{
    test_random random = {77};
    SCOPED_TRACE(random.state);
    for (num_format format : formats_up_to(32)) {
        SCOPED_TRACE(name_of(format));
        for (size_t n : {0, 1, 2, 3, 7, 8, 64, 515}) {
            std::vector<int32_t> values(n + 1), unpacked(n + 1, 99);
            for (int32_t &value : values) {
                value = (int32_t)(test_random_u64(&random) >> 32) >> test_random_range(&random, 0, 31);
            }
            std::vector<uint8_t> row(num_row_bytes(format, n) + 1, 0xA5);
            num_pack_values(format, values.data(), n, row.data());
            num_unpack_values(format, row.data(), n, unpacked.data());
            for (size_t i = 0; i < n; i++) {
                ASSERT_EQ(num_load_code(format, row.data(), i), num_encode(format, values[i])) << values[i];
                ASSERT_EQ(unpacked[i], num_decode(format, num_load_code(format, row.data(), i)));
            }
            if (num_fits_int16(format)) {
                std::vector<int16_t> narrow(n + 1, 99);
                num_unpack_int16(format, row.data(), n, narrow.data());
                for (size_t i = 0; i < n; i++) ASSERT_EQ(narrow[i], unpacked[i]);
                EXPECT_EQ(narrow[n], 99) << "wrote beyond the values";
            }
            EXPECT_EQ(row.back(), 0xA5) << "wrote beyond the row";
            EXPECT_EQ(unpacked[n], 99) << "wrote beyond the values";
        }
    }
}

TEST(NumFormat, UnpacksEveryByteOfEveryFormat)
{
    for (num_format format : formats_up_to(8)) {
        if (format.bits != 4 && format.bits != 8) continue;
        for (unsigned byte = 0; byte < 256; byte++) {
            const uint8_t row[1] = {(uint8_t)byte};
            int32_t values[2];
            const size_t n = 8 / format.bits;
            num_unpack_values(format, row, n, values);
            for (size_t i = 0; i < n; i++) EXPECT_EQ(values[i], num_decode(format, byte >> format.bits * i));
        }
    }
}

TEST(NumFormat, PaddingBitsOfAPackedRowAreZero)
{
    const int32_t values[3] = {-1, -1, -1};
    uint8_t row[2] = {0xFF, 0xFF};
    num_pack_values(parse("int4"), values, 3, row);
    EXPECT_EQ(row[1], 0x0F);
}

} // namespace
