#include "sim/base/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/bad_inputs.h"
#include "tests/support/folder.h"
#include "tests/support/random.h"
#include "tests/support/test_machine.h"

namespace fs = std::filesystem;

static const std::string MACHINE = "clock: 1 GHz\nmatrix:\n    rows: 8\n    columns: 4\n    pe: flint\n";

// A configuration from text with its machine, or the text of the error.
struct Loaded {
    explicit Loaded(const std::string &text, const std::vector<const char *> &sets = {},
                    const std::string &name = "test.yaml")
    {
        status = fl_config_parse(name.c_str(), text.data(), text.size(), sets.data(), sets.size(), &config,
                                 &error);
        if (status == FL_OK) status = test_machine_read(config, &machine, &error);
    }
    ~Loaded() { fl_config_free(config); }
    Loaded(const Loaded &) = delete;

    std::string print(bool origins) const
    {
        char *text = fl_config_print(config, origins);
        std::string result = text;
        free(text);
        return result;
    }

    fl_config *config = nullptr;
    fl_error error = {FL_OK, ""};
    fl_status status;
    test_machine machine = {};
};

static std::string load_file_error(const std::string &path)
{
    fl_config *config;
    fl_error error = {FL_OK, ""};
    test_machine machine;
    if (fl_config_load(path.c_str(), nullptr, 0, &config, &error) == FL_OK) {
        test_machine_read(config, &machine, &error);
        fl_config_free(config);
    }
    return error.text;
}

// Files in a folder of their own, which is the current one during the test.
class ConfigFiles : public ::testing::Test
{
protected:
    void SetUp() override
    {
        start = fs::current_path();
        fs::current_path(folder.path());
    }
    void TearDown() override { fs::current_path(start); }
    static void write(const fs::path &path, const std::string &text)
    {
        if (path.has_parent_path()) fs::create_directories(path.parent_path());
        write_file(path, text);
    }
    fs::path start;
    Folder folder;
};

// --- values
// -------------------------------------------------------------------------------------------------

TEST(Config, ReadsEveryTypeAndUnit)
{
    Loaded c("name: demo\nclock: 500 MHz\n"
             "matrix: {rows: 8, columns: 16, dataflow: ws, overlap: {skew: 3 cycles}, pe: {type: flint, "
             "stages: 2}}\n"
             "buffers:\n    input: {size: 192 KiB, banks: 16, double_buffered: false}\n"
             "costs: {latency: 7.8 us, multiply: 0.14 pJ, dram: 0.033 pJ/bit, pe_area: 0.3 mm2}\n"
             "layers: [{m: 1}, {m: 2}]\n");
    ASSERT_EQ(c.status, FL_OK) << c.error.text;
    EXPECT_STREQ(c.machine.name, "demo");
    EXPECT_EQ(c.machine.clock_hz, 500000000u);
    EXPECT_EQ(c.machine.matrix.rows, 8u);
    EXPECT_EQ(c.machine.matrix.columns, 16u);
    EXPECT_EQ(c.machine.matrix.dataflow, 1);
    EXPECT_EQ(c.machine.matrix.skew_cycles, 3u);
    EXPECT_STREQ(c.machine.matrix.pe->name, "flint");
    EXPECT_EQ(((const test_pe_params *)c.machine.matrix.pe_params)->stages, 2u);
    EXPECT_EQ(c.machine.input.size_bytes, 192u * 1024);
    EXPECT_EQ(c.machine.input.banks, 16u);
    EXPECT_FALSE(c.machine.input.double_buffered);
    EXPECT_EQ(c.machine.costs.latency_ps, 7800000u);
    EXPECT_EQ(c.machine.costs.multiply_pj, 0.14);
    EXPECT_EQ(c.machine.costs.dram_pj_per_bit, 0.033);
    EXPECT_EQ(c.machine.costs.pe_um2, 300000);
    EXPECT_EQ(c.machine.layer_count, 2u);
}

TEST(Config, TakesDefaultsOfMissingKeysAndMaps)
{
    Loaded c(MACHINE);
    ASSERT_EQ(c.status, FL_OK) << c.error.text;
    EXPECT_STREQ(c.machine.name, "unnamed");
    EXPECT_EQ(c.machine.input.size_bytes, 64u * 1024);
    EXPECT_TRUE(c.machine.input.double_buffered);
    EXPECT_EQ(c.machine.costs.latency_ps, 14060u);
    EXPECT_EQ(((const test_pe_params *)c.machine.matrix.pe_params)->stages, 1u);
}

