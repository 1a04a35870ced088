// Does every RTL block equal its golden model, and does lockstep see it when one does not?
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "sim/base/registry.h"
#include "sim/cosim/rtl.h"
#include "tests/support/folder.h"
#include "tests/support/systemc_test.h"

namespace
{
bool is_long() { return std::getenv("FL_TEST_LONG") != nullptr; }

std::vector<const fl_part *> blocks()
{
    const fl_part *parts[64];
    return {parts, parts + fl_registry_list("rtl_block", parts, 64)};
}

struct Result {
    fl_status status;
    std::string report, error;
};

Result lockstep(const char *name, const fl_rtl_block &block, const fl_lockstep_options &options)
{
    fl_text text = {};
    fl_error error = {};
    Result result;
    result.status = fl_lockstep(name, &block, &options, &text, &error);
    if (text.size > 0) result.report = text.bytes;
    result.error = error.text;
    fl_text_free(&text);
    return result;
}

class RtlBlock : public SystemcTest, public ::testing::WithParamInterface<const fl_part *>
{
protected:
    void run(uint64_t cycles, uint64_t seed, bool stalls)
    {
        // Short runs share the build that counts lines.
        run(cycles, seed, stalls, is_long() ? FL_RTL_PLAIN : FL_RTL_LINES, nullptr);
    }
    void run(uint64_t cycles, uint64_t seed, bool stalls, unsigned variant, const char *folder)
    {
        const fl_lockstep_options options = {cycles, seed, stalls, variant, folder, nullptr};
        const Result result =
            lockstep(GetParam()->name, *static_cast<const fl_rtl_block *>(GetParam()->ops), options);
        EXPECT_EQ(result.status, FL_OK) << result.report << result.error;
    }
};

TEST_P(RtlBlock, EqualsItsModelWithoutStalls) { run(3000, 1, false); }

TEST_P(RtlBlock, EqualsItsModelWithRandomStalls)
{
    for (const uint64_t seed : {2u, 3u, 4u}) run(is_long() ? 1000000 : 2000, seed, true);
}

TEST_P(RtlBlock, HasMoreThan95PercentOfItsLinesRun)
{
    const Folder folder;
    char path[256];
    run(30000, 5, true, is_long() ? FL_RTL_COVERAGE : FL_RTL_LINES, // toggles take long to compile
        folder.path().c_str());
    fl_rtl_coverage coverage = {};
    fl_error error = {};
    fl_lockstep_coverage_path(folder.path().c_str(), GetParam()->name, path, sizeof path);
    EXPECT_EQ(fl_rtl_read_coverage(path, &coverage, &error), FL_OK) << error.text;
    EXPECT_GE(100 * coverage.lines, 95 * coverage.all_lines) << "of " << coverage.all_lines << " lines";
    if (is_long()) {
        EXPECT_GT(coverage.toggles, 0u);
    }
    EXPECT_LE(coverage.toggles, coverage.all_toggles);
}

// The names in `parameter int unsigned NAME = ...` of a module.
std::vector<std::string> parameters_of(const std::string &source)
{
    std::vector<std::string> names;
    std::istringstream lines(source);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line.substr(0, line.find('=')));
        std::string word, name;
        if (!(words >> word) || word != "parameter") continue;
        while (words >> word) name = word;
        names.push_back(name);
    }
    return names;
}

