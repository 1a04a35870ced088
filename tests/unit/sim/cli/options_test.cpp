// The tables of commands and options: what is read from the command line is what help shows.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "sim/cli/help.h"

namespace
{
std::vector<const cli_option_row *> rows_of(const cli_command &command)
{
    std::vector<const cli_option_row *> rows;
    for (const cli_option *o = command.options; *o != CLI_NO_OPTION; o++)
        rows.push_back(&cli_option_rows[*o]);
    return rows;
}

std::string help_of(const cli_command &command)
{
    char *text = nullptr;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    cli_print_help(&command, file);
    fclose(file);
    const std::string help = text;
    free(text);
    return help;
}

struct Parsed {
    fl_status status;
    cli_options options;
    std::string message;
};

Parsed parse(const cli_command &command, std::vector<std::string> &words)
{
    std::vector<char *> argv;
    for (std::string &word : words) argv.push_back(word.data());
    fl_error error = {};
    Parsed parsed = {};
    parsed.status =
        cli_options_parse(static_cast<int>(argv.size()), argv.data(), &command, &parsed.options, &error);
    parsed.message = error.text;
    return parsed;
}

const cli_command &command_named(const std::string &name)
{
    for (size_t c = 0; c < cli_command_count; c++)
        if (name == cli_commands[c].name) return cli_commands[c];
    throw std::runtime_error("no command " + name);
}

// As few positional arguments as the command takes.
std::vector<std::string> needed(const cli_command &command)
{
    std::vector<std::string> words;
    for (const cli_argument &argument : command.arguments)
        if (argument.name != nullptr && argument.name[0] != '[') words.push_back("x");
    return words;
}

TEST(CliOptions, EveryOptionHasARowThatSaysEverything)
{
    for (int o = CLI_NO_OPTION + 1; o < CLI_OPTION_COUNT; o++) {
        const cli_option_row &row = cli_option_rows[o];
        SCOPED_TRACE(o);
        ASSERT_NE(row.name, nullptr);
        EXPECT_EQ(std::string(row.name).substr(0, 2), "--");
        ASSERT_NE(row.help, nullptr);
        EXPECT_EQ(row.value != nullptr, row.fallback != nullptr) << row.name;
    }
}

TEST(CliOptions, EveryOptionBelongsToACommand)
{
    std::set<cli_option> used = {CLI_HELP};
    for (size_t c = 0; c < cli_command_count; c++)
        for (const cli_option *o = cli_commands[c].options; *o != CLI_NO_OPTION; o++) used.insert(*o);
    EXPECT_EQ(used.size(), static_cast<size_t>(CLI_OPTION_COUNT - 1));
}

TEST(CliOptions, OptionsOfACommandDifferInNameLetterAndPlace)
{
    for (size_t c = 0; c < cli_command_count; c++) {
        std::set<std::string> names = {"--help", "-h"};
        std::set<size_t> places = {offsetof(cli_options, help)};
        for (const cli_option_row *row : rows_of(cli_commands[c])) {
            SCOPED_TRACE(std::string(cli_commands[c].name) + " " + row->name);
            EXPECT_TRUE(names.insert(row->name).second);
            EXPECT_TRUE(row->letter == nullptr || names.insert(row->letter).second);
            EXPECT_TRUE(places.insert(row->offset).second);
        }
    }
}

// The options that a help text shows, and whether with the name of a value: "  -o, --out DIR    write ...".
std::map<std::string, bool> options_shown(const std::string &help)
{
    std::map<std::string, bool> shown;
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) {
        if (line.compare(0, 3, "  -") != 0) continue;
        const size_t name = line.find("--"), end = line.find(' ', name);
        const bool value = line.size() > end + 1 && isupper(static_cast<unsigned char>(line[end + 1]));
        shown[line.substr(name, end - name)] = value;
        if (name > 2) shown[line.substr(2, 2)] = value;
    }
    return shown;
}

// Every name that any command knows, offered to every command.
TEST(CliOptions, ACommandTakesExactlyWhatItsHelpShows)
{
    std::set<std::string> all;
    for (int o = CLI_NO_OPTION + 1; o < CLI_OPTION_COUNT; o++) {
        all.insert(cli_option_rows[o].name);
        if (cli_option_rows[o].letter != nullptr) all.insert(cli_option_rows[o].letter);
    }
    for (size_t c = 0; c < cli_command_count; c++) {
        const cli_command &command = cli_commands[c];
        std::map<std::string, bool> shown = options_shown(help_of(command));
        EXPECT_EQ(shown.count("--help"), 1u);
        for (const std::string &name : all) {
            SCOPED_TRACE(std::string(command.name) + " " + name);
            std::vector<std::string> words = needed(command);
            words.push_back(name);
            if (shown.count(name) != 0 && shown[name]) words.push_back("a=b");
            const Parsed parsed = parse(command, words);
            EXPECT_EQ(parsed.status == FL_OK, shown.count(name) != 0) << parsed.message;
            if (shown.count(name) == 0) {
                EXPECT_NE(parsed.message.find("unknown option \"" + name + "\""), std::string::npos)
                    << parsed.message;
            }
        }
    }
}

