#include "sim/report/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "tests/support/folder.h"

namespace
{
struct Blocks : fl_cost_blocks {
    Blocks() : fl_cost_blocks()
    {
        fl_error error = {};
        EXPECT_EQ(fl_cost_blocks_read("configs/costs/osu018_blocks.yaml", this, &error), FL_OK) << error.text;
    }
    ~Blocks() { fl_cost_blocks_free(this); }
    Blocks(const Blocks &) = delete;
    Blocks &operator=(const Blocks &) = delete;
};

// A table in a folder of its own, read with the committed blocks.
struct Comparison : fl_comparison {
    explicit Comparison(const std::string &text) : fl_comparison()
    {
        const Folder folder;
        write_file(folder / "t.yaml", "table: t\ntitle: a title\nrows:\n" + text);
        status = fl_comparison_read((folder / "t.yaml").c_str(), &blocks, this, &error);
    }
    ~Comparison()
    {
        if (status == FL_OK) fl_comparison_free(this);
    }
    Comparison(const Comparison &) = delete;
    Comparison &operator=(const Comparison &) = delete;

    Blocks blocks;
    fl_error error = {};
    fl_status status;
};

double area(const Blocks &blocks, const char *name) { return fl_cost_block_find(&blocks, name)->gates.um2; }

TEST(Comparison, AbsoluteFiguresAreShownAtBothNodes)
{
    const Comparison c("  - {row: area, unit: um2, of: [2 mac_int8, decode_ant4]}\n");
    ASSERT_EQ(c.status, FL_OK) << c.error.text;
    const double expected = 2 * area(c.blocks, "mac_int8") + area(c.blocks, "decode_ant4");
    EXPECT_DOUBLE_EQ(c.rows[0].ours, expected);
    EXPECT_NEAR(c.rows[0].ours_28nm, expected * 0.0198, expected * 1e-4);
    EXPECT_STREQ(c.rows[0].published.value, "");
}

TEST(Comparison, RatiosAreShownOnceAndInPerCentOnDemand)
{
    const Comparison c(
        "  - {row: one, of: [1 decode_ant4], over: [4 mac_int8]}\n"
        "  - {row: two, unit: \"%\", of: [1 decode_ant4], over: [4 mac_int8]}\n"
        "  - {row: three, unit: \"%\", published: {value: \"5\", mark: recalled, source: a paper}}\n");
    ASSERT_EQ(c.status, FL_OK) << c.error.text;
    EXPECT_DOUBLE_EQ(c.rows[0].ours, area(c.blocks, "decode_ant4") / 4 / area(c.blocks, "mac_int8"));
    EXPECT_DOUBLE_EQ(c.rows[1].ours, 100 * c.rows[0].ours);
    EXPECT_TRUE(std::isnan(c.rows[0].ours_28nm));
    EXPECT_TRUE(std::isnan(c.rows[2].ours));
    fl_text text = {};
    fl_comparison_print(&c, "180 nm", &text);
    EXPECT_NE(std::string(text.bytes).find("5 %            recalled"), std::string::npos) << text.bytes;
    fl_text_free(&text);
}

TEST(Comparison, RefusesWhatDoesNotExist)
{
    const struct {
        const char *rows, *message;
    } cases[] = {
        {"  - {row: a, of: [2 mac_int9]}\n", "no block \"mac_int9\" in the synthesised blocks"},
        {"  - {row: a, unit: fJ, quantity: energy, of: [mac_int8]}\n", "the unit of this quantity is \"pJ\""},
        {"  - {row: a, of: [[1]]}\n", "must look like \"128 decode_ant4\""},
        {"  - {row: a, computed: bytes}\n", "no figure \"bytes\" is computed"},
        {"  - {row: a, published: {value: \"5\", source: a paper}}\n", "mark: missing key"},
        {"  - {row: a, published: {value: \"5\", mark: guessed, source: a paper}}\n", "guessed"},
        {"  - {row: a, untis: um2}\n", "unknown key"},
    };
    for (const auto &c : cases) {
        const Comparison comparison(c.rows);
        EXPECT_EQ(comparison.status, FL_BAD_INPUT) << c.rows;
        EXPECT_NE(std::string(comparison.error.text).find(c.message), std::string::npos)
            << comparison.error.text;
    }
}

// Knowledge with its source: every committed table, and the tables of softmax that are built as published.
TEST(Comparison, CommittedTablesGiveASourceForEachPublishedFigure)
{
    const Blocks blocks;
    int tables = 0;
    for (const auto &entry : std::filesystem::directory_iterator("configs/tables")) {
        SCOPED_TRACE(entry.path());
        fl_comparison c;
        fl_error error = {};
        ASSERT_EQ(fl_comparison_read(entry.path().c_str(), &blocks, &c, &error), FL_OK) << error.text;
        EXPECT_EQ(c.name, entry.path().stem().string());
        for (size_t i = 0; i < c.count; i++) {
            const fl_compared &row = c.rows[i];
            EXPECT_EQ(*row.published.value == '\0', *row.published.source == '\0') << row.row;
            EXPECT_TRUE(!std::isnan(row.ours) || *row.published.value != '\0') << row.row;
            if (std::string(row.unit) == "B") {
                EXPECT_EQ(row.ours, std::stod(row.published.value)) << row.row;
            }
        }
        fl_comparison_free(&c);
        tables++;
    }
    EXPECT_GE(tables, 6);
}
} // namespace
