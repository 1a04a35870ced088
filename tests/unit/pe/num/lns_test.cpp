#include "pe/num/lns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

const num_lns lns8 = {8, 3};

uint32_t code_of(const Json &sign_exponent)
{
    return (uint32_t)(sign_exponent[0].integer() << 7 | sign_exponent[1].integer());
}

TEST(NumLns, EncodesThePublishedValues)
{
    const Json file = json_read("tests/data/formats/lns.json");
    const double scale = file["qlog_scale"].real();
    for (const Json &row : file["qlog"]) {
        const uint32_t code = num_lns_encode(lns8, row["x"].real() / scale);
        EXPECT_EQ(code, (uint32_t)(row["sign"].integer() << 7 | row["exp"].integer())) << row["x"].text();
        EXPECT_NEAR(num_lns_decode(lns8, code) * scale, row["decoded"].real(),
                    1e-12 * std::fabs(row["decoded"].real()));
    }
}

TEST(NumLns, EveryCodeOfEveryBaseRoundTrips)
{
    for (unsigned bits = 2; bits <= 12; bits++) {
        for (unsigned log2_gamma = 0; log2_gamma <= 5; log2_gamma++) {
            const num_lns f = {(uint8_t)bits, (uint8_t)log2_gamma};
            if ((1 << (bits - 1)) >> log2_gamma > 1000) continue;
            for (uint32_t code = 0; code < 1u << bits; code++) {
                ASSERT_EQ(num_lns_encode(f, num_lns_decode(f, code)), code) << bits << ' ' << log2_gamma;
            }
        }
    }
    const double infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(num_lns_encode(lns8, infinity), 127u);
    EXPECT_EQ(num_lns_encode(lns8, -infinity), 255u);
    EXPECT_EQ(num_lns_encode(lns8, 0), 0u);
    EXPECT_EQ(num_lns_encode(lns8, std::nan("")), 0u);
    EXPECT_EQ(num_lns_encode(lns8, -0.25), 128u);
}

TEST(NumLns, ScaleMapsTheMaximumNearTheTop)
{
    EXPECT_EQ(num_lns_scale_exponent(lns8, 100), 7 - 15);
    EXPECT_EQ(num_lns_scale_exponent(lns8, 0), 0);
    EXPECT_EQ(num_lns_scale_exponent(lns8, std::nan("")), 0);
    for (double max : {1e-3, 0.7, 1.0, 3.0, 1e6}) {
        const uint32_t code = num_lns_encode(lns8, std::ldexp(max, -num_lns_scale_exponent(lns8, max)));
        EXPECT_GE(code, 111u);
        EXPECT_LT(code, 127u);
    }
}

TEST(NumLns, ConstantsHaveThePublishedTablesAndErrors)
{
    const Json file = json_read("tests/data/formats/lns.json");
    for (unsigned r = 0; r < 8; r++) EXPECT_EQ(num_lns_constant(lns8, r, 3), 8 * file["lut_q8"][r].integer());
    for (unsigned t = 0; t <= 3; t++) {
        double worst = 0;
        for (unsigned r = 0; r < 8; r++) {
            const double constant = num_lns_constant(lns8, r, t) / 2048.0;
            worst = std::fmax(worst, constant / std::exp2(r / 8.0) - 1);
        }
        EXPECT_NEAR(worst, file["max_rel_error_hybrid"][t]["max_rel_error"].real(), 1.5e-3);
    }
    for (unsigned k = 0; k <= 5; k++) {
        const num_lns f = {8, (uint8_t)k};
        for (unsigned r = 0; r < 1u << k; r++) {
            EXPECT_EQ(num_lns_constant(f, r, k), (int32_t)std::lround(256 * std::exp2(r / std::exp2(k)))
                                                     << k);
            EXPECT_EQ(num_lns_constant(f, r, 0), 256 * (int32_t)((1u << k) + r)) << "Mitchell";
        }
    }
}

TEST(NumLns, DotProductByBinsEqualsThePublishedOne)
{
    const Json file = json_read("tests/data/formats/lns.json");
    const Json &dot = file["dot"];
    num_lns_bins bins = {};
    double exact = 0;
    for (size_t i = 0; i < dot["a_sign_exp"].size(); i++) {
        const uint32_t a = code_of(dot["a_sign_exp"][i]), b = code_of(dot["b_sign_exp"][i]);
        num_lns_accumulate(lns8, &bins, a, b, 0);
        exact += num_lns_decode(lns8, a) * num_lns_decode(lns8, b);
    }
    for (int r = 0; r < 8; r++) EXPECT_EQ(bins.sum[r], dot["bins_by_remainder"][r].integer());
    EXPECT_NEAR(exact, dot["exact"].real(), 1e-3);
    for (unsigned t = 0; t <= 3; t++) {
        const double value = dot["value_q8lut_by_lut_entries"][std::to_string(1 << t)].real();
        EXPECT_EQ((double)num_lns_total(lns8, &bins, t) / 2048, value) << t;
    }
}

TEST(NumLns, WindowDropsLowTermsOnly)
{
    num_lns_bins bins = {};
    num_lns_accumulate(lns8, &bins, 127, 127, 7);    // 254 = 8 * 31 + 6
    num_lns_accumulate(lns8, &bins, 128 + 55, 0, 7); // 55 = 8 * 6 + 7: below the window
    num_lns_accumulate(lns8, &bins, 128 + 56, 0, 7);
    EXPECT_EQ(bins.sum[6], 1 << 24);
    EXPECT_EQ(bins.sum[7], 0);
    EXPECT_EQ(bins.sum[0], -1);
}

TEST(NumLns, ConverterAgreesWithTheLogarithmAwayFromMidpoints)
{
    test_random random = {17};
    SCOPED_TRACE(random.state);
    for (unsigned k = 0; k <= 5; k++) {
        const num_lns f = {10, (uint8_t)k};
        for (int i = 0; i < 20000; i++) {
            const int64_t value = (int64_t)test_random_u64(&random) >> test_random_range(&random, 8, 62);
            const double steps = std::exp2(k) * (std::log2(std::fabs((double)value)) - 4);
            if (std::fabs(steps - std::floor(steps) - 0.5) < 4e-5 * std::exp2(k)) continue;
            ASSERT_EQ(num_lns_from_integer(f, value, 4), num_lns_encode(f, std::ldexp((double)value, -4)))
                << value;
        }
        EXPECT_EQ(num_lns_from_integer(f, 0, 4), 0u);
        EXPECT_EQ(num_lns_from_integer(f, INT64_MIN, 0), num_lns_encode(f, -0x1p63));
    }
}

TEST(NumLns, UpdatesAndNarrowsAsPublished)
{
    const num_lns lns16 = {16, 5}; // the exponent arithmetic does not depend on the base
    const Json file = json_read("tests/data/formats/lns.json");
    for (const Json &row : file["madam_exponent_update_gamma2048_eta_2^-7"]) {
        const uint32_t sign = (uint32_t)row["sign"].integer();
        const uint32_t code = sign << 15 | (uint32_t)row["exp16"].integer();
        const uint32_t updated = num_lns_update(lns16, code, (int)row["g_int"].integer(), 16);
        EXPECT_EQ(updated, sign << 15 | (uint32_t)row["exp16_new"].integer());
        EXPECT_EQ(num_lns_narrow(lns16, updated, 8), sign << 7 | (uint32_t)row["exp8_new"].integer());
    }
}

} // namespace
