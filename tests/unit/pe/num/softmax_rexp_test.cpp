// Are the REXP tables and rows the ones of the construction rule, and how far is the result from softmax?
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "pe/num/softmax_rexp.h"
#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{
std::vector<int64_t> numerators_of(const num_rexp &t) { return {t.numerator, t.numerator + t.numerators}; }
std::vector<int64_t> alphas_of(const num_rexp &t) { return {t.alpha, t.alpha + t.alphas}; }

struct Row {
    std::vector<int64_t> numerators, out;
    int64_t sum = 0, alpha = 0;
};

Row softmax(const num_rexp &tables, const std::vector<int64_t> &q, uint32_t index_multiplier)
{
    Row row;
    const int64_t maximum = *std::max_element(q.begin(), q.end());
    for (int64_t x : q) {
        const unsigned index = num_rexp_index(&tables, static_cast<uint32_t>(maximum - x), index_multiplier);
        row.numerators.push_back(tables.numerator[index]);
        row.sum += row.numerators.back();
    }
    row.alpha = num_rexp_alpha(&tables, tables.alphas, static_cast<uint64_t>(row.sum));
    for (int64_t numerator : row.numerators)
        row.out.push_back(num_rexp_divide(&tables, static_cast<uint32_t>(numerator * row.alpha)));
    return row;
}

TEST(NumRexp, BuildsThePublishedTablesAndSizes)
{
    const Json reference = json_read("tests/data/nonlinear/rexp_2dlut_tables.json");
    const struct {
        const char *name;
        size_t bytes;
    } precisions[] = {{"int16", 58}, {"uint8", 24}, {"uint4", 21}, {"uint2", 10}};
    for (const auto &precision : precisions) {
        const Json &entry = reference[precision.name];
        num_rexp tables;
        num_rexp_build(static_cast<unsigned>(entry["w"].integer()), 16, &tables);
        EXPECT_EQ(numerators_of(tables), entry["rexp"]["lut_1_over_e"].integers<int64_t>()) << precision.name;
        EXPECT_EQ(alphas_of(tables), entry["rexp"]["lut_alpha_from_j1"].integers<int64_t>())
            << precision.name;
        EXPECT_EQ(num_rexp_bytes(&tables), precision.bytes) << precision.name;
        EXPECT_EQ(entry["rexp"]["bytes"].integer(), static_cast<int64_t>(precision.bytes));
    }
}

TEST(NumRexp, HasTheSizesOfTheLongTables)
{
    num_rexp tables;
    num_rexp_build(8, 256, &tables);
    EXPECT_EQ(num_rexp_bytes(&tables), 264u);
    num_rexp_build(8, 320, &tables);
    EXPECT_EQ(num_rexp_bytes(&tables), 328u);
    num_rexp_build(15, 320, &tables);
    EXPECT_EQ(num_rexp_bytes(&tables), 666u);
}

TEST(NumRexp, KeepsTheRomThatTheRuleBuilds)
{
    num_rexp tables;
    num_rexp_build(8, NUM_REXP_MAX_ALPHAS, &tables);
    EXPECT_EQ(num_rexp_u8.width, 8u);
    EXPECT_EQ(numerators_of(num_rexp_u8), numerators_of(tables));
    EXPECT_EQ(alphas_of(num_rexp_u8), alphas_of(tables));
    for (int j = 1; j <= NUM_REXP_MAX_ALPHAS; j++) /* 255 / j rounded half up, in integers */
        EXPECT_EQ(num_rexp_u8.alpha[j - 1], (2 * 255 + j) / (2 * j)) << j;
}

