// Is i-LayerNorm the published integer function, and how far is it from LayerNorm?
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pe/num/layernorm_ibert.h"
#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{
struct Normalised {
    int32_t mean;
    uint64_t squares;
    uint32_t factor;
    std::vector<int64_t> out;
};

Normalised normalise(const std::vector<int64_t> &q, const std::vector<int64_t> &bias)
{
    Normalised n = {};
    int64_t sum = 0;
    for (int64_t x : q) sum += x;
    n.mean = num_layernorm_mean(sum, static_cast<uint32_t>(q.size()));
    for (int64_t x : q) n.squares += static_cast<uint64_t>((x - n.mean) * (x - n.mean));
    n.factor = num_layernorm_factor(n.squares);
    for (size_t i = 0; i < q.size(); i++)
        n.out.push_back(num_layernorm_element(q[i] - n.mean, n.factor, static_cast<int32_t>(bias[i])));
    return n;
}

TEST(NumLayernorm, GivesTheVectors)
{
    const Json cases = json_read("tests/data/nonlinear/ibert_layernorm.json");
    ASSERT_GT(cases.size(), 0u);
    for (const Json &c : cases) {
        ASSERT_EQ(c["shift"].integer(), 0);
        const Normalised n = normalise(c["input"].integers<int64_t>(), c["bias_int"].integers<int64_t>());
        EXPECT_EQ(n.mean, c["mean"].integer());
        EXPECT_EQ(n.squares, static_cast<uint64_t>(c["var_sum"].integer()));
        EXPECT_EQ(n.factor, c["factor"].integer());
        EXPECT_EQ(n.out, c["output"].integers<int64_t>());
    }
}

TEST(NumLayernorm, RoundsTheMeanToNearestEven)
{
    for (int64_t sum = -400; sum <= 400; sum++) {
        for (uint32_t columns = 1; columns <= 40; columns++) {
            const double exact = std::nearbyint(static_cast<double>(sum) / columns);
            ASSERT_EQ(num_layernorm_mean(sum, columns), static_cast<int32_t>(exact)) << sum << '/' << columns;
        }
    }
}

TEST(NumLayernorm, GivesTheBiasOfAConstantRow)
{
    const Normalised n = normalise({7, 7, 7, 7}, {1, -2, 3, -4});
    EXPECT_EQ(n.factor, 0u);
    EXPECT_EQ(n.out, (std::vector<int64_t>{1, -2, 3, -4}));
}

// Bound of the header: 0.5 / sigma + |x| * (std / 2^31 + 1 / std).
TEST(NumLayernorm, StaysWithinItsErrorAgainstRealLayerNorm)
{
    const uint64_t seed = 31;
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    test_random random = {seed};
    for (int round = 0; round < 200; round++) {
        const auto columns = static_cast<size_t>(test_random_range(&random, 8, 1024));
        const int64_t range = int64_t{1} << test_random_range(&random, 6, 15);
        const int64_t offset = test_random_range(&random, -range / 4, range / 4);
        std::vector<int64_t> q(columns), bias(columns, 0);
        double mean = 0, variance = 0;
        for (int64_t &x : q) {
            x = offset +
                (test_random_range(&random, -range, range) + test_random_range(&random, -range, range)) / 4;
            mean += static_cast<double>(x) / static_cast<double>(columns);
        }
        for (int64_t x : q)
            variance += std::pow(static_cast<double>(x) - mean, 2) / static_cast<double>(columns);
        const double sigma = std::sqrt(variance), root = std::sqrt(static_cast<double>(columns));
        const Normalised n = normalise(q, bias);
        for (size_t i = 0; i < columns; i++) {
            const double real = (static_cast<double>(q[i]) - mean) / sigma;
            const double got = static_cast<double>(n.out[i]) * root / 1073741824.0;
            const double std = root * sigma;
            // The last term is the floor of the halving.
            const double bound = 0.5 / sigma + std::abs(real) * (std / 2147483648.0 + 1 / std) * 1.01 +
                                 root / 1073741824.0 + 1e-9;
            ASSERT_NEAR(got, real, bound) << "columns " << columns << " sigma " << sigma;
        }
    }
}
} // namespace