// docs/rtl/<module>.md: a row for every pin, none for a pin that there is not, the parameters, and a
// waveform.
TEST_P(RtlBlock, HasAPageWithEveryPinAndAWaveform)
{
    fl_rtl_design design;
    fl_error error = {};
    ASSERT_EQ(fl_rtl_block_design(static_cast<const fl_rtl_block *>(GetParam()->ops), &design, &error),
              FL_OK);
    std::map<std::string, std::string> pins, documented; // name: in or out
    for (const fl_rtl_port *port = design.ports; port->name != nullptr; port++)
        pins[port->name] = port->is_output ? "out" : "in";
    if (design.clocked) pins["clk_i"] = pins["rst_ni"] = "in";

    const std::string page = read_file("docs/rtl/" + std::string(design.top) + ".md");
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream cells(line); // | pins, by commas | width | in or out | ...
        std::string none, names, width, direction;
        std::getline(cells, none, '|');
        std::getline(cells, names, '|');
        std::getline(cells, width, '|');
        std::getline(cells, direction, '|');
        if (direction != " in " && direction != " out ") continue;
        std::replace(names.begin(), names.end(), ',', ' ');
        std::istringstream words(names);
        for (std::string name; words >> name;) documented[name] = direction.substr(1, direction.size() - 2);
    }
    EXPECT_EQ(documented, pins) << design.top;
    EXPECT_NE(page.find("\n```\ncycle "), std::string::npos) << design.top << " has no waveform";
    for (const std::string &name : parameters_of(read_file(design.files[0])))
        EXPECT_NE(page.find(name), std::string::npos) << design.top << ": parameter " << name;
}

// Gates take long to compile: a few blocks, all of them in the long run.
TEST_P(RtlBlock, EqualsItsModelAsGates)
{
    static const std::vector<std::string> SHORT = {"decode_ant4", "pe_xnor"};
    if (!is_long() && std::find(SHORT.begin(), SHORT.end(), GetParam()->name) == SHORT.end()) return;
    run(2000, 6, true, FL_RTL_NETLIST, nullptr);
}

INSTANTIATE_TEST_SUITE_P(Registered, RtlBlock, ::testing::ValuesIn(blocks()),
                         [](const auto &block) { return std::string(block.param->name); });

// A block whose model is right and whose RTL can be made wrong.
struct Counter {
    uint64_t count;
};
bool offers_255;
enum { VALID, DATA };

void counter_reset(void *state) { static_cast<Counter *>(state)->count = 0; }
void counter_stimulus(void *, fl_rtl_random *random, bool stalls, uint32_t *in)
{
    in[VALID] = !stalls || fl_rtl_draw_below(random, 2);
    in[DATA] = fl_rtl_draw_below(random, offers_255 ? 256 : 255);
}
void counter_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *)
{
    uint64_t &count = static_cast<Counter *>(state)->count;
    out[0] = static_cast<uint32_t>(count);
    out[1] = static_cast<uint32_t>(count >> 32);
    count += in[VALID];
}

fl_rtl_block counter(uint32_t forgets)
{
    fl_rtl_block block = {};
    block.design.top = "broken_counter";
    block.design.files[0] = "tests/data/rtl/broken_counter.sv";
    block.design.params[0] = {"Forgets", forgets};
    block.design.ports[0] = {"valid_i", 1, false};
    block.design.ports[1] = {"data_i", 8, false};
    block.design.ports[2] = {"count_o", 40, true};
    block.design.clocked = true;
    block.state_bytes = sizeof(Counter);
    block.reset = counter_reset;
    block.stimulus = counter_stimulus;
    block.step = counter_step;
    return block;
}

class Lockstep : public ::testing::Test
{
protected:
    void SetUp() override { offers_255 = false; }
    Folder folder_;
};

TEST_F(Lockstep, FindsNothingInAGoodBlock)
{
    const Result result =
        lockstep("counter", counter(0), {60000, 5, true, FL_RTL_PLAIN, folder_.path().c_str(), nullptr});
    EXPECT_EQ(result.status, FL_OK) << result.report << result.error;
    EXPECT_EQ(result.report, "");
}

