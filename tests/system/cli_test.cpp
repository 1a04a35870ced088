// The command line: exit codes, messages, and what is left behind when something goes wrong.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/cli.h"

namespace
{
using namespace cli;

const std::string DDR4 = "configs/parts/ddr4_2400.yaml";
const std::string TINY = "configs/machines/tiny_8.yaml", ENCODER = "workloads/tiny_encoder.yaml";

struct Refused {
    std::vector<std::string> arguments;
    std::string message; // all of stderr, without the line's end
};

TEST(Cli, RefusesBadUsageWithAMessage)
{
    const Refused cases[] = {
        {{"rum"}, "flintlock: unknown command \"rum\"; did you mean \"run\"?; try flintlock help"},
        {{"simulate"}, "flintlock: unknown command \"simulate\"; try flintlock help"},
        {{"run"}, "flintlock run: takes MACHINE.yaml WORKLOAD.yaml, but 0 arguments were given"},
        {{"run", TINY}, "flintlock run: takes MACHINE.yaml WORKLOAD.yaml, but 1 argument was given"},
        {{"run", TINY, ENCODER, ENCODER},
         "flintlock run: takes MACHINE.yaml WORKLOAD.yaml, but 3 arguments were given"},
        {{"run", TINY, ENCODER, "--ouput", "x"},
         "flintlock run: unknown option \"--ouput\"; did you mean \"--out\"? (allowed: --set, --out, -o, "
         "--replay, --data, --trace, --banks, --layers, --print-config)"},
        {{"list", "--set", "a=b"}, "flintlock list: unknown option \"--set\" (allowed: --markdown)"},
        {{"run", TINY, ENCODER, "--out"}, "flintlock run: --out needs a value (DIR)"},
        {{"run", TINY, ENCODER, "--set"}, "flintlock run: --set needs a value (key=value)"},
        {{"run", TINY, ENCODER, "--trace"},
         "flintlock run: --trace writes timeline.json and needs --out DIR"},
        {{"run", TINY, ENCODER, "--layers", "layer7"},
         "--layers: no operation of tiny_encoder matches \"layer7\" (the first is embedding.norm)"},
        {{"list", "pe"}, "flintlock list: takes no arguments"},
        {{"schema", "matrix"}, "flintlock schema: takes no arguments"},
        {{"tables", "decoders"},
         "flintlock tables: no table \"decoders\"; did you mean \"decoder\"? (known: blocks, decoder, equal_area, "
         "lns, nn_lut, softmax_bytes, winograd)"},
        {{"tables", "decoder", "lns"}, "flintlock tables: takes one NAME, or none for all"},
        {{"dram"}, "flintlock dram: takes run, check, read or table, a part's file and a trace"},
        {{"dram", "walk", DDR4, DDR4}, "flintlock dram: takes run, check, read or table, a part's file and a trace"},
        {{"dram", "run", DDR4}, "flintlock dram run: takes a part's file and a trace"},
        {{"dram", "read", DDR4}, "flintlock dram read: takes a part's file and an amount"},
        {{"dram", "read", DDR4, "x"}, "flintlock dram read: \"x\" is not an amount such as \"64 MiB\""},
        {{"dram", "table"}, "flintlock dram table: takes files of parts"},
        {{"dram", "table", DDR4}, "configs/parts/ddr4_2400.yaml: the table takes parts of type dram"},
        {{"dram", "run", "--standard", "ddr4_2400", "--set", "mapping=ro-xx-co"},
         "flintlock dram run: takes a part's file and a trace"},
        {{"dram", "table", "configs/parts/dram/ddr4_2400.yaml", "--set", "mapping=ro-xx-co"},
         "--set: mapping=ro-xx-co: \"ro-xx-co\": no address field at \"xx-co\""},
        {{"dram", "check", DDR4, "no.txt"}, "no.txt: cannot read: No such file or directory"},
        {{"dram", "check", DDR4, "configs"}, "configs: cannot read: Is a directory"},
        {{"dram", "check", DDR4, DDR4}, "configs/parts/ddr4_2400.yaml:3:1: a command is CLOCK PREA|REF or"},
        {{"dram", "run", TINY, DDR4}, TINY + ":"},
        {{"run", "no.yaml", ENCODER}, "no.yaml: cannot read: No such file or directory"},
        {{"run", TINY, "no.yaml"}, "no.yaml: cannot read: No such file or directory"},
        {{"run", "configs/machines", ENCODER}, "configs/machines: cannot read: it is a folder"},
        {{"run", ENCODER, TINY},
         "workloads/tiny_encoder.yaml:2:1: machine: missing key (name of the machine, shown in the results)"},
        {{"run", TINY, ENCODER, "--replay", "no.txt"}, "no.txt: cannot read: No such file or directory"},
        {{"run", TINY, ENCODER, "--set", "matrix.rows=0"},
         "--set: matrix.rows=0: 0 is out of bounds (allowed 1..4096)"},
        {{"run", TINY, ENCODER, "--set", "matrix.rwos=8"},
         "--set: matrix.rwos=8: unknown key; did you mean \"rows\"? (allowed: columns, dataflow, model, "
         "overlap, pe, rows)"},
        {{"run", TINY, ENCODER, "--set", "matrix.rows"}, "--set: matrix.rows: must look like key.key=value"},
        {{"run", TINY, ENCODER, "--set", "workload.layer=1"},
         "--set: workload.layer=1: unknown key; did you mean \"layers\"?"},
        {{"run", TINY, ENCODER, "--set", "buffers.input.size=8192"},
         "--set: buffers.input.size=8192: \"8192\" has no unit (write for example \"8192 B\"; allowed: B, "
         "KiB, MiB, GiB)"},
        {{"run", TINY, ENCODER, "--set", "memory.capacity=1 KiB"}, "the tensors take "},
        {{"run", TINY, ENCODER, "--set", "matrix.pe=int4"},
         "layer0.attention.query: PE type int4 cannot multiply flint4 by flint4: the PE type does not take "
         "the activation format"},
    };
    for (const Refused &c : cases) {
        std::string line;
        for (const std::string &argument : c.arguments) line += " " + argument;
        SCOPED_TRACE("flintlock" + line);
        const Outcome outcome = flintlock(c.arguments);
        EXPECT_EQ(outcome.code, 2);
        EXPECT_EQ(outcome.out, "");
        // The end may list what is allowed.
        EXPECT_EQ(outcome.err.substr(0, c.message.size()), c.message) << outcome.err;
        EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    }
}

TEST(Cli, AnswersWithExitCodeZero)
{
    for (const std::vector<std::string> &arguments :
         std::vector<std::vector<std::string>>{{"help"},
                                               {"--help"},
                                               {"version"},
                                               {"list"},
                                               {"list", "--markdown"},
                                               {"schema"},
                                               {"schema", "--markdown"},
                                               {"tables"},
                                               {"tables", "decoder"},
                                               {"run", TINY, ENCODER},
                                               {"run", TINY, ENCODER, "--print-config"},
                                               {"map", TINY, ENCODER},
                                               {"check", TINY, ENCODER}}) {
        const Outcome outcome = flintlock(arguments);
        EXPECT_EQ(outcome.code, 0) << arguments[0] << outcome.err;
        EXPECT_EQ(outcome.err, "") << arguments[0];
        EXPECT_GT(outcome.out.size(), 10u) << arguments[0];
    }
}

// Two bursts of two bank groups: two activates and reads, each by hand in MemDram.StatisticsHoldTheEnergyOfTheCommands.
TEST(Cli, DramSaysItsEnergyWhenThePartGivesAllCurrents)
{
    const std::string part = "configs/parts/dram/ddr4_2400.yaml";
    const Outcome given = flintlock({"dram", "read", part, "128 B"});
    EXPECT_NE(given.out.find("activate 0.006928, read 0.005888, write 0, refresh 0, background "), std::string::npos)
        << given.out;
    const Outcome missing = flintlock({"dram", "read", part, "128 B", "--set", "idd.IDD2P=0 mA"});
    EXPECT_EQ(missing.code, 0) << missing.err;
    EXPECT_NE(missing.out.find("\nenergy is not counted: "), std::string::npos) << missing.out;
}

TEST(Cli, DramCommandsThatItWroteAreLegalForTheirPartOnly)
{
    const Folder folder;
    std::string trace;
    for (int n = 0; n < 500; n++)
        trace += std::to_string(n * 40000) + (n % 3 ? " R " : " W ") + std::to_string(n * 5) + "\n";
    write_file(folder / "trace", trace);
    const Outcome run = flintlock({"dram", "run", DDR4, folder / "trace", "--save", folder / "commands"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.out.substr(0, 26), "500 requests, 32000 bytes ");
    const Outcome same = flintlock({"dram", "check", DDR4, folder / "commands"});
    EXPECT_EQ(same.code, 0) << same.err;
    EXPECT_NE(same.out.find("commands, no violation"), std::string::npos);
    const Outcome slower = flintlock({"dram", "check", "configs/parts/ddr4_3200.yaml", folder / "commands"});
    EXPECT_EQ(slower.code, 1);
    EXPECT_NE(slower.err.find("tRCD: ACT at 0"), std::string::npos) << slower.err;
}

TEST(Cli, WithoutArgumentsSaysHowToUseIt)
{
    const Outcome outcome = flintlock({});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_NE(outcome.err.find("flintlock run MACHINE WORKLOAD"), std::string::npos);
}

TEST(Cli, WritesNothingWhenTheInputIsBad)
{
    const Folder folder;
    for (const char *set : {"matrix.rows=0", "memory.capacity=1 KiB", "buffers.vector.banks=1"}) {
        const Outcome outcome = flintlock({"run", TINY, ENCODER, "--set", set, "--out", folder / "out"});
        EXPECT_EQ(outcome.code, 2) << set;
    }
    const Outcome map =
        flintlock({"map", TINY, ENCODER, "--set", "matrix.rows=0", "--save", folder / "stream.txt"});
    EXPECT_EQ(map.code, 2);
    EXPECT_TRUE(folder.files().empty()) << folder.files().front();
}

TEST(Cli, ReportsOutputsThatCannotBeWritten)
{
    const Folder folder;
    write_file(folder.path() / "file", "x");
    const Outcome run = flintlock({"run", TINY, ENCODER, "--out", folder / "file/out"});
    EXPECT_EQ(run.code, 2);
    EXPECT_NE(run.err.find(folder / "file/out"), std::string::npos) << run.err;
    EXPECT_NE(run.err.find("Not a directory"), std::string::npos) << run.err;
    const Outcome over = flintlock({"run", TINY, ENCODER, "--out", folder / "file"});
    EXPECT_EQ(over.code, 2);
    EXPECT_EQ(read_file(folder.path() / "file"), "x");
    const Outcome save = flintlock({"map", TINY, ENCODER, "--save", folder / "file/stream"});
    EXPECT_EQ(save.code, 2);
    EXPECT_NE(save.err.find("Not a directory"), std::string::npos) << save.err;
    EXPECT_EQ(folder.files(), std::vector<std::string>{"file"});
}

// A link of our own to /dev/full: a writer that replaces what it is given replaces the link, not the system's
// device.
TEST(Cli, ReportsAFullDisk)
{
    const Folder folder;
    fs::create_symlink("/dev/full", folder.path() / "full");
    const Outcome save = flintlock({"map", TINY, ENCODER, "--save", folder / "full"});
    EXPECT_EQ(save.code, 2);
    EXPECT_EQ(save.err, (folder / "full") + ": cannot write: No space left on device\n");
    EXPECT_TRUE(fs::is_symlink(folder.path() / "full"));
    EXPECT_EQ(folder.files(), std::vector<std::string>{"full"});
    const std::string shell = program() + " list >" + (folder / "full") + " 2>/dev/null";
    EXPECT_EQ(WEXITSTATUS(std::system(shell.c_str())), 2);
}

// Ctrl-C in the middle of a run: exit code 130, a message, and no file, not even a temporary one.
TEST(Cli, InterruptLeavesNothingHalfWritten)
{
    const Folder folder;
    Process process({"run", "configs/machines/ant_os_64.yaml", "workloads/bert_large.yaml", "--set",
                     "matrix.model=pin", "--out", folder / "out"},
                    fs::current_path());
    process.wait_until_it_catches(SIGINT);
    usleep(500000); // into the simulation
    ASSERT_EQ(kill(process.pid(), SIGINT), 0);
    const Outcome outcome = process.wait();
    EXPECT_EQ(outcome.code, 130) << outcome.err;
    EXPECT_NE(outcome.err.find("interrupted"), std::string::npos) << outcome.err;
    EXPECT_TRUE(folder.files().empty()) << folder.files().front();
}

// An older result stays as it was when a new run does not finish.
TEST(Cli, InterruptKeepsAnOlderResult)
{
    const Folder folder;
    ASSERT_EQ(flintlock({"run", TINY, ENCODER, "--out", folder / "out"}).code, 0);
    const auto files = folder.files();
    const std::string before = read_file(folder.path() / "out" / "summary.json");
    Process process({"run", "configs/machines/ant_os_64.yaml", "workloads/bert_large.yaml", "--set",
                     "matrix.model=pin", "--out", folder / "out"},
                    fs::current_path());
    process.wait_until_it_catches(SIGTERM);
    usleep(500000);
    ASSERT_EQ(kill(process.pid(), SIGTERM), 0);
    EXPECT_EQ(process.wait().code, 130);
    EXPECT_EQ(read_file(folder.path() / "out" / "summary.json"), before);
    EXPECT_EQ(folder.files(), files);
}
} // namespace
