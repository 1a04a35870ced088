#include "pe/num/ant_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

const char *const type_names[] = {"int", "flint", "pot", "float"};

float from_hex(const Json &hex)
{
    const uint32_t bits = (uint32_t)std::stoul(hex.text(), nullptr, 16);
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

struct Tensor {
    explicit Tensor(std::vector<float> values)
        : x(std::move(values)), sum(x.size() + 1), squares(x.size() + 1)
    {
        samples = num_samples_build(x.data(), x.size(), sum.data(), squares.data());
    }
    std::vector<float> x;
    std::vector<double> sum, squares;
    num_samples samples;
};

std::vector<float> random_tensor(test_random *random, size_t n)
{
    std::vector<float> x(n);
    for (float &v : x) {
        v = (float)std::ldexp((double)test_random_range(random, -1000, 1000),
                              (int)test_random_range(random, -12, -7));
    }
    return x;
}

TEST(NumSamples, ErrorEqualsTheSumOverElements)
{
    test_random random = {23};
    SCOPED_TRACE(random.state);
    for (size_t n : {0, 1, 2, 50, 333}) {
        const Tensor t(random_tensor(&random, n));
        double grid[NUM_ANT_MAX_GRID];
        for (int type = 0; type < NUM_ANT_TYPES; type++) {
            const size_t count = num_ant_grid((num_ant_type)type, 4, type % 2, grid);
            double expected = 0;
            for (float x : t.x) {
                double best = INFINITY;
                for (size_t i = 0; i < count; i++) best = std::fmin(best, std::pow(0.13 * grid[i] - x, 2));
                expected += best;
            }
            EXPECT_NEAR(num_samples_error(&t.samples, grid, count, 0.13), expected, 1e-9 * (1 + expected));
        }
        for (size_t i = 1; i < n; i++) ASSERT_LE(t.x[i - 1], t.x[i]);
    }
}

TEST(NumAntSearch, ScalesAndTypesEqualThePublishedOnes)
{
    const std::map<std::string, unsigned> sets = {{"Int", NUM_ANT_SET_INT},
                                                  {"IP", NUM_ANT_SET_IP},
                                                  {"FIP", NUM_ANT_SET_FIP},
                                                  {"IP-F", NUM_ANT_SET_IP_F},
                                                  {"FIP-F", NUM_ANT_SET_FIP_F}};
    const Json file = json_read("tests/data/formats/ant_type_selection.json");
    for (const Json &c : file["cases"]) {
        SCOPED_TRACE(c["name"].text());
        std::vector<float> x;
        for (const Json &hex : c["x_f32_hex"]) x.push_back(from_hex(hex));
        const Tensor t(x);
        const num_ant_options options = {(unsigned)c["bits"].integer(), c["signed"].boolean(),
                                         (unsigned)c["search_percent"][0].integer(),
                                         (unsigned)c["search_percent"][1].integer() + 1};
        for (int type = 0; type < NUM_ANT_TYPES; type++) {
            const Json &expected = c["result"][type_names[type]];
            const num_ant_choice got = num_ant_search(&t.samples, (num_ant_type)type, options);
            EXPECT_EQ(got.percent, expected["alpha_over_max_percent"].integer()) << type_names[type];
            EXPECT_NEAR(got.alpha, from_hex(expected["alpha_hex"]), 1e-6 * got.alpha);
            EXPECT_NEAR(got.squared_error / (double)x.size(), expected["mse"].real(),
                        1e-5 * expected["mse"].real());
        }
        for (const auto &set : sets) {
            EXPECT_EQ(type_names[num_ant_select(&t.samples, set.second, options).type],
                      c["select"][set.first].text())
                << set.first;
        }
    }
}

TEST(NumAntSearch, ChannelsShareTheTypeOfTheSmallestTotal)
{
    test_random random = {29};
    SCOPED_TRACE(random.state);
    std::vector<Tensor> tensors;
    for (size_t n : {64, 64, 64, 0}) tensors.emplace_back(random_tensor(&random, n));
    tensors.emplace_back(std::vector<float>(64, 0.0f));
    std::vector<num_samples> channels;
    for (Tensor &t : tensors) channels.push_back(t.samples);
    const num_ant_options options = {4, true, 75, 150};
    std::vector<num_ant_choice> choices(channels.size());
    const num_ant_type best =
        num_ant_select_channels(channels.data(), channels.size(), NUM_ANT_SET_IP_F, options, choices.data());
    double totals[NUM_ANT_TYPES] = {};
    for (int type = 0; type < NUM_ANT_TYPES; type++) {
        for (size_t c = 0; c < 3; c++)
            totals[type] += num_ant_search(&channels[c], (num_ant_type)type, options).squared_error;
    }
    for (num_ant_type type : {NUM_ANT_INT, NUM_ANT_FLINT, NUM_ANT_POT}) EXPECT_LE(totals[best], totals[type]);
    for (const num_ant_choice &choice : choices) EXPECT_EQ(choice.type, best);
    EXPECT_EQ(choices[3].scale, 1);
    EXPECT_EQ(choices[4].alpha, 0);
}

TEST(NumAntSearch, FirstOfEqualErrorsWins)
{
    const Tensor t({1, -1});
    EXPECT_EQ(num_ant_search(&t.samples, NUM_ANT_POT, {4, true, 100, 201}).percent, 100u)
        << "200 % fits as well";
    EXPECT_EQ(num_ant_select(&t.samples, NUM_ANT_SET_FIP_F, {4, true, 100, 101}).type, NUM_ANT_INT);
}

TEST(NumAntSearch, RaisesTheLayersWithTheLargestErrors)
{
    const double errors[5] = {1, 4, 2, 4, 0};
    const bool expected[4][5] = {{}, {0, 1, 0, 0, 0}, {0, 1, 0, 1, 0}, {0, 1, 1, 1, 0}};
    for (size_t count = 0; count < 4; count++) {
        bool raise[5];
        num_mixed_select(errors, 5, count, raise);
        for (int i = 0; i < 5; i++) EXPECT_EQ(raise[i], expected[count][i]) << count << ' ' << i;
    }
    bool raise[5];
    num_mixed_select(errors, 5, 99, raise);
    EXPECT_TRUE(raise[4]);
}

} // namespace
