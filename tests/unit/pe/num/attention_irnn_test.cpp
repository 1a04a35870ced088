#include "pe/num/attention_irnn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/random.h"

namespace
{

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double worst(const num_irnn_pwl &table, num_affine in, num_affine out)
{
    double largest = 0;
    for (int32_t q = -128; q <= 127; q++) {
        const double y = out.scale * (num_irnn_pwl_eval(&table, q) - out.zero_point);
        largest = std::fmax(largest, std::fabs(y - sigmoid(in.scale * (q - in.zero_point))));
    }
    return largest;
}

// A table learned for one input range and used in another is far off; learned again it is near.
TEST(NumIrnnPwlLearn, FollowsARangeThatMoves)
{
    num_range range = {};
    const float narrow[] = {-2, 2}, wide[] = {-3, 9};
    num_range_observe(&range, narrow, 2, 1);
    const num_affine before = num_affine_choose(range, -128, 127), out = {1.0 / 256, -128};
    num_irnn_pwl table = {};
    table.pieces = 16;
    table.fraction_bits = 12;
    table.out_min = -128;
    table.out_max = 127;
    num_irnn_pwl_learn(sigmoid, before, -128, 256, out, &table);
    EXPECT_LT(worst(table, before, out), 0.006);
    num_range_observe(&range, wide, 2, 1);
    const num_affine after = num_affine_choose(range, -128, 127);
    EXPECT_GT(worst(table, after, out), 0.2);
    num_irnn_pwl_learn(sigmoid, after, -128, 256, out, &table);
    EXPECT_LT(worst(table, after, out), 0.010);
}

TEST(NumIrnnAttention, StaysNearRealAttention)
{
    test_random random = {71};
    for (int round = 0; round < 40; round++) {
        SCOPED_TRACE(random.state);
        const size_t n = (size_t)test_random_range(&random, 1, 60), channels = 8;
        std::vector<int32_t> scores(n);
        std::vector<int8_t> values(n * channels), out(channels);
        std::vector<uint8_t> weights(n);
        for (int32_t &s : scores) s = (int32_t)test_random_range(&random, -60000, 60000);
        for (int8_t &v : values) v = (int8_t)test_random_range(&random, -128, 127);
        num_irnn_attention constants;
        num_irnn_attention_build(1e-4, 0.0625, 1.0 / 64, {1.0 / 64, 3}, 32, &constants);
        num_irnn_attention_weights(&constants, scores.data(), n, weights.data());
        num_irnn_attention_context(&constants, weights.data(), values.data(), n, channels, out.data());
        double sum = 0, steps = 0;
        for (int32_t s : scores) sum += std::exp(1e-4 * s);
        for (size_t i = 0; i < n; i++) {
            // Scores are rounded to 1/16, which is up to 3 % of a weight on either side, twice.
            const double p = std::exp(1e-4 * scores[i]) / sum;
            ASSERT_NEAR(weights[i] / 255.0, p, 0.075 * p + 0.006);
        }
        for (size_t c = 0; c < channels; c++) {
            double exact = 0;
            for (size_t i = 0; i < n; i++) exact += weights[i] / 255.0 * values[i * channels + c];
            const double kept = std::fmin(std::fmax(exact + 3, -128), 127);
            steps = std::fmax(steps, std::fabs(out[c] - kept));
        }
        ASSERT_LE(steps, 0.751); // double rounding of the requantisation
    }
}

// The stated quotient, in exact rationals over the published table.
TEST(NumIrnnAttention, WeightsAreTheStatedQuotients)
{
    num_irnn_attention constants;
    num_irnn_attention_build(1, 1, 1, {1, 0}, 8, &constants);
    constants.score = {1 << 30, 1}; // 1
    const std::vector<int32_t> scores = {3, -128, 2, 1000, 0, -7, 126};
    const std::vector<int32_t> q8 = {3, -128, 2, 127, 0, -7, 126};
    std::vector<uint8_t> weights(scores.size());
    num_irnn_attention_weights(&constants, scores.data(), scores.size(), weights.data());
    int64_t sum = 0;
    for (int32_t q : q8) sum += num_irnn_pwl_eval(&constants.exponential, q - 127);
    for (size_t i = 0; i < q8.size(); i++) {
        const int64_t e = num_irnn_pwl_eval(&constants.exponential, q8[i] - 127);
        EXPECT_EQ(weights[i], (2 * 255 * e + 2 * (sum / 2)) / (2 * sum));
    }
    EXPECT_GT(weights[3], weights[6]);
}

TEST(NumIrnnAttention, IsDefinedAtTheEnds)
{
    num_irnn_attention constants;
    num_irnn_attention_build(1, 0.1, 1, {1, 0}, 8, &constants);
    const int32_t far[2] = {INT32_MIN, INT32_MAX};
    const int8_t values[2] = {-128, -128};
    uint8_t weights[2] = {9, 9};
    int8_t out = 9;
    num_irnn_attention_weights(&constants, far, 0, weights);
    EXPECT_EQ(weights[0], 9);
    num_irnn_attention_weights(&constants, far, 2, weights);
    EXPECT_EQ(weights[0], 0);
    EXPECT_EQ(weights[1], 255);
    num_irnn_attention_context(&constants, weights, values, 2, 1, &out);
    EXPECT_EQ(out, -128);
    num_irnn_attention_context(&constants, weights, values, 0, 1, &out);
    EXPECT_EQ(out, 0);
    constants.exponential.out_max = 0;
    num_irnn_attention_weights(&constants, far, 2, weights);
    EXPECT_EQ(weights[1], 0);
}

} // namespace
