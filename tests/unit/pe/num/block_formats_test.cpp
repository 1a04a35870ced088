// Formats whose scale belongs to a tensor or block: AdaptivFloat, MX, BiScaled.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "pe/num/adaptivfloat.h"
#include "pe/num/biscaled.h"
#include "pe/num/mx.h"
#include "tests/support/random.h"

namespace
{

const float nan_value = std::numeric_limits<float>::quiet_NaN();
const float infinity = std::numeric_limits<float>::infinity();

float random_float(test_random *random, int exponents)
{
    const double mantissa = (double)test_random_range(random, -(1 << 23), 1 << 23);
    return (float)std::ldexp(mantissa, (int)test_random_range(random, -exponents, exponents) - 23);
}

TEST(NumAdaptivfloat, ValuesAreThoseOfTheDefinition)
{
    for (unsigned bits = 4; bits <= 8; bits++) {
        for (unsigned exponent_bits = 2; exponent_bits < bits - 1; exponent_bits++) {
            const num_adaptivfloat f = num_adaptivfloat_fit(bits, exponent_bits, 5.3);
            const int mantissa = (int)(bits - 1 - exponent_bits);
            EXPECT_EQ(num_adaptivfloat_max(f), 4 * (2 - std::pow(2.0, -mantissa)))
                << "the binade of the largest element";
            for (uint32_t code = 0; code < 1u << (bits - 1); code++) {
                const double value = (1 + (code % (1u << mantissa)) / std::pow(2.0, mantissa)) *
                                     std::pow(2.0, (int)(code >> mantissa) + f.bias);
                EXPECT_EQ(num_adaptivfloat_decode(f, code), code ? value : 0);
                EXPECT_EQ(num_adaptivfloat_decode(f, code | 1u << (bits - 1)), code ? -value : 0);
            }
        }
    }
}

TEST(NumAdaptivfloat, EncodesNearestValue)
{
    test_random random = {31};
    SCOPED_TRACE(random.state);
    for (unsigned exponent_bits = 1; exponent_bits <= 7; exponent_bits++) {
        const num_adaptivfloat f = num_adaptivfloat_fit(8, exponent_bits, 0.7);
        for (int i = 0; i < 3000; i++) {
            const float x = random_float(&random, 8);
            double best = std::numeric_limits<double>::infinity();
            for (uint32_t code = 0; code < 256; code++)
                best = std::min(best, std::fabs(num_adaptivfloat_decode(f, code) - x));
            const uint32_t code = num_adaptivfloat_encode(f, x);
            ASSERT_EQ(std::fabs(num_adaptivfloat_decode(f, code) - x), best) << x;
        }
        for (uint32_t code = 0; code < 256; code++) {
            EXPECT_EQ(num_adaptivfloat_encode(f, num_adaptivfloat_decode(f, code)), code == 128 ? 0 : code);
        }
        const double least = num_adaptivfloat_decode(f, 1);
        EXPECT_EQ(num_adaptivfloat_encode(f, least / 2), 1u);
        EXPECT_EQ(num_adaptivfloat_encode(f, std::nextafter(least / 2, 0)), 0u);
        EXPECT_EQ(num_adaptivfloat_encode(f, infinity), 127u);
        EXPECT_EQ(num_adaptivfloat_encode(f, -infinity), 255u);
        EXPECT_EQ(num_adaptivfloat_encode(f, nan_value), 0u);
    }
    EXPECT_EQ(num_adaptivfloat_fit(8, 3, 0).bias, 0);
}

const char *const mx_names[] = {"mxfp8_e4m3", "mxfp8_e5m2", "mxfp6_e3m2", "mxfp6_e2m3", "mxfp4", "mxint8"};

num_mx mx(const std::string &name)
{
    num_mx format{};
    EXPECT_TRUE(num_mx_parse(name.c_str(), &format)) << name;
    return format;
}

TEST(NumMx, SharesTheScaleOfTheLargestElement)
{
    const struct {
        const char *name;
        int exponent;
    } cases[] = {{"mxfp8_e4m3", 8}, {"mxfp8_e5m2", 15}, {"mxfp6_e3m2", 4},
                 {"mxfp6_e2m3", 2}, {"mxfp4", 2},       {"mxint8", 0}};
    for (const auto &c : cases) {
        const float x[3] = {0.3f, -5.5f, 1e-3f};
        uint8_t scale, codes[3];
        num_mx_encode(mx(c.name), x, 3, &scale, codes);
        EXPECT_EQ(scale, 127 + 2 - c.exponent) << c.name;
    }
}

// Nearest among all codes, except that values beyond the largest element saturate by the rule of the
// specification.
TEST(NumMx, EncodesEveryElementToTheNearestCode)
{
    test_random random = {1117};
    SCOPED_TRACE(random.state);
    for (const char *name : mx_names) {
        const num_mx format = mx(name);
        const unsigned codes_of_format = format.is_int8 ? 256 : 1u << num_minifloat_bits(format.element);
        for (int round = 0; round < 20; round++) {
            float x[NUM_MX_BLOCK];
            for (float &value : x) value = random_float(&random, 4);
            uint8_t scale, codes[NUM_MX_BLOCK];
            num_mx_encode(format, x, NUM_MX_BLOCK, &scale, codes);
            for (int i = 0; i < NUM_MX_BLOCK; i++) {
                double best = std::numeric_limits<double>::infinity();
                for (unsigned code = 0; code < codes_of_format; code++) {
                    if (format.is_int8 && code == 0x80) continue;
                    const double value = num_mx_decode(format, scale, (uint8_t)code);
                    if (std::isfinite(value)) best = std::min(best, std::fabs(value - x[i]));
                }
                ASSERT_EQ(std::fabs(num_mx_decode(format, scale, codes[i]) - x[i]), best)
                    << name << ' ' << x[i];
            }
        }
    }
}

TEST(NumMx, TakesAnyBlock)
{
    for (const char *name : mx_names) {
        uint8_t scale = 9, codes[2] = {9, 9};
        const float zeros[2] = {0, -0.0f}, bad[2] = {1, nan_value},
                    huge[2] = {std::numeric_limits<float>::max(), -infinity};
        num_mx_encode(mx(name), zeros, 2, &scale, codes);
        EXPECT_EQ(scale, 0);
        EXPECT_EQ(num_mx_decode(mx(name), scale, codes[0]), 0);
        num_mx_encode(mx(name), bad, 2, &scale, codes);
        EXPECT_EQ(scale, NUM_MX_NAN);
        EXPECT_TRUE(std::isnan(num_mx_decode(mx(name), scale, codes[0])));
        num_mx_encode(mx(name), huge, 2, &scale, codes);
        EXPECT_EQ(scale, NUM_MX_NAN);
        num_mx_encode(mx(name), huge, 1, &scale, codes);
        EXPECT_GT(num_mx_decode(mx(name), scale, codes[0]), 0.74 * huge[0]);
        const float tiny[1] = {std::numeric_limits<float>::denorm_min()};
        num_mx_encode(mx(name), tiny, 1, &scale, codes);
        EXPECT_EQ(scale, 0);
        num_mx_encode(mx(name), tiny, 0, &scale, codes);
        EXPECT_EQ(scale, 0);
    }
    num_mx format{};
    EXPECT_FALSE(num_mx_parse("mxfp5", &format));
}

TEST(NumBiscaled, UsesTheWideScaleOnlyBeyondTheFineRange)
{
    const num_biscaled f = {6, -5, -1};
    bool wide;
    EXPECT_EQ(num_biscaled_encode(f, 31.0f / 32, &wide), 31);
    EXPECT_FALSE(wide);
    EXPECT_EQ(num_biscaled_encode(f, 1.0f, &wide), 2);
    EXPECT_TRUE(wide);
    EXPECT_EQ(num_biscaled_encode(f, -1.0f, &wide), -32);
    EXPECT_FALSE(wide);
    EXPECT_EQ(num_biscaled_encode(f, 1e9f, &wide), 31);
    EXPECT_EQ(num_biscaled_encode(f, -infinity, &wide), -32);
    EXPECT_EQ(num_biscaled_encode(f, nan_value, &wide), 0);
    EXPECT_EQ(num_biscaled_decode(f, -3, true), -1.5);
}

TEST(NumBiscaled, FitHoldsTheLargestElementAndBeatsOneScale)
{
    test_random random = {8};
    SCOPED_TRACE(random.state);
    std::vector<float> x(500);
    for (float &value : x)
        value = random_float(&random, 0) * (test_random_range(&random, 0, 40) == 0 ? 12.0f : 1.0f);
    for (unsigned bits = 3; bits <= 8; bits++) {
        const auto error_of = [&](num_biscaled f) {
            double sum = 0;
            for (float value : x) {
                bool wide;
                const int8_t code = num_biscaled_encode(f, value, &wide);
                sum += std::pow(num_biscaled_decode(f, code, wide) - value, 2);
            }
            return sum;
        };
        const num_biscaled best = num_biscaled_fit(bits, 8, x.data(), x.size());
        const float largest = std::fabs(*std::max_element(
            x.begin(), x.end(), [](float a, float b) { return std::fabs(a) < std::fabs(b); }));
        const double step = std::pow(2.0, best.wide_exponent), top = (1 << (bits - 1)) - 1;
        EXPECT_LE(std::nearbyint(largest / step), top);
        EXPECT_GT(std::nearbyint(2 * largest / step), top) << "a smaller exponent would do";
        for (int gap = 0; gap <= 8; gap++) {
            EXPECT_LE(error_of(best),
                      error_of({(uint8_t)bits, (int16_t)(best.wide_exponent - gap), best.wide_exponent}));
        }
        EXPECT_LT(error_of(best), error_of({(uint8_t)bits, best.wide_exponent, best.wide_exponent}));
    }
    const float nothing[2] = {0, nan_value};
    EXPECT_EQ(num_biscaled_fit(4, 3, nothing, 2).wide_exponent, 0);
}

} // namespace
