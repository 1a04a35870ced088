#include "pe/num/minifloat.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "pe/num/bf16.h"
#include "tests/support/csv.h"
#include "tests/support/random.h"

namespace
{

const double infinity = std::numeric_limits<double>::infinity();

num_minifloat parse(const std::string &name)
{
    num_minifloat format{};
    EXPECT_TRUE(num_minifloat_parse(name.c_str(), &format)) << name;
    return format;
}

// Positive finite values in code order: the mantissa and exponent of a code written out with pow.
std::vector<double> positive_values(num_minifloat f)
{
    std::vector<double> values;
    const unsigned bits = f.exponent_bits + f.mantissa_bits;
    for (uint32_t code = 0; code < 1u << bits; code++) {
        const int exponent = (int)(code / (1u << f.mantissa_bits));
        const double fraction = code % (1u << f.mantissa_bits) / std::pow(2.0, f.mantissa_bits);
        const bool top = exponent == (1 << f.exponent_bits) - 1;
        if (f.specials == NUM_IEEE && top) break;
        if (f.specials == NUM_SINGLE_NAN && code + 1 == 1u << bits) break;
        values.push_back(exponent ? (1 + fraction) * std::pow(2.0, exponent - f.bias)
                                  : fraction * std::pow(2.0, 1 - f.bias));
    }
    return values;
}

enum class Tie { Even, Up };

// Slow twin: scans all values for the nearest.
uint32_t nearest_code(const std::vector<double> &values, double magnitude, Tie tie, bool negative)
{
    uint32_t best = 0;
    for (uint32_t code = 1; code < values.size(); code++) {
        const double gain = std::fabs(values[best] - magnitude) - std::fabs(values[code] - magnitude);
        const bool take_tie = tie == Tie::Even ? code % 2 == 0 : !negative;
        if (gain > 0 || (gain == 0 && take_tie)) best = code;
    }
    return best;
}

const char *const small_formats[] = {"e4m3", "e5m2", "e3m4", "e3m2", "e2m3", "e2m1", "e3m1"};

std::vector<num_minifloat> formats_up_to_8_bits()
{
    std::vector<num_minifloat> formats;
    for (const char *name : small_formats) formats.push_back(parse(name));
    for (unsigned bits = 3; bits <= 8; bits++) {
        formats.push_back(num_minifloat_ant(bits, true));
        formats.push_back(num_minifloat_ant(bits, false));
    }
    return formats;
}

TEST(NumMinifloat, DecodesEveryCodeOfTheSmallFormats)
{
    for (num_minifloat f : formats_up_to_8_bits()) {
        const auto values = positive_values(f);
        for (uint32_t code = 0; code < values.size(); code++)
            EXPECT_EQ(num_minifloat_decode(f, code), values[code]);
        EXPECT_EQ(num_minifloat_max(f), values.back());
    }
}

TEST(NumMinifloat, KnowsTheOcpLimits)
{
    const struct {
        const char *name;
        double max, least;
    } limits[] = {
        {"e4m3", 448, 0x1p-9}, {"e5m2", 57344, 0x1p-16},       {"e3m2", 28, 0x1p-4},     {"e2m3", 7.5, 0.125},
        {"e2m1", 6, 0.5},      {"bf16", 0x1.FEp127, 0x1p-133}, {"fp16", 65504, 0x1p-24},
    };
    for (const auto &limit : limits) {
        EXPECT_EQ(num_minifloat_max(parse(limit.name)), limit.max) << limit.name;
        EXPECT_EQ(num_minifloat_decode(parse(limit.name), 1), limit.least) << limit.name;
    }
    EXPECT_TRUE(std::isnan(num_minifloat_decode(parse("e4m3"), 0x7F)));
    EXPECT_EQ(num_minifloat_decode(parse("e4m3"), 0x78), 256) << "E4M3 has no infinity";
    EXPECT_EQ(num_minifloat_decode(parse("e5m2"), 0xFC), -infinity);
    EXPECT_TRUE(std::isnan(num_minifloat_decode(parse("e5m2"), 0x7D)));
    num_minifloat format{};
    EXPECT_FALSE(num_minifloat_parse("e9m9", &format));
}

TEST(NumMinifloat, AntFloatEqualsThePublishedTable)
{
    for (const CsvRow &row : csv_read("tests/data/formats/primitive_tables_4bit.csv")) {
        if (row.text("type").find("float") == std::string::npos) continue;
        const num_minifloat f = num_minifloat_ant(4, row.text("type")[0] == 's');
        EXPECT_EQ(num_minifloat_decode(f, (uint32_t)row.integer("code_dec")), row.real("value"))
            << row.text("code_bin");
    }
}

TEST(NumMinifloat, EncodesNearestValueOnAFineSweep)
{
    for (num_minifloat f : formats_up_to_8_bits()) {
        const auto values = positive_values(f);
        const unsigned bits = f.exponent_bits + f.mantissa_bits;
        for (size_t i = 0; i + 1 < values.size(); i++) {
            for (double t : {0.0, 0.25, 0.499, 0.5, 0.501, 0.75}) {
                const double x = values[i] + t * (values[i + 1] - values[i]);
                const uint32_t even = nearest_code(values, x, Tie::Even, false);
                ASSERT_EQ(num_minifloat_encode(f, x, NUM_SATURATE), even) << x;
                ASSERT_EQ(num_minifloat_encode_tie_up(f, x), nearest_code(values, x, Tie::Up, false)) << x;
                if (!f.is_signed || x == 0) continue;
                const uint32_t down = nearest_code(values, x, Tie::Up, true);
                ASSERT_EQ(num_minifloat_encode(f, -x, NUM_SATURATE), even | 1u << bits) << -x;
                ASSERT_EQ(num_minifloat_encode_tie_up(f, -x), down ? down | 1u << bits : 0) << -x;
            }
        }
    }
}

TEST(NumMinifloat, OverflowSaturatesOrBecomesSpecial)
{
    const num_minifloat e5m2 = parse("e5m2"), e4m3 = parse("e4m3"), e2m1 = parse("e2m1");
    EXPECT_EQ(num_minifloat_encode(e5m2, 61439, NUM_TO_INFINITY), 0x7Bu) << "rounds to the largest value";
    EXPECT_EQ(num_minifloat_encode(e5m2, 61440, NUM_TO_INFINITY), 0x7Cu)
        << "the tie goes to the even code, infinity";
    EXPECT_EQ(num_minifloat_encode(e5m2, -infinity, NUM_SATURATE), 0xFBu);
    EXPECT_EQ(num_minifloat_encode(e4m3, 464, NUM_TO_INFINITY), 0x7Eu);
    EXPECT_EQ(num_minifloat_encode(e4m3, 465, NUM_TO_INFINITY), 0x7Fu);
    EXPECT_EQ(num_minifloat_encode(e4m3, 1e300, NUM_SATURATE), 0x7Eu);
    EXPECT_EQ(num_minifloat_encode(e2m1, infinity, NUM_TO_INFINITY), 7u);
    EXPECT_TRUE(
        std::isnan(num_minifloat_decode(e5m2, num_minifloat_encode(e5m2, std::nan(""), NUM_SATURATE))));
    EXPECT_EQ(num_minifloat_encode(e2m1, std::nan(""), NUM_SATURATE), 0u);
    EXPECT_EQ(num_minifloat_encode(e4m3, -0.0, NUM_SATURATE), 0x80u);
    EXPECT_EQ(num_minifloat_encode(num_minifloat_ant(4, false), -3, NUM_SATURATE), 0u);
    EXPECT_EQ(num_minifloat_encode_tie_up(num_minifloat_ant(4, true), -0.1), 0u) << "no negative zero";
}

TEST(NumMinifloat, BFloat16IsTheUpperHalfOfAFloat)
{
    const num_minifloat bf16 = parse("bf16");
    for (uint32_t code = 0; code < 0x10000; code++) {
        const float value = num_bf16_to_float((uint16_t)code);
        if (std::isnan(value)) {
            EXPECT_TRUE(std::isnan(num_minifloat_decode(bf16, code)));
            EXPECT_TRUE(std::isnan(num_bf16_to_float(num_bf16_from_float(value))));
            continue;
        }
        ASSERT_EQ(num_minifloat_decode(bf16, code), value);
        ASSERT_EQ(num_bf16_from_float(value), code);
        ASSERT_EQ(num_minifloat_encode(bf16, value, NUM_TO_INFINITY), code);
    }
    test_random random = {5};
    SCOPED_TRACE(random.state);
    for (int i = 0; i < 50000; i++) {
        const uint32_t bits = (uint32_t)test_random_u64(&random) & (i % 3 ? 0xFFFFFFFFu : 0xFFFF8000u);
        float x;
        std::memcpy(&x, &bits, sizeof x);
        if (std::isnan(x)) continue;
        ASSERT_EQ(num_bf16_from_float(x), num_minifloat_encode(bf16, x, NUM_TO_INFINITY)) << x;
    }
}

TEST(NumMinifloat, HalfPrecisionRoundsToTheNeighbours)
{
    const num_minifloat fp16 = parse("fp16");
    test_random random = {6};
    SCOPED_TRACE(random.state);
    const auto values = positive_values(fp16);
    for (int i = 0; i < 20000; i++) {
        const size_t at = (size_t)test_random_range(&random, 0, (int64_t)values.size() - 2);
        const double t = (double)test_random_range(&random, 0, 8) / 8;
        const double x = values[at] + t * (values[at + 1] - values[at]);
        const uint32_t expected = (uint32_t)at + (t > 0.5 || (t == 0.5 && at % 2));
        ASSERT_EQ(num_minifloat_encode(fp16, x, NUM_TO_INFINITY), expected) << x;
    }
}

} // namespace
