// The Verilated array as a matrix unit: the times of the span model and the sums of the oracle.
#include "sim/cosim/array_rtl.h"

#include <gtest/gtest.h>

#include "tests/support/array_case.h"
#include "tests/support/systemc_test.h"

namespace
{
using array_case::JobData;
using array_case::JobSpec;

const sc_core::sc_time PERIOD(2, sc_core::SC_NS);

struct Times {
    uint64_t first_operand, accept, done;
};

// Runs jobs that queue up without gaps, and compares each with the span model and the oracle.
void compare(const pe_array_params &params, const std::vector<JobSpec> &specs)
{
    fl_error error = {};
    const fl::RtlModel model = fl::array_rtl_open(params, 7, &error);
    ASSERT_TRUE(model) << error.text;
    sc_core::sc_clock clock("clock", PERIOD);
    fl::ArrayRtl array("array", params, PERIOD, model.get());
    array.clk(clock);

    const std::vector<JobData> data(specs.begin(), specs.end());
    std::vector<std::vector<uint32_t>> sums(data.size());
    std::vector<Times> times(data.size());
    size_t taken = 0, first = 0, accepted = 0, done = 0;
    array.on_first_operand = [&](uint64_t cycle) { times[first++].first_operand = cycle; };
    array.on_done = [&](uint64_t cycle) { times[done++].done = cycle; };
    array.on_accept = [&](uint64_t cycle) {
        times[accepted++].accept = cycle;
        if (taken < data.size()) array.take(data[taken].into(sums[taken])), ++taken;
    };
    sc_core::sc_start(PERIOD / 2);
    array.take(data[0].into(sums[0]));
    taken = 1;
    for (int cycle = 0; cycle < 100000 && done < data.size(); ++cycle) sc_core::sc_start(PERIOD);
    ASSERT_EQ(done, data.size());

    pe_array_front front = {};
    uint64_t start = 0;
    for (size_t i = 0; i < data.size(); ++i) {
        SCOPED_TRACE("job " + std::to_string(i) + " seed " + std::to_string(specs[i].seed));
        std::vector<uint32_t> ignored;
        const pe_array_job job = data[i].into(ignored);
        pe_array_plan plan;
        pe_array_plan_job(&params, &front, &job, start, &plan);
        start = plan.accept;
        EXPECT_EQ(times[i].first_operand, plan.first_operand);
        EXPECT_EQ(times[i].accept, plan.accept);
        EXPECT_EQ(times[i].done, plan.done);
        EXPECT_EQ(sums[i], data[i].oracle());
    }
    EXPECT_EQ(array.errors(), 0u);
}

std::vector<JobSpec> random_jobs(const pe_array_params &params, uint64_t seed,
                                 const std::vector<std::string> &formats)
{
    test_random random{seed};
    const auto pick = [&](int64_t low, int64_t high) {
        return static_cast<uint32_t>(test_random_range(&random, low, high));
    };
    std::vector<JobSpec> jobs(20);
    for (JobSpec &job : jobs) {
        job.items = pick(1, 2);
        job.m = pick(1, 2 * params.rows + 3);
        job.n = pick(1, 2 * params.columns + 1);
        job.k = pick(1, 2 * params.rows + 3);
        job.a_format = formats[pick(0, static_cast<int64_t>(formats.size()) - 1)];
        job.b_format = formats[pick(0, static_cast<int64_t>(formats.size()) - 1)];
        job.b_k_major = pick(0, 1);
        job.accumulate = pick(0, 1);
        job.padding = pick(0, 2);
        job.seed = test_random_u64(&random);
    }
    return jobs;
}

class ArrayRtl : public SystemcTest
{
};

// Formats narrower than the RTL's 4 and 8 bits are widened to the code of the same value.
const std::vector<std::string> ANT4 = {"int4",  "uint4", "flint4", "uflint4", "pot4", "upot4", "int8",
                                       "uint8", "int3",  "uint2",  "flint3",  "pot3", "int6"};

TEST_F(ArrayRtl, OutputStationaryTakesTheSpanModelsCyclesAndGivesItsSums)
{
    const pe_array_params params = {
        array_case::pe_named("ant4"), 4, 3, PE_OUTPUT_STATIONARY, false, true, true};
    compare(params, random_jobs(params, 11, ANT4));
}

TEST_F(ArrayRtl, WeightStationaryTakesTheSpanModelsCyclesAndGivesItsSums)
{
    const pe_array_params params = {
        array_case::pe_named("ant4"), 4, 3, PE_WEIGHT_STATIONARY, true, true, false};
    compare(params, random_jobs(params, 12, ANT4));
}

TEST_F(ArrayRtl, SerialDrainOfInt8TakesTheSpanModelsCycles)
{
    const pe_array_params params = {
        array_case::pe_named("int8"), 3, 4, PE_OUTPUT_STATIONARY, false, false, false};
    compare(params, random_jobs(params, 13, {"int8", "uint8", "int4", "int5"}));
}

TEST_F(ArrayRtl, SerialPreloadOfInt4TakesTheSpanModelsCycles)
{
    const pe_array_params params = {
        array_case::pe_named("int4"), 3, 4, PE_WEIGHT_STATIONARY, false, true, false};
    compare(params, random_jobs(params, 14, {"int4", "uint4", "int8", "uint8", "int3"}));
}

// The RTL's assertions see a sequencer that is one cycle too fast, and the run ends with an exception.
TEST_F(ArrayRtl, AssertionsEndTheRun)
{
    const pe_array_params params = {
        array_case::pe_named("ant4"), 4, 3, PE_OUTPUT_STATIONARY, false, true, true};
    fl_error error = {};
    const fl::RtlModel model = fl::array_rtl_open(params, 7, &error);
    ASSERT_TRUE(model) << error.text;
    sc_core::sc_clock clock("clock", PERIOD);
    fl::ArrayRtl array("array", params, PERIOD, model.get());
    array.clk(clock);
    array.hasten(1);
    JobSpec spec;
    spec.m = spec.n = 9;
    spec.k = 2;
    const JobData data(spec);
    std::vector<uint32_t> sums;
    sc_core::sc_start(PERIOD / 2);
    array.take(data.into(sums));
    try {
        sc_core::sc_start(200 * PERIOD);
        FAIL() << "no assertion failed";
    } catch (const std::exception &exception) {
        EXPECT_NE(std::string(exception.what()).find("the RTL of the array stopped"), std::string::npos)
            << exception.what();
    }
}

TEST_F(ArrayRtl, RefusesAPeTypeWithoutRtl)
{
    const pe_type other = *array_case::pe_named("int8");
    const pe_array_params params = {&other, 2, 2, PE_OUTPUT_STATIONARY, false, true, true};
    fl_error error = {};
    EXPECT_FALSE(fl::array_rtl_open(params, 1, &error));
    EXPECT_NE(std::string(error.text).find("allowed: ant4, int4, int8"), std::string::npos) << error.text;
}
} // namespace
