#include "pe/num/shift_exp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/csv.h"
#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

num_shift_exp_constants constants(const Json &row, const Json &inverse_scale)
{
    return {(int32_t)inverse_scale.integer(), (unsigned)row["N"].integer()};
}

TEST(NumShiftExp, EqualsThePublishedValues)
{
    for (const CsvRow &row : csv_read("tests/data/nonlinear/ivit_shiftexp.csv")) {
        const num_shift_exp_constants c = {(int32_t)row.integer("I0"), (unsigned)row.integer("N")};
        EXPECT_EQ(num_shift_exp(c, (int32_t)row.integer("q")), (uint64_t)row.integer("exp")) << row.text("q");
    }
}

TEST(NumShiftExp, OverestimatesTheExponentialByAtMostATenth)
{
    const num_shift_exp_constants c = {1024, 23};
    for (int32_t q = -10240; q <= 0; q += 7) {
        const double ratio = std::ldexp((double)num_shift_exp(c, q) / 1024, -23) / std::exp(q / 1024.0);
        EXPECT_GT(ratio, 0.999);
        EXPECT_LT(ratio, 1.1);
    }
    EXPECT_EQ(num_shift_exp(c, INT32_MIN), num_shift_exp(c, -1000000)) << "clipped";
}

TEST(NumShiftmax, EqualsThePublishedRows)
{
    const Json file = json_read("tests/data/nonlinear/ivit_shiftmax.json");
    for (const Json &row : file) {
        const num_shift_exp_constants c = constants(row, row["I0"]);
        const std::vector<int32_t> q = row["input"].integers<int32_t>();
        std::vector<uint16_t> out(q.size());
        num_shiftmax_row(c, NUM_SHIFT_FACTOR, 8, q.data(), q.size(), out.data());
        EXPECT_EQ(out, row["output_k8"].integers<uint16_t>());
        num_shiftmax_row(c, NUM_SHIFT_FACTOR, 16, q.data(), q.size(), out.data());
        EXPECT_EQ(out, row["output_k16"].integers<uint16_t>());
        num_shiftmax_row(c, NUM_SHIFT_EXACT, 8, q.data(), q.size(), out.data());
        EXPECT_EQ(out, row["output_k8_exact_div"].integers<uint16_t>());
    }
}

TEST(NumShiftmax, StaysNearTheRealSoftmax)
{
    test_random random = {100};
    SCOPED_TRACE(random.state);
    for (double scale : {0.02, 0.05, 0.07}) {
        const num_shift_exp_constants c = {(int32_t)std::lround(1 / scale), 15};
        std::vector<int32_t> q(128);
        std::vector<uint16_t> out(q.size());
        for (int32_t &v : q) v = (int32_t)test_random_range(&random, -128, 127);
        num_shiftmax_row(c, NUM_SHIFT_FACTOR, 16, q.data(), q.size(), out.data());
        double sum = 0;
        for (int32_t v : q) sum += std::exp(scale * v);
        for (size_t i = 0; i < q.size(); i++)
            EXPECT_NEAR(out[i] / 32768.0, std::exp(scale * q[i]) / sum, 0.035);
    }
}

TEST(NumShiftGelu, EqualsThePublishedRowsWithAPositiveMaximum)
{
    const Json file = json_read("tests/data/nonlinear/ivit_shiftgelu.json");
    size_t rows = 0;
    for (const Json &row : file) {
        const std::vector<int32_t> q = row["input"].integers<int32_t>();
        if (*std::max_element(q.begin(), q.end()) < 0) continue;
        rows++;
        std::vector<int32_t> out(q.size());
        num_shift_gelu_row(constants(row, row["released"]["I0"]), NUM_SHIFT_FACTOR, false, q.data(), q.size(),
                           out.data());
        EXPECT_EQ(out, row["released"]["output"].integers<int32_t>());
        num_shift_gelu_row(constants(row, row["paper_shifts"]["I0"]), NUM_SHIFT_FACTOR, true, q.data(),
                           q.size(), out.data());
        EXPECT_EQ(out, row["paper_shifts"]["output"].integers<int32_t>());
    }
    EXPECT_EQ(rows, 3u);
}

TEST(NumShiftGelu, StreamingEqualsThePublishedSweep)
{
    for (const CsvRow &row : csv_read("tests/data/nonlinear/ivit_shiftgelu_streaming.csv")) {
        const num_shift_exp_constants c = {(int32_t)row.integer("I0"), (unsigned)row.integer("N")};
        EXPECT_EQ(num_shift_gelu_element(c, (int32_t)row.integer("q")), row.integer("out")) << row.text("q");
    }
}

TEST(NumShiftGelu, StaysNearTheRealGelu)
{
    for (double scale : {0.02, 0.05}) { // within n >= 2.46 x_max + 6
        const num_shift_exp_constants c = {(int32_t)std::lround(1 / (1.702 * scale)), 23};
        std::vector<int32_t> q, out;
        for (int32_t v = -128; v <= 127; v++) q.push_back(v);
        out.resize(q.size());
        num_shift_gelu_row(c, NUM_SHIFT_EXACT, false, q.data(), q.size(), out.data());
        for (size_t i = 0; i < q.size(); i++) {
            const double x = scale * q[i], gelu = x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
            EXPECT_NEAR(out[i] * scale / 128, gelu, std::fmax(0.050, 128 * scale / 128) + 0.005) << x;
        }
    }
    const int32_t negative[2] = {-125, -3};
    int32_t out[2];
    num_shift_gelu_row({12, 23}, NUM_SHIFT_FACTOR, false, negative, 2, out);
    EXPECT_EQ(out[0], 0) << "an all-negative row does not blow up";
}

TEST(NumLayernormIvit, EqualsThePublishedRows)
{
    const Json file = json_read("tests/data/nonlinear/ivit_layernorm.json");
    for (const Json &row : file) {
        const std::vector<int32_t> q = row["input"].integers<int32_t>(),
                                   bias = row["bias_int"].integers<int32_t>();
        std::vector<int64_t> out(q.size());
        num_layernorm_ivit_row(q.data(), bias.data(), q.size(), out.data());
        EXPECT_EQ(out, row["output"].integers<int64_t>());
        EXPECT_EQ(num_isqrt_ten_steps((uint64_t)row["var_sum"].integer()), (uint32_t)row["std"].integer());
    }
}

TEST(NumLayernormIvit, SquareRootConvergesWhereStated)
{
    test_random random = {77};
    SCOPED_TRACE(random.state);
    for (int i = 0; i < 20000; i++) {
        const uint64_t n = i < 5000
                               ? 34596u + (uint64_t)i
                               : 34596 + (test_random_u64(&random) >> test_random_range(&random, 32, 48));
        const uint64_t root = num_isqrt_ten_steps(n), floor = (uint64_t)std::sqrt((long double)n);
        ASSERT_TRUE(root == floor || root == floor + 1) << n << ' ' << root;
    }
    EXPECT_EQ(num_isqrt_ten_steps(0), 64u);
    EXPECT_EQ(num_isqrt_ten_steps(1000), 68u);
}

} // namespace
