#include "pe/num/nnlut_fit.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{

double gelu(double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2))); }
double reciprocal(double x) { return 1 / x; }
double rsqrt(double x) { return 1 / std::sqrt(x); }
double exponential(double x) { return std::exp(x); }
double square(double x) { return x * x; }
double line(double x) { return 3 * x - 1; }

double largest_error(const num_nnlut_real &t, double (*f)(double), double low, double high)
{
    double largest = 0;
    for (int k = 0; k <= 50000; k++) {
        const double x = low + (high - low) * k / 50000;
        unsigned i = 0;
        while (i + 1 < t.pieces && x >= t.breakpoint[i]) i++;
        largest = std::fmax(largest, std::fabs(t.slope[i] * x + t.intercept[i] - f(x)));
    }
    return largest;
}

// The limits are the largest errors of the reference's minimax tables of 16 entries.
TEST(NumNnlutFit, IsAsGoodAsTheReferenceTables)
{
    num_nnlut_real t;
    const double error = num_nnlut_fit(reciprocal, 1, 2, 16, &t);
    EXPECT_NEAR(error, largest_error(t, reciprocal, 1, 2), 2e-6);
    EXPECT_EQ(t.pieces, 16u);
    EXPECT_LT(largest_error(t, reciprocal, 1, 2), 0.000168337 * 1.05);
    num_nnlut_fit(rsqrt, 1, 4, 16, &t);
    EXPECT_LT(largest_error(t, rsqrt, 1, 4), 0.000252623 * 1.05);
    num_nnlut_fit(exponential, -7, 0, 15, &t);
    ASSERT_TRUE(num_nnlut_add_left(&t, -7, 0, 0));
    EXPECT_EQ(t.pieces, 16u);
    EXPECT_LT(largest_error(t, exponential, -20, 0), 0.00105529 * 1.05);
    num_nnlut_fit(gelu, -3.3, 3.3, 14, &t);
    ASSERT_TRUE(num_nnlut_add_left(&t, -3.3, 0, 0));
    ASSERT_TRUE(num_nnlut_add_right(&t, 3.3, 1, 0));
    EXPECT_EQ(t.pieces, 16u);
    EXPECT_LT(largest_error(t, gelu, -5, 5), 0.00212766 * 1.05);
}

// n equal pieces of x^2 over [0, 1] err by (1 / n)^2 / 8, which no table of lines beats.
TEST(NumNnlutFit, ReachesTheOptimumOfAParabola)
{
    for (unsigned n : {1U, 2U, 7U, 32U}) {
        num_nnlut_real t;
        const double error = num_nnlut_fit(square, 0, 1, n, &t);
        EXPECT_GE(error, 1.0 / (8 * n * n) * 0.98) << n;
        EXPECT_LE(error, 1.0 / (8 * n * n) * 1.03) << n;
    }
}

TEST(NumNnlutFit, NeedsOnePieceForALineAndKnowsItsLimits)
{
    num_nnlut_real t;
    EXPECT_NEAR(num_nnlut_fit(line, -1, 1, 8, &t), 0, 1e-12);
    EXPECT_NEAR(largest_error(t, line, -1, 1), 0, 1e-9);
    while (t.pieces < NUM_PWL_MAX_PIECES) ASSERT_TRUE(num_nnlut_add_right(&t, 2, 0, 0));
    EXPECT_FALSE(num_nnlut_add_left(&t, 0, 0, 0));
    EXPECT_FALSE(num_nnlut_add_right(&t, 1, 0, 0));
    EXPECT_EQ(num_nnlut_bytes(16, 4), 188u);
    EXPECT_EQ(num_nnlut_bytes(16, 2), 94u);
    EXPECT_EQ(num_irnn_pwl_bytes(8), 57u);
    EXPECT_EQ(num_irnn_pwl_bytes(16), 113u);
    EXPECT_EQ(num_irnn_pwl_bytes(32), 225u);
}

} // namespace