TEST(Config, ReadsAPartWithoutParameters)
{
    Loaded c(MACHINE, {"matrix.pe=int8"});
    ASSERT_EQ(c.status, FL_OK) << c.error.text;
    EXPECT_STREQ(c.machine.matrix.pe->name, "int8");
    EXPECT_EQ(c.machine.matrix.pe_params, nullptr);
}

TEST(Config, WalksTheTree)
{
    const std::string text = "a:\n  - x\n  - {b: 'two words'}\nc: 3\n";
    fl_config *config;
    fl_error error;
    ASSERT_EQ(fl_config_parse("t.yaml", text.data(), text.size(), nullptr, 0, &config, &error), FL_OK);
    fl_node *root = fl_config_root(config), *list = fl_node_get(root, "a");
    EXPECT_TRUE(fl_node_is_map(root));
    EXPECT_TRUE(fl_node_is_list(list));
    ASSERT_EQ(fl_node_count(list), 2u);
    EXPECT_STREQ(fl_node_text(fl_node_at(list, 0)), "x");
    fl_node *inner = fl_node_get(fl_node_at(list, 1), "b");
    EXPECT_STREQ(fl_node_text(inner), "two words");
    EXPECT_STREQ(fl_node_path(inner), "a[1].b");
    EXPECT_STREQ(fl_node_key(inner), "b");
    EXPECT_EQ(fl_node_where(inner)->line, 3);
    EXPECT_EQ(fl_node_where(inner)->column, 6);
    EXPECT_EQ(fl_node_get(root, "c.d"), nullptr);
    EXPECT_EQ(fl_node_get(root, "nothing.there"), nullptr);
    EXPECT_EQ(fl_node_get(nullptr, "a"), nullptr);
    EXPECT_EQ(fl_node_at(list, 2), nullptr);
    EXPECT_EQ(fl_node_count(nullptr), 0u);
    EXPECT_EQ(fl_config_check_used(config, &error), FL_BAD_INPUT); /* only c.d was asked for */
    EXPECT_STREQ(error.text, "t.yaml:4:1: c: must be a map of keys, but is a single value");
    fl_config_free(config);
}

TEST(Config, ReportsUnreadListItems)
{
    const std::string text = "a: [1, 2]\n";
    fl_config *config;
    fl_error error;
    ASSERT_EQ(fl_config_parse("t.yaml", text.data(), text.size(), nullptr, 0, &config, &error), FL_OK);
    fl_node_at(fl_node_get(fl_config_root(config), "a"), 0);
    EXPECT_EQ(fl_config_check_used(config, &error), FL_BAD_INPUT);
    EXPECT_STREQ(error.text, "t.yaml:1:8: a[1]: nothing uses this list item");
    fl_config_free(config);
}

// --- --set
// --------------------------------------------------------------------------------------------------

TEST(ConfigSet, OverridesInOrder)
{
    Loaded c(MACHINE,
             {"matrix.rows=16", "buffers.input.banks=4", "matrix.rows=32", "buffers={input: {size: 1 KiB}}"});
    ASSERT_EQ(c.status, FL_OK) << c.error.text;
    EXPECT_EQ(c.machine.matrix.rows, 32u);
    EXPECT_EQ(c.machine.input.banks, 4u);
    EXPECT_EQ(c.machine.input.size_bytes, 1024u);
}

TEST(ConfigSet, GivesParametersToAPartThatWasNamedAlone)
{
    Loaded c(MACHINE, {"matrix.pe.stages=5"});
    ASSERT_EQ(c.status, FL_OK) << c.error.text;
    EXPECT_EQ(((const test_pe_params *)c.machine.matrix.pe_params)->stages, 5u);
}

