#include "pe/num/rmsnorm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/random.h"

namespace
{

TEST(NumRmsnorm, StaysWithinTheStatedErrorOfTheRealFunction)
{
    test_random random = {31};
    for (int round = 0; round < 60; round++) {
        SCOPED_TRACE(random.state);
        const int64_t bound = (int64_t)1 << test_random_range(&random, 3, 23);
        std::vector<int32_t> q((size_t)test_random_range(&random, 1, 900));
        std::vector<int64_t> out(q.size());
        long double squares = 0;
        for (int32_t &v : q) {
            v = (int32_t)test_random_range(&random, -bound, bound);
            squares += (long double)v * v;
        }
        if (squares == 0) continue;
        num_rmsnorm_row(q.data(), q.size(), out.data());
        const double n = (double)q.size(), root = std::sqrt((double)squares);
        for (size_t i = 0; i < q.size(); i++) {
            const double y = q[i] / root * std::sqrt(n);
            const double limit = std::fabs(y) * (root / 0x1p31 + 1 / root) + std::sqrt(n) * 0x1p-30 + 1e-12;
            ASSERT_NEAR((double)out[i] * std::sqrt(n) * 0x1p-30, y, limit);
        }
    }
}

TEST(NumRmsnorm, IsDefinedForZerosExtremesAndNothing)
{
    int64_t out[3] = {9, 9, 9};
    const int32_t zeros[3] = {}, extremes[3] = {INT32_MIN, INT32_MAX, INT32_MIN};
    num_rmsnorm_row(zeros, 0, out);
    EXPECT_EQ(out[0], 9);
    num_rmsnorm_row(zeros, 3, out);
    EXPECT_EQ(out[1], 0);
    num_rmsnorm_row(extremes, 3, out);
    EXPECT_EQ(out[0], 0); // the factor of such a row is below 1
}

} // namespace
