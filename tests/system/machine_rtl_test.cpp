// Whole machines with the RTL of the array under Verilator: the cycles of the span machine, and the reference
// executor's bytes.
#include <gtest/gtest.h>

#include <cstdlib>

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

// An encoder has every function: bias_requantize, requantize, softmax, gelu, add, layernorm.
std::string vector_machine(const char *vector)
{
    return std::string("include: tiny_8.yaml\nvector: {lanes: 5, ") + vector + "}\n";
}

const char *const ENCODER = "workload: encoder\nbuilder: transformer_encoder\nlayers: 1\nhidden: 16\nheads: "
                            "2\nffn: 24\nsequence: 12\nnorm: post\n"
                            "quant: ../configs/quant/ant4.yaml\nseed: 1\n";

TEST(MachineRtl, LanesOfTheVectorUnitTakeTheSpanUnitsCyclesAndGiveTheReferencesBytes)
{
    const Session span(vector_machine("model: span"), ENCODER), rtl(vector_machine("model: rtl"), ENCODER);
    ASSERT_TRUE(span.ok()) << span.error();
    ASSERT_TRUE(rtl.ok()) << rtl.error();
    const MachineRun fast(span), slow(rtl), slow_data(rtl, true);
    ASSERT_EQ(slow.status, FL_OK) << slow.error;
    EXPECT_EQ(difference(fast, slow), "");
    EXPECT_EQ(difference(fast, slow_data), "");
    EXPECT_EQ(difference_from_reference(rtl, slow_data), "");
}

TEST(MachineRtl, LanesOfSoftmaxKeepACausalMask)
{
    const std::string prefill = std::string(ENCODER) + "attention: causal\n";
    std::string decode = prefill + "mode: decode\ncontext: 7\ntokens: 5\n";
    decode.erase(decode.find("sequence:"),
                 decode.find('\n', decode.find("sequence:")) - decode.find("sequence:"));
    for (const std::string &decoder : {prefill, decode}) {
        SCOPED_TRACE(decoder);
        const Session span(vector_machine("model: span"), decoder),
            rtl(vector_machine("softmax: {model: rtl}"), decoder);
        ASSERT_TRUE(rtl.ok()) << rtl.error();
        const MachineRun fast(span), slow_data(rtl, true);
        EXPECT_EQ(difference(fast, slow_data), "");
        EXPECT_EQ(difference_from_reference(rtl, slow_data), "");
    }
}

TEST(MachineRtl, EachFunctionOfASpanUnitCanBeRtl)
{
    const Session span(vector_machine("model: span"), ENCODER);
    const MachineRun fast(span);
    for (const char *function : {"softmax", "gelu", "requantize", "bias_requantize", "add", "layernorm"}) {
        SCOPED_TRACE(function);
        const Session rtl(vector_machine((std::string(function) + ": {model: rtl}").c_str()), ENCODER);
        ASSERT_TRUE(rtl.ok()) << rtl.error();
        const MachineRun slow_data(rtl, true);
        EXPECT_EQ(difference(fast, slow_data), "");
        EXPECT_EQ(difference_from_reference(rtl, slow_data), "");
    }
}

// The bar of a whole machine: a layer of BERT-base on 16 x 16 PEs, about a minute with the build.
TEST(MachineRtl, RunsALayerOfBertOnA16x16ArrayWithData)
{
    if (std::getenv("FL_TEST_LONG") == nullptr) GTEST_SKIP() << "FL_TEST_LONG";
    const char *const bert = "workload: bert\nbuilder: transformer_encoder\npreset: bert_base\nlayers: 1\n"
                             "quant: ../configs/quant/ant4.yaml\nseed: 1\n";
    const std::string base = "include: ant_os_64.yaml\nmatrix: {rows: 16, columns: 16, model: ";
    const Session span(base + "span}\n", bert), rtl(base + "rtl}\n", bert);
    ASSERT_TRUE(rtl.ok()) << rtl.error();
    const MachineRun fast(span), slow_data(rtl, true);
    ASSERT_EQ(slow_data.status, FL_OK) << slow_data.error;
    EXPECT_EQ(difference(fast, slow_data), "");
    EXPECT_EQ(difference_from_reference(rtl, slow_data), "");
}
} // namespace
