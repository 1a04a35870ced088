#include "pe/num/layernorm_ptf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

TEST(NumLayernormPtf, FitsAndNormalisesAsPublished)
{
    const Json file = json_read("tests/data/nonlinear/fqvit_ptf_layernorm.json");
    for (const Json &layer : file) {
        const size_t channels = (size_t)layer["C"].integer(), tokens = layer["X"].size();
        std::vector<float> x;
        for (const Json &token : layer["X"]) {
            for (double v : token.reals()) x.push_back((float)v);
        }
        std::vector<uint8_t> shift(channels), q(channels), out(channels);
        const num_ptf format = num_ptf_fit(x.data(), tokens, channels, shift.data());
        EXPECT_NEAR(format.scale, layer["s1"].real(), 1e-7 * format.scale + 1e-9);
        EXPECT_EQ(format.zero_point, layer["zero_point"].integer());
        for (size_t c = 0; c < channels; c++) EXPECT_EQ(1 << shift[c], layer["factor"][c].integer());
        const std::vector<double> gamma = layer["gamma"].reals(), beta = layer["beta"].reals();
        const num_layernorm_ptf affine = {gamma.data(), beta.data(), layer["s_out"].real(),
                                          (int32_t)layer["zp_out"].integer()};
        for (size_t t = 0; t < tokens; t++) {
            for (size_t c = 0; c < channels; c++)
                q[c] = num_ptf_encode(format, shift[c], x[t * channels + c]);
            EXPECT_EQ(q, layer["q_u8"][t].integers<uint8_t>());
            if (t >= layer["tokens"].size()) continue;
            num_layernorm_ptf_row(format, shift.data(), &affine, q.data(), channels, out.data());
            EXPECT_EQ(out, layer["tokens"][t]["out_u8"].integers<uint8_t>());
        }
    }
}

TEST(NumLayernormPtf, StaysNearTheRealLayerNorm)
{
    test_random random = {43};
    SCOPED_TRACE(random.state);
    const size_t channels = 64;
    std::vector<double> gamma(channels), beta(channels);
    std::vector<uint8_t> shift(channels), q(channels), out(channels);
    for (size_t c = 0; c < channels; c++) {
        gamma[c] = (double)test_random_range(&random, -100, 100) / 80;
        beta[c] = (double)test_random_range(&random, -100, 100) / 100;
        shift[c] = (uint8_t)test_random_range(&random, 0, 3);
        q[c] = (uint8_t)test_random_range(&random, 0, 255);
    }
    const num_layernorm_ptf affine = {gamma.data(), beta.data(), 0.05, 128};
    num_layernorm_ptf_row({0.01, 100}, shift.data(), &affine, q.data(), channels, out.data());
    std::vector<double> v(channels);
    double mean = 0, variance = 0;
    for (size_t c = 0; c < channels; c++) mean += (v[c] = std::ldexp(q[c] - 100, shift[c])) / channels;
    for (double x : v) variance += (x - mean) * (x - mean) / channels;
    for (size_t c = 0; c < channels; c++) {
        const double y = (v[c] - mean) / std::sqrt(variance) * gamma[c] + beta[c];
        const double limit = 0.008 * std::fabs(v[c] / std::sqrt(variance) * gamma[c]) + 0.05 * 1.01;
        EXPECT_NEAR((out[c] - 128) * 0.05, y, limit);
    }
}

TEST(NumLayernormPtf, ConstantTensorsAndTokensAreDefined)
{
    const float x[4] = {2, 2, 2, 2};
    uint8_t shift[2], q[2] = {7, 7}, out[2];
    EXPECT_EQ(num_ptf_fit(x, 2, 2, shift).scale, 1);
    EXPECT_EQ(num_ptf_fit(x, 0, 2, shift).zero_point, 0);
    const double gamma[2] = {1, 0}, beta[2] = {0.5, -100};
    const num_layernorm_ptf affine = {gamma, beta, 0.1, 10};
    const uint8_t none[2] = {0, 0};
    num_layernorm_ptf_row({1, 3}, none, &affine, q, 2, out);
    EXPECT_EQ(out[0], 15);
    EXPECT_EQ(out[1], 0);
}

} // namespace
