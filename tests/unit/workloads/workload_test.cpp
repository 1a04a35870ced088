// Do the tables of a workload lie in memory as the contract says, and do the counts match figures made by
// hand?
#include "workloads/workload.h"

#include <gtest/gtest.h>

#include "tests/support/workload_fixture.h"
#include "workloads/builder.h"

using test_workload::TinyEncoder;
using test_workload::Workload;

namespace
{

TEST(WlWorkload, PlacesTensorsOneBehindTheOtherOnAlignedRows)
{
    Workload w(TinyEncoder());
    ASSERT_TRUE(w.ok()) << w.error();
    uint64_t end = 0;
    for (uint32_t i = 0; i < w->tensor_count; i++) {
        const wl_tensor &t = w->tensors[i];
        SCOPED_TRACE(t.name);
        uint64_t bits = t.role == WL_PARAMETERS ? 96 : t.format.bits;
        EXPECT_EQ(t.address, end);
        EXPECT_EQ(t.row_bytes, (t.columns * bits + 7) / 8);
        EXPECT_EQ(t.row_stride_bytes % WL_ALIGN_BYTES, 0u);
        EXPECT_GE(t.row_stride_bytes, t.row_bytes);
        EXPECT_LT(t.row_stride_bytes, t.row_bytes + WL_ALIGN_BYTES);
        end += t.rows * t.row_stride_bytes;
    }
    EXPECT_EQ(w->dram_bytes, end);
}

TEST(WlWorkload, PadsRowsOfOddLengthToTheNextAlignment)
{
    wl_builder b = wl_builder_new();
    uint32_t first = wl_add_tensor(&b, "first", WL_INPUT, 3, 197, num_format{NUM_FLINT, 4, true});
    uint32_t second = wl_add_tensor(&b, "second", WL_INPUT, 1, 64, num_format{NUM_INT, 8, true});
    uint32_t third = wl_add_columns(&b, "third", 11, {});
    const wl_tensor *t = b.workload->tensors;
    EXPECT_EQ(t[first].row_bytes, 99u);
    EXPECT_EQ(t[first].row_stride_bytes, 128u);
    EXPECT_EQ(t[second].address, 3 * 128u);
    EXPECT_EQ(t[second].row_stride_bytes, 64u);
    EXPECT_EQ(t[third].address, 3 * 128u + 64u);
    EXPECT_EQ(t[third].row_bytes, 132u);
    EXPECT_EQ(b.workload->dram_bytes, 3 * 128u + 64u + 192u);
    wl_free(b.workload);
}

TEST(WlWorkload, KeepsItsTablesWhileTheyGrow)
{
    wl_builder b = wl_builder_new();
    for (unsigned i = 0; i < 1000; i++)
        wl_add_tensor(&b, wl_text(b.workload, "t%u", i), WL_INPUT, 1, 16, num_format{NUM_INT, 8, true});
    for (unsigned i = 0; i < 1000; i++) {
        EXPECT_EQ(b.workload->tensors[i].name, "t" + std::to_string(i));
        EXPECT_EQ(b.workload->tensors[i].address, i * 64u);
    }
    wl_free(b.workload);
}

TEST(WlWorkload, NamesTheProducerOfEveryActivation)
{
    Workload w(TinyEncoder());
    ASSERT_TRUE(w.ok()) << w.error();
    for (uint32_t i = 0; i < w->tensor_count; i++) {
        const wl_tensor &t = w->tensors[i];
        SCOPED_TRACE(t.name);
        if (t.role != WL_ACTIVATION)
            EXPECT_EQ(t.producer, WL_NONE);
        else
            EXPECT_EQ(wl_op_output(&w->ops[t.producer]), i);
    }
}

// Layer of BERT-base, 128 tokens: q, k, v, output 4 * 128 * 768 * 768 = 301,989,888; scores and context
// 2 * 12 * 128 * 128 * 64 = 25,165,824; feed-forward 2 * 128 * 768 * 3072 = 603,979,776.
TEST(WlWorkload, CountsTheMacsOfBertBase)
{
    Workload w = Workload::File("workloads/bert_base.yaml");
    ASSERT_TRUE(w.ok()) << w.error();
    uint64_t layer = 0;
    for (uint32_t i = 0; i < w->op_count; i++)
        if (strncmp(w->ops[i].name, "layer7.", 7) == 0) layer += wl_op_macs(&w->ops[i]);
    EXPECT_EQ(layer, 931'135'488u);
    EXPECT_EQ(wl_macs(w.get()), 12 * uint64_t{931'135'488});
    EXPECT_EQ(wl_op_macs(w.Op("layer7.attention.scores")), 12'582'912u);
    EXPECT_EQ(wl_op_macs(w.Op("layer7.attention.probs")), 0u);
}

// BERT-large: 24 * (4 * 128 * 1024^2 + 2 * 16 * 128^2 * 64 + 2 * 128 * 1024 * 4096).
// ViT-B/16: 196 * 768 * 768 + 12 * (4 * 197 * 768^2 + 2 * 12 * 197^2 * 64 + 2 * 197 * 768 * 3072).
// DeiT-S: 196 * 768 * 384 + 12 * (4 * 197 * 384^2 + 2 * 6 * 197^2 * 64 + 2 * 197 * 384 * 1536).
TEST(WlWorkload, CountsTheMacsOfTheOtherPresets)
{
    Workload large = Workload::File("workloads/bert_large.yaml"),
             vit = Workload::File("workloads/vit_b16.yaml");
    Workload deit = Workload::File("workloads/deit_s.yaml");
    ASSERT_TRUE(large.ok()) << large.error();
    ASSERT_TRUE(vit.ok()) << vit.error();
    ASSERT_TRUE(deit.ok()) << deit.error();
    EXPECT_EQ(wl_macs(large.get()), uint64_t{24} * (536'870'912u + 33'554'432u + 1'073'741'824u));
    EXPECT_EQ(wl_macs(vit.get()), 115'605'504u + uint64_t{12} * (464'781'312u + 59'610'624u + 929'562'624u));
    EXPECT_EQ(wl_macs(deit.get()), 57'802'752u + uint64_t{12} * (116'195'328u + 29'805'312u + 232'390'656u));
}

TEST(WlWorkload, RefusesAViewBeyondItsTensor)
{
    Workload w(TinyEncoder());
    ASSERT_TRUE(w.ok()) << w.error();
    wl_op op = *w.Op("layer0.attention.scores");
    const_cast<wl_tensor *>(w.Tensor("layer0.attention.scores"))->producer = WL_NONE;
    char reason[WL_REASON_BYTES];
    EXPECT_TRUE(wl_check_op(w.get(), &op, reason)) << reason;
    op.gemm.a.inner_rows = 1;
    EXPECT_FALSE(wl_check_op(w.get(), &op, reason));
    EXPECT_STREQ(reason, "\"layer0.attention.query\" is 16 x 64, the operation reaches 17 x 64");
}

TEST(WlWorkload, RefusesAFunctionThatDoesNotExist)
{
    wl_builder b = wl_builder_new();
    const num_format int8 = {NUM_INT, 8, true};
    wl_op *op = wl_open_op(&b, "swish_op", WL_VECTOR, "swish");
    op->in = wl_add_tensor(&b, "x", WL_INPUT, 1, 1, int8);
    op->out = wl_add_tensor(&b, "y", WL_ACTIVATION, 1, 1, int8);
    wl_close_op(&b);
    char reason[WL_REASON_BYTES];
    EXPECT_FALSE(wl_check_function(b.workload, &b.workload->ops[0], reason));
    EXPECT_STREQ(reason, "there is no vector function \"swish\"");
    wl_free(b.workload);
}

} // namespace
