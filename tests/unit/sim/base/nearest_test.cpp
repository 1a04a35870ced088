#include "sim/base/nearest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "tests/support/random.h"

// The definition itself, by recursion: the slow twin of the table.
static size_t distance_by_recursion(const std::string &a, const std::string &b)
{
    if (a.empty() || b.empty()) return a.size() + b.size();
    const std::string shorter_a = a.substr(1), shorter_b = b.substr(1);
    size_t best = distance_by_recursion(shorter_a, shorter_b) + (a[0] != b[0]);
    best = std::min(best, distance_by_recursion(shorter_a, b) + 1);
    best = std::min(best, distance_by_recursion(a, shorter_b) + 1);
    if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0])
        best = std::min(best, distance_by_recursion(a.substr(2), b.substr(2)) + 1);
    return best;
}

static std::string random_word(test_random *r)
{
    std::string word;
    for (int64_t n = test_random_range(r, 0, 6); n > 0; n--) word += (char)('a' + test_random_range(r, 0, 2));
    return word;
}

TEST(Nearest, DistanceEqualsItsDefinition)
{
    test_random r = {20};
    for (int i = 0; i < 200; i++) {
        std::string a = random_word(&r), b = random_word(&r);
        ASSERT_EQ(fl_edit_distance(a.c_str(), b.c_str()), distance_by_recursion(a, b)) << a << " " << b;
    }
}

TEST(Nearest, DistanceIgnoresCase) { EXPECT_EQ(fl_edit_distance("khz", "kHz"), 0u); }

TEST(Nearest, DistanceOfOverlongNamesIsInfinite)
{
    std::string longest(FL_NEAREST_MAX_LENGTH, 'a'), overlong(FL_NEAREST_MAX_LENGTH + 1, 'a');
    EXPECT_EQ(fl_edit_distance(longest.c_str(), longest.c_str()), 0u);
    EXPECT_EQ(fl_edit_distance(overlong.c_str(), overlong.c_str()), SIZE_MAX);
}

TEST(Nearest, SuggestsOnlyWhatIsClose)
{
    const char *names[] = {"columns", "rows", "dataflow"};
    EXPECT_STREQ(fl_nearest("row", names, 3), "rows");
    EXPECT_STREQ(fl_nearest("rwos", names, 3), "rows");
    EXPECT_STREQ(fl_nearest("datflwo", names, 3), "dataflow");
    EXPECT_STREQ(fl_nearest("ROWS", names, 3), "rows");
    EXPECT_EQ(fl_nearest("r", names, 3), nullptr);
    EXPECT_EQ(fl_nearest("depth", names, 3), nullptr);
    EXPECT_EQ(fl_nearest("", names, 3), nullptr);
    EXPECT_EQ(fl_nearest("rows", names, 0), nullptr);
}

TEST(Nearest, HintsInMessages)
{
    const char *names[] = {"columns", "rows"};
    char hint[FL_NEAREST_HINT];
    EXPECT_STREQ(fl_nearest_hint("rwos", names, 2, hint), "; did you mean \"rows\"?");
    EXPECT_STREQ(fl_nearest_hint("depth", names, 2, hint), "");
}

TEST(Nearest, TakesTheNearestAndOnATieTheFirst)
{
    const char *names[] = {"abcdefx", "abcdef", "abcdeg"};
    EXPECT_STREQ(fl_nearest("abcdeg", names, 3), "abcdeg");
    EXPECT_STREQ(fl_nearest("abcdeh", names, 3), "abcdef");
}
