// Every registered vector function keeps its contract: both forms give the same bits, the table is
// consistent.
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/vector_jobs.h"

namespace
{
std::vector<int32_t> unpack(num_format format, const uint8_t *bytes, size_t row, size_t stride,
                            uint32_t columns)
{
    std::vector<int32_t> values(columns);
    if (bytes) num_unpack_values(format, bytes + row * stride, columns, values.data());
    return values;
}

// One row, element by element, as the lanes work it off.
std::vector<int32_t> lane_form(const vec_job &job, const std::vector<int32_t> &x,
                               const std::vector<int32_t> &x2, const std::vector<vec_column> &columns)
{
    const vec_function &function = *job.function;
    std::vector<int32_t> out(job.columns);
    vec_row_state state = {};
    function.begin(&state, &job);
    for (unsigned pass = 0; pass < function.passes; pass++) {
        const bool last = pass + 1 == function.passes;
        for (uint32_t i = 0; i < job.columns; i++) {
            const int64_t value = function.lane(&state, &job, pass, x[i], x2[i], &columns[i]);
            if (last) {
                EXPECT_EQ(value, static_cast<int32_t>(value)) << "a result is an int32";
                out[i] = static_cast<int32_t>(value);
            } else {
                function.reduce(&state, pass, value);
            }
        }
        if (!last) function.scalar(&state, &job, pass);
    }
    return out;
}

class VectorFunction : public ::testing::TestWithParam<const vec_function *>
{
};

TEST_P(VectorFunction, LaneFormEqualsRowForm)
{
    const uint32_t lengths[] = {1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 64, 100, 257};
    const uint64_t first_seed = 20260101;
    for (uint64_t seed = first_seed; seed < first_seed + 300; seed++) {
        VectorJobData data({GetParam(), 3, lengths[seed % std::size(lengths)], seed, 0});
        const vec_job &job = data.job;
        SCOPED_TRACE(::testing::Message()
                     << job.function->name << " columns " << job.columns << " seed " << seed);
        std::vector<vec_column> columns(job.columns);
        if (job.column_params) vec_load_columns(job.column_params, job.columns, columns.data());
        for (uint32_t row = 0; row < job.rows; row++) {
            const auto x = unpack(job.in_format, job.in, row, job.in_stride_bytes, job.columns);
            const auto x2 = unpack(job.in2_format, job.in2, row, job.in2_stride_bytes, job.columns);
            std::vector<int32_t> out(job.columns);
            job.function->row(&job, x.data(), x2.data(), columns.data(), out.data());
            ASSERT_EQ(out, lane_form(job, x, x2, columns)) << "row " << row;
        }
    }
}

TEST_P(VectorFunction, StatesAConsistentTable)
{
    const vec_function &function = *GetParam();
    EXPECT_EQ(fl_registry_find("vector_function", function.name)->ops, &function);
    EXPECT_TRUE(function.inputs == 1 || function.inputs == 2);
    ASSERT_TRUE(function.passes >= 1 && function.passes <= VEC_MAX_PASSES);
    EXPECT_GE(function.latency, 1u);
    for (unsigned pass = 0; pass + 1 < function.passes; pass++)
        EXPECT_GE(function.gap[pass], 1u) << "the reduction register needs a cycle after pass " << pass;
    for (unsigned pass = function.passes; pass < VEC_MAX_PASSES; pass++) EXPECT_EQ(function.gap[pass], 0u);
    EXPECT_GE(function.multiplies + function.adds + function.table_reads, 1u);
}

TEST_P(VectorFunction, RefusesFormatsThatCannotBePackedWithAReason)
{
    const num_format int8 = {NUM_INT, 8, true}, int3 = {NUM_INT, 3, true};
    const char *reason = nullptr;
    EXPECT_TRUE(GetParam()->supports(int8, int8, int8, &reason)) << reason;
    EXPECT_FALSE(GetParam()->supports(int3, int8, int8, &reason));
    ASSERT_NE(reason, nullptr);
    EXPECT_NE(std::string(reason), "");
    reason = nullptr;
    EXPECT_FALSE(GetParam()->supports(int8, int8, int3, &reason));
    ASSERT_NE(reason, nullptr);
    EXPECT_EQ(GetParam()->supports(int8, int3, int8, &reason), GetParam()->inputs == 1);
}

INSTANTIATE_TEST_SUITE_P(Registered, VectorFunction, ::testing::ValuesIn(vector_functions()),
                         [](const auto &function) { return std::string(function.param->name); });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(VectorFunction);

TEST(VectorFunctions, AreRegistered) { EXPECT_FALSE(vector_functions().empty()); }
} // namespace
