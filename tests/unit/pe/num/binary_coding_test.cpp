// Weights as sums of +-alpha: the BCQ fit, its exact conversion, and products through lookup tables.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pe/num/bcq.h"
#include "pe/num/lut_gemm.h"
#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

Json vectors() { return json_read("tests/data/formats/lut_gemm.json"); }

double mean_squared_error(const std::vector<float> &w, const std::vector<double> &alpha,
                          const std::vector<uint8_t> &codes)
{
    double sum = 0;
    for (size_t k = 0; k < w.size(); k++) {
        sum += std::pow(w[k] - num_bcq_value(alpha.data(), (unsigned)alpha.size(), codes[k]), 2);
    }
    return sum / (double)w.size();
}

TEST(NumBcq, FitEqualsThePublishedOne)
{
    const Json file = vectors();
    const Json &fit = file["bcq_fit"];
    std::vector<float> w;
    for (double x : fit["w"].reals()) w.push_back((float)x);
    std::vector<double> alpha(3);
    std::vector<uint8_t> codes(w.size());
    num_bcq_fit_greedy(w.data(), w.size(), 3, alpha.data(), codes.data());
    for (size_t i = 0; i < 3; i++) EXPECT_EQ(alpha[i], fit["greedy_alpha"][i].real());
    EXPECT_EQ(codes, fit["greedy_codes_bit_i_is_plane_i"].integers<uint8_t>());
    for (const Json &error : fit["alternating_mse_by_iteration"]) {
        EXPECT_NEAR(mean_squared_error(w, alpha, codes), error.real(), 1e-12);
        num_bcq_refine(w.data(), w.size(), 3, 1, alpha.data(), codes.data());
    }
    for (size_t i = 0; i < 3; i++) EXPECT_NEAR(alpha[i], fit["final_alpha"][i].real(), 1e-12);
}

TEST(NumBcq, RefinementNeverRaisesTheError)
{
    test_random random = {3};
    SCOPED_TRACE(random.state);
    for (unsigned planes = 1; planes <= 6; planes++) {
        std::vector<float> w(40);
        for (float &x : w) x = (float)test_random_range(&random, -1000, 1000) / 512.0f;
        std::vector<double> alpha(planes);
        std::vector<uint8_t> codes(w.size());
        num_bcq_fit_greedy(w.data(), w.size(), planes, alpha.data(), codes.data());
        double error = mean_squared_error(w, alpha, codes);
        for (int round = 0; round < 10; round++) {
            num_bcq_refine(w.data(), w.size(), planes, 1, alpha.data(), codes.data());
            const double next = mean_squared_error(w, alpha, codes);
            EXPECT_LE(next, error * (1 + 1e-12)) << planes;
            error = next;
        }
    }
}

TEST(NumBcq, TakesDegenerateGroups)
{
    std::vector<float> same(7, -0.5f), zero(3, 0.0f);
    double alpha[8];
    uint8_t codes[7];
    num_bcq_fit_greedy(same.data(), same.size(), 8, alpha, codes);
    num_bcq_refine(same.data(), same.size(), 8, 15, alpha, codes);
    for (uint8_t code : codes) EXPECT_NEAR(num_bcq_value(alpha, 8, code), -0.5, 1e-12);
    num_bcq_fit_greedy(zero.data(), zero.size(), 2, alpha, codes);
    num_bcq_refine(zero.data(), zero.size(), 2, 15, alpha, codes);
    EXPECT_EQ(alpha[0], 0);
    const float pair[2] = {0, 2};
    num_bcq_fit_greedy(pair, 2, 1, alpha, codes);
    EXPECT_EQ(codes[0], 1) << "the sign of zero is +";
    num_bcq_fit_greedy(nullptr, 0, 2, alpha, codes);
    num_bcq_refine(nullptr, 0, 2, 3, alpha, codes);
    EXPECT_EQ(alpha[1], 0);
}

TEST(NumBcq, UniformWeightsConvertExactly)
{
    const Json file = vectors();
    const Json &uniform = file["uniform_to_bcq"];
    double alpha[8], offset;
    num_bcq_from_uniform(3, uniform["scale"].real(), uniform["zero"].real(), alpha, &offset);
    for (size_t i = 0; i < 3; i++) EXPECT_EQ(alpha[i], uniform["alpha"][i].real());
    EXPECT_EQ(offset, uniform["offset"].real());
    for (unsigned planes = 1; planes <= 8; planes++) {
        num_bcq_from_uniform(planes, 0.375, 5, alpha, &offset);
        for (unsigned c = 0; c < 1u << planes; c++) {
            EXPECT_EQ(num_bcq_value(alpha, planes, (uint8_t)c) + offset, 0.375 * ((double)c - 5));
        }
    }
}

