#include "pe/num/layernorm_ptf_integer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

TEST(NumLayernormPtfInteger, GivesThePublishedResults)
{
    size_t tokens = 0;
    const Json file = json_read("tests/data/nonlinear/fqvit_ptf_layernorm.json");
    for (const Json &layer : file) {
        const size_t channels = (size_t)layer["C"].integer();
        const std::vector<double> gamma = layer["gamma"].reals(), beta = layer["beta"].reals();
        const num_layernorm_ptf real = {gamma.data(), beta.data(), layer["s_out"].real(),
                                        (int32_t)layer["zp_out"].integer()};
        std::vector<uint8_t> shift, out(channels);
        for (const Json &factor : layer["factor"])
            shift.push_back((uint8_t)std::lround(std::log2(factor.real())));
        std::vector<int32_t> gain(channels), offset(channels);
        const num_layernorm_ptf_integer integer = num_layernorm_ptf_integer_build(
            {1, (int32_t)layer["zero_point"].integer()}, &real, channels, gain.data(), offset.data());
        for (size_t t = 0; t < layer["tokens"].size(); t++, tokens++) {
            const std::vector<uint8_t> q = layer["q_u8"][t].integers<uint8_t>();
            num_layernorm_ptf_integer_row(&integer, shift.data(), q.data(), channels, out.data());
            EXPECT_EQ(out, layer["tokens"][t]["out_u8"].integers<uint8_t>());
        }
    }
    EXPECT_GT(tokens, 2u);
}

TEST(NumLayernormPtfInteger, EqualsTheFloatFormButForNearTies)
{
    test_random random = {81};
    size_t elements = 0, different = 0;
    for (int round = 0; round < 300; round++) {
        SCOPED_TRACE(random.state);
        const size_t channels = (size_t)test_random_range(&random, 1, 200);
        std::vector<double> gamma(channels), beta(channels);
        std::vector<uint8_t> shift(channels), q(channels), out(channels), reference(channels);
        std::vector<int32_t> gain(channels), offset(channels);
        const double size = std::ldexp(1, (int)test_random_range(&random, -12, 6));
        const int64_t spread = test_random_range(&random, 0, 127);
        for (size_t c = 0; c < channels; c++) {
            gamma[c] = size * (double)test_random_range(&random, -1000, 1000) / 800;
            beta[c] = (double)test_random_range(&random, -1000, 1000) / 700;
            shift[c] = (uint8_t)test_random_range(&random, 0, 3);
            q[c] = (uint8_t)test_random_range(&random, 128 - spread, 128 + spread);
        }
        const num_layernorm_ptf real = {gamma.data(), beta.data(), 0.04, 128};
        const num_ptf format = {0.01, 120};
        num_layernorm_ptf_row(format, shift.data(), &real, q.data(), channels, reference.data());
        const num_layernorm_ptf_integer integer =
            num_layernorm_ptf_integer_build(format, &real, channels, gain.data(), offset.data());
        num_layernorm_ptf_integer_row(&integer, shift.data(), q.data(), channels, out.data());
        for (size_t c = 0; c < channels; c++, elements++) {
            ASSERT_NEAR(out[c], reference[c], 1) << c;
            different += out[c] != reference[c];
        }
    }
    EXPECT_LT(different, elements / 500);
}

TEST(NumLayernormPtfInteger, ConstantTokensAndExtremeGainsAreDefined)
{
    const uint8_t shift[3] = {3, 0, 3}, same[3] = {7, 7, 7}, far[3] = {0, 255, 255}, none[3] = {};
    const double gamma[3] = {1e30, -1e30, 0}, beta[3] = {1e30, -1e30, 0.5}, zero[3] = {};
    int32_t gain[3], offset[3];
    uint8_t out[3];
    const num_layernorm_ptf huge = {gamma, beta, 0.1, 10}, flat = {zero, beta, 0.1, 10};
    num_layernorm_ptf_integer layer = num_layernorm_ptf_integer_build({1, 255}, &huge, 3, gain, offset);
    num_layernorm_ptf_integer_row(&layer, shift, far, 3, out);
    EXPECT_EQ(out[2], 15);
    layer = num_layernorm_ptf_integer_build({1, 7}, &flat, 3, gain, offset);
    num_layernorm_ptf_integer_row(&layer, none, same, 3, out);
    EXPECT_EQ(out[0], 255);
    EXPECT_EQ(out[1], 0);
    EXPECT_EQ(out[2], 15);
    const double ties[3] = {1.25, 1.75, -1.25}; // 2.5, 3.5 and -2.5 output steps
    const num_layernorm_ptf tied = {zero, ties, 0.5, 10};
    layer = num_layernorm_ptf_integer_build({1, 7}, &tied, 3, gain, offset);
    num_layernorm_ptf_integer_row(&layer, none, same, 3, out);
    EXPECT_EQ(out[0], 12);
    EXPECT_EQ(out[1], 14);
    EXPECT_EQ(out[2], 8);
    layer = num_layernorm_ptf_integer_build({1, 7}, &flat, 3, gain, offset);
    out[0] = 255;
    num_layernorm_ptf_integer_row(&layer, none, same, 0, out);
    EXPECT_EQ(out[0], 255);
}

} // namespace
