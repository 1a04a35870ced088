// Is i-GELU the published integer function with the sign turned, and how far is it from GELU?
#include <gtest/gtest.h>

#include <cmath>

#include "pe/num/gelu_ibert.h"
#include "tests/support/csv.h"

namespace
{
double gelu(double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }

TEST(NumIgelu, GivesTheVectorsWithTheSignTurned)
{
    for (const CsvRow &row : csv_read("tests/data/nonlinear/ibert_igelu.csv")) {
        const double scale = row.real("S");
        const num_igelu constants = num_igelu_from_scale(scale);
        EXPECT_EQ(constants.b, row.integer("b"));
        EXPECT_EQ(constants.c, row.integer("c"));
        EXPECT_EQ(constants.one, row.integer("one"));
        EXPECT_EQ(row.integer("n"), NUM_IGELU_SHIFT);
        EXPECT_NEAR(num_igelu_output_scale(scale), -row.real("S_out"), 1e-11 * std::abs(row.real("S_out")));
        const auto q = static_cast<int32_t>(row.integer("q"));
        EXPECT_EQ(num_igelu_apply(&constants, q), -row.integer("out")) << "S " << scale << " q " << q;
    }
}

TEST(NumIgelu, HasTheConstantsOfItsScale)
{
    const num_igelu built = num_igelu_from_scale(std::ldexp(1.0, -12));
    EXPECT_EQ(num_igelu_q12.b, built.b);
    EXPECT_EQ(num_igelu_q12.c, built.c);
    EXPECT_EQ(num_igelu_q12.one, built.one);
}

// Bound: 0.0186 for S <= 3e-4 (the published maximum 0.018 of the polynomial, and the dropped bits).
TEST(NumIgelu, StaysWithinItsErrorOverAllInt16)
{
    const double scale = std::ldexp(1.0, -12), out_scale = num_igelu_output_scale(scale);
    ASSERT_GT(out_scale, 0);
    double worst = 0;
    for (int32_t q = INT16_MIN; q <= INT16_MAX; q++) {
        const int64_t out = num_igelu_apply(&num_igelu_q12, q);
        ASSERT_LT(std::abs(out), int64_t{1} << 31);
        worst = std::max(worst, std::abs(static_cast<double>(out) * out_scale - gelu(q * scale)));
    }
    EXPECT_LE(worst, 0.0186);
    EXPECT_GE(worst, 0.017) << "the polynomial's own error is 0.018";
}

TEST(NumIgelu, TakesTheWholeInputRange)
{
    const num_igelu fine = num_igelu_from_scale(1e-4);
    EXPECT_EQ(num_igelu_apply(&fine, 0), 0);
    for (int32_t q : {INT32_MIN, INT32_MAX}) {
        const double real = q * 1e-4;
        const double got = static_cast<double>(num_igelu_apply(&fine, q)) * num_igelu_output_scale(1e-4);
        EXPECT_NEAR(got, real > 0 ? real : 0, std::abs(real) * 1e-4);
    }
}
TEST(NumIerf, StaysWithinItsErrorOfErf)
{
    for (double scale : {1e-4, 1e-3, 1e-2}) {
        const num_igelu constants = num_igelu_from_scale(scale * 1.4142);
        const double unit = num_ierf_output_scale(scale * 1.4142);
        double worst = 0;
        for (int32_t q = (int32_t)(-4 / scale); q * scale <= 4; q++)
            worst =
                std::max(worst, std::abs((double)num_ierf_apply(&constants, q) * unit - std::erf(q * scale)));
        EXPECT_LE(worst, 0.0965) << scale;
        EXPECT_GE(worst, 0.09) << "1 - 0.2888 * 1.769^2 at 0+";
        for (int32_t q : {INT32_MIN, INT32_MAX})
            EXPECT_NEAR((double)num_ierf_apply(&constants, q) * unit, q < 0 ? -1 : 1, 0.01);
    }
}

} // namespace
