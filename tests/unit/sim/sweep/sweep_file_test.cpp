#include "sim/sweep/sweep_file.h"

#include <map>
#include <set>

#include "sim/sweep/point.h"
#include "tests/support/bad_inputs.h"
#include "tests/support/sweep_folder.h"

namespace
{
std::vector<std::string> values_of(const fl_sweep *sweep, uint64_t point)
{
    uint64_t choice[FL_SWEEP_MAX_AXES];
    const char *values[FL_SWEEP_MAX_KEYS];
    fl_sweep_choose(sweep, point, choice);
    fl_sweep_values(sweep, choice, values);
    return std::vector<std::string>(values, values + sweep->key_count);
}

const char AXES[] = "axes:\n"
                    "  - {key: clock, values: [1 GHz, 2 GHz, 3 GHz]}\n"
                    "  - zip:\n"
                    "      - {key: matrix.rows, values: [4, 8]}\n"
                    "      - {key: matrix.columns, values: [8, 4]}\n"
                    "  - {key: workload.seed, from: 1, to: 5, step: 1}\n";

TEST(SweepFile, GridIsTheProductWithTheLastAxisFastest)
{
    SweepFolder folder;
    LoadedSweep loaded(folder.write("grid", AXES));
    ASSERT_EQ(loaded.status, FL_OK) << loaded.error.text;
    ASSERT_EQ(loaded.sweep->point_count, 30u);
    using Texts = std::vector<std::string>;
    EXPECT_EQ(values_of(loaded.sweep, 0), (Texts{"1 GHz", "4", "8", "1"}));
    EXPECT_EQ(values_of(loaded.sweep, 1), (Texts{"1 GHz", "4", "8", "2"}));
    EXPECT_EQ(values_of(loaded.sweep, 5), (Texts{"1 GHz", "8", "4", "1"}));
    EXPECT_EQ(values_of(loaded.sweep, 29), (Texts{"3 GHz", "8", "4", "5"}));
    std::set<Texts> all;
    for (uint64_t i = 0; i < 30; i++) all.insert(values_of(loaded.sweep, i));
    EXPECT_EQ(all.size(), 30u);
}

TEST(SweepFile, RandomSamplesTheGridWithoutRepetition)
{
    SweepFolder folder;
    for (int budget : {1, 7, 29, 30, 1000}) {
        LoadedSweep loaded(folder.write(
            "random", std::string(AXES) + "strategy: random\nbudget: " + std::to_string(budget) + "\n"));
        ASSERT_EQ(loaded.status, FL_OK) << loaded.error.text;
        ASSERT_EQ(loaded.sweep->point_count, (uint64_t)std::min(budget, 30));
        std::set<std::vector<std::string>> all;
        for (uint64_t i = 0; i < loaded.sweep->point_count; i++) all.insert(values_of(loaded.sweep, i));
        EXPECT_EQ(all.size(), loaded.sweep->point_count);
    }
}

TEST(SweepFile, TheSeedChoosesTheSample)
{
    SweepFolder folder;
    const std::string lines = std::string(AXES) + "strategy: random\nbudget: 12\nseed: ";
    LoadedSweep one(folder.write("random", lines + "1\n")), again(folder.write("random", lines + "1\n")),
        two(folder.write("random", lines + "2\n"));
    bool differs = false;
    for (uint64_t i = 0; i < 12; i++) {
        EXPECT_EQ(values_of(one.sweep, i), values_of(again.sweep, i));
        differs |= values_of(one.sweep, i) != values_of(two.sweep, i);
    }
    EXPECT_TRUE(differs);
}

TEST(SweepFile, LatinHypercubeFillsEveryStratumEqually)
{
    SweepFolder folder;
    LoadedSweep loaded(folder.write("latin", std::string(AXES) + "strategy: latin_hypercube\nbudget: 60\n"));
    ASSERT_EQ(loaded.status, FL_OK) << loaded.error.text;
    ASSERT_EQ(loaded.sweep->point_count, 60u);
    std::map<std::string, int> clocks, seeds;
    for (uint64_t i = 0; i < 60; i++) {
        const auto values = values_of(loaded.sweep, i);
        clocks[values[0]]++;
        seeds[values[3]]++;
    }
    for (const auto &c : clocks) EXPECT_EQ(c.second, 20) << c.first;
    for (const auto &s : seeds) EXPECT_EQ(s.second, 12) << s.first;
}

TEST(SweepFile, PrintsItselfAsOneLineOfJson)
{
    SweepFolder folder;
    LoadedSweep loaded(folder.write("print", "axes: [{key: clock, values: [1 GHz, \"\\\"\"]}]\nconstraints: "
                                             "[area_mm2 <= 2]\npareto: [latency_ms, max utilization]\n"));
    ASSERT_EQ(loaded.status, FL_OK) << loaded.error.text;
    fl_text text = {};
    fl_sweep_print(loaded.sweep, &text);
    const std::string line = text.bytes;
    fl_text_free(&text);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_NE(line.find("\"axes\":[{\"axis\":0,\"key\":\"clock\",\"values\":[\"1 GHz\",\"\\\"\"]}]"),
              std::string::npos)
        << line;
    EXPECT_NE(
        line.find("\"constraints\":[\"area_mm2 <= 2\"],\"pareto\":[\"latency_ms\",\"max utilization\"]}"),
        std::string::npos)
        << line;
}

TEST(SweepFile, TellsWhatIsWrong)
{
    expect_golden_messages("tests/data/bad_sweeps", 26, [](const std::string &path) {
        LoadedSweep loaded(path);
        if (loaded.status == FL_OK) loaded.status = fl_sweep_check(loaded.sweep, &loaded.error);
        return loaded.status == FL_OK ? std::string() : std::string(loaded.error.text);
    });
}
} // namespace
