#include "pe/num/gemmlowp_math.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/csv.h"
#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

TEST(NumGemmlowpMath, EqualsGemmlowp)
{
    for (const CsvRow &row : csv_read("tests/data/nonlinear/gemmlowp_transcendental.csv")) {
        const int32_t a = (int32_t)row.integer("raw_in");
        const std::string op = row.text("op");
        const int32_t got = op == "exp_q5_26_to_q0_31"        ? num_exp_on_negative(a, 5)
                            : op == "logistic_q4_27_to_q0_31" ? num_logistic(a)
                            : op == "tanh_q4_27_to_q0_31"     ? num_tanh(a)
                                                              : num_one_over_one_plus(a);
        EXPECT_EQ(got, row.integer("raw_out")) << op << ' ' << a;
    }
}

TEST(NumGemmlowpMath, StaysNearTheRealFunctions)
{
    test_random random = {808};
    SCOPED_TRACE(random.state);
    for (int i = 0; i < 30000; i++) {
        const int32_t a = (int32_t)(test_random_u64(&random) >> 32);
        const int32_t negative = a > 0 ? -a : a;
        const unsigned bits = (unsigned)(i % 8);
        const double x = std::ldexp(negative, (int)bits - 31), y = std::ldexp(a, -27);
        ASSERT_NEAR(std::ldexp(num_exp_on_negative(negative, bits), -31), std::exp(x), 3e-7) << x;
        ASSERT_NEAR(std::ldexp(num_logistic(a), -31), 1 / (1 + std::exp(-y)), 1e-7) << y;
        ASSERT_NEAR(std::ldexp(num_tanh(a), -31), std::tanh(y), 2e-7) << y;
        const int32_t p = a & 0x7FFFFFFF;
        ASSERT_NEAR(std::ldexp(num_one_over_one_plus(p), -31), 1 / (1 + std::ldexp(p, -31)), 5e-9);
    }
    for (int32_t a : {INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX}) {
        EXPECT_NEAR(std::ldexp(num_tanh(a), -31), std::tanh(std::ldexp(a, -27)), 2e-7);
        EXPECT_NEAR(std::ldexp(num_logistic(a), -31), 1 / (1 + std::exp(-std::ldexp(a, -27))), 1e-7);
        EXPECT_GE(num_exp_on_negative(a, 5), 0);
    }
}

TEST(NumSoftmaxTflite, EqualsThePublishedRows)
{
    const Json file = json_read("tests/data/nonlinear/tflite_softmax_int8.json");
    for (const Json &row : file) {
        num_softmax_tflite constants;
        ASSERT_TRUE(num_softmax_tflite_build(row["beta"].real() * row["scale_in"].real(), &constants));
        EXPECT_EQ(constants.multiplier, row["multiplier"].integer());
        EXPECT_EQ(constants.left_shift, row["left_shift"].integer());
        EXPECT_EQ(constants.diff_min, row["diff_min"].integer());
        std::vector<int8_t> x = row["input"].integers<int8_t>();
        num_softmax_tflite_row(&constants, x.data(), x.size(), x.data());
        EXPECT_EQ(x, row["output_int8"].integers<int8_t>());
    }
}

TEST(NumSoftmaxTflite, StaysWithinAnOutputStepOfTheRealSoftmax)
{
    test_random random = {9};
    SCOPED_TRACE(random.state);
    for (int round = 0; round < 200; round++) {
        const size_t n = (size_t)test_random_range(&random, 1, round < 190 ? 200 : 4095);
        const double scale =
            std::ldexp((double)test_random_range(&random, 1, 100), (int)test_random_range(&random, -16, -6));
        std::vector<int8_t> x(n), y(n);
        for (int8_t &v : x)
            v = (int8_t)test_random_range(&random, round % 7 ? -128 : 100, round % 7 ? 127 : 100);
        num_softmax_tflite constants;
        ASSERT_TRUE(num_softmax_tflite_build(scale, &constants));
        num_softmax_tflite_row(&constants, x.data(), n, y.data());
        const int max = *std::max_element(x.begin(), x.end());
        double sum = 0;
        for (int8_t v : x) sum += std::exp(scale * (v - max));
        for (size_t i = 0; i < n; i++) {
            ASSERT_NEAR((y[i] + 128) / 256.0, std::exp(scale * (x[i] - max)) / sum, 1.01 / 256)
                << n << ' ' << scale;
        }
    }
}

TEST(NumSoftmaxTflite, RefusesScalesOutsideItsRange)
{
    num_softmax_tflite constants;
    for (double scale : {0.0, -1.0, 0x1p-27, (double)NAN, (double)INFINITY}) {
        EXPECT_FALSE(num_softmax_tflite_build(scale, &constants)) << scale;
    }
    ASSERT_TRUE(num_softmax_tflite_build(1e30, &constants));
    const int8_t x[3] = {-128, 127, 126};
    int8_t y[3];
    num_softmax_tflite_row(&constants, x, 3, y);
    EXPECT_EQ(y[1], 127);
    EXPECT_EQ(y[2], -128);
}

TEST(NumSilu, StaysWithinItsErrorAndTakesEveryInput)
{
    test_random random = {23};
    SCOPED_TRACE(random.state);
    for (int round = 0; round < 20000; round++) {
        const int32_t a = (int32_t)test_random_range(&random, INT32_MIN, INT32_MAX);
        const double x = a * 0x1p-27;
        ASSERT_NEAR(num_silu(a) * 0x1p-27, x / (1 + std::exp(-x)), 1.1e-6) << a;
    }
    EXPECT_EQ(num_silu(0), 0);
    EXPECT_NEAR(num_silu(INT32_MAX) * 0x1p-27, 16, 4e-6);
    EXPECT_NEAR(num_silu(INT32_MIN) * 0x1p-27, 0, 4e-6);
}

} // namespace
