// Does the builder make the operations of the published encoders, in order, in the recipe's formats?
#include <gtest/gtest.h>

#include "tests/support/workload_fixture.h"
#include "workloads/builder.h"

using test_workload::TinyEncoder;
using test_workload::Workload;

namespace
{

// "name function in x in2 -> out (formats)" of every operation whose name starts with prefix.
std::vector<std::string> Describe(const Workload &w, const std::string &prefix)
{
    std::vector<std::string> lines;
    char text[12];
    auto describe = [&](uint32_t t) {
        return std::string(" ") + w->tensors[t].name + ":" + num_format_name(w->tensors[t].format, text);
    };
    for (uint32_t i = 0; i < w->op_count; i++) {
        const wl_op &op = w->ops[i];
        if (std::string(op.name).rfind(prefix, 0) != 0) continue;
        std::string line = op.kind == WL_GEMM ? "gemm " : "";
        line += op.function;
        line +=
            op.kind == WL_GEMM ? describe(op.gemm.a.tensor) + describe(op.gemm.b.tensor) : describe(op.in);
        if (op.in2 != WL_NONE) line += describe(op.in2);
        lines.push_back(line + " ->" + describe(wl_op_output(&op)));
    }
    return lines;
}

TEST(WlTransformerEncoder, MakesThePostNormLayerOfBert)
{
    Workload w = Workload::File("workloads/bert_base.yaml");
    ASSERT_TRUE(w.ok()) << w.error();
    const std::string p = "layer0.attention.", f = "layer0.ffn.";
    EXPECT_EQ(Describe(w, "embedding"),
              std::vector<std::string>{"layernorm embedding.sum:int16 -> embedding.norm:int8"});
    const std::vector<std::string> attention = {
        "requantize embedding.norm:int8 -> layer0.attention.input:flint4",
        "gemm bias_requantize " + p + "input:flint4 " + p + "query.weight:flint4 -> " + p + "query:flint4",
        "gemm bias_requantize " + p + "input:flint4 " + p + "key.weight:int4 -> " + p + "key:flint4",
        "gemm bias_requantize " + p + "input:flint4 " + p + "value.weight:flint4 -> " + p + "value:flint4",
        "gemm requantize " + p + "query:flint4 " + p + "key:flint4 -> " + p + "scores:int8",
        "softmax " + p + "scores:int8 -> " + p + "probs:upot4",
        "gemm requantize " + p + "probs:upot4 " + p + "value:flint4 -> " + p + "context:flint4",
        "gemm bias_requantize " + p + "context:flint4 " + p + "output.weight:pot4 -> " + p + "output:int8",
        "add embedding.norm:int8 " + p + "output:int8 -> " + p + "sum:int16",
        "layernorm " + p + "sum:int16 -> " + p + "norm:int8",
    };
    EXPECT_EQ(Describe(w, p), attention);
    const std::vector<std::string> ffn = {
        "requantize " + p + "norm:int8 -> " + f + "input:flint4",
        "gemm gelu " + f + "input:flint4 " + f + "up.weight:flint4 -> " + f + "up:flint4",
        "gemm bias_requantize " + f + "up:flint4 " + f + "down.weight:flint4 -> " + f + "down:int8",
        "add " + p + "norm:int8 " + f + "down:int8 -> " + f + "sum:int16",
        "layernorm " + f + "sum:int16 -> " + f + "norm:int8",
    };
    EXPECT_EQ(Describe(w, f), ffn);
    EXPECT_EQ(Describe(w, "layer1.attention.input"),
              std::vector<std::string>{"requantize layer0.ffn.norm:int8 -> layer1.attention.input:flint4"});
    EXPECT_STREQ(w->ops[w->op_count - 1].name, "layer11.ffn.norm");
}

TEST(WlTransformerEncoder, MakesThePreNormLayerOfVit)
{
    Workload w = Workload::File("workloads/vit_b16.yaml");
    ASSERT_TRUE(w.ok()) << w.error();
    const std::vector<std::string> embedding = {
        "gemm bias_requantize embedding.patches:flint4 embedding.projection.weight:flint4 -> "
        "embedding.projection:int8",
        "add embedding.projection:int8 embedding.position:int8 -> embedding.sum:int16",
    };
    EXPECT_EQ(Describe(w, "embedding"), embedding);
    const std::vector<std::string> attention = Describe(w, "layer1.attention.");
    ASSERT_EQ(attention.size(), 10u);
    EXPECT_EQ(attention[0], "layernorm layer0.ffn.sum:int16 -> layer1.attention.norm:int8");
    EXPECT_EQ(attention[1], "requantize layer1.attention.norm:int8 -> layer1.attention.input:flint4");
    EXPECT_EQ(attention[9],
              "add layer0.ffn.sum:int16 layer1.attention.output:int8 -> layer1.attention.sum:int16");
    EXPECT_EQ(Describe(w, "final"),
              std::vector<std::string>{"layernorm layer11.ffn.sum:int16 -> final.norm:int8"});
}

TEST(WlTransformerEncoder, MasksTheSoftmaxOfDecodersAlone)
{
    Workload gpt = Workload::File("workloads/gpt2_small.yaml"),
             bert = Workload::File("workloads/bert_base.yaml");
    ASSERT_TRUE(gpt.ok()) << gpt.error();
    ASSERT_TRUE(bert.ok()) << bert.error();
    for (uint32_t i = 0; i < gpt->op_count; i++)
        EXPECT_EQ(gpt->ops[i].causal, std::string(gpt->ops[i].function) == "softmax") << gpt->ops[i].name;
    for (uint32_t i = 0; i < bert->op_count; i++) EXPECT_FALSE(bert->ops[i].causal);
    EXPECT_EQ(wl_macs(gpt.get()), wl_macs(bert.get())) << "the same shapes";
    EXPECT_STREQ(gpt->ops[gpt->op_count - 1].name, "final.norm");
}

TEST(WlTransformerEncoder, LaysOutPatchesWithTheClassTokenLast)
{
    Workload w(
        TinyEncoder("ant4", "norm: pre\nembedding: patches\nimage: 12\npatch: 4\nchannels: 2\nbatch: 3\n"));
    ASSERT_TRUE(w.ok()) << w.error();
    const wl_gemm &g = w.Op("embedding.projection")->gemm;
    EXPECT_EQ(g.outer, 3u);
    EXPECT_EQ(g.m, 9u);
    EXPECT_EQ(g.k, 32u);
    EXPECT_EQ(g.a.outer_rows, 9u);
    EXPECT_EQ(g.out.outer_rows, 10u);
    EXPECT_EQ(w.Tensor("embedding.sum")->rows, 30u);
}

TEST(WlTransformerEncoder, ViewsHeadsAsColumnsAndScoresAsStackedRows)
{
    Workload w(TinyEncoder("ant4", "norm: post\nbatch: 3\n"));
    ASSERT_TRUE(w.ok()) << w.error();
    const wl_gemm &s = w.Op("layer0.attention.scores")->gemm, &c = w.Op("layer0.attention.context")->gemm;
    EXPECT_EQ(s.outer * s.inner, 6u);
    EXPECT_EQ(s.k, 32u);
    EXPECT_FALSE(s.b_k_major);
    EXPECT_EQ(s.a.outer_rows, 16u);
    EXPECT_EQ(s.a.inner_columns, 32u);
    EXPECT_EQ(s.out.outer_rows, 32u);
    EXPECT_EQ(s.out.inner_rows, 16u);
    EXPECT_EQ(s.out.inner_columns, 0u);
    EXPECT_TRUE(c.b_k_major);
    EXPECT_EQ(c.n, 32u);
    EXPECT_EQ(c.out.inner_columns, 32u);
    EXPECT_EQ(w.Tensor("layer0.attention.scores")->rows, 3 * 2 * 16u);
}

TEST(WlTransformerEncoder, LetsKeysOverrideThePreset)
{
    Workload w = Workload::File("workloads/bert_base.yaml", {"layers=2", "sequence=64", "batch=2"});
    ASSERT_TRUE(w.ok()) << w.error();
    EXPECT_EQ(wl_macs(w.get()), 2u * 2 * (4 * 64 * 768 * 768 + 2 * 12 * 64 * 64 * 64 + 2 * 64 * 768 * 3072));
}

TEST(WlTransformerEncoder, AcceptsEveryShippedRecipeForEveryShippedModel)
{
    for (const char *model : {"bert_base", "bert_large", "vit_b16", "deit_s", "gpt2_small",
                              "gpt2_small_decode", "gpt3_175b_decode", "tiny_encoder"})
        for (const char *recipe : {"ant4", "int8", "int4", "mixed_4_8"}) {
            SCOPED_TRACE(std::string(model) + " " + recipe);
            Workload w = Workload::File(std::string("workloads/") + model + ".yaml",
                                        {std::string("quant=configs/quant/") + recipe + ".yaml"});
            EXPECT_TRUE(w.ok()) << w.error();
        }
}

TEST(WlTransformerEncoder, SkipsTheEncodingThatWouldChangeNothing)
{
    Workload w(TinyEncoder("int8"));
    ASSERT_TRUE(w.ok()) << w.error();
    EXPECT_EQ(w.Op("layer0.attention.input"), nullptr);
    EXPECT_EQ(w.Op("layer0.attention.query")->gemm.a.tensor, w.Op("embedding.norm")->out);
}

struct Mistake {
    const char *name, *recipe, *more, *message;
};

class WlTransformerEncoderMistake : public ::testing::TestWithParam<Mistake>
{
};

TEST_P(WlTransformerEncoderMistake, IsReportedWhereItIs)
{
    Workload w(TinyEncoder(GetParam().recipe, GetParam().more));
    EXPECT_FALSE(w.ok());
    EXPECT_EQ(w.error(), GetParam().message);
}

const Mistake mistakes[] = {
    {"UnknownPreset", "ant4", "norm: post\npreset: bert_bas\n",
     "workloads/test.yaml:9:1: preset: unknown preset \"bert_bas\" (did you mean \"bert_base\"?)"},
    {"UnknownNorm", "ant4", "norm: pots\n",
     "workloads/test.yaml:8:1: norm: \"pots\" is not a choice; did you mean \"post\"? (allowed: post, pre)"},
    {"MissingNorm", "ant4", "batch: 1\n",
     "workloads/test.yaml:1:1: norm: missing key (LayerNorm after (post) or before (pre) each block)"},
    {"MisspeltKey", "ant4", "norm: post\nbach: 2\n",
     "workloads/test.yaml:9:1: bach: unknown key; did you mean \"batch\"? (allowed: attention, batch, "
     "builder, context, "
     "embedding, ffn, heads, hidden, layers, mode, norm, preset, quant, seed, sequence, tokens, workload)"},
    {"SequenceGivenWithPatches", "ant4", "norm: pre\nembedding: patches\nimage: 16\npatch: 4\nsequence: 9\n",
     "workloads/test.yaml:12:1: sequence: unknown key (allowed: attention, batch, builder, channels, "
     "context, embedding, ffn, "
     "heads, hidden, image, layers, mode, norm, patch, preset, quant, seed, tokens, workload)"},
    {"PatchesThatDoNotDivide", "ant4", "norm: pre\nembedding: patches\nimage: 16\npatch: 5\n",
     "workloads/test.yaml:11:1: patch: patches of 5 pixels do not divide image = 16"},
    {"MissingRecipe", "ant5", "norm: post\n",
     "workloads/test.yaml:7:1: quant: cannot read \"workloads/../configs/quant/ant5.yaml\": No such file or "
     "directory; did you mean \"ant4.yaml\"?"},
};

TEST(WlTransformerEncoder, RefusesHeadsThatDoNotDivideTheWidth)
{
    Workload w(TinyEncoder(), {"heads=7"});
    EXPECT_EQ(w.error(), "--set: heads=7: 7 heads do not divide hidden = 64");
}

TEST(WlTransformerEncoder, RefusesHeadsThatEndWithinAByte)
{
    Workload w(TinyEncoder(), {"hidden=62"});
    EXPECT_EQ(w.error(),
              "workloads/test.yaml:1:1: layer0.attention.scores: items of \"layer0.attention.query\" start "
              "every 31 columns of 4 bits, which is not whole bytes");
}

TEST(WlTransformerEncoder, RefusesMoreRowsThanATensorHas)
{
    Workload w(TinyEncoder(), {"batch=4096", "heads=64", "sequence=65536"});
    EXPECT_EQ(w.error(), "--set: batch=4096: batch * heads * sequence = 17179869184 rows are too many");
}

INSTANTIATE_TEST_SUITE_P(All, WlTransformerEncoderMistake, ::testing::ValuesIn(mistakes),
                         [](const auto &p) { return p.param.name; });

} // namespace