TEST(ConfigSet, ReportsTheArgument)
{
    const struct {
        const char *set, *message;
    } cases[] = {
        {"matrix.rowz=3", "--set: matrix.rowz=3: unknown key; did you mean \"rows\"? (allowed: columns, "
                          "dataflow, overlap, pe, rows)"},
        {"matrx.rows=3",
         "--set: matrx.rows=3: matrx: unknown key; did you mean \"matrix\"? (allowed: buffers, clock, "
         "costs, layers, matrix, name)"},
        {"buffers.input.banks=6", "--set: buffers.input.banks=6: 6 is not a power of two (allowed 1..64)"},
        {"buffers={input: {banks: 6}}",
         "--set: buffers={input: {banks: 6}}: buffers.input.banks: 6 is not a power of two (allowed 1..64)"},
        {"matrix.rows.deep=3", "--set: matrix.rows.deep=3: matrix.rows: must be a single value, not a map"},
        {"layers.m=3", "--set: layers.m=3: layers is a list; set the whole list"},
        {"matrix.rows", "--set: matrix.rows: must look like key.key=value"},
        {"=3", "--set: =3: a key is empty (write key.key=value)"},
        {"matrix..rows=3", "--set: matrix..rows=3: a key is empty (write key.key=value)"},
        {"matrix.rows=", "--set: matrix.rows=: no value after ="},
        {"matrix.rows=[1,", "--set: matrix.rows=[1,: not valid YAML: did not find expected node content"},
        {"matrix.rows=*a", "--set: matrix.rows=*a: aliases are not supported; use include"},
        {"matrix={rows: 1, rows: 2}", "--set: matrix={rows: 1, rows: 2}: duplicate key rows"},
        {"include=a.yaml",
         "--set: include=a.yaml: unknown key (allowed: buffers, clock, costs, layers, matrix, name)"},
        {"a\xff=1", "--set: not plain UTF-8 text (byte 0xFF)"},
    };
    for (const auto &c : cases) {
        Loaded loaded(MACHINE + "layers: []\n", {c.set});
        EXPECT_EQ(loaded.status, FL_BAD_INPUT) << c.set;
        EXPECT_STREQ(loaded.error.text, c.message);
    }
}

// --- printing
// -----------------------------------------------------------------------------------------------

TEST(ConfigPrint, ShowsEveryEffectiveValueWithItsOrigin)
{
    Loaded c(MACHINE, {"matrix.columns=2"});
    ASSERT_EQ(c.status, FL_OK) << c.error.text;
    const std::string text = c.print(true);
    EXPECT_EQ(text.substr(0, text.find("buffers")),
              "name: unnamed                                    # default\n"
              "clock: 1 GHz                                     # test.yaml:1:1\n"
              "matrix:\n"
              "    rows: 8                                      # test.yaml:3:5\n"
              "    columns: 2                                   # --set\n"
              "    dataflow: os                                 # default\n"
              "    overlap:\n"
              "        skew: 0                                  # default\n"
              "    pe:\n"
              "        type: flint                              # test.yaml:5:5\n"
              "        stages: 1                                # default\n"
              "        rounding: nearest_even                   # default\n");
}

TEST(ConfigPrint, ReadsBackToTheSameText)
{
    Loaded first(MACHINE + "layers: [{m: 3}, {m: 4}]\nname: \"a: \\\"b\\\"\\n #c\"\n",
                 {"matrix.pe.stages=2"});
    ASSERT_EQ(first.status, FL_OK) << first.error.text;
    Loaded second(first.print(true));
    ASSERT_EQ(second.status, FL_OK) << second.error.text << first.print(true);
    EXPECT_EQ(second.print(false), first.print(false));
    EXPECT_STREQ(second.machine.name, "a: \"b\"\n #c");
    EXPECT_EQ(second.machine.layer_count, 2u);
}

// --- includes
// -----------------------------------------------------------------------------------------------

TEST_F(ConfigFiles, DeeperKeysOverrideIncludedOnes)
{
    write("machines/m.yaml",
          "include: base.yaml\nmatrix:\n    columns: 99\nbuffers:\n    include: ../parts/small.yaml\n"
          "    input:\n        banks: 2\n");
    write("machines/base.yaml", MACHINE + "name: base\n");
    write("parts/small.yaml", "input:\n    size: 1 KiB\n    banks: 32\n");
    fl_config *config;
    fl_error error;
    test_machine machine;
    ASSERT_EQ(fl_config_load("machines/m.yaml", nullptr, 0, &config, &error), FL_OK) << error.text;
    ASSERT_EQ(test_machine_read(config, &machine, &error), FL_OK) << error.text;
    EXPECT_STREQ(machine.name, "base");
    EXPECT_EQ(machine.matrix.rows, 8u);
    EXPECT_EQ(machine.matrix.columns, 99u);
    EXPECT_EQ(machine.input.size_bytes, 1024u);
    EXPECT_EQ(machine.input.banks, 2u);
    char *text = fl_config_print(config, true);
    EXPECT_NE(std::string(text).find("# machines/../parts/small.yaml:2:5"), std::string::npos) << text;
    free(text);
    fl_config_free(config);
}

