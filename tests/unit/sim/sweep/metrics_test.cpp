#include "sim/sweep/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/random.h"

namespace
{
// The definition, point against point.
std::vector<bool> front_by_definition(const std::vector<double> &v, size_t count,
                                      const std::vector<fl_objective> &objectives)
{
    const size_t n = objectives.size();
    std::vector<bool> front(count, true);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            size_t no_worse = 0, better = 0;
            for (size_t o = 0; o < n; o++) {
                const double a = objectives[o].maximise ? -v[j * n + o] : v[j * n + o],
                             b = objectives[o].maximise ? -v[i * n + o] : v[i * n + o];
                no_worse += a <= b;
                better += a < b;
            }
            if (no_worse == n && better > 0) front[i] = false;
        }
    return front;
}

TEST(SweepMetrics, ParetoFrontIsWhatNoPointBeats)
{
    test_random random = {42};
    for (int round = 0; round < 200; round++) {
        const size_t count = (size_t)test_random_range(&random, 0, 40),
                     n = (size_t)test_random_range(&random, 1, 3);
        std::vector<fl_objective> objectives(n);
        for (auto &o : objectives) o.maximise = test_random_range(&random, 0, 1) == 1;
        std::vector<double> values(count * n);
        for (auto &x : values) x = (double)test_random_range(&random, 0, 6); // many ties
        std::unique_ptr<bool[]> front(new bool[count + 1]);
        fl_pareto_front(values.data(), count, objectives.data(), n, front.get());
        const auto expected = front_by_definition(values, count, objectives);
        for (size_t i = 0; i < count; i++)
            ASSERT_EQ(front[i], expected[i]) << "round " << round << " point " << i;
    }
}

TEST(SweepMetrics, PointsWithoutAValueAreOnNoFront)
{
    const double values[] = {NAN, 1, 2, 2};
    const fl_objective objectives[] = {{"latency_ms", false}, {"energy_mj", false}};
    bool front[2];
    fl_pareto_front(values, 2, objectives, 2, front);
    EXPECT_FALSE(front[0]);
    EXPECT_TRUE(front[1]);
}

TEST(SweepMetrics, ObjectivesNameAMetricAndADirection)
{
    fl_objective objective;
    ASSERT_TRUE(fl_objective_parse("latency_ms", &objective));
    EXPECT_FALSE(objective.maximise);
    ASSERT_TRUE(fl_objective_parse("max utilization", &objective));
    EXPECT_TRUE(objective.maximise);
    EXPECT_STREQ(objective.metric, "utilization");
    EXPECT_FALSE(fl_objective_parse("speed", &objective));
}
} // namespace
