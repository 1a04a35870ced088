#include "pe/num/clipping.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

std::vector<float> laplace(size_t n)
{
    test_random random = {71};
    std::vector<float> x(n);
    for (float &v : x) {
        const double u = ((double)(test_random_u64(&random) >> 11) + 0.5) * 0x1p-53;
        v = (float)(u < 0.5 ? std::log(2 * u) : -std::log(2 - 2 * u));
    }
    return x;
}

TEST(NumOctav, FollowsThePublishedSequences)
{
    const Json file = json_read("tests/data/formats/octav.json");
    std::vector<float> x;
    for (double v : file["x"].reals()) x.push_back((float)v);
    for (const char *part : {"signed", "unsigned_abs_x"}) {
        const bool is_signed = part[0] == 's';
        for (const Json &row : file[part]) {
            const unsigned bits = (unsigned)row["bits"].integer();
            const Json &sequence = row["s_sequence_from_0"];
            for (size_t i = 1; i < sequence.size(); i++) {
                EXPECT_NEAR(num_octav_step(x.data(), x.size(), bits, is_signed, sequence[i - 1].real()),
                            sequence[i].real(), 1e-12);
            }
            const double s = num_octav_clip(x.data(), x.size(), bits, is_signed, 20);
            EXPECT_NEAR(s, sequence[sequence.size() - 1].real(), 1e-12);
            if (!is_signed) continue;
            EXPECT_NEAR(num_octav_noise(x.data(), x.size(), bits, true, s), row["J_at_s_star"].real(), 1e-12);
        }
    }
    for (const Json &row : file["gradients"]) {
        const double v = row["x"].real(), s = row["s"].real();
        EXPECT_EQ(num_clip_gradient_of(NUM_GRADIENT_STE, v, s), row["STE"].real());
        EXPECT_EQ(num_clip_gradient_of(NUM_GRADIENT_PWL, v, s), row["PWL"].real());
        EXPECT_NEAR(num_clip_gradient_of(NUM_GRADIENT_MAD, v, s), row["MAD"].real(), 1e-6);
    }
}

TEST(NumOctav, FixedPointMinimisesTheNoiseAndScalesWithTheTensor)
{
    const std::vector<float> x = laplace(60000);
    std::vector<float> scaled = x;
    for (float &v : scaled) v *= 4;
    double previous = 0;
    for (unsigned bits : {2, 3, 4, 6, 8}) {
        const double s = num_octav_clip(x.data(), x.size(), bits, true, 20);
        const double noise = num_octav_noise(x.data(), x.size(), bits, true, s);
        // The sample's noise jumps at every element, so the minimum is one of its neighbourhood.
        for (int i = 50; i < 200; i += 7) {
            EXPECT_LE(noise, num_octav_noise(x.data(), x.size(), bits, true, s * i / 100) * (1 + 1e-3));
        }
        EXPECT_NEAR(num_octav_clip(scaled.data(), x.size(), bits, true, 20), 4 * s, 1e-9);
        EXPECT_GT(s, previous);
        previous = s;
    }
    EXPECT_NEAR(num_octav_clip(x.data(), x.size(), 4, true, 20), 5.0341, 0.12)
        << "Laplace distribution, 4 bits";
    const float zeros[3] = {0, 0, 0};
    EXPECT_EQ(num_octav_clip(zeros, 3, 4, true, 20), 0);
    EXPECT_EQ(num_octav_clip(zeros, 0, 4, true, 20), 0);
}

TEST(NumClipping, PercentileCountsElements)
{
    const float x[4] = {1, 2, 3, 4};
    EXPECT_EQ(num_clip_percentile(x, 4, 0), 1);
    EXPECT_EQ(num_clip_percentile(x, 4, 25), 1);
    EXPECT_EQ(num_clip_percentile(x, 4, 25.1), 2);
    EXPECT_EQ(num_clip_percentile(x, 4, 99.9), 4);
    EXPECT_EQ(num_clip_percentile(x, 4, 100), 4);
    EXPECT_EQ(num_clip_percentile(x, 0, 50), 0);
}

TEST(NumClipping, EntropyCutsAnOutlierAndKeepsAUniformTensor)
{
    std::vector<float> x = laplace(20000);
    const double largest = std::fabs(
        *std::max_element(x.begin(), x.end(), [](float a, float b) { return std::fabs(a) < std::fabs(b); }));
    const double clip = num_clip_kl(x.data(), x.size(), 4);
    EXPECT_LT(clip, 0.8 * largest);
    EXPECT_GT(clip, 1);
    for (size_t i = 0; i < x.size(); i++) x[i] = (float)(i + 1) / 20000;
    EXPECT_GT(num_clip_kl(x.data(), x.size(), 8), 0.98);
    EXPECT_LE(num_clip_kl(x.data(), x.size(), 8), 1);
    const float same[2] = {-3, 3}, zero[1] = {0};
    EXPECT_EQ(num_clip_kl(same, 2, 8), 3);
    EXPECT_EQ(num_clip_kl(zero, 1, 8), 0);
}

TEST(NumClipping, PowerOfTwoThresholdQuantisesAndDifferentiates)
{
    const double step = 0.125; // 4 bits, threshold 0.9 -> 1
    for (int i = -300; i <= 300; i++) {
        const double x = i / 128.0;
        const num_tqt got = num_tqt_forward(x, std::log2(0.9), 4, true);
        const double q = std::fmax(-8, std::fmin(7, std::nearbyint(x / step)));
        EXPECT_EQ(got.value, step * q);
        const bool inside = std::nearbyint(x / step) >= -8 && std::nearbyint(x / step) <= 7;
        EXPECT_EQ(got.x_gradient, inside ? 1 : 0);
        EXPECT_NEAR(got.threshold_gradient, step * std::log(2.0) * (inside ? q - x / step : q), 1e-15);
    }
    EXPECT_EQ(num_tqt_forward(9, 0, 2, false).value, 0.75);
    EXPECT_EQ(num_tqt_forward(-9, 0, 2, false).value, 0);
}

} // namespace