// The keys of one type mean nothing to another.
TEST_F(ConfigFiles, AnotherTypeReplacesTheWholeMap)
{
    write("base.yaml", MACHINE + "name: base\n");
    write("staged.yaml", "include: base.yaml\nmatrix: {pe: {type: flint, stages: 7}}\n");
    write("same.yaml", "include: staged.yaml\nmatrix: {pe: {type: flint}}\n");
    write("other.yaml", "include: staged.yaml\nmatrix: {pe: {type: other}}\n");
    write("pe.yaml", "type: flint\nstages: 7\n");
    write("beside.yaml", "include: base.yaml\nmatrix: {pe: {include: pe.yaml, type: other}}\n");
    const struct {
        const char *file, *set, *stages;
    } cases[] = {{"same.yaml", nullptr, "7"},
                 {"beside.yaml", nullptr, "7"},
                 {"other.yaml", nullptr, nullptr},
                 {"staged.yaml", "matrix.pe={type: flint}", "7"},
                 {"staged.yaml", "matrix.pe={type: other}", nullptr}};
    for (const auto &c : cases) {
        SCOPED_TRACE(std::string(c.file) + " " + (c.set == nullptr ? "" : c.set));
        fl_config *config;
        fl_error error;
        ASSERT_EQ(fl_config_load(c.file, &c.set, c.set != nullptr, &config, &error), FL_OK) << error.text;
        fl_node *root = fl_config_root(config), *stages = fl_node_get(root, "matrix.pe.stages");
        ASSERT_EQ(stages != nullptr, c.stages != nullptr);
        EXPECT_TRUE(stages == nullptr || strcmp(fl_node_text(stages), c.stages) == 0);
        EXPECT_STREQ(fl_node_text(fl_node_get(root, "matrix.rows")), "8");
        fl_config_free(config);
    }
}

TEST_F(ConfigFiles, LaterFilesOfAListOverrideEarlierOnes)
{
    write("m.yaml", "include: [a.yaml, b.yaml]\n");
    write("a.yaml", MACHINE + "name: a\n");
    write("b.yaml", "name: b\nmatrix: {pe: {stages: 7}}\n");
    fl_config *config;
    fl_error error;
    test_machine machine;
    ASSERT_EQ(fl_config_load("m.yaml", nullptr, 0, &config, &error), FL_OK) << error.text;
    ASSERT_EQ(test_machine_read(config, &machine, &error), FL_OK) << error.text;
    EXPECT_STREQ(machine.name, "b");
    EXPECT_STREQ(machine.matrix.pe->name, "flint");
    EXPECT_EQ(((const test_pe_params *)machine.matrix.pe_params)->stages, 7u);
    fl_config_free(config);
}

TEST_F(ConfigFiles, RefusesFilesThatIncludeEachOther)
{
    write("a.yaml", "include: sub/b.yaml\n");
    write("sub/b.yaml", "include: ../c.yaml\n");
    write("c.yaml", "x: {include: ./a.yaml}\n");
    EXPECT_EQ(load_file_error("a.yaml"),
              "sub/../c.yaml:1:5: x.include: \"sub/.././a.yaml\" includes itself through other files");
}

TEST_F(ConfigFiles, RefusesAnIncludeBomb)
{
    const std::string eight = "include: [n.yaml, n.yaml, n.yaml, n.yaml, n.yaml, n.yaml, n.yaml, n.yaml]\n";
    for (int i = 0; i < 20; i++) {
        std::string text = eight;
        for (size_t at; (at = text.find("n.yaml")) != std::string::npos;)
            text.replace(at, 6, "level" + std::to_string(i + 1) + ".yml");
        write("level" + std::to_string(i) + ".yml", text);
    }
    write("level20.yml", "name: deep\n");
    EXPECT_NE(load_file_error("level0.yml").find("more than 256 files are included"), std::string::npos);
}

TEST_F(ConfigFiles, RefusesAFileThatIsTooLarge)
{
    write("large.yaml", "name: x\n# " + std::string(FL_CONFIG_MAX_BYTES, 'x') + "\n");
    EXPECT_EQ(load_file_error("large.yaml"), "large.yaml: cannot read: larger than 4 MiB");
    EXPECT_EQ(load_file_error("/dev/zero"), "/dev/zero: cannot read: larger than 4 MiB");
    std::string text = MACHINE + "# ";
    write("fits.yaml", text + std::string(FL_CONFIG_MAX_BYTES - text.size(), 'x'));
    EXPECT_EQ(load_file_error("fits.yaml"), "");
}

