#include "sim/sweep/quantity.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/sweep/constraint.h"

namespace
{
std::vector<std::string> range(const char *from, const char *to, const char *step, const char *factor)
{
    fl_text texts = {};
    size_t count = 0;
    const char *reason = nullptr;
    std::vector<std::string> values;
    if (!fl_quantity_range(from, to, step, factor, &texts, &count, &reason)) {
        values.push_back(std::string("error: ") + reason);
    } else {
        const char *text = texts.bytes;
        for (size_t i = 0; i < count; i++, text += values.back().size() + 1) values.push_back(text);
    }
    fl_text_free(&texts);
    return values;
}

using Texts = std::vector<std::string>;

TEST(SweepQuantity, RangesKeepTheirUnit)
{
    EXPECT_EQ(range("64 KiB", "1 MiB", nullptr, "4"), (Texts{"64 KiB", "256 KiB", "1 MiB"}));
    EXPECT_EQ(range("500 MHz", "1 GHz", "250 MHz", nullptr), (Texts{"500 MHz", "750 MHz", "1 GHz"}));
    EXPECT_EQ(range("1", "7", "3", nullptr), (Texts{"1", "4", "7"}));
    EXPECT_EQ(range("1", "6", "3", nullptr), (Texts{"1", "4"}));
    EXPECT_EQ(range("5", "5", "1", nullptr), (Texts{"5"}));
    EXPECT_EQ(range("0.1", "0.3", "0.1", nullptr), (Texts{"0.1", "0.2", "0.3"}));
    EXPECT_EQ(range("0.1 pJ", "0.4 pJ", nullptr, "2"), (Texts{"0.1 pJ", "0.2 pJ", "0.4 pJ"}));
    EXPECT_EQ(range("2", "5", nullptr, "1.5"), (Texts{"2", "3", "5"}));
}

TEST(SweepQuantity, RangesThatDoNotEndAreRefused)
{
    EXPECT_EQ(range("0", "8", nullptr, "2"),
              Texts{"error: the factor does not lead on to another whole number"});
    EXPECT_EQ(range("1", "8", nullptr, "1"), Texts{"error: factor must be a number over 1"});
    EXPECT_EQ(range("1", "8", "0", nullptr), Texts{"error: step must be over 0"});
    EXPECT_EQ(range("9", "8", "1", nullptr), Texts{"error: from is over to"});
    EXPECT_EQ(range("1", "1000000", "1", nullptr), Texts{"error: more than 100000 values"});
    EXPECT_EQ(range("64 KiB", "1 GHz", nullptr, "2"),
              Texts{"error: from, to and step must be numbers of the same kind of unit"});
    EXPECT_EQ(range("0.0", "0.5", nullptr, "2"), Texts{"error: a range with a factor cannot start at 0"});
}

TEST(SweepConstraint, ParsesFieldOperatorValue)
{
    fl_constraint c;
    const char *reason;
    ASSERT_TRUE(fl_constraint_parse("buffers.total<=1 MiB", &c, &reason));
    EXPECT_STREQ(c.field, "buffers.total");
    EXPECT_EQ(c.compare, FL_LESS_EQUAL);
    EXPECT_EQ(c.number, 1048576);
    ASSERT_TRUE(fl_constraint_parse("  status != done ", &c, &reason));
    EXPECT_STREQ(c.value, "done");
    EXPECT_FALSE(c.numeric);
    char text[FL_CONSTRAINT_PRINT];
    fl_constraint_print(&c, text);
    EXPECT_STREQ(text, "status != done");
    for (const char *bad : {"", "area", "<= 2", "area <=", "name < done", "a => 2"})
        EXPECT_FALSE(fl_constraint_parse(bad, &c, &reason)) << bad;
}

TEST(SweepConstraint, ComparesInBaseUnits)
{
    fl_constraint c;
    const char *reason;
    struct {
        const char *text, *value;
        bool met;
    } cases[] = {
        {"x <= 64 KiB", "65536 B", true}, {"x < 64 KiB", "65536 B", false}, {"x > 500 MHz", "1 GHz", true},
        {"x >= 2", "1.9", false},         {"x = 1 GHz", "1000 MHz", true},  {"x != 3", "3", false},
        {"x = ant4", "ant4", true},       {"x != ant4", "int8", true},      {"x = 3", "three", false},
        {"x != 3", "three", true},        {"x <= 3", "three", false}};
    for (const auto &k : cases) {
        ASSERT_TRUE(fl_constraint_parse(k.text, &c, &reason)) << k.text;
        EXPECT_EQ(fl_constraint_met_by_text(&c, k.value), k.met) << k.text << " for " << k.value;
    }
}
} // namespace
