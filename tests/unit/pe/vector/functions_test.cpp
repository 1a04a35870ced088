// Does each vector function compute what its name says? Oracles: real arithmetic, libm and the published
// vectors.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "pe/num/gelu_ibert.h"
#include "tests/support/json.h"
#include "tests/support/vector_jobs.h"

namespace
{
const num_format INT8 = {NUM_INT, 8, true}, UINT8 = {NUM_INT, 8, false}, INT16 = {NUM_INT, 16, true},
                 INT32 = {NUM_INT, 32, true};
const num_multiplier ONE = {1 << 30, 1};

// One row through vec_compute, with packed operands.
struct OneRow {
    OneRow(const char *name, num_format in, num_format out) : part(fl_registry_find("vector_function", name))
    {
        job.in_format = job.in2_format = in;
        job.out_format = out;
    }
    std::vector<int32_t> run(const std::vector<int32_t> &x, const std::vector<int32_t> &x2 = {},
                             const std::vector<vec_column> &columns = {})
    {
        const size_t n = x.size();
        std::vector<uint8_t> in(4 * n), in2(4 * n), out(4 * n), params(n * VEC_COLUMN_BYTES);
        std::vector<uint32_t> scratch(vec_scratch_bytes(static_cast<uint32_t>(n)) / 4);
        job.function = static_cast<const vec_function *>(part->ops);
        job.rows = 1;
        job.columns = static_cast<uint32_t>(n);
        num_pack_values(job.in_format, x.data(), n, in.data());
        if (!x2.empty()) num_pack_values(job.in2_format, x2.data(), n, in2.data());
        if (!columns.empty()) vec_store_columns(columns.data(), job.columns, params.data());
        job.in = in.data();
        job.in2 = in2.data();
        job.column_params = params.data();
        job.out = out.data();
        vec_compute(&job, scratch.data());
        std::vector<int32_t> values(n);
        num_unpack_values(job.out_format, out.data(), n, values.data());
        return values;
    }
    const fl_part *part;
    vec_job job = {};
};

std::vector<int32_t> random_values(size_t n, int32_t range, uint64_t seed)
{
    test_random random = {seed};
    std::vector<int32_t> values(n);
    for (int32_t &value : values) value = static_cast<int32_t>(test_random_range(&random, -range, range));
    return values;
}

double clamp8(double x) { return std::clamp(x, -128.0, 127.0); }

TEST(VectorFunctionsRequantize, RescalesAndSaturates)
{
    OneRow row("requantize", INT32, INT8);
    row.job.immediates.out = num_quantize_multiplier(0.0123);
    const auto x = random_values(1000, 20000, 1);
    const auto out = row.run(x);
    for (size_t i = 0; i < x.size(); i++) EXPECT_NEAR(out[i], clamp8(x[i] * 0.0123), 0.76);
}

TEST(VectorFunctionsRequantize, PassesValuesThroughWithTheMultiplierOne)
{
    OneRow row("requantize", INT16, INT16);
    row.job.immediates.out = ONE;
    const auto x = random_values(1000, 32767, 2);
    EXPECT_EQ(row.run(x), x);
}

TEST(VectorFunctionsBiasRequantize, AddsTheBiasAndRescalesPerColumn)
{
    OneRow row("bias_requantize", INT32, INT8);
    const auto x = random_values(500, 10000, 3), bias = random_values(500, 3000, 4);
    std::vector<vec_column> columns;
    for (size_t i = 0; i < x.size(); i++)
        columns.push_back({bias[i], num_quantize_multiplier(0.0001 * static_cast<double>(i))});
    const auto out = row.run(x, {}, columns);
    for (size_t i = 0; i < x.size(); i++)
        EXPECT_NEAR(out[i], clamp8((x[i] + bias[i]) * 0.0001 * static_cast<double>(i)), 0.76);
}

TEST(VectorFunctionsBiasRequantize, WrapsTheSumLikeTheAccumulators)
{
    OneRow row("bias_requantize", INT32, INT32);
    const num_multiplier half = {1 << 30, 0};
    EXPECT_EQ(row.run({INT32_MAX, INT32_MIN}, {}, {{3, half}, {-2, half}}),
              (std::vector<int32_t>{-1073741823, 1073741823}));
}

TEST(VectorFunctionsAdd, AddsBothInputsAtTheirOwnScales)
{
    OneRow row("add", INT8, INT16);
    row.job.immediates.in = num_quantize_multiplier(3.7);
    row.job.immediates.in2 = num_quantize_multiplier(0.29);
    const auto x = random_values(500, 127, 5), x2 = random_values(500, 127, 6);
    const auto out = row.run(x, x2);
    for (size_t i = 0; i < x.size(); i++) EXPECT_NEAR(out[i], 3.7 * x[i] + 0.29 * x2[i], 1.5);
}

TEST(VectorFunctionsAdd, SaturatesToTheOutputFormat)
{
    OneRow row("add", INT32, INT16);
    row.job.immediates.in = row.job.immediates.in2 = ONE;
    EXPECT_EQ(row.run({30000, -30000, INT32_MAX, 5}, {30000, -30000, INT32_MAX, -7}),
              (std::vector<int32_t>{32767, -32768, 32767, -2}));
}

// Accumulators at scale 1e-4, output at 1/16. The error is that of i-GELU, of the int16 and of the output
// step.
TEST(VectorFunctionsGelu, IsGeluOfTheBiasedAccumulator)
{
    const double in_scale = 1e-4, middle = std::ldexp(1.0, -12), out_scale = 1.0 / 16;
    OneRow row("gelu", INT32, INT8);
    row.job.immediates.out = num_quantize_multiplier(num_igelu_output_scale(middle) / out_scale);
    const auto x = random_values(2000, 70000, 7), bias = random_values(2000, 9000, 8);
    std::vector<vec_column> columns;
    for (int32_t b : bias) columns.push_back({b, num_quantize_multiplier(in_scale / middle)});
    const auto out = row.run(x, {}, columns);
    for (size_t i = 0; i < x.size(); i++) {
        const double real = (x[i] + bias[i]) * in_scale;
        const double gelu = real / 2 * (1 + std::erf(real / std::sqrt(2.0)));
        EXPECT_NEAR(out[i] * out_scale, gelu, 0.0186 + middle + out_scale / 2) << real;
    }
}

TEST(VectorFunctionsSoftmax, GivesTheVectors)
{
    const Json rows = json_read("tests/data/nonlinear/rexp_2dlut_rows.json");
    for (const Json &entry : rows) {
        if (entry["rexp_u8_round"]["sum"].integer() >= 16 * 255) continue; /* the vectors have 16 alphas */
        OneRow row("softmax", INT8, UINT8);
        row.job.immediates.out = ONE;
        row.job.immediates.index_multiplier = static_cast<uint32_t>(entry["K_q16"].integer());
        EXPECT_EQ(row.run(entry["input"].integers<int32_t>()),
                  entry["rexp_u8_round"]["output"].integers<int32_t>());
    }
}

TEST(VectorFunctionsSoftmax, GivesOneToALoneElementAndSharesAFlatRow)
{
    OneRow row("softmax", INT8, UINT8);
    row.job.immediates = {{0, 0}, {0, 0}, ONE, 65536};
    EXPECT_EQ(row.run({-128}), std::vector<int32_t>{255});
    EXPECT_EQ(row.run(std::vector<int32_t>(51, 3)), std::vector<int32_t>(51, 5));
}

// gamma 1.5, beta 0.25, output at scale 1/32.
TEST(VectorFunctionsLayernorm, IsLayerNormWithGammaAndBeta)
{
    const double gamma = 1.5, beta = 0.25, out_scale = 1.0 / 32;
    const size_t n = 768;
    const double unit = std::sqrt(static_cast<double>(n)) / 1073741824.0;
    OneRow row("layernorm", INT16, INT8);
    auto x = random_values(n, 5000, 9);
    double mean = 0, variance = 0;
    for (int32_t &value : x) mean += (value += 700) / static_cast<double>(n);
    for (int32_t value : x) variance += (value - mean) * (value - mean) / static_cast<double>(n);
    const vec_column column = {static_cast<int32_t>(std::floor(beta / gamma / unit)),
                               num_quantize_multiplier(gamma * unit / out_scale)};
    const auto out = row.run(x, {}, std::vector<vec_column>(n, column));
    for (size_t i = 0; i < n; i++)
        EXPECT_NEAR(out[i] * out_scale, gamma * (x[i] - mean) / std::sqrt(variance) + beta,
                    out_scale / 2 + 0.002);
}
} // namespace