TEST_F(ConfigFiles, ReportsUnreadableFiles)
{
    EXPECT_EQ(load_file_error("nowhere.yaml"), "nowhere.yaml: cannot read: No such file or directory");
    EXPECT_EQ(load_file_error("."), ".: cannot read: it is a folder");
    EXPECT_EQ(load_file_error(std::string(5000, 'n')).substr(0, 5), "nnnnn");
    write("m.yaml", "include: /dev/zero\n");
    EXPECT_EQ(load_file_error("m.yaml"),
              "m.yaml:1:1: include: cannot read \"/dev/zero\": it is not a regular file");
}

// --- hostile input
// ------------------------------------------------------------------------------------------

static std::string nested(const std::string &open, const std::string &close, int depth)
{
    std::string text = "name: ";
    for (int i = 0; i < depth; i++) text += open;
    for (int i = 0; i < depth; i++) text += close;
    return text + "\n";
}

TEST(ConfigHostile, RefusesDeepNesting)
{
    /* The map of the file is the first level. */
    Loaded allowed(nested("[", "]", FL_CONFIG_MAX_DEPTH - 1));
    EXPECT_STREQ(allowed.error.text, "test.yaml:1:1: name: must be a single value, not a list");
    Loaded refused(nested("[", "]", FL_CONFIG_MAX_DEPTH));
    EXPECT_STREQ(refused.error.text, "test.yaml:1:38: nested more than 32 levels deep");
    Loaded far(nested("{a: ", "}", 100000));
    EXPECT_NE(std::string(far.error.text).find("nested more than 32 levels deep"), std::string::npos)
        << far.error.text;
    std::string block;
    for (int i = 0; i < 10000; i++) block += "- ";
    EXPECT_STREQ(Loaded(block).error.text, "test.yaml:1:65: nested more than 32 levels deep");
}

TEST(ConfigHostile, RefusesAliasBombsBeforeTheyExpand)
{
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 20; i++) {
        const std::string below = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below + ", " + below + "]\n";
    }
    EXPECT_STREQ(Loaded(bomb).error.text, "test.yaml:1:6: anchors are not supported; use include");
}

TEST(ConfigHostile, RefusesTooManyKeysAndValues)
{
    std::string keys, values = "name: [";
    for (int i = 0; i <= FL_CONFIG_MAX_KEYS; i++) keys += "k" + std::to_string(i) + ": 1\n";
    EXPECT_STREQ(Loaded(keys).error.text, "test.yaml:1025:1: more than 1024 keys in one map");
    for (int i = 0; i <= FL_CONFIG_MAX_NODES; i++) values += "1,";
    Loaded many(values + "]\n");
    EXPECT_NE(std::string(many.error.text).find("more than 200000 values in one configuration"),
              std::string::npos);
}

TEST(ConfigHostile, SurvivesRandomBytes)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        SCOPED_TRACE(seed);
        test_random r = {seed};
        std::string bytes((size_t)test_random_range(&r, 1, 300), ' ');
        const bool text = seed % 2 == 0;
        for (char &c : bytes)
            c = (char)(text ? test_random_range(&r, 32, 126) : test_random_range(&r, 0, 255));
        Loaded loaded(bytes);
        EXPECT_EQ(loaded.status, FL_BAD_INPUT);
        EXPECT_EQ(std::string(loaded.error.text).rfind("test.yaml:", 0), 0u) << loaded.error.text;
    }
}

TEST(ConfigHostile, SurvivesEveryPrefixOfAValidFile)
{
    const std::string text = MACHINE + "layers: [{m: 3}]\nname: \"caf\xC3\xA9\"\n";
    for (size_t size = 0; size < text.size(); size++) {
        Loaded loaded(text.substr(0, size));
        EXPECT_TRUE(loaded.status == FL_OK || std::string(loaded.error.text).rfind("test.yaml:", 0) == 0);
    }
}

TEST(ConfigHostile, PrintsNothingByItself)
{
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    Loaded("a: [1, 2\nb: \"\n\t- x");
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(ConfigMessages, AreGolden) { expect_golden_messages("tests/data/bad", 40, load_file_error); }
