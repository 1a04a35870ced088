#include "pe/num/optimiser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pe/num/lns.h"
#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

const num_madam MADAM = {0x1p-7, 0.999, 10, 1e9};

TEST(NumMadam, TakesTheReferenceSteps)
{
    const Json file = json_read("tests/data/formats/lns.json")["madam_float_steps"];
    std::vector<double> w = file["p0"].reals(), v(w.size()), again(w.size());
    const double limit = num_madam_limit(w.data(), w.size());
    EXPECT_NEAR(limit, file["clamp"].real(), 1e-12);
    const num_madam rule = {file["eta"].real(), file["beta"].real(), file["g_bound"].real(), limit};
    for (const Json &step : file["steps"]) {
        const auto t = (unsigned)step["t"].integer();
        const std::vector<double> g = step["grad"].reals();
        again = v;
        for (size_t i = 0; i < g.size(); i++)
            EXPECT_EQ(num_madam_gradient(rule, t, g[i], &again[i]), step["g_rounded"][i].real());
        num_madam_step(rule, t, g.data(), v.data(), w.data(), w.size());
        for (size_t i = 0; i < w.size(); i++) EXPECT_NEAR(w[i], step["p"][i].real(), 1e-11);
        EXPECT_EQ(v, again);
    }
}

// The update of codes is the same step: exponent units of 1/gamma, rate * gamma of them per unit of gradient.
TEST(NumMadam, MovesCodesAsItMovesWeights)
{
    const num_lns format = {16, 5};
    for (int g = -10; g <= 10; g++) {
        for (uint32_t sign = 0; sign < 2; sign++) {
            const uint32_t code = sign << 15 | 300;
            double w = num_lns_decode(format, code), v = 0;
            const double gradient = g;
            num_madam rule = MADAM;
            rule.rate = 0.125;
            // At step 1 the normalised gradient is its sign.
            const int unit = g > 0 ? 1 : g < 0 ? -1 : 0;
            num_madam_step(rule, 1, &gradient, &v, &w, 1);
            EXPECT_NEAR(w / num_lns_decode(format, num_lns_update(format, code, unit, 4)), 1, 1e-12) << g;
        }
    }
}

TEST(NumMadam, IgnoresGradientsThatAreNotNumbers)
{
    double v[4] = {}, w[4] = {1, -2, 0, 3};
    const double g[4] = {NAN, INFINITY, -INFINITY, 0};
    num_madam_step(MADAM, 1, g, v, w, 4);
    EXPECT_EQ(std::vector<double>(w, w + 4), (std::vector<double>{1, -2, 0, 3}));
    EXPECT_EQ(std::vector<double>(v, v + 4), std::vector<double>(4));
    EXPECT_EQ(num_madam_limit(w, 0), 0);
    const double pull = -5;
    double zero = 0;
    num_madam_step(MADAM, 1, &pull, v, &zero, 1);
    EXPECT_EQ(zero, 0);
}

// The oracle keeps m, v and the step in exponents: v and the step are powers of two.
TEST(NumAdamax, EqualsAnUpdateByShifts)
{
    // AP2 takes 1 - 2^-10 of a power of two back to it, so with the paper's decay v never falls; here it
    // does.
    const double decay = 0.6;
    const num_adamax rule = {0x1p-10, 1 - 0x1p-3, decay, 1};
    test_random random = {17};
    SCOPED_TRACE(random.state);
    double m = 0, v = 0, w = 0.25, m2 = 0, w2 = 0.25;
    int e = 0;
    bool any = false;
    for (unsigned t = 1; t <= 200; t++) {
        const double g = (double)test_random_range(&random, -4096, 4096) / 4096;
        num_adamax_step(rule, t, &g, &m, &v, &w, 1);
        m2 += (g - m2) / 8;
        const double bound = any ? std::fmax(std::ldexp(decay, e), std::fabs(g)) : std::fabs(g);
        if (bound > 0) {
            any = true;
            e = (int)std::lround(std::log2(bound));
            const int step = (int)std::lround(std::log2(0x1p-10 / (1 - std::pow(0.875, t))));
            w2 -= std::ldexp(m2, step) / (std::ldexp(1, e) + 0x1p-27);
        }
        w2 = std::fmin(std::fmax(w2, -1), 1);
        ASSERT_NEAR(w, w2, 1e-9) << t;
        ASSERT_EQ(v, any ? std::ldexp(1, e) : 0) << t;
    }
    EXPECT_GT(std::fabs(w - 0.25), 1e-4); // it moved
}

TEST(NumAdamax, ClipsWeightsAndIgnoresGradientsThatAreNotNumbers)
{
    const num_adamax rule = {4, 0.9, 0.999, 1};
    double m[2] = {}, v[2] = {}, w[2] = {0.5, -0.5};
    const double g[2] = {-1, 1}, bad[2] = {NAN, -INFINITY};
    num_adamax_step(rule, 1, g, m, v, w, 2);
    EXPECT_EQ(w[0], 1);
    EXPECT_EQ(w[1], -1);
    double m0[2] = {}, v0[2] = {}, w0[2] = {0.5, -0.5};
    num_adamax_step(rule, 1, bad, m0, v0, w0, 2);
    EXPECT_EQ(w0[0], 0.5);
    EXPECT_EQ(w0[1], -0.5);
}

} // namespace