TEST_F(Lockstep, SaysWhereABrokenBlockFirstDiffers)
{
    const Result result =
        lockstep("counter", counter(1), {1000, 5, false, FL_RTL_PLAIN, folder_.path().c_str(), nullptr});
    EXPECT_EQ(result.status, FL_DIFFERENCE) << result.error;
    // Two cycles of reset, then one count per cycle: the 37th is missing.
    EXPECT_NE(
        result.report.find("counter: cycle 39: port count_o: got 0000000024, expected 0000000025\n  seed 5;"),
        std::string::npos)
        << result.report;
    EXPECT_NE(result.report.find("\n  cycle  valid_i  data_i                count_o\n"), std::string::npos)
        << result.report;
    EXPECT_NE(result.report.find("  0000000024!0000000025\n"), std::string::npos) << result.report;
    EXPECT_NE(result.report.find("\n     24        1  "), std::string::npos)
        << "16 cycles: " << result.report;
    EXPECT_EQ(result.report.find("\n     23        1  "), std::string::npos)
        << "16 cycles: " << result.report;
    const std::string vcd = read_file(folder_ / "counter.vcd");
    EXPECT_NE(vcd.find("$var wire 40 # count_o [39:0] $end"), std::string::npos) << vcd;
    EXPECT_NE(vcd.find("count_o_expected"), std::string::npos) << vcd;
    EXPECT_NE(vcd.find("#390\n"), std::string::npos) << vcd;
}

// The values of a VCD file: name, time, bits. Verilator writes those that change.
std::map<std::string, std::map<uint64_t, std::string>> waves(const std::string &path)
{
    std::map<std::string, std::map<uint64_t, std::string>> all;
    std::map<std::string, std::vector<std::string>> names; // by identifier
    std::istringstream lines(read_file(path));
    uint64_t time = 0;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string value, wire, bits, id, name;
        if (!(words >> value)) continue;
        if (value == "$var" && words >> wire >> bits >> id >> name) names[id].push_back(name);
        if (value[0] == '#') time = std::stoull(value.substr(1));
        if (value[0] == 'b')
            words >> id, value.erase(0, 1);
        else if (value[0] == '0' || value[0] == '1')
            id = value.substr(1), value.resize(1);
        else
            continue;
        for (const std::string &of : names[id]) all[of][time] = value;
    }
    return all;
}

TEST_F(Lockstep, WavesOfPortsAndOfAllSignalsHaveTheSameTimes)
{
    // Two cycles of reset, then a count per cycle, of which the model gets one wrong and compares four bits.
    fl_rtl_block block = counter(0);
    block.step = [](void *state, const uint32_t *in, uint32_t *out, uint32_t *care) {
        counter_step(state, in, out, care);
        if (out[0] == 7) out[0] = 6;
        care[0] = 0xf;
    };
    const fl_lockstep_options options = {1000, 5, false, FL_RTL_TRACE, folder_.path().c_str(), nullptr};
    const Result result = lockstep("counter", block, options);
    EXPECT_EQ(result.status, FL_DIFFERENCE) << result.error;
    const auto said = [&](const char *what) { return result.report.find(what) != std::string::npos; };
    EXPECT_TRUE(said("cycle 9: port count_o: got 0000000007, expected 00xxxxxxx6\n")) << result.report;
    EXPECT_TRUE(said("  reset\n      2  ")) << result.report;
    EXPECT_FALSE(said("  reset\n      3  ")) << result.report;

    auto ports = waves(folder_ / "counter.vcd"), signals = waves(folder_ / "counter.signals.vcd");
    for (const char *name : {"clk_i", "rst_ni", "valid_i", "data_i", "count_o"}) {
        SCOPED_TRACE(name);
        ASSERT_FALSE(ports[name].empty());
        for (const auto &[time, bits] : ports[name]) {
            auto change = signals[name].upper_bound(time);
            ASSERT_NE(change, signals[name].begin()) << time;
            EXPECT_EQ((--change)->second, bits) << time;
        }
    }
    EXPECT_EQ(ports["rst_ni"][10], "0");
    EXPECT_EQ(ports["rst_ni"][20], "1");
    EXPECT_EQ(ports["count_o"][90].substr(36), "0111");
    EXPECT_EQ(ports["count_o_expected"][90], "00000000" + std::string(28, 'x') + "0110");
}

