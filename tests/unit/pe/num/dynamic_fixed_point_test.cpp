#include "pe/num/dynamic_fixed_point.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

std::vector<float> floats(const Json &hex)
{
    std::vector<float> values;
    for (const Json &text : hex) {
        const uint32_t bits = (uint32_t)std::stoul(text.text(), nullptr, 16);
        float value;
        std::memcpy(&value, &bits, sizeof value);
        values.push_back(value);
    }
    return values;
}

TEST(NumDynamicFixedPoint, MapsThePublishedTensor)
{
    const Json file = json_read("tests/data/formats/dynamic_fixed_point.json");
    const std::vector<float> x = floats(file["x_f32_hex"]);
    const auto random = file["random_u32"].integers<uint32_t>();
    const struct {
        const char *name;
        num_dfx_rounding rounding;
    } roundings[] = {
        {"trunc", NUM_DFX_TRUNCATE}, {"nearest", NUM_DFX_NEAREST}, {"stochastic", NUM_DFX_STOCHASTIC}};
    for (const Json &map : file["maps"]) {
        for (const auto &r : roundings) {
            std::vector<int32_t> q(x.size());
            int exponent;
            ASSERT_TRUE(num_dfx_map(x.data(), x.size(), (unsigned)map["bits"].integer(), r.rounding,
                                    random.data(), q.data(), &exponent));
            EXPECT_EQ(q, map[r.name].integers<int32_t>()) << r.name << ' ' << map["bits"].text();
            EXPECT_EQ(exponent, map["scale_exp"].integer());
        }
    }
}

TEST(NumDynamicFixedPoint, MultipliesThePublishedMatrices)
{
    const Json file = json_read("tests/data/formats/dynamic_fixed_point.json");
    const Json &m = file["matmul8"];
    const std::vector<float> a = floats(m["A_f32_hex"]), b = floats(m["B_f32_hex"]),
                             y = floats(m["y_f32_hex"]);
    std::vector<int32_t> qa(15), qb(10);
    int ea, eb;
    ASSERT_TRUE(num_dfx_map(a.data(), 15, 8, NUM_DFX_NEAREST, nullptr, qa.data(), &ea));
    ASSERT_TRUE(num_dfx_map(b.data(), 10, 8, NUM_DFX_NEAREST, nullptr, qb.data(), &eb));
    EXPECT_EQ(qa, m["A_q"].integers<int32_t>());
    EXPECT_EQ(qb, m["B_q"].integers<int32_t>());
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 2; j++) {
            int64_t acc = 0;
            for (size_t k = 0; k < 5; k++) acc += (int64_t)qa[5 * i + k] * qb[2 * k + j];
            EXPECT_EQ(acc, m["acc"][i][j].integer());
            EXPECT_EQ(num_dfx_to_float(acc, ea + eb), y[2 * i + j]);
        }
    }
}

// Oracle: the definition in real arithmetic.
TEST(NumDynamicFixedPoint, ErrorsStayWithinTheStep)
{
    test_random random = {55};
    SCOPED_TRACE(random.state);
    for (unsigned bits = 2; bits <= 25; bits++) {
        std::vector<float> x(64);
        for (float &v : x)
            v = (float)std::ldexp((double)test_random_range(&random, -(1 << 23), 1 << 23),
                                  (int)test_random_range(&random, -170, -120));
        std::vector<uint32_t> words(x.size());
        for (uint32_t &word : words) word = (uint32_t)test_random_u64(&random);
        std::vector<int32_t> q(x.size());
        int exponent;
        for (int r = 0; r < 3; r++) {
            ASSERT_TRUE(num_dfx_map(x.data(), x.size(), bits, (num_dfx_rounding)r, words.data(), q.data(),
                                    &exponent));
            const double limit = (1 << (bits - 1)) - 1;
            int32_t largest = 0;
            for (size_t i = 0; i < x.size(); i++) {
                const double exact = std::ldexp(x[i], -exponent),
                             clipped = std::fmax(-limit, std::fmin(limit, exact));
                const double error = std::fabs(clipped - q[i]);
                EXPECT_LE(error, r == NUM_DFX_NEAREST ? 0.5 : 1);
                if (r == NUM_DFX_TRUNCATE) {
                    EXPECT_EQ(q[i], (int32_t)std::trunc(exact));
                }
                largest = std::max(largest, std::abs(q[i]));
            }
            EXPECT_GE(2 * largest, (1 << (bits - 1)) - 1);
        }
    }
}

TEST(NumDynamicFixedPoint, StochasticRoundingIsUnbiased)
{
    test_random random = {2};
    SCOPED_TRACE(random.state);
    const float x[2] = {1.0f, 0.3f / 64};
    const int draws = 40000;
    double sum = 0;
    for (int i = 0; i < draws; i++) {
        const uint32_t words[2] = {(uint32_t)test_random_u64(&random), (uint32_t)test_random_u64(&random)};
        int32_t q[2];
        int exponent;
        num_dfx_map(x, 2, 8, NUM_DFX_STOCHASTIC, words, q, &exponent);
        sum += q[1];
    }
    EXPECT_NEAR(sum / draws, 0.3, 3 * std::sqrt(0.3 * 0.7 / draws));
}

TEST(NumDynamicFixedPoint, TakesAnyTensor)
{
    const float infinity = std::numeric_limits<float>::infinity();
    int32_t q[2] = {5, 5};
    int exponent = 5;
    const float zero[2] = {0, -0.0f}, bad[2] = {1, std::nanf("")}, worse[2] = {-infinity, 1};
    EXPECT_TRUE(num_dfx_map(zero, 2, 8, NUM_DFX_NEAREST, nullptr, q, &exponent));
    EXPECT_EQ(exponent, 0);
    EXPECT_EQ(q[1], 0);
    EXPECT_TRUE(num_dfx_map(zero, 0, 8, NUM_DFX_NEAREST, nullptr, q, &exponent));
    EXPECT_FALSE(num_dfx_map(bad, 2, 8, NUM_DFX_NEAREST, nullptr, q, &exponent));
    EXPECT_FALSE(num_dfx_map(worse, 2, 8, NUM_DFX_NEAREST, nullptr, q, &exponent));
}

} // namespace
