#include "pe/num/affine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace
{

TEST(NumAffine, ChoosesParametersThatHoldRealZeroExactly)
{
    // gemmlowp's example: -10..30 over 0..255.
    const num_affine example = num_affine_choose({-10, 30, 1}, 0, 255);
    EXPECT_NEAR(example.scale, 40.0 / 255, 1e-15);
    EXPECT_EQ(example.zero_point, 64);
    for (double low = -3; low <= 3; low += 0.37) {
        for (double high = low; high <= 5; high += 0.41) {
            const num_affine a = num_affine_choose({low, high, 1}, -128, 127);
            EXPECT_EQ(num_affine_quantise(a, 0, -128, 127), a.zero_point);
            EXPECT_GE(a.zero_point, -128);
            EXPECT_LE(a.zero_point, 127);
            for (double x : {low, high}) // the ends are at most a step away
                EXPECT_NEAR(a.scale * (num_affine_quantise(a, x, -128, 127) - a.zero_point), x, a.scale);
        }
    }
    EXPECT_EQ(num_affine_choose({0, 0, 0}, 0, 255).scale, 1);
    EXPECT_EQ(num_affine_choose({0, 0, 0}, 0, 255).zero_point, 0);
}

TEST(NumAffine, ClampsBeforeItRoundsAndTakesAnyInput)
{
    const num_affine a = {0.5, 3};
    EXPECT_EQ(num_affine_quantise(a, 0.25, 0, 255), 4);  // 3.5, away from zero
    EXPECT_EQ(num_affine_quantise(a, -1.75, 0, 255), 0); // -0.5 is clamped first
    EXPECT_EQ(num_affine_quantise(a, INFINITY, 0, 255), 255);
    EXPECT_EQ(num_affine_quantise(a, -INFINITY, 0, 255), 0);
    EXPECT_EQ(num_affine_quantise(a, NAN, 0, 255), 3);
}

TEST(NumRange, FollowsBatchesAndIgnoresWhatIsNotANumber)
{
    num_range range = {};
    const float first[] = {1, -2, NAN, INFINITY}, second[] = {5, 0}, none[] = {NAN};
    num_range_observe(&range, first, 4, 0.25);
    EXPECT_EQ(range.low, -2);
    EXPECT_EQ(range.high, 1);
    num_range_observe(&range, none, 1, 0.25);
    num_range_observe(&range, none, 0, 0.25);
    EXPECT_EQ(range.batches, 1u);
    num_range_observe(&range, second, 2, 0.25);
    EXPECT_EQ(range.low, -1.5);
    EXPECT_EQ(range.high, 2);
}

double silu(double x) { return x / (1 + std::exp(-x)); }
double pole(double x) { return 1 / x; } // infinite at 0
double no_number(double) { return NAN; }

TEST(NumLut8, HoldsTheNearestCodeOfEveryInput)
{
    const num_affine in = {1.0 / 16, -5}, out = {1.0 / 32, 100};
    int8_t table[NUM_LUT8_ENTRIES];
    num_lut8_build(silu, in, out, table);
    std::vector<int8_t> q, y(256);
    for (int v = -128; v <= 127; v++) q.push_back((int8_t)v);
    num_lut8_row(table, q.data(), q.size(), y.data());
    for (int v = -128; v <= 127; v++) {
        const double exact = 100 + 32 * silu((v + 5) / 16.0);
        const double kept = std::fmin(std::fmax(exact, -128), 127);
        EXPECT_NEAR(y[(size_t)(v + 128)], kept, 0.5) << v;
    }
    num_lut8_row(table, q.data(), q.size(), q.data());
    EXPECT_EQ(q, y);
    num_lut8_build(pole, {1, 0}, {1.0 / 16, 0}, table);
    EXPECT_EQ(table[128], 127);
    num_lut8_build(no_number, {1, 0}, {1, 7}, table);
    EXPECT_EQ(table[0], 7);
}

} // namespace
