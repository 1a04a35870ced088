// Does the reference executor compute what the definitions say, and do activations stay in sensible ranges?
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tests/support/random.h"
#include "tests/support/workload_fixture.h"
#include "tests/unit/workloads/oracle.h"
#include "workloads/builder.h"

using test_workload::TinyEncoder;
using test_workload::Workload;

namespace
{

void ExpectEqualToOracle(const Workload &w)
{
    ASSERT_TRUE(w.ok()) << w.error();
    std::vector<uint8_t> dram = w.Filled();
    oracle::Executor slow(w.get(), dram);
    slow.Run();
    EXPECT_EQ(wl_reference_run(w.get(), dram.data(), 0), slow.left_range());
    for (uint32_t i = 0; i < w->tensor_count; i++) {
        const wl_tensor &t = w->tensors[i];
        for (uint64_t byte = 0; byte < t.rows * t.row_stride_bytes; byte++)
            ASSERT_EQ(dram[t.address + byte], slow.dram()[t.address + byte]) << t.name << " byte " << byte;
    }
}

TEST(WlReference, EqualsTheOracleOnAnEncoderInEveryRecipe)
{
    for (const char *recipe : {"ant4", "int8", "int4", "mixed_4_8"}) {
        SCOPED_TRACE(recipe);
        ExpectEqualToOracle(Workload(TinyEncoder(recipe)));
    }
}

TEST(WlReference, EqualsTheOracleOnBatchedPatches)
{
    ExpectEqualToOracle(Workload(
        TinyEncoder("ant4", "norm: pre\nembedding: patches\nimage: 12\npatch: 4\nbatch: 2\n"), {"layers=1"}));
}

TEST(WlReference, EqualsTheOracleOnADecoder)
{
    ExpectEqualToOracle(
        Workload(TinyEncoder("ant4", "norm: pre\nattention: causal\nbatch: 2\n"), {"layers=1"}));
}

TEST(WlReference, EqualsTheOracleOnTheOpListExample)
{
    ExpectEqualToOracle(Workload::File("workloads/gemm_example.yaml"));
}

std::string Product(const std::string &a, const std::string &b, unsigned m, unsigned n, unsigned k,
                    bool k_major)
{
    auto tensor = [](const char *name, const char *role, unsigned rows, unsigned columns,
                     const std::string &format) {
        return std::string("  - {name: ") + name + ", role: " + role + ", rows: " + std::to_string(rows) +
               ", columns: " + std::to_string(columns) + ", format: " + format + "}\n";
    };
    return "workload: product\ntensors:\n" + tensor("a", "input", m, k, a) +
           tensor("b", "weight", k_major ? k : n, k_major ? n : k, b) +
           tensor("c", "activation", m, n, "int32") +
           "ops:\n  - {op: gemm, a: a, b: b, out: c, b_k_major: " + (k_major ? "true" : "false") +
           ", epilogue: requantize, out_scale: 1}\n";
}

TEST(WlReference, EqualsTheOracleOnRandomProducts)
{
    const char *const formats[] = {"flint4", "uflint4", "pot4",  "upot4", "int4",
                                   "uint4",  "int8",    "uint8", "int16"};
    test_random random = {20240607};
    for (int i = 0; i < 60; i++) {
        auto pick = [&](int64_t most) { return unsigned(test_random_range(&random, 1, most)); };
        std::string text =
            Product(formats[pick(9) - 1], formats[pick(9) - 1], pick(5), pick(9), pick(150), i % 2);
        SCOPED_TRACE(text);
        ExpectEqualToOracle(Workload(text));
        if (HasFatalFailure()) return;
    }
}

TEST(WlReference, CountsAccumulatorsThatLeaveInt32)
{
    Workload w(Product("upot4", "upot4", 4, 4, 600, false));
    ASSERT_TRUE(w.ok()) << w.error();
    std::vector<uint8_t> dram = w.Filled();
    EXPECT_GT(wl_reference_run(w.get(), dram.data(), 0), 0u);
    ExpectEqualToOracle(w);
}

// 20,000 products of 127 * 2048 on average: partial sums of 32 bits overflow unless they are added up in 64
// in time.
TEST(WlReference, AddsUpLongSumsExactly)
{
    Workload w(Product("uint8", "upot4", 1, 2, 20000, false));
    ASSERT_TRUE(w.ok()) << w.error();
    std::vector<uint8_t> dram = w.Filled();
    EXPECT_EQ(wl_reference_run(w.get(), dram.data(), 0), 2u);
    ExpectEqualToOracle(w);
}

TEST(WlReference, StopsAfterTheOperationsAskedFor)
{
    Workload w(TinyEncoder());
    ASSERT_TRUE(w.ok()) << w.error();
    std::vector<uint8_t> part = w.Filled(), whole = part;
    wl_reference_run(w.get(), part.data(), 3);
    wl_reference_run(w.get(), whole.data(), 0);
    for (uint32_t i = 0; i < w->tensor_count; i++) {
        const wl_tensor &t = w->tensors[i];
        if (t.role != WL_ACTIVATION) continue;
        bool same = memcmp(&part[t.address], &whole[t.address], t.rows * t.row_stride_bytes) == 0;
        EXPECT_EQ(same, t.producer < 3) << t.name;
    }
}

// RMS, share of the extreme codes and number of distinct values of every activation.
void ExpectSensibleActivations(const Workload &w)
{
    ASSERT_TRUE(w.ok()) << w.error();
    std::vector<uint8_t> dram = w.Filled();
    EXPECT_EQ(wl_reference_run(w.get(), dram.data(), 0), 0u);
    oracle::Executor reader(w.get(), dram);
    for (uint32_t i = 0; i < w->tensor_count; i++) {
        const wl_tensor &t = w->tensors[i];
        if (t.role != WL_ACTIVATION) continue;
        SCOPED_TRACE(t.name);
        std::map<int64_t, uint64_t> count;
        double squares = 0, total = double(t.rows) * t.columns, extreme = 0;
        for (uint64_t row = 0; row < t.rows; row++)
            for (uint64_t column = 0; column < t.columns; column++) {
                int64_t value = reader.Read(i, row, column);
                count[value]++;
                squares += double(value * value);
            }
        extreme += double(count[num_max_value(t.format)]);
        if (t.format.is_signed) extreme += double(count[num_min_value(t.format)]);
        double ratio = std::sqrt(squares / total) / t.rms;
        bool probs =
            std::string(t.name).find(".probs") != std::string::npos; /* one result per numerator and alpha */
        EXPECT_LT(extreme / total, t.format.bits > 4 ? 0.03 : 0.10);
        EXPECT_LT(double(count[0]) / total, probs ? 0.9 : 0.7);
        EXPECT_GE(count.size(), probs || t.format.bits == 4 ? 5u : 40u);
        EXPECT_GT(ratio, 0.3);
        EXPECT_LT(ratio, 1.5);
    }
}

TEST(WlReference, KeepsActivationsOfAnEncoderInRange)
{
    for (const char *recipe : {"ant4", "int8", "int4", "mixed_4_8"}) {
        SCOPED_TRACE(recipe);
        ExpectSensibleActivations(Workload(TinyEncoder(recipe)));
    }
}

TEST(WlReference, KeepsActivationsOfADecoderInRange)
{
    ExpectSensibleActivations(Workload(TinyEncoder("ant4", "norm: pre\nattention: causal\n")));
}

TEST(WlReference, KeepsActivationsOfAPreNormEncoderInRange)
{
    ExpectSensibleActivations(
        Workload(TinyEncoder("ant4", "norm: pre\nembedding: patches\nimage: 16\npatch: 4\n")));
}

} // namespace
