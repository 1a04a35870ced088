// Does the generic op list build what it says, and is every mistake reported where it is?
#include <gtest/gtest.h>

#include "tests/support/workload_fixture.h"

using test_workload::Workload;

namespace
{

const char *const tensors = "workload: test\n"
                            "tensors:\n"
                            "  - {name: x, role: input, rows: 8, columns: 32, format: int8}\n"
                            "  - {name: weight, role: weight, rows: 16, columns: 32, format: flint4}\n"
                            "  - {name: sets, role: parameters, columns: 16, scale: 0.01}\n"
                            "  - {name: y, role: activation, rows: 8, columns: 16, format: int8}\n"
                            "  - {name: z, role: activation, rows: 8, columns: 16, format: int16}\n";

std::string List(const std::string &ops, const std::string &more_tensors = "")
{
    return tensors + more_tensors + "ops:\n" + ops;
}

const char *const product =
    "  - {op: gemm, a: x, b: weight, epilogue: bias_requantize, parameters: sets, out: y}\n";

TEST(WlOpList, BuildsAProduct)
{
    Workload w(List(product));
    ASSERT_TRUE(w.ok()) << w.error();
    ASSERT_EQ(w->op_count, 1u);
    const wl_op &op = w->ops[0];
    EXPECT_STREQ(op.name, "y");
    EXPECT_STREQ(op.function, "bias_requantize");
    EXPECT_EQ(op.column_params, 2u);
    EXPECT_EQ(op.gemm.m, 8u);
    EXPECT_EQ(op.gemm.n, 16u);
    EXPECT_EQ(op.gemm.k, 32u);
    EXPECT_EQ(wl_op_macs(&op), 8u * 16 * 32);
    EXPECT_EQ(w->tensors[3].producer, 0u);
}

TEST(WlOpList, StacksTheItemsOfABatchedProductByRows)
{
    Workload w("workload: batched\ntensors:\n"
               "  - {name: a, role: input, rows: 12, columns: 4, format: int8}\n"
               "  - {name: b, role: input, rows: 12, columns: 5, format: int8}\n"
               "  - {name: c, role: activation, rows: 12, columns: 5, format: int32}\n"
               "ops:\n  - {op: gemm, a: a, b: b, b_k_major: true, items: 3, epilogue: requantize, out_scale: "
               "1, out: c}\n");
    ASSERT_TRUE(w.ok()) << w.error();
    const wl_gemm &g = w->ops[0].gemm;
    EXPECT_EQ(g.outer, 3u);
    EXPECT_EQ(g.m, 4u);
    EXPECT_EQ(g.n, 5u);
    EXPECT_EQ(g.k, 4u);
    EXPECT_EQ(g.b.outer_rows, 4u);
}

TEST(WlOpList, TakesScalesAsRealNumbers)
{
    Workload w(List(std::string(product) +
                    "  - {op: add, name: sum, in: y, in2: y, in_scale: 0.5, in2_scale: 2, out: z}\n"));
    ASSERT_TRUE(w.ok()) << w.error();
    EXPECT_STREQ(w->ops[1].name, "sum");
    EXPECT_EQ(w->ops[1].immediates.in.multiplier, 1 << 30);
    EXPECT_EQ(w->ops[1].immediates.in.shift, 0);
    EXPECT_EQ(w->ops[1].immediates.in2.shift, 2);
}

struct Mistake {
    const char *name, *more_tensors, *ops, *message;
};

class WlOpListMistake : public ::testing::TestWithParam<Mistake>
{
};

TEST_P(WlOpListMistake, IsReportedWhereItIs)
{
    Workload w(List(GetParam().ops, GetParam().more_tensors));
    EXPECT_FALSE(w.ok());
    EXPECT_EQ(w.error(), GetParam().message);
}

const Mistake mistakes[] = {
    {"UnknownTensor", "", "  - {op: gemm, a: x, b: wieght, epilogue: requantize, out: y}\n",
     "workloads/test.yaml:9:22: ops[0].b: unknown tensor \"wieght\" (did you mean \"weight\"?)"},
    {"UnknownFunction", "", "  - {op: sofmax, in: x, out: y}\n",
     "workloads/test.yaml:9:6: ops[0].op: unknown op \"sofmax\" (did you mean \"softmax\"?)"},
    {"UnknownEpilogue", "", "  - {op: gemm, a: x, b: weight, epilogue: requantise, out: y}\n",
     "workloads/test.yaml:9:33: ops[0].epilogue: unknown epilogue \"requantise\" (did you mean "
     "\"requantize\"?)"},
    {"ReadBeforeWritten", "", "  - {op: requantize, in: y, out: z, out_scale: 1}\n",
     "workloads/test.yaml:9:5: ops[0]: \"y\" is read before any operation has written it"},
    {"WrittenTwice", "",
     "  - {op: gemm, a: x, b: weight, epilogue: requantize, out: y}\n"
     "  - {op: gemm, name: again, a: x, b: weight, epilogue: requantize, out: y}\n",
     "workloads/test.yaml:10:5: ops[1]: \"y\" has already been written by \"y\""},
    {"WeightWritten", "", "  - {op: requantize, in: x, out: weight, out_scale: 1}\n",
     "workloads/test.yaml:9:5: ops[0]: \"weight\" is written but its role is weight (allowed: activation, "
     "cache)"},
    {"DuplicateTensor", "  - {name: x, role: input, rows: 1, columns: 1, format: int8}\n", product,
     "workloads/test.yaml:8:6: tensors[5].name: a tensor \"x\" already exists"},
    {"DuplicateOperation", "",
     "  - {op: gemm, name: a, a: x, b: weight, epilogue: requantize, out: y}\n"
     "  - {op: requantize, name: a, in: y, out: z, out_scale: 1}\n",
     "workloads/test.yaml:10:5: ops[1]: an operation \"a\" already exists"},
    {"DifferentK", "  - {name: v, role: input, rows: 8, columns: 31, format: int8}\n",
     "  - {op: gemm, a: v, b: weight, epilogue: requantize, out: y}\n",
     "workloads/test.yaml:10:22: ops[0].b: \"v\" has k = 31, \"weight\" has k = 32"},
    {"WrongShapeOfProduct", "", "  - {op: gemm, a: x, b: x, epilogue: requantize, out: y}\n",
     "workloads/test.yaml:9:50: ops[0].out: \"y\" is 8 x 16, the product is 8 x 8"},
    {"WrongShapeOfVector", "", "  - {op: requantize, in: x, out: y, out_scale: 1}\n",
     "workloads/test.yaml:9:5: ops[0]: \"y\" is 8 x 16, the operation works on 8 x 32"},
    {"ItemsThatDoNotDivide", "", "  - {op: gemm, items: 3, a: x, b: weight, epilogue: requantize, out: y}\n",
     "workloads/test.yaml:9:16: ops[0].items: 3 items do not divide the 8 rows of \"x\""},
    {"UnknownFormat", "  - {name: v, role: input, rows: 8, columns: 31, format: flnt4}\n", product,
     "workloads/test.yaml:8:50: tensors[5].format: unknown format \"flnt4\" (did you mean \"flint4\"?)"},
    {"FormatThatMemoryDoesNotHold", "  - {name: v, role: input, rows: 8, columns: 31, format: flint6}\n",
     product,
     "workloads/test.yaml:8:50: tensors[5].format: flint6 has codes of 6 bits (allowed in memory: 4, 8, 16, "
     "32)"},
    {"OperandOf32Bits", "  - {name: v, role: input, rows: 8, columns: 32, format: int32}\n",
     "  - {op: gemm, a: v, b: weight, epilogue: requantize, out: y}\n",
     "workloads/test.yaml:10:5: ops[0]: \"v\" is int32: values of matrix operands must fit 16 bits signed"},
    {"ParametersOfTheWrongWidth", "  - {name: few, role: parameters, columns: 15, scale: 1}\n",
     "  - {op: gemm, a: x, b: weight, epilogue: bias_requantize, parameters: few, out: y}\n",
     "workloads/test.yaml:10:5: ops[0]: \"few\" has parameters for 15 columns, the result has 16"},
    {"ParametersThatAreNone", "",
     "  - {op: gemm, a: x, b: weight, epilogue: bias_requantize, parameters: x, out: y}\n",
     "workloads/test.yaml:9:5: ops[0]: \"x\" has the role input (allowed: parameters)"},
    {"ParametersAsOperand", "", "  - {op: requantize, in: sets, out: y, out_scale: 1}\n",
     "workloads/test.yaml:9:5: ops[0]: \"sets\" holds column parameters, not codes"},
    {"MissingParameters", "", "  - {op: gemm, a: x, b: weight, epilogue: bias_requantize, out: y}\n",
     "workloads/test.yaml:9:5: ops[0]: bias_requantize takes a set of column parameters"},
    {"MissingSecondInput", "",
     "  - {op: gemm, a: x, b: weight, epilogue: requantize, out: y}\n"
     "  - {op: add, in: y, out: z}\n",
     "workloads/test.yaml:10:5: ops[1]: add takes 2 inputs, not 1"},
    {"FormatThatAFunctionDoesNotTake", "  - {name: v, role: input, rows: 8, columns: 16, format: int16}\n",
     "  - {op: softmax, in: v, out: y}\n", "workloads/test.yaml:10:5: ops[0]: softmax takes int8 logits"},
    {"SecondInputOfAGemm", "", "  - {op: gemm, a: x, b: weight, in2: x, epilogue: requantize, out: y}\n",
     "workloads/test.yaml:9:33: ops[0].in2: gemm has no second input"},
    {"MisspeltKey", "", "  - {op: gemm, a: x, b: weight, epilogue: requantize, out: y, out_scal: 1}\n",
     "workloads/test.yaml:9:63: ops[0].out_scal: unknown key; did you mean \"out_scale\"? (allowed: a, b, "
     "b_k_major, "
     "epilogue, in2, in2_scale, in_scale, items, logit_scale, name, op, out, out_scale, parameters)"},
    {"MaskOnWhatIsNotSquare", "  - {name: v, role: input, rows: 8, columns: 16, format: int8}\n",
     "  - {op: softmax, in: v, out: y, causal: true}\n",
     "workloads/test.yaml:10:5: ops[0]: a causal mask needs matrices of 16 x 16, but \"v\" has 8 rows"},
    {"MaskOnWhatHasNone",
     "  - {name: v, role: input, rows: 8, columns: 8, format: int8}\n"
     "  - {name: u, role: activation, rows: 8, columns: 8, format: int8}\n",
     "  - {op: requantize, in: v, out: u, out_scale: 1, causal: true}\n",
     "workloads/test.yaml:11:5: ops[0]: requantize takes no causal mask"},
    {"NoMap", "", "  - gemm\n", "workloads/test.yaml:9:5: ops[0]: expected a map"},
    {"NoList", "", "  op: gemm\n", "workloads/test.yaml:8:1: ops: expected a list"},
    {"EmptyName", "", "  - {op: gemm, a: '', b: weight, epilogue: requantize, out: y}\n",
     "workloads/test.yaml:9:16: ops[0].a: unknown tensor \"\" (known: x, weight, sets, y, z)"},
};

INSTANTIATE_TEST_SUITE_P(All, WlOpListMistake, ::testing::ValuesIn(mistakes),
                         [](const auto &p) { return p.param.name; });

TEST(WlOpList, NeedsTensorsAndOperations)
{
    EXPECT_EQ(Workload("workload: test\n").error(), "workloads/test.yaml:1:1: missing key \"tensors\" (a "
                                                    "list; or choose another kind of workload by builder:)");
    EXPECT_EQ(Workload(tensors).error(), "workloads/test.yaml:1:1: missing key \"ops\" (a list; or choose "
                                         "another kind of workload by builder:)");
}

} // namespace
