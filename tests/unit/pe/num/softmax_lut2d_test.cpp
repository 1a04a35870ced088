#include "pe/num/softmax_lut2d.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

TEST(NumSoftmaxLut2d, TablesHaveThePublishedEntriesAndSizes)
{
    const struct {
        const char *name;
        unsigned width, exponentials, columns;
    } sizes[] = {{"int16", 15, 101, 60}, {"uint8", 8, 101, 60}, {"uint4", 4, 48, 29}, {"uint2", 2, 12, 8}};
    const Json file = json_read("tests/data/nonlinear/rexp_2dlut_tables.json");
    for (const auto &size : sizes) {
        const Json &json = file[size.name]["lut2d"];
        num_lut2d tables;
        num_lut2d_build(size.width, size.exponentials, size.columns, &tables);
        EXPECT_EQ(num_lut2d_bytes(&tables), (size_t)json["bytes"].integer());
        ASSERT_EQ(json["lut_exp_step_0p1"].size(), size.exponentials);
        for (size_t i = 0; i < size.exponentials; i++) {
            EXPECT_EQ(tables.exponential[i], json["lut_exp_step_0p1"][i].integer()) << size.name;
        }
        if (!json.has("lut_sigma_rows_by_i_cols_by_j_from1")) continue;
        const Json &rows = json["lut_sigma_rows_by_i_cols_by_j_from1"];
        for (size_t i = 0; i < rows.size(); i++) {
            ASSERT_EQ(rows[i].size(), size.columns);
            for (size_t j = 0; j < rows[i].size(); j++)
                EXPECT_EQ(tables.quotient[i][j], rows[i][j].integer());
        }
    }
}

TEST(NumSoftmaxLut2d, EqualsThePublishedRows)
{
    num_lut2d tables;
    num_lut2d_build(8, 101, 60, &tables);
    const Json file = json_read("tests/data/nonlinear/rexp_2dlut_rows.json");
    for (const Json &row : file) {
        const std::vector<int32_t> q = row["input"].integers<int32_t>();
        std::vector<uint16_t> out(q.size());
        num_softmax_lut2d_row(&tables, NUM_INDEX_ROUND, (uint32_t)row["K10_q16"].integer(), q.data(),
                              q.size(), out.data());
        EXPECT_EQ(out, row["lut2d_u8_round"]["output"].integers<uint16_t>());
        num_softmax_lut2d_row(&tables, NUM_INDEX_LITERAL, (uint32_t)row["K10_q16"].integer(), q.data(),
                              q.size(), out.data());
        EXPECT_EQ(out, row["lut2d_u8_floor"]["output"].integers<uint16_t>());
    }
}

TEST(NumSoftmaxLut2d, StaysWithinTheStatedErrorOfTheRealSoftmax)
{
    num_lut2d tables;
    num_lut2d_build(8, 101, 60, &tables);
    test_random random = {21};
    SCOPED_TRACE(random.state);
    for (int round = 0; round < 100; round++) {
        std::vector<int32_t> q((size_t)test_random_range(&random, 1, 150));
        std::vector<uint16_t> out(q.size());
        for (int32_t &v : q) v = (int32_t)test_random_range(&random, -128, 127);
        num_softmax_lut2d_row(&tables, NUM_INDEX_ROUND, (uint32_t)std::lround(10 * 0.05 * 65536), q.data(),
                              q.size(), out.data());
        double sum = 0;
        for (int32_t v : q) sum += std::exp(0.05 * v);
        for (size_t i = 0; i < q.size(); i++) ASSERT_NEAR(out[i] / 255.0, std::exp(0.05 * q[i]) / sum, 0.40);
    }
    const int32_t far[2] = {INT32_MIN, INT32_MAX};
    uint16_t out[2];
    num_softmax_lut2d_row(&tables, NUM_INDEX_ROUND, 1 << 30, far, 2, out);
    EXPECT_EQ(out[0], 0);
    EXPECT_EQ(out[1], 255);
}

} // namespace
