// Whole machines with the RTL of the array under Verilator: the cycles of the span machine, and the reference
// executor's bytes.
#include <gtest/gtest.h>

#include "tests/support/system_case.h"
#include "tests/support/system_run.h"

namespace
{
using namespace system_case;
using namespace system_run;

const char *const WORKLOAD =
    "workload: rtl\nseed: 3\ntensors:\n"
    "  - {name: x, role: input, rows: 20, columns: 40, format: flint4}\n"
    "  - {name: w1, role: weight, rows: 24, columns: 40, format: pot4}\n"
    "  - {name: logits, role: activation, rows: 20, columns: 24, format: int8}\n"
    "  - {name: w2, role: weight, rows: 24, columns: 16, format: int8}\n"
    "  - {name: y, role: activation, rows: 20, columns: 16, format: int8}\n"
    "ops:\n"
    "  - {op: gemm, a: x, b: w1, epilogue: requantize, out_scale: 0.002, out: logits}\n"
    "  - {op: gemm, a: logits, b: w2, b_k_major: true, epilogue: requantize, out_scale: 0.001, out: y}\n";

std::string machine(const char *dataflow, const char *model)
{
    return std::string("include: tiny_8.yaml\nmatrix: {dataflow: ") + dataflow + ", model: " + model + "}\n";
}

TEST(MachineRtl, TakesTheSpanMachinesCyclesAndGivesTheReferencesBytes)
{
    for (const char *dataflow : {"output_stationary", "weight_stationary"}) {
        SCOPED_TRACE(dataflow);
        const Session span(machine(dataflow, "span"), WORKLOAD), rtl(machine(dataflow, "rtl"), WORKLOAD);
        ASSERT_TRUE(span.ok()) << span.error();
        ASSERT_TRUE(rtl.ok()) << rtl.error();
        const MachineRun fast(span), slow(rtl), slow_data(rtl, true);
        ASSERT_EQ(slow.status, FL_OK) << slow.error;
        EXPECT_EQ(difference(fast, slow), "");
        EXPECT_EQ(difference(fast, slow_data), "");
        EXPECT_EQ(difference_from_reference(rtl, slow_data), "");
    }
}
} // namespace