TEST(NumRexp, GivesTheVectors)
{
    num_rexp u8, int16;
    num_rexp_build(8, 16, &u8);
    num_rexp_build(15, 16, &int16);
    const Json rows = json_read("tests/data/nonlinear/rexp_2dlut_rows.json");
    ASSERT_GT(rows.size(), 0u);
    for (const Json &entry : rows) {
        const auto index_multiplier = static_cast<uint32_t>(entry["K_q16"].integer());
        EXPECT_EQ(index_multiplier, std::lround(entry["S"].real() * 65536));
        const Row row = softmax(u8, entry["input"].integers<int64_t>(), index_multiplier);
        const Json &expected = entry["rexp_u8_round"];
        EXPECT_EQ(row.numerators, expected["sigma_star"].integers<int64_t>());
        EXPECT_EQ(row.sum, expected["sum"].integer());
        EXPECT_EQ(row.alpha, expected["alpha"].integer());
        EXPECT_EQ(row.out, expected["output"].integers<int64_t>());
        const Row wide = softmax(int16, entry["input"].integers<int64_t>(), index_multiplier);
        EXPECT_EQ(wide.sum, entry["rexp_int16_round"]["sum"].integer());
        EXPECT_EQ(wide.alpha, entry["rexp_int16_round"]["alpha"].integer());
        EXPECT_EQ(wide.out, entry["rexp_int16_round"]["output"].integers<int64_t>());
        const auto q = entry["input"].integers<int32_t>();
        std::vector<uint16_t> out(q.size());
        num_softmax_rexp_row(&u8, NUM_INDEX_ROUND, index_multiplier, q.data(), q.size(), out.data());
        EXPECT_EQ(out, expected["output"].integers<uint16_t>());
        num_softmax_rexp_row(&u8, NUM_INDEX_LITERAL, index_multiplier, q.data(), q.size(), out.data());
        EXPECT_EQ(out, entry["rexp_u8_floor"]["output"].integers<uint16_t>());
        num_softmax_rexp_row(&int16, NUM_INDEX_ROUND, index_multiplier, q.data(), q.size(), out.data());
        EXPECT_EQ(out, entry["rexp_int16_round"]["output"].integers<uint16_t>());
    }
}

TEST(NumRexp, DividesBy255ExactlyForEveryProduct)
{
    for (uint32_t product = 0; product <= 255 * 255; product++) {
        const long nearest = std::lround(product / 255.0);
        ASSERT_EQ(num_divide_by_255(product), nearest) << product;
        ASSERT_EQ(num_rexp_divide(&num_rexp_u8, product), nearest) << product;
    }
}

TEST(NumRexp, TakesAtLeastOneAndAtMostTheLastAlpha)
{
    EXPECT_EQ(num_rexp_alpha(&num_rexp_u8, 256, 0), 255u);
    EXPECT_EQ(num_rexp_alpha(&num_rexp_u8, 256, 255), 255u);
    EXPECT_EQ(num_rexp_alpha(&num_rexp_u8, 256, 383), 255u);
    EXPECT_EQ(num_rexp_alpha(&num_rexp_u8, 256, 384), 128u);
    EXPECT_EQ(num_rexp_alpha(&num_rexp_u8, 256, UINT32_MAX), 1u);
    EXPECT_EQ(num_rexp_alpha(&num_rexp_u8, 16, UINT32_MAX), 16u);
}

// Bound of the header, and a flat row far inside it.
TEST(NumRexp, StaysWithinItsErrorAgainstRealSoftmax)
{
    test_random random = {77};
    double worst = 0;
    for (int round = 0; round < 500; round++) {
        const auto length = static_cast<size_t>(test_random_range(&random, 2, 256));
        const double scale = 0.01 * static_cast<double>(test_random_range(&random, 1, 14));
        std::vector<int64_t> q(length);
        for (int64_t &x : q)
            x = (test_random_range(&random, -128, 127) + test_random_range(&random, -128, 127)) / 2;
        const Row row = softmax(num_rexp_u8, q, static_cast<uint32_t>(std::lround(scale * 65536)));
        const int64_t maximum = *std::max_element(q.begin(), q.end());
        double sum = 0;
        for (int64_t x : q) sum += std::exp(scale * static_cast<double>(x - maximum));
        for (size_t i = 0; i < length; i++) {
            const double real = std::exp(scale * static_cast<double>(q[i] - maximum)) / sum;
            worst = std::max(worst, std::abs(static_cast<double>(row.out[i]) / 255 - real));
        }
    }
    EXPECT_LE(worst, 0.40);
    const Row flat = softmax(num_rexp_u8, std::vector<int64_t>(128, 5), 4096);
    EXPECT_EQ(flat.out, std::vector<int64_t>(128, 2)); /* 255 / 128 = 1.99 */
}
} // namespace