TEST(CliOptions, AnOptionChangesItsOwnMemberOnly)
{
    for (size_t c = 0; c < cli_command_count; c++) {
        for (const cli_option_row *row : rows_of(cli_commands[c])) {
            if (std::string(row->name) == "--set") continue;
            SCOPED_TRACE(std::string(cli_commands[c].name) + " " + row->name);
            std::vector<std::string> words = needed(cli_commands[c]), plain = words;
            words.push_back(row->name);
            if (row->value != nullptr) words.push_back("value");
            cli_options with = parse(cli_commands[c], words).options;
            char *field = reinterpret_cast<char *>(&with) + row->offset;
            if (row->value == nullptr) {
                EXPECT_TRUE(*reinterpret_cast<bool *>(field));
                *reinterpret_cast<bool *>(field) = false;
            } else {
                EXPECT_STREQ(*reinterpret_cast<const char **>(field), "value");
                *reinterpret_cast<const char **>(field) = nullptr;
            }
            memset(with.files, 0, sizeof with.files);
            with.file_count = 0;
            const cli_options none = {};
            EXPECT_EQ(memcmp(&with, &none, sizeof none), 0);
        }
    }
}

TEST(CliOptions, ValuesStandBehindASpaceOrAnEqualsSign)
{
    for (const std::vector<std::string> &form :
         std::vector<std::vector<std::string>>{{"--out", "a=b"}, {"--out=a=b"}, {"-o", "a=b"}}) {
        std::vector<std::string> words = form;
        words.insert(words.end(), {"m", "w"});
        const Parsed parsed = parse(command_named("run"), words);
        ASSERT_EQ(parsed.status, FL_OK) << parsed.message;
        EXPECT_STREQ(parsed.options.out, "a=b");
        EXPECT_EQ(parsed.options.file_count, 2u);
    }
    std::vector<std::string> sets = {"m", "--set=matrix.rows=4", "--set", "workload.layers=2", "w"};
    const Parsed parsed = parse(command_named("run"), sets);
    ASSERT_EQ(parsed.status, FL_OK) << parsed.message;
    ASSERT_EQ(parsed.options.machine_set_count, 1u);
    EXPECT_STREQ(parsed.options.machine_sets[0], "matrix.rows=4");
    ASSERT_EQ(parsed.options.workload_set_count, 1u);
    EXPECT_STREQ(parsed.options.workload_sets[0], "layers=2");
}

TEST(CliOptions, RefusesWhatItCannotRead)
{
    const struct {
        const char *command;
        std::vector<std::string> words;
        const char *message;
    } cases[] = {
        {"run", {"m", "w", "--data=1"}, "flintlock run: --data takes no value"},
        {"run", {"m", "w", "--out"}, "flintlock run: --out needs a value (DIR)"},
        {"run", {"m", "w", "--out", "--data"}, "flintlock run: --out needs a value (DIR)"},
        {"run",
         {"m", "w", "--ouput=x"},
         "flintlock run: unknown option \"--ouput\"; did you mean \"--out\"? (allowed: "},
        {"dram read",
         {"p", "1 B", "--jobs", "3"},
         "flintlock dram read: unknown option \"--jobs\", but of flintlock sweep (allowed: --set, --help)"},
        {"run", {"m"}, "flintlock run: takes MACHINE WORKLOAD, but 1 argument was given"},
        {"run", {"m", "w", "w"}, "flintlock run: takes MACHINE WORKLOAD, but 3 arguments were given"},
        {"report", {}, "flintlock report: takes PATH..., but 0 arguments were given"},
        {"merge", {"a"}, "flintlock merge: takes OUT FILE..., but 1 argument was given"},
        {"tables", {"a", "b"}, "flintlock tables: takes [NAME], but 2 arguments were given"},
        {"lockstep", {"a", "b"}, "flintlock lockstep: takes [BLOCK | FILE], but 2 arguments were given"},
        {"list", {"a"}, "flintlock list: takes no arguments, but 1 argument was given"},
        {"list", std::vector<std::string>(100, "a"), "flintlock list: too many arguments at \"a\""},
        {"run", std::vector<std::string>(100, "--set=a=b"), "--set: more than 64 of them"},
    };
    for (const auto &c : cases) {
        std::vector<std::string> words = c.words;
        const Parsed parsed = parse(command_named(c.command), words);
        EXPECT_EQ(parsed.status, FL_BAD_INPUT) << c.message;
        EXPECT_EQ(parsed.message.substr(0, strlen(c.message)), c.message);
    }
}

