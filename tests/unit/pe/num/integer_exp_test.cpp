#include "pe/num/integer_exp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/csv.h"
#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

TEST(NumIntegerExp, EqualsThePublishedValues)
{
    size_t rows = 0;
    for (const CsvRow &row : csv_read("tests/data/nonlinear/ibert_iexp.csv")) {
        num_integer_exp c;
        if (!num_integer_exp_build(row.real("S"), &c)) continue;
        rows++;
        EXPECT_EQ(c.x0, row.integer("x0"));
        EXPECT_EQ(c.b, row.integer("b"));
        EXPECT_EQ(c.c, row.integer("c"));
        const num_exp_parts e = num_integer_exp_parts(&c, (int32_t)row.integer("q"), 30);
        EXPECT_EQ(e.halvings, (unsigned)row.integer("z"));
        EXPECT_EQ(e.polynomial, row.integer("poly"));
    }
    EXPECT_GT(rows, 50u);
}

TEST(NumIntegerExp, StaysNearTheRealExponential)
{
    num_integer_exp c;
    ASSERT_TRUE(num_integer_exp_build(0.0005, &c));
    for (int32_t q = -30000; q <= 0; q += 13) {
        const num_exp_parts e = num_integer_exp_parts(&c, q, 30);
        EXPECT_NEAR(std::ldexp((double)e.polynomial, -(int)e.halvings) * 0.35815147 * 0.0005 * 0.0005,
                    std::exp(q * 0.0005), 2.1e-3);
    }
    for (double scale : {0.0, -1.0, 1.0, 1e-6, (double)NAN})
        EXPECT_FALSE(num_integer_exp_build(scale, &c)) << scale;
    for (double scale : {0x1p-15, 0.01, 0.5, 0.6931}) {
        ASSERT_TRUE(num_integer_exp_build(scale, &c));
        for (int32_t q : {0, -1, -2, c.x0, c.x0 + 1, 29 * c.x0, INT32_MIN}) {
            EXPECT_GT(num_integer_exp_parts(&c, q, 30).polynomial, 0) << scale << ' ' << q;
        }
    }
}

TEST(NumSoftmaxIbert, EqualsThePublishedRows)
{
    const Json file = json_read("tests/data/nonlinear/ibert_softmax.json");
    for (const Json &row : file) {
        num_integer_exp c;
        ASSERT_TRUE(num_integer_exp_build(row["S"].real(), &c));
        const std::vector<int32_t> q = row["input"].integers<int32_t>();
        std::vector<uint8_t> out(q.size());
        num_softmax_ibert_row(&c, q.data(), q.size(), out.data());
        EXPECT_EQ(out, row["output_u8"].integers<uint8_t>());
    }
    num_integer_exp c;
    ASSERT_TRUE(num_integer_exp_build(0.001, &c));
    const int32_t far[2] = {INT32_MIN, INT32_MAX};
    uint8_t out[2];
    num_softmax_ibert_row(&c, far, 2, out);
    EXPECT_EQ(out[0], 0);
    EXPECT_EQ(out[1], 255);
}

TEST(NumSoftmaxLis, EqualsThePublishedRows)
{
    const Json file = json_read("tests/data/nonlinear/fqvit_lis.json");
    for (const Json &row : file) {
        num_integer_exp c;
        ASSERT_TRUE(num_integer_exp_build(row["S"].real(), &c));
        const std::vector<int32_t> q = row["input_u8"].integers<int32_t>();
        std::vector<uint8_t> codes(q.size());
        for (unsigned n : {30u, 20u}) {
            const Json &expected = row[n == 30 ? "n30" : "n20"];
            num_softmax_lis_row(&c, n, q.data(), q.size(), codes.data());
            for (size_t i = 0; i < q.size(); i++) {
                EXPECT_EQ(codes[i] == NUM_LIS_FLUSH, expected["flush_to_zero"][i].integer() != 0);
                if (codes[i] != NUM_LIS_FLUSH) {
                    EXPECT_EQ(codes[i], expected["code"][i].integer());
                }
            }
            if (!row.has("V")) continue;
            const std::vector<int8_t> v = row["V"].integers<int8_t>();
            EXPECT_EQ(num_lis_dot(codes.data(), v.data(), v.size()),
                      row["acc_shift_left_N15_flush"].integer());
        }
    }
}

TEST(NumSoftmaxLis, RoundsLogarithmsAsPublished)
{
    for (const CsvRow &row : csv_read("tests/data/nonlinear/fqvit_log_round.csv")) {
        EXPECT_EQ(num_log2_round((uint64_t)row.integer("x")), (unsigned)row.integer("log_round"));
    }
    EXPECT_EQ(num_log2_round(UINT64_MAX), 64u);
}

TEST(NumSoftmaxLis, StaysWithinAThirdOfTheRealSoftmax)
{
    test_random random = {14};
    SCOPED_TRACE(random.state);
    num_integer_exp c;
    ASSERT_TRUE(num_integer_exp_build(0.04, &c));
    for (int round = 0; round < 50; round++) {
        std::vector<int32_t> q((size_t)test_random_range(&random, 1, 200));
        std::vector<uint8_t> codes(q.size());
        for (int32_t &v : q) v = (int32_t)test_random_range(&random, -128, 127);
        num_softmax_lis_row(&c, 20, q.data(), q.size(), codes.data());
        double sum = 0;
        for (int32_t v : q) sum += std::exp(0.04 * v);
        for (size_t i = 0; i < q.size(); i++) {
            const double p = codes[i] == NUM_LIS_FLUSH ? 0 : std::ldexp(1, -codes[i]);
            ASSERT_NEAR(p, std::exp(0.04 * q[i]) / sum, 0.34);
        }
    }
}

} // namespace
