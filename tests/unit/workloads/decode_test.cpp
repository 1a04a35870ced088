// Does a decode step have the shapes of one, and does it compute the rows that a prefill computes?
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/decode_case.h"
#include "tests/support/workload_fixture.h"
#include "tests/unit/workloads/oracle.h"
#include "workloads/scale.h"

using test_workload::TinyEncoder;
using test_workload::Workload;

namespace
{

// A layer of GPT-2 small with P positions, for each of B tokens: query, key, value, output 4 * 768 * 768;
// scores and context 2 * 12 heads * 64 * P; feed-forward 2 * 768 * 3072.
TEST(WlDecode, CountsTheMacsOfOneToken)
{
    for (uint64_t batch : {1, 8})
        for (uint64_t context : {1023, 100}) {
            Workload w =
                Workload::File("workloads/gpt2_small_decode.yaml",
                               {"batch=" + std::to_string(batch), "context=" + std::to_string(context)});
            ASSERT_TRUE(w.ok()) << w.error();
            EXPECT_EQ(wl_macs(w.get()),
                      12 * batch * (4 * 768 * 768 + 2 * 12 * 64 * (context + 1) + 2 * 768 * 3072));
        }
}

TEST(WlDecode, CountsTheWeightsOfThePublishedModel)
{
    Workload w = Workload::File("workloads/gpt3_175b_decode.yaml");
    ASSERT_TRUE(w.ok()) << w.error();
    const uint64_t hidden = 12288, weights = 96 * (4 * hidden * hidden + 2 * hidden * 4 * hidden);
    EXPECT_EQ(wl_macs(w.get()), weights + 96 * 2 * hidden * 2048)
        << "each weight once, and each key and value";
    EXPECT_NEAR(static_cast<double>(weights), 175e9, 2e9) << "the rest are the embeddings";
}

TEST(WlDecode, KeepsKeysAndValuesOfAllPositionsAndMakesTheNewOnes)
{
    Workload w = Workload::File("workloads/gpt2_small_decode.yaml", {"batch=8", "tokens=2", "context=510"});
    ASSERT_TRUE(w.ok()) << w.error();
    for (const char *name : {"layer3.attention.key", "layer3.attention.value"}) {
        const wl_tensor &t = *w.Tensor(name);
        EXPECT_EQ(t.role, WL_CACHE);
        EXPECT_EQ(t.rows, 8 * 512u);
        EXPECT_EQ(t.context, 510u);
        EXPECT_EQ(t.row_bytes, 384u) << "768 codes of 4 bits";
        EXPECT_EQ(wl_written_rows(&t), 16u);
        EXPECT_EQ(wl_written_row(&t, 5), 2 * 512 + 511u) << "the second token of sequence 2";
        EXPECT_EQ(w.Op(name)->gemm.m, 16u) << "one product for all sequences, which share the weights";
        EXPECT_EQ(w.Op(name)->gemm.outer, 1u);
    }
    const wl_gemm &scores = w.Op("layer3.attention.scores")->gemm,
                  &mean = w.Op("layer3.attention.context")->gemm;
    EXPECT_EQ(scores.outer, 8u);
    EXPECT_EQ(scores.inner, 12u);
    EXPECT_EQ(scores.m, 2u);
    EXPECT_EQ(scores.n, 512u);
    EXPECT_EQ(scores.a.outer_rows, 2u);
    EXPECT_EQ(scores.b.outer_rows, 512u);
    EXPECT_EQ(mean.k, 512u);
    EXPECT_EQ(mean.b.outer_rows, 512u);
    EXPECT_EQ(mean.out.outer_rows, 2u);
    EXPECT_EQ(w.Tensor("layer3.attention.scores")->rows, 8 * 12 * 2u);
    EXPECT_EQ(w.Op("layer3.attention.probs")->context, 510u);
    EXPECT_EQ(w.Tensor("embedding.sum")->rows, 16u);
}

TEST(WlDecode, FillsTheGivenRowsOfACacheAsALayerWould)
{
    for (const char *recipe : {"ant4", "int8"}) {
        Workload w(TinyEncoder(
            recipe, "norm: pre\nattention: causal\nmode: decode\ncontext: 30\ntokens: 2\nbatch: 3\n"));
        ASSERT_TRUE(w.ok()) << w.error();
        const oracle::Executor reader(w.get(), w.Filled());
        const wl_tensor &t = *w.Tensor("layer1.attention.value");
        const uint32_t index = static_cast<uint32_t>(&t - w->tensors);
        double squares = 0;
        for (uint32_t row = 0; row < t.rows; row++)
            for (uint32_t c = 0; c < t.columns; c++) {
                const double value = double(reader.Read(index, row, c));
                EXPECT_TRUE(row % 32 < 30 || value == 0) << "row " << row << " is yet to be made";
                squares += value * value;
            }
        EXPECT_NEAR(std::sqrt(squares / (90.0 * t.columns)) / wl_target_rms(t.format), 1, 0.1) << recipe;
    }
}

// Every step of one sequence, several sequences, several tokens: all tensors of the step hold what the causal
// run over the whole sequence has at these positions.
TEST(WlDecode, MakesTheRowsThatPrefillMakes)
{
    const struct {
        unsigned context, tokens, batch;
    } steps[] = {{1, 1, 1}, {14, 1, 1}, {15, 1, 3}, {13, 3, 1}, {7, 9, 2}};
    for (const char *recipe : {"ant4", "int8", "mixed_4_8"})
        for (const char *norm : {"pre", "post"})
            for (const auto &s : steps) {
                decode_case::Pair pair(recipe, norm, s.context, s.tokens, s.batch);
                SCOPED_TRACE(pair.decode_text());
                Workload prefill(pair.prefill_text()), decode(pair.decode_text());
                ASSERT_TRUE(prefill.ok()) << prefill.error();
                ASSERT_TRUE(decode.ok()) << decode.error();
                std::vector<uint8_t> whole = prefill.Filled(), step = decode.Filled();
                wl_reference_run(prefill.get(), whole.data(), 0);
                pair.give(*prefill.get(), whole, *decode.get(), step);
                wl_reference_run(decode.get(), step.data(), 0);
                EXPECT_EQ(pair.difference(*prefill.get(), whole, *decode.get(), step), "");
            }
}

// A cache that is wrong in one code changes the step.
TEST(WlDecode, ReadsTheCache)
{
    const decode_case::Pair pair("int8", "pre", 15, 1, 1);
    Workload prefill(pair.prefill_text()), decode(pair.decode_text());
    ASSERT_TRUE(prefill.ok() && decode.ok());
    for (const char *name : {"layer0.attention.key", "layer0.attention.value"}) {
        std::vector<uint8_t> whole = prefill.Filled(), step = decode.Filled();
        wl_reference_run(prefill.get(), whole.data(), 0);
        pair.give(*prefill.get(), whole, *decode.get(), step);
        const wl_tensor &t = *decode.Tensor(name);
        for (uint64_t c = 0; c < t.row_bytes; c++) step[t.address + 14 * t.row_stride_bytes + c] ^= 0x40;
        wl_reference_run(decode.get(), step.data(), 0);
        EXPECT_NE(pair.difference(*prefill.get(), whole, *decode.get(), step), "") << name;
    }
}

} // namespace
