// configs/specimen.yaml shows every legal key of a machine, with what the schema tables say of it.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "sim/base/schema_print.h"
#include "sim/machine/machine_config.h"

namespace
{

const char *const specimen = "configs/specimen.yaml";
// Lines that show a part other than the one in use: memories ideal, dram and l2.
const std::string ideal = "#: ", dram = "#+ ", l2 = "#= ";

std::vector<std::string> lines_of_specimen()
{
    std::ifstream file(specimen);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

struct Loaded {
    fl_config *config = nullptr;
    fl_error error{};

    explicit Loaded(const std::string &text)
    {
        fl_config_parse(specimen, text.c_str(), text.size(), nullptr, 0, &config, &error);
    }
    ~Loaded() { fl_config_free(config); }
    Loaded(const Loaded &) = delete;
    Loaded &operator=(const Loaded &) = delete;
};

std::string join(const std::vector<std::string> &lines)
{
    std::string text;
    for (const std::string &line : lines) text += line + "\n";
    return text;
}

// The specimen with its memory replaced by the one that it shows in lines of that mark; line numbers stay.
std::string with_memory(const std::string &mark, std::vector<std::string> lines)
{
    bool memory = false;
    for (std::string &line : lines) {
        if (line == "memory:")
            memory = true;
        else if (!line.empty() && line[0] != ' ')
            memory = false;
        if (line.rfind(mark, 0) == 0)
            line.erase(0, mark.size());
        else if (memory)
            line.clear();
    }
    return join(lines);
}

// The comment lines right above a key.
std::string comment_above(const std::vector<std::string> &lines, const fl_node *node)
{
    std::string text;
    for (int at = fl_node_where(node)->line - 2; at >= 0; at--) {
        std::string line = lines[static_cast<size_t>(at)];
        for (const std::string &mark : {ideal, dram, l2})
            if (line.rfind(mark, 0) == 0) line.erase(0, mark.size());
        const size_t first = line.find_first_not_of(' ');
        if (first == std::string::npos || line[first] != '#') break;
        text = line.substr(first) + "\n" + text;
    }
    return text;
}

std::string allowed(const fl_param &param)
{
    if (param.type == FL_CHOICE) return param.choices[0];
    if (param.type != FL_UINT && param.type != FL_REAL) return "";
    char bounds[FL_BOUNDS_TEXT];
    return fl_bounds_print(bounds, sizeof bounds, &param);
}

std::string fallback(const fl_param &param)
{
    return param.fallback == nullptr ? "required" : std::string("default ") + param.fallback;
}

// A section is a map, or a list of maps whose first item shows the keys.
fl_node *section_map(fl_config *config, const std::string &section)
{
    fl_node *node =
        section.empty() ? fl_config_root(config) : fl_node_get(fl_config_root(config), section.c_str());
    return node != nullptr && fl_node_is_list(node) ? fl_node_at(node, 0) : node;
}

void expect_shown(fl_config *config, const std::string &section, const fl_param *params, size_t count)
{
    const std::vector<std::string> lines = lines_of_specimen();
    fl_node *map = section_map(config, section);
    ASSERT_NE(map, nullptr) << specimen << " does not show " << section;
    for (size_t i = 0; i < count; i++) {
        SCOPED_TRACE(section + ": " + params[i].key);
        const fl_node *node = fl_node_get(map, params[i].key);
        ASSERT_NE(node, nullptr) << specimen << " does not show the key";
        const std::string comment = comment_above(lines, node);
        EXPECT_NE(comment.find(params[i].help), std::string::npos) << "should say: " << params[i].help;
        EXPECT_NE(comment.find(allowed(params[i])), std::string::npos)
            << "should say: " << allowed(params[i]);
        EXPECT_NE(comment.find(fallback(params[i])), std::string::npos)
            << "should say: " << fallback(params[i]);
    }
}

void expect_memory_shown(fl_config *config, const char *name)
{
    const fl_part *part = fl_registry_find("memory", name);
    ASSERT_NE(part, nullptr);
    expect_shown(config, "memory", part->params, part->param_count);
}

TEST(Specimen, IsAMachine)
{
    Loaded loaded(join(lines_of_specimen()));
    ASSERT_NE(loaded.config, nullptr) << loaded.error.text;
    fl_machine_config machine;
    EXPECT_EQ(fl_machine_config_read(loaded.config, &machine, &loaded.error), FL_OK) << loaded.error.text;
    EXPECT_STREQ(machine.memory->name, "ddr4");
}

TEST(Specimen, IsAMachineWithTheOtherMemoriesToo)
{
    for (const std::string &mark : {ideal, dram, l2}) {
        Loaded loaded(with_memory(mark, lines_of_specimen()));
        ASSERT_NE(loaded.config, nullptr) << loaded.error.text;
        fl_machine_config machine;
        EXPECT_EQ(fl_machine_config_read(loaded.config, &machine, &loaded.error), FL_OK) << loaded.error.text;
        EXPECT_STREQ(machine.memory->name, mark == ideal ? "ideal" : mark == dram ? "dram" : "l2");
    }
}

TEST(Specimen, ShowsEveryKeyOfTheMachineAndOfCosts)
{
    Loaded loaded(join(lines_of_specimen()));
    ASSERT_NE(loaded.config, nullptr) << loaded.error.text;
    size_t count;
    const fl_schema_section *sections = fl_machine_schema(&count);
    ASSERT_GT(count, 0u);
    for (size_t i = 0; i < count; i++)
        expect_shown(loaded.config, sections[i].section, sections[i].params, sections[i].count);
    expect_shown(loaded.config, "costs", fl_cost_params, fl_cost_param_count);
}

TEST(Specimen, ShowsEveryKeyOfEveryMemory)
{
    Loaded in_use(join(lines_of_specimen())), other(with_memory(ideal, lines_of_specimen())),
        third(with_memory(dram, lines_of_specimen())), fourth(with_memory(l2, lines_of_specimen()));
    ASSERT_NE(in_use.config, nullptr) << in_use.error.text;
    ASSERT_NE(other.config, nullptr) << other.error.text;
    ASSERT_NE(third.config, nullptr) << third.error.text;
    ASSERT_NE(fourth.config, nullptr) << fourth.error.text;
    expect_memory_shown(in_use.config, "ddr4");
    expect_memory_shown(other.config, "ideal");
    expect_memory_shown(third.config, "dram");
    expect_memory_shown(fourth.config, "l2");
}

// A part that comes with keys has to be shown: whoever adds one is sent here.
TEST(Specimen, KnowsThePartsThatHaveKeys)
{
    const fl_part *parts[256];
    const size_t count = fl_registry_list(nullptr, parts, 256);
    std::set<std::string> with_keys;
    for (size_t i = 0; i < count; i++)
        if (parts[i]->param_count != 0 && std::string(parts[i]->kind).rfind("test", 0) != 0)
            with_keys.insert(std::string(parts[i]->kind) + " " + parts[i]->name);
    EXPECT_EQ(with_keys, (std::set<std::string>{"memory ddr4", "memory dram", "memory ideal", "memory l2"}));
}

} // namespace