// The array's cycle 0 is its reset.
TEST_F(Lockstep, WritesTheLastWavesOfAnArrayWithoutADifferenceToo)
{
    const auto *block = static_cast<const fl_rtl_block *>(fl_registry_find("rtl_block", "array_os")->ops);
    const fl_lockstep_options options = {500, 5, false, FL_RTL_TRACE, folder_.path().c_str(), nullptr};
    const Result result = lockstep("counter", *block, options);
    EXPECT_EQ(result.status, FL_OK) << result.report << result.error;
    auto signals = waves(folder_ / "counter.signals.vcd");
    ASSERT_FALSE(signals["clk_i"].empty());
    EXPECT_EQ(signals["clk_i"].begin()->first, 2450u); // 256 cycles before the end of 501
    EXPECT_EQ(signals["clk_i"].rbegin()->first, 5005u);
}

TEST_F(Lockstep, GivesTheSameReportForTheSameSeed)
{
    const fl_lockstep_options options = {1000, 9, true, FL_RTL_PLAIN, nullptr, nullptr};
    const Result first = lockstep("counter", counter(1), options),
                 second = lockstep("counter", counter(1), options);
    EXPECT_EQ(first.status, FL_DIFFERENCE);
    EXPECT_EQ(first.report, second.report);
}

TEST_F(Lockstep, EndsWhenItIsInterrupted)
{
    static volatile int interrupted = 0;
    fl_rtl_block block = counter(0);
    block.step = [](void *state, const uint32_t *in, uint32_t *out, uint32_t *care) {
        counter_step(state, in, out, care);
        interrupted = out[0] == 500;
    };
    fl_lockstep_options options = {UINT64_MAX, 5, false, FL_RTL_PLAIN, nullptr, nullptr};
    options.interrupted = &interrupted;
    const Result result = lockstep("counter", block, options);
    EXPECT_EQ(result.status, FL_BAD_INPUT);
    EXPECT_EQ(result.error, "counter: interrupted");
}

TEST_F(Lockstep, EndsCleanlyWhenAnAssertionFails)
{
    offers_255 = true;
    const Result result = lockstep("counter", counter(0), {60000, 5, false, FL_RTL_PLAIN, nullptr, nullptr});
    EXPECT_EQ(result.status, FL_DIFFERENCE) << result.error;
    EXPECT_NE(result.report.find("the RTL stopped: "), std::string::npos) << result.report;
    EXPECT_NE(result.report.find("DataIsNot255"), std::string::npos) << result.report;
}

TEST_F(Lockstep, WritesWavesOfEverySignalAndCoverageOnRequest)
{
    const unsigned variant = FL_RTL_TRACE | FL_RTL_COVERAGE;
    const Result result =
        lockstep("counter", counter(1), {1000, 5, false, variant, folder_.path().c_str(), nullptr});
    EXPECT_EQ(result.status, FL_DIFFERENCE) << result.error;
    EXPECT_NE(read_file(folder_ / "counter.signals.vcd").find("count_q"), std::string::npos);
    EXPECT_NE(read_file(folder_ / "counter.coverage").find("broken_counter"), std::string::npos);
}

TEST_F(Lockstep, SeesAFaultInTheNetlistToo)
{
    const fl_lockstep_options options = {1000, 5, false, FL_RTL_NETLIST, nullptr, nullptr};
    EXPECT_EQ(lockstep("counter", counter(0), options).status, FL_OK);
    const Result result = lockstep("counter", counter(1), options);
    EXPECT_EQ(result.status, FL_DIFFERENCE) << result.error;
    EXPECT_NE(result.report.find("cycle 39: port count_o: "), std::string::npos) << result.report;
}

