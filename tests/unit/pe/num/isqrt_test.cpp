// Is the Newton square root exact, and how many divisions does it make?
#include <gtest/gtest.h>

#include "pe/num/isqrt.h"
#include "tests/support/csv.h"
#include "tests/support/random.h"

namespace
{
// Bit by bit, without division: the largest r with r * r <= n.
uint32_t slow_root(uint64_t n)
{
    uint64_t root = 0;
    for (int bit = 31; bit >= 0; bit--) {
        const uint64_t candidate = root | uint64_t{1} << bit;
        if (candidate * candidate <= n) root = candidate;
    }
    return static_cast<uint32_t>(root);
}

TEST(NumIsqrt, GivesRootsAndDivisionsOfTheVectors)
{
    for (const CsvRow &row : csv_read("tests/data/nonlinear/ibert_isqrt.csv")) {
        unsigned divisions = 99;
        EXPECT_EQ(num_isqrt(static_cast<uint64_t>(row.integer("n")), &divisions), row.integer("root"));
        EXPECT_EQ(divisions, row.integer("divisions_incl_check")) << row.integer("n");
    }
}

TEST(NumIsqrt, IsExactForSmallNumbers)
{
    for (uint64_t n = 0; n < 200000; n++) ASSERT_EQ(num_isqrt(n, nullptr), slow_root(n)) << n;
}

TEST(NumIsqrt, IsExactAroundSquaresAndForRandomNumbers)
{
    test_random random = {5};
    for (int i = 0; i < 50000; i++) {
        const uint64_t any = test_random_u64(&random) >> (i % 64);
        const uint64_t root = test_random_u64(&random) >> (32 + i % 32);
        for (uint64_t n : {any, root * root, root * root - 1, root * root + 2 * root})
            ASSERT_EQ(num_isqrt(n, nullptr), slow_root(n)) << n;
    }
    EXPECT_EQ(num_isqrt(UINT64_MAX, nullptr), UINT32_MAX);
}

TEST(NumIsqrt, NeedsAtMostSixDivisionsBelowTwoToTheFortyEighth)
{
    unsigned most = 0, divisions = 0;
    const auto look = [&](uint64_t n) {
        num_isqrt(n, &divisions);
        most = divisions > most ? divisions : most;
        ASSERT_LE(divisions, unsigned{NUM_ISQRT_MAX_DIVISIONS}) << n;
    };
    test_random random = {6};
    for (int i = 0; i < 100000; i++) look(test_random_u64(&random) >> (16 + i % 40));
    // The start value is worst (twice the root) just above even powers of two.
    for (int bits = 2; bits < 48; bits++) {
        for (int64_t offset = -300; offset < 300; offset++)
            look(static_cast<uint64_t>(std::max<int64_t>(0, (int64_t{1} << bits) + offset)));
    }
    look(1074790655);
    EXPECT_EQ(most, unsigned{NUM_ISQRT_MAX_DIVISIONS});
}
} // namespace