TEST(NumLutGemm, TablesHoldEverySignedSum)
{
    const Json file = vectors();
    const std::vector<int32_t> x = file["mu8_gemv"]["x"].integers<int32_t>();
    int32_t table[256];
    num_lut_build(x.data(), 8, table);
    for (size_t c = 0; c < 256; c++) EXPECT_EQ(table[c], file["mu8_gemv"]["lut0"][c].integer());
    num_lut_build(x.data() + 24, 8, table);
    for (size_t c = 0; c < 256; c++) {
        EXPECT_EQ(table[c], file["mu8_gemv"]["lut3"][c].integer());
        EXPECT_EQ(table[255 - c], -table[c]);
    }
}

TEST(NumLutGemm, ProductEqualsThePublishedOne)
{
    const Json file = vectors();
    const Json &gemv = file["mu8_gemv"];
    const num_lut_gemm shape = {4, 32, 16, 3, 8};
    std::vector<uint32_t> bits;
    std::vector<int32_t> alpha;
    for (const Json &plane : gemv["packed_words[k/32][bit][row]"][0]) {
        for (const Json &word : plane) bits.push_back((uint32_t)word.integer());
    }
    for (const Json &group : gemv["alpha[group][bit][row]"]) {
        for (const Json &plane : group) {
            for (const Json &a : plane) alpha.push_back((int32_t)a.integer());
        }
    }
    int64_t y[4];
    ASSERT_TRUE(
        num_lut_gemv(shape, bits.data(), alpha.data(), nullptr, gemv["x"].integers<int32_t>().data(), y));
    for (size_t row = 0; row < 4; row++) EXPECT_EQ(y[row], gemv["y"][row].integer());
}

TEST(NumLutGemm, ProductEqualsTheDequantisedMatrix)
{
    test_random random = {41};
    SCOPED_TRACE(random.state);
    for (int round = 0; round < 60; round++) {
        num_lut_gemm shape = {};
        shape.rows = (size_t)test_random_range(&random, 1, 5);
        shape.columns = (size_t)test_random_range(&random, 0, 90);
        shape.lut_bits = 1u << test_random_range(&random, 0, 3);
        shape.group = shape.lut_bits * (size_t)test_random_range(&random, 1, 6);
        shape.planes = (unsigned)test_random_range(&random, 1, 8);
        const size_t groups = (shape.columns + shape.group - 1) / shape.group;
        std::vector<uint32_t> bits(num_lut_gemm_words(shape));
        std::vector<int32_t> alpha(groups * shape.planes * shape.rows), offset(groups * shape.rows),
            x(shape.columns);
        std::vector<int64_t> y(shape.rows), expected(shape.rows);
        for (int32_t &v : alpha) v = (int32_t)test_random_range(&random, -30000, 30000);
        for (int32_t &v : offset) v = (int32_t)test_random_range(&random, -30000, 30000);
        for (int32_t &v : x) v = (int32_t)test_random_range(&random, -128, 127);
        for (size_t row = 0; row < shape.rows; row++) {
            for (size_t k = 0; k < shape.columns; k++) {
                const uint8_t code = (uint8_t)test_random_u64(&random);
                num_lut_gemm_pack(shape, bits.data(), row, k, code);
                int64_t w = offset[k / shape.group * shape.rows + row];
                for (unsigned i = 0; i < shape.planes; i++) {
                    const int32_t a = alpha[(k / shape.group * shape.planes + i) * shape.rows + row];
                    w += code >> i & 1 ? a : -a;
                }
                expected[row] += w * x[k];
            }
        }
        ASSERT_TRUE(num_lut_gemv(shape, bits.data(), alpha.data(), offset.data(), x.data(), y.data()));
        ASSERT_EQ(y, expected) << "round " << round;
    }
}

TEST(NumLutGemm, RefusesShapesOutsideTheLimits)
{
    for (num_lut_gemm shape :
         {num_lut_gemm{1, 8, 8, 1, 0}, num_lut_gemm{1, 8, 9, 1, 3}, num_lut_gemm{1, 8, 16, 1, 16},
          num_lut_gemm{1, 8, 12, 1, 8}, num_lut_gemm{1, 8, 0, 1, 8}, num_lut_gemm{1, 8, 8, 0, 8},
          num_lut_gemm{1, 8, 8, 9, 8}}) {
        EXPECT_FALSE(num_lut_gemv(shape, nullptr, nullptr, nullptr, nullptr, nullptr));
    }
}

} // namespace