// Verilator 5.006 loses an inversion here without the flag of rtl_build.c.
TEST_F(Lockstep, BuildsOneBitOperationsOnAVectorRight)
{
    fl_rtl_block block = {};
    block.design.top = "one_bit_operations";
    block.design.files[0] = "tests/data/rtl/one_bit_operations.sv";
    block.design.ports[0] = {"a_i", 8, false};
    block.design.ports[1] = {"y_o", 1, true};
    block.stimulus = [](void *, fl_rtl_random *random, bool, uint32_t *in) {
        in[0] = fl_rtl_draw_below(random, 256);
    };
    block.step = [](void *, const uint32_t *in, uint32_t *out, uint32_t *) {
        const auto bit = [&](unsigned index) { return (in[0] >> index & 1) != 0; };
        const bool left = (bit(0) != bit(1)) == (bit(2) && bit(3));
        const bool right = (bit(4) == bit(5)) != (bit(6) || bit(7));
        out[0] = left != right;
    };
    for (const unsigned variant : {FL_RTL_PLAIN, FL_RTL_NETLIST}) {
        const Result result =
            lockstep("one_bit_operations", block, {3000, 1, false, variant, nullptr, nullptr});
        EXPECT_EQ(result.status, FL_OK) << result.report << result.error;
    }
}

TEST_F(Lockstep, CountsLinesAndTogglesOfACoverageFile)
{
    // Line 3 in two instances of which one ran, lines 5 to 6 not run, one toggle of two.
    const std::string path = folder_ / "counter.coverage";
    std::ofstream(path) << "# SystemC::Coverage-3\n"
                           "C '\1f\2a.sv\1l\0023\1page\2v_line/a\1S\0023\1h\2TOP.x' 0\n"
                           "C '\1f\2a.sv\1l\0023\1page\2v_line/a\1S\0023\1h\2TOP.y' 7\n"
                           "C '\1f\2a.sv\1l\0025\1page\2v_branch/a\1S\0025-6\1h\2TOP.x' 0\n"
                           "C '\1f\2a.sv\1l\0025\1page\2v_branch/a\1h\2TOP.x' 2\n"
                           "C '\1f\2a.sv\1l\0029\1page\2v_toggle/a\1o\2q[0]\1h\2TOP.x' 0\n"
                           "C '\1f\2a.sv\1l\0029\1page\2v_toggle/a\1o\2q[1]\1h\2TOP.x' 4\n";
    fl_rtl_coverage coverage = {};
    fl_error error = {};
    ASSERT_EQ(fl_rtl_read_coverage(path.c_str(), &coverage, &error), FL_OK) << error.text;
    EXPECT_EQ(coverage.lines, 1u);
    EXPECT_EQ(coverage.all_lines, 3u);
    EXPECT_EQ(coverage.toggles, 1u);
    EXPECT_EQ(coverage.all_toggles, 2u);
}

TEST_F(Lockstep, ReportsWhatVerilatorRefuses)
{
    fl_rtl_block block = counter(0);
    block.design.top = "syntax_error";
    block.design.files[0] = "tests/data/rtl/syntax_error.sv";
    const Result result = lockstep("syntax_error", block, {10, 1, false, FL_RTL_PLAIN, nullptr, nullptr});
    EXPECT_EQ(result.status, FL_BAD_INPUT);
    EXPECT_NE(result.error.find("syntax_error.sv:3:"), std::string::npos) << result.error;
}

TEST_F(Lockstep, ReportsAMissingSource)
{
    fl_rtl_block block = counter(0);
    block.design.files[0] = "rtl/no_such_file.sv";
    const Result result = lockstep("counter", block, {10, 1, false, FL_RTL_PLAIN, nullptr, nullptr});
    EXPECT_EQ(result.status, FL_BAD_INPUT);
    EXPECT_NE(result.error.find("rtl/no_such_file.sv: cannot read"), std::string::npos) << result.error;
}
} // namespace