TEST(CliOptions, HelpNeedsNothingElse)
{
    for (const char *help : {"--help", "-h"}) {
        std::vector<std::string> words = {"m", "--data", help, "--nonsense"};
        const Parsed parsed = parse(command_named("run"), words);
        EXPECT_EQ(parsed.status, FL_OK) << parsed.message;
        EXPECT_TRUE(parsed.options.help);
    }
}

TEST(CliOptions, CountsAreWholeNumbersWithinBounds)
{
    uint64_t value = 0;
    fl_error error;
    EXPECT_EQ(cli_count("--n", nullptr, 1, 9, 4, &value, &error), FL_OK);
    EXPECT_EQ(value, 4u);
    for (const char *good : {"1", "9", "007"})
        EXPECT_EQ(cli_count("--n", good, 1, 9, 4, &value, &error), FL_OK) << good;
    for (const char *bad :
         {"", "0", "10", "-1", "+1", " 1", "1 ", "1.5", "x", "0x1", "99999999999999999999999"})
        EXPECT_EQ(cli_count("--n", bad, 1, 9, 4, &value, &error), FL_BAD_INPUT) << bad;
    EXPECT_EQ(cli_count("--n", "18446744073709551615", 0, UINT64_MAX, 4, &value, &error), FL_OK);
    EXPECT_EQ(cli_count("--n", "18446744073709551616", 0, UINT64_MAX, 4, &value, &error), FL_BAD_INPUT);
    EXPECT_STREQ(error.text, "--n: \"18446744073709551616\" is not a whole number");
}

TEST(CliHelp, SaysEverythingWithinEightyColumns)
{
    for (size_t c = 0; c < cli_command_count; c++) {
        const cli_command &command = cli_commands[c];
        const std::string help = help_of(command), usage = std::string("Usage: flintlock ") + command.name;
        SCOPED_TRACE(command.name);
        EXPECT_EQ(help.substr(0, usage.size()), usage);
        ASSERT_NE(command.examples[0], nullptr);
        const size_t examples = help.find("\nExamples:\n");
        ASSERT_NE(examples, std::string::npos);
        for (size_t at = 0, end; at < examples; at = end + 1) {
            end = help.find('\n', at);
            EXPECT_LE(end - at, 80u) << help.substr(at, end - at);
        }
        for (const cli_argument &argument : command.arguments)
            if (argument.name != nullptr) {
                EXPECT_NE(help.find(std::string("\n  ") + argument.name), std::string::npos);
            }
        for (const cli_option_row *row : rows_of(command))
            EXPECT_TRUE(row->fallback == nullptr || help.find("(default:") != std::string::npos);
    }
}

TEST(CliHelp, OverviewHasALineForEachCommand)
{
    char *text = nullptr;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    cli_print_overview(file);
    fclose(file);
    const std::string overview = text;
    free(text);
    for (size_t c = 0; c < cli_command_count; c++)
        EXPECT_NE(overview.find(std::string("  ") + cli_commands[c].help + "\n"), std::string::npos)
            << cli_commands[c].name << " does not fit a line";
}

TEST(CliCommands, AreFoundByOneWordOrTwo)
{
    const struct {
        std::vector<const char *> words;
        const char *command, *message;
        int used;
    } cases[] = {
        {{"run", "m", "w"}, "run", "", 1},
        {{"dram", "run", "p"}, "dram run", "", 2},
        {{"rum"},
         nullptr,
         "flintlock: unknown command \"rum\"; did you mean \"run\"?; try flintlock help",
         0},
        {{"simulate"}, nullptr, "flintlock: unknown command \"simulate\"; try flintlock help", 0},
        {{"dram"}, nullptr, "flintlock dram: takes run, check, read, table", 0},
        {{"dram", "raed"},
         nullptr,
         "flintlock dram: takes run, check, read, table, not \"raed\"; did you mean \"read\"?",
         0},
        {{""}, nullptr, "flintlock: unknown command \"\"; try flintlock help", 0},
    };
    for (const auto &c : cases) {
        int used = 0;
        fl_error error = {};
        const cli_command *found =
            cli_command_find(static_cast<int>(c.words.size()), c.words.data(), &used, &error);
        EXPECT_STREQ(error.text, c.message);
        ASSERT_EQ(found == nullptr, c.command == nullptr) << c.words[0];
        if (found == nullptr) continue;
        EXPECT_STREQ(found->name, c.command);
        EXPECT_EQ(used, c.used);
    }
}
} // namespace
