#include "pe/num/binary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

std::vector<uint32_t> words_of(const Json &hex)
{
    std::vector<uint32_t> words;
    for (const Json &word : hex) words.push_back((uint32_t)std::stoul(word.text(), nullptr, 16));
    return words;
}

TEST(NumBinary, DotProductsEqualThePublishedOnes)
{
    const Json file = json_read("tests/data/formats/qnn.json");
    for (const Json &row : file["binary_dot"]) {
        const auto a = words_of(row["a_words_hex"]), b = words_of(row["b_words_hex"]);
        EXPECT_EQ(num_binary_dot(a.data(), b.data(), (size_t)row["n"].integer()), row["dot"].integer());
    }
    const Json &first = file["first_layer_8bit"];
    const auto x = first["x_u8"].integers<uint16_t>();
    const uint32_t w = (uint32_t)std::stoul(first["w_word_hex"].text(), nullptr, 16);
    EXPECT_EQ(num_binary_dot_unsigned(x.data(), 8, &w, 32), first["dot"].integer());

    const Json &two_bit = file["w1a2_dot"];
    const auto codes = two_bit["activation_codes"].integers<uint16_t>();
    const uint32_t w2 = (uint32_t)std::stoul(two_bit["w_word_hex"].text(), nullptr, 16);
    EXPECT_EQ(num_binary_dot_unsigned(codes.data(), 2, &w2, 32) - 2 * two_bit["weight_sum"].integer(),
              two_bit["dot_in_steps"].integer());
}

TEST(NumBinary, PopcountEqualsTheSumOfSignedProducts)
{
    test_random random = {12345};
    SCOPED_TRACE(random.state);
    for (size_t n : {0, 1, 31, 32, 33, 64, 100}) {
        std::vector<float> a(n), b(n);
        std::vector<uint16_t> x(n);
        for (size_t i = 0; i < n; i++) {
            a[i] = (float)test_random_range(&random, -2, 2);
            b[i] = (float)test_random_range(&random, -2, 2);
            x[i] = (uint16_t)test_random_u64(&random);
        }
        std::vector<uint32_t> pa(num_binary_words(n), 7), pb(num_binary_words(n), 7);
        num_binary_pack(a.data(), n, pa.data());
        num_binary_pack(b.data(), n, pb.data());
        int64_t dot = 0, wide = 0;
        for (size_t i = 0; i < n; i++) {
            dot += (a[i] < 0 ? -1 : 1) * (b[i] < 0 ? -1 : 1);
            wide += (b[i] < 0 ? -1 : 1) * (int64_t)x[i];
        }
        EXPECT_EQ(num_binary_dot(pa.data(), pb.data(), n), dot);
        EXPECT_EQ(num_binary_dot_unsigned(x.data(), 16, pb.data(), n), wide);
        if (n % 32) {
            EXPECT_EQ(pa.back() >> n % 32, 0u) << "bits beyond n";
            pa.back() |= 1u << n % 32;
            EXPECT_EQ(num_binary_dot(pa.data(), pb.data(), n), dot) << "bits beyond n do not count";
        }
    }
}

TEST(NumBinary, StochasticDecisionsEqualThePublishedOnes)
{
    const Json file = json_read("tests/data/formats/qnn.json");
    for (const Json &row : file["stochastic_binarize"]) {
        EXPECT_EQ(num_binary_stochastic(row["x"].real(), (uint32_t)row["u32"].integer()),
                  row["out"].integer());
    }
    for (uint32_t word : {0u, 0xFFFFFFFFu}) {
        EXPECT_EQ(num_binary_stochastic(1, word), 1);
        EXPECT_EQ(num_binary_stochastic(-1, word), -1);
    }
}

TEST(NumBinary, RoundsToPowersOfTwo)
{
    const Json file = json_read("tests/data/formats/qnn.json");
    for (const Json &row : file["ap2"]) {
        EXPECT_EQ(num_ap2(row["x"].real()), row["ap2"].real()) << row["x"].text();
    }
    EXPECT_EQ(num_ap2(0), 0);
    EXPECT_TRUE(std::isnan(num_ap2(std::nan(""))));
    test_random random = {6};
    SCOPED_TRACE(random.state);
    for (int i = 0; i < 5000; i++) {
        const double x = std::ldexp((double)test_random_range(&random, -1000000, 1000000),
                                    (int)test_random_range(&random, -40, 9));
        if (x == 0) continue;
        ASSERT_EQ(num_ap2(x), std::copysign(std::exp2(std::round(std::log2(std::fabs(x)))), x));
    }
}

TEST(NumBinary, LinearQuantiserEqualsThePublishedOne)
{
    const Json file = json_read("tests/data/formats/qnn.json");
    for (const Json &row : file["linear_quant"]) {
        const unsigned bits = (unsigned)row["bits"].integer();
        EXPECT_EQ(std::ldexp(num_linear_quant(row["x"].real(), bits), 1 - (int)bits),
                  row["q_minus1_to_1minus_step"].real())
            << bits << ' ' << row["x"].text();
    }
    const double infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(num_linear_quant(infinity, 4), 7);
    EXPECT_EQ(num_linear_quant(-infinity, 4), -8);
    EXPECT_EQ(num_linear_quant(std::nan(""), 4), 0);
}

TEST(NumBinary, ShiftBatchNormEqualsThePublishedColumn)
{
    const Json file = json_read("tests/data/formats/qnn.json");
    const Json &column = file["shift_bn_column"];
    std::vector<double> x = column["x"].reals(), y(x.size());
    num_shift_batch_norm(x.data(), x.size(), 1, 0, 1e-5, y.data());
    EXPECT_EQ(y, column["y_gamma1_beta0"].reals());
    num_shift_batch_norm(x.data(), x.size(), -3, 0.5, 1e-5, x.data());
    for (size_t i = 0; i < x.size(); i++) EXPECT_EQ(x[i], -4 * y[i] + 0.5) << "gamma is rounded to -4";
}

TEST(NumTernary, KeepsTheWeightsBeyondTheThreshold)
{
    const float w[5] = {1, -0.1f, 0.8f, -2, 0};
    int8_t t[5];
    EXPECT_NEAR(num_ternary_fit(w, 5, t), (1 + 0.8 + 2) / 3, 1e-7);
    const int8_t expected[5] = {1, 0, 1, -1, 0};
    for (int i = 0; i < 5; i++) EXPECT_EQ(t[i], expected[i]);
    const float zero[2] = {0, 0};
    EXPECT_EQ(num_ternary_fit(zero, 2, t), 0);
    EXPECT_EQ(t[0], 0);
    EXPECT_EQ(num_ternary_fit(zero, 0, t), 0);
}

TEST(NumLogQuant, IsThePowerOfTwoWithinTheRange)
{
    EXPECT_EQ(num_log_quant(0.3, 4), 0.25);
    EXPECT_EQ(num_log_quant(-0.4, 4), -0.5);
    EXPECT_EQ(num_log_quant(0.8, 4), 0.875); // AP2 is 1, the largest value of 4 bits is 1 - 1/8
    EXPECT_EQ(num_log_quant(-7, 4), -1);
    EXPECT_EQ(num_log_quant(0, 4), 0);
    EXPECT_EQ(num_log_quant(NAN, 4), 0);
    EXPECT_EQ(num_log_quant(-INFINITY, 2), -1);
    EXPECT_EQ(num_log_quant(INFINITY, 16), 1 - 0x1p-15);
}

} // namespace
