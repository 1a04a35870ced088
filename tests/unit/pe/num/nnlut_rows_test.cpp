#include "pe/num/nnlut_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "pe/num/layernorm_ibert.h"
#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

num_nnlut_real table_of(const std::string &name)
{
    const Json json = json_read("tests/data/nonlinear/nnlut_tables.json")[name];
    num_nnlut_real real = {};
    real.pieces = (unsigned)json["entries"].integer();
    for (size_t i = 0; i < real.pieces; i++) {
        real.slope[i] = json["s_real"][i].real();
        real.intercept[i] = json["t_real"][i].real();
        if (i + 1 < real.pieces) real.breakpoint[i] = json["d_real"][i].real();
    }
    return real;
}

num_nnlut rsqrt_table()
{
    const num_nnlut_real real = table_of("rsqrt_1_4_minimax");
    num_nnlut table;
    num_nnlut_quantize(&real, std::ldexp(1, -NUM_NNLUT_RSQRT_BITS), NUM_NNLUT_SLOPE_BITS, &table);
    return table;
}

// 0.012 is the limit that the reference suggests for these tables.
TEST(NumSoftmaxNnlut, StaysNearTheRealSoftmax)
{
    const num_nnlut_real exponential = table_of("exp_minimax"), reciprocal = table_of("recip_1_2_minimax");
    test_random random = {12};
    for (int round = 0; round < 150; round++) {
        SCOPED_TRACE(random.state);
        const double scale = (double)test_random_range(&random, 1, 126) / 1000;
        num_softmax_nnlut tables;
        num_softmax_nnlut_build(&exponential, &reciprocal, scale, 16, &tables);
        std::vector<int32_t> q((size_t)test_random_range(&random, 1, 200));
        std::vector<uint16_t> out(q.size());
        for (int32_t &v : q) v = (int32_t)test_random_range(&random, -128, 127);
        num_softmax_nnlut_row(&tables, 16, q.data(), q.size(), out.data());
        double sum = 0, total = 0;
        for (int32_t v : q) sum += std::exp(scale * v);
        for (size_t i = 0; i < q.size(); i++) {
            ASSERT_NEAR(out[i] * 0x1p-16, std::exp(scale * q[i]) / sum, 0.012);
            total += out[i] * 0x1p-16;
        }
        ASSERT_NEAR(total, 1, 0.01); // the sum is divided out, up to the table of 1/x and rounding
    }
}

// The oracle is the same arithmetic in long double, from the integer tables.
TEST(NumSoftmaxNnlut, RoundsTheQuotientOfItsTables)
{
    const num_nnlut_real exponential = table_of("exp_minimax"), reciprocal = table_of("recip_1_2_minimax");
    num_softmax_nnlut tables;
    num_softmax_nnlut_build(&exponential, &reciprocal, 0.05, 16, &tables);
    test_random random = {13};
    SCOPED_TRACE(random.state);
    for (unsigned bits : {1U, 8U, 15U, 16U}) {
        std::vector<int32_t> q(50);
        for (int32_t &v : q) v = (int32_t)test_random_range(&random, -128, 127);
        std::vector<uint16_t> out(q.size());
        num_softmax_nnlut_row(&tables, bits, q.data(), q.size(), out.data());
        const int32_t max = *std::max_element(q.begin(), q.end());
        std::vector<long double> e;
        long double sum = 0;
        for (int32_t v : q) {
            const long double acc = (long double)num_nnlut_eval(&tables.exponential, v - max, nullptr);
            e.push_back(std::fmin(std::fmax(std::floor(acc * 0.05L + 0.5L), 0), 65536));
            sum += e.back();
        }
        int exponent;
        const long double mantissa = std::floor(std::frexp(sum, &exponent) * 0x1p16L); // [2^15, 2^16)
        const long double inverse =
            (long double)num_nnlut_eval(&tables.reciprocal, (int32_t)mantissa, nullptr) * 0x1p-29L;
        for (size_t i = 0; i < q.size(); i++) {
            const long double p = e[i] * inverse / std::ldexp(1.0L, exponent - 1) * (1 << bits);
            ASSERT_EQ(out[i], std::fmin(std::floor(p + 0.5L), (1 << bits) - 1)) << bits;
        }
    }
}

TEST(NumSoftmaxNnlut, IsDefinedAtTheEnds)
{
    const num_nnlut_real exponential = table_of("exp_minimax"), reciprocal = table_of("recip_1_2_minimax");
    num_softmax_nnlut tables;
    num_softmax_nnlut_build(&exponential, &reciprocal, 0.05, 16, &tables);
    const int32_t far[2] = {INT32_MIN, INT32_MAX};
    uint16_t out[2] = {7, 7};
    num_softmax_nnlut_row(&tables, 8, far, 0, out);
    EXPECT_EQ(out[0], 7);
    num_softmax_nnlut_row(&tables, 8, far, 2, out);
    EXPECT_EQ(out[0], 0);
    EXPECT_EQ(out[1], 255);
    num_nnlut_real nothing = {};
    nothing.pieces = 1;
    num_softmax_nnlut_build(&nothing, &reciprocal, 0.05, 16, &tables);
    num_softmax_nnlut_row(&tables, 8, far, 2, out);
    EXPECT_EQ(out[1], 0);
}

TEST(NumLayernormNnlut, FactorIsNearTheExactOneForAllMagnitudes)
{
    const num_nnlut table = rsqrt_table();
    EXPECT_EQ(num_nnlut_layernorm_factor(&table, 0), 0u);
    for (uint64_t x = 1; x < (uint64_t)1 << 62; x += x / 5 + 1) {
        const double exact = 0x1p31 / std::sqrt((double)x);
        ASSERT_NEAR(num_nnlut_layernorm_factor(&table, x), exact, exact * 7e-4 + 1) << x;
    }
    EXPECT_NEAR(num_nnlut_layernorm_factor(&table, UINT64_MAX), 0.5, 0.5);
}

TEST(NumLayernormNnlut, StaysNearTheRealLayerNorm)
{
    const num_nnlut table = rsqrt_table();
    test_random random = {14};
    SCOPED_TRACE(random.state);
    for (size_t n : {1UL, 2UL, 64UL, 777UL}) {
        std::vector<int32_t> q(n), bias(n);
        std::vector<int64_t> out(n);
        double mean = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
            q[i] = (int32_t)test_random_range(&random, -20000, 20000);
            bias[i] = (int32_t)test_random_range(&random, -1000, 1000);
            mean += (double)q[i] / (double)n;
        }
        for (int32_t v : q) squares += (v - mean) * (v - mean);
        num_layernorm_nnlut_row(&table, q.data(), bias.data(), n, out.data());
        const double root = std::sqrt((double)n), sigma = std::sqrt(squares / (double)n);
        for (size_t i = 0; i < n; i++) {
            const double y = sigma > 0 ? (q[i] - mean) / sigma : 0;
            ASSERT_NEAR((double)(out[i] - bias[i]) * root * 0x1p-30, y, 7e-4 * std::fabs(y) + 1e-3) << n;
        }
    }
    const int32_t extremes[2] = {INT32_MIN, INT32_MAX}, none[2] = {};
    int64_t out[2] = {5, 5};
    num_layernorm_nnlut_row(&table, extremes, none, 0, out);
    EXPECT_EQ(out[0], 5);
    num_layernorm_nnlut_row(&table, extremes, none, 2, out);
    EXPECT_EQ(out[0], 0); // the factor of such a row is below 1
}

} // namespace
