// Does the span model of the vector unit follow its contract?
#include <gtest/gtest.h>

#include <vector>

#include "pe/vector/function.h"
#include "tests/support/random.h"
#include "tests/support/vector_jobs.h"

namespace
{
const vec_function *function_named(const char *name)
{
    const fl_part *part = fl_registry_find("vector_function", name);
    return part ? static_cast<const vec_function *>(part->ops) : nullptr;
}

// The example of docs/contracts/vector.md.
TEST(VectorPlan, FollowsTheWorkedExample)
{
    const vec_params params = {2};
    vec_job job = {};
    job.function = function_named("softmax");
    if (job.function == nullptr) GTEST_SKIP() << "no softmax";
    job.rows = 2;
    job.columns = 5;
    vec_plan plan;
    vec_plan_job(&params, &job, 0, &plan);
    EXPECT_EQ(vec_row_interval(&params, job.function, 5), 13u);
    EXPECT_EQ(plan.accept, 26u);
    EXPECT_EQ(plan.done, 34u);
    EXPECT_EQ(plan.busy, 18u);
    EXPECT_EQ(plan.fill, 8u);
}

TEST(VectorPlan, AttributesEveryCycleBetweenStartAndAccept)
{
    for (const vec_function *function : vector_functions()) {
        for (uint32_t lanes = 1; lanes < 10; lanes++) {
            const vec_params params = {lanes};
            vec_job job = {};
            job.function = function;
            job.rows = 3;
            job.columns = 17;
            vec_plan plan;
            vec_plan_job(&params, &job, 1000, &plan);
            EXPECT_EQ(plan.accept - 1000, plan.busy + plan.fill);
            EXPECT_EQ(plan.done, plan.accept + function->latency);
            EXPECT_EQ(plan.busy, 3u * function->passes * ((17 + lanes - 1) / lanes));
        }
    }
}

TEST(VectorPlan, HasTheLatenciesOfTheContractPage)
{
    const struct {
        const char *name;
        unsigned passes, gaps, latency;
    } table[] = {{"add", 1, 0, 6},         {"bias_requantize", 1, 0, 6}, {"gelu", 1, 0, 13},
                 {"layernorm", 3, 131, 8}, {"requantize", 1, 0, 5},      {"softmax", 3, 4, 8}};
    for (const auto &row : table) {
        const vec_function *function = function_named(row.name);
        if (function == nullptr) continue; // deleting a function is deleting its files
        EXPECT_EQ(function->passes, row.passes) << row.name;
        EXPECT_EQ(function->gap[0] + function->gap[1] + function->gap[2], row.gaps) << row.name;
        EXPECT_EQ(function->latency, row.latency) << row.name;
    }
}

// By the definition: a row under a mask is a shorter row, with zeros behind.
TEST(VectorMask, GivesEveryRowItsFirstElementsAlone)
{
    const vec_function *function = function_named("softmax");
    if (function == nullptr) GTEST_SKIP() << "no softmax";
    constexpr uint32_t SIDE = 5; // columns
    const num_format int8 = {NUM_INT, 8, true};
    test_random random = {9};
    for (uint32_t pair = 0; pair < SIDE * SIDE; pair++) {
        const uint32_t context = pair / SIDE, first = pair % SIDE;
        if (first < context) continue;
        uint8_t in[12][SIDE], out[12][SIDE];
        for (auto &row : in)
            for (uint8_t &code : row) code = static_cast<uint8_t>(test_random_u64(&random));
        vec_job job = {};
        job.function = function;
        job.rows = 12;
        job.columns = SIDE;
        job.prefix = first + 1;
        job.context = context;
        job.in_format = job.in2_format = job.out_format = int8;
        job.immediates.index_multiplier = 2000;
        job.immediates.out = {1 << 30, 0};
        job.in = &in[0][0];
        job.out = &out[0][0];
        job.in_stride_bytes = job.out_stride_bytes = SIDE;
        uint32_t scratch[128];
        ASSERT_LE(vec_scratch_bytes(SIDE), sizeof scratch);
        vec_compute(&job, scratch);
        uint32_t valid = first + 1;
        for (uint32_t row = 0; row < job.rows; row++) {
            EXPECT_EQ(vec_valid_columns(&job, row), valid) << "context " << context;
            uint8_t expected[SIDE] = {};
            vec_job alone = job;
            alone.rows = 1;
            alone.columns = valid;
            alone.prefix = alone.context = 0;
            alone.in = in[row];
            alone.out = expected;
            vec_compute(&alone, scratch);
            EXPECT_EQ(std::vector<uint8_t>(out[row], out[row] + SIDE),
                      std::vector<uint8_t>(expected, expected + SIDE))
                << "context " << context << ", first row " << first << ", row " << row;
            valid = valid == SIDE ? context + 1 : valid + 1; // the next matrix begins
        }
    }
}

TEST(VectorColumns, LieInMemoryLittleEndianInTheirOrder)
{
    const vec_column columns[] = {{0x04030201, {0x08070605, -2}}, {-1, {INT32_MAX, 30}}};
    uint8_t bytes[2 * VEC_COLUMN_BYTES];
    vec_store_columns(columns, 2, bytes);
    const std::vector<uint8_t> expected = {1,    2,    3,    4,    5,    6,    7,    8,
                                           0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                           0xFF, 0xFF, 0xFF, 0x7F, 30,   0,    0,    0};
    EXPECT_EQ(std::vector<uint8_t>(bytes, bytes + sizeof bytes), expected);
    vec_column loaded[2];
    vec_load_columns(bytes, 2, loaded);
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(loaded[i].bias, columns[i].bias);
        EXPECT_EQ(loaded[i].scale.multiplier, columns[i].scale.multiplier);
        EXPECT_EQ(loaded[i].scale.shift, columns[i].scale.shift);
    }
}

TEST(VectorRequantize, EqualsTheScalarDefinitions)
{
    test_random random = {42};
    for (int i = 0; i < 300000; i++) {
        const auto word = static_cast<int32_t>(test_random_range(&random, int64_t{1} << 30, INT32_MAX));
        const num_multiplier m = {i % 50 ? word : 0,
                                  static_cast<int32_t>(test_random_range(&random, -31, 30))};
        const auto wide = static_cast<int64_t>(test_random_u64(&random)) >> (i % 64);
        const auto x = static_cast<int32_t>(i % 97 ? wide : i % 2 ? INT32_MIN : INT32_MAX);
        ASSERT_EQ(num_multiply_lane(x, m), num_multiply_by_multiplier(x, m))
            << x << ' ' << word << ' ' << m.shift;
        ASSERT_EQ(vec_requantize_wide(wide, m), num_multiply_by_multiplier_wide(wide, m))
            << wide << ' ' << word << ' ' << m.shift;
    }
}

TEST(VectorRequantize, RoundsTiesLikeTheScalarDefinitions)
{
    for (int32_t shift = -31; shift <= 1; shift++) {
        for (int32_t x = -300; x <= 300; x++) {
            const num_multiplier m = {1 << 30, shift};
            ASSERT_EQ(num_multiply_lane(x, m), num_multiply_by_multiplier(x, m)) << x << ' ' << shift;
            ASSERT_EQ(vec_requantize_wide(x, m), num_multiply_by_multiplier_wide(x, m)) << x << ' ' << shift;
        }
    }
}
} // namespace
