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
        {{"run"}, "flintlock run: takes MACHINE WORKLOAD, but 0 arguments were given"},
        {{"run", TINY}, "flintlock run: takes MACHINE WORKLOAD, but 1 argument was given"},
        {{"run", TINY, ENCODER, ENCODER},
         "flintlock run: takes MACHINE WORKLOAD, but 3 arguments were given"},
        {{"run", TINY, ENCODER, "--ouput", "x"},
         "flintlock run: unknown option \"--ouput\"; did you mean \"--out\"? (allowed: --set, --out, "
         "--trace, --layers, --banks, --data, --replay, --print-config, --help)"},
        {{"help", "rnu"}, "flintlock: unknown command \"rnu\"; did you mean \"run\"?; try flintlock help"},
        {{"rnu", "--help"}, "flintlock: unknown command \"rnu\"; did you mean \"run\"?; try flintlock help"},
        {{"help", "run", "check"}, "flintlock help: takes one command"},
        {{"dram", "--jobs", "3"}, "flintlock dram: takes run, check, read, table, not \"--jobs\""},
        {{"dram", "read", DDR4, "1 MiB", "--jobs", "3"},
         "flintlock dram read: unknown option \"--jobs\", but of flintlock sweep (allowed: --set, --help)"},
        {{"list", "--set", "a=b"},
         "flintlock list: unknown option \"--set\", but of flintlock run (allowed: --markdown, --help)"},
        {{"run", TINY, ENCODER, "--out"}, "flintlock run: --out needs a value (DIR)"},
        {{"run", TINY, ENCODER, "--set"}, "flintlock run: --set needs a value (KEY=VALUE)"},
        {{"run", TINY, ENCODER, "--trace"},
         "flintlock run: --trace writes timeline.json and needs --out DIR"},
        {{"run", TINY, ENCODER, "--layers", "layer7"},
         "--layers: no operation of tiny_encoder matches \"layer7\" (the first is embedding.norm)"},
        {{"list", "pe"}, "flintlock list: takes no arguments, but 1 argument was given"},
        {{"schema", "matrix"}, "flintlock schema: takes no arguments, but 1 argument was given"},
        {{"tables", "decoders"},
         "flintlock tables: no table \"decoders\"; did you mean \"decoder\"? (known: blocks, decoder, "
         "equal_area, "
         "lns, nn_lut, softmax_bytes, winograd)"},
        {{"tables", "decoder", "lns"}, "flintlock tables: takes [NAME], but 2 arguments were given"},
        {{"lockstep", "requantise"},
         "flintlock lockstep: no block \"requantise\"; did you mean \"requantize\"? (known: accumulator, "},
        {{"lockstep", "divide", "iexp"},
         "flintlock lockstep: takes [BLOCK | FILE], but 2 arguments were given"},
        {{"lockstep", "divide", "--cycles", "1e6"}, "--cycles: \"1e6\" is not a whole number above 0"},
        {{"lockstep", "divide", "--cycles", "0"}, "--cycles: \"0\" is not a whole number above 0"},
        {{"lockstep", "divide", "--netlis"}, "flintlock lockstep: unknown option \"--netlis\"; did you mean"},
        {{"lockstep", "my.yaml"}, "my.yaml: cannot read: No such file or directory"},
        {{"dram"}, "flintlock dram: takes run, check, read, table"},
        {{"dram", "walk", DDR4, DDR4}, "flintlock dram: takes run, check, read, table, not \"walk\""},
        {{"dram", "run", DDR4}, "flintlock dram run: takes PART or --standard, and TRACE or --trace"},
        {{"dram", "read", DDR4}, "flintlock dram read: takes PART BYTES, but 1 argument was given"},
        {{"dram", "read", DDR4, "x"}, "flintlock dram read: \"x\" is not an amount such as \"64 MiB\""},
        {{"dram", "table"}, "flintlock dram table: takes PART..., but 0 arguments were given"},
        {{"dram", "table", DDR4}, "configs/parts/ddr4_2400.yaml: the table takes parts of type dram"},
        {{"dram", "run", "--standard", "ddr4_2400", "--set", "mapping=ro-xx-co"},
         "flintlock dram run: takes PART or --standard, and TRACE or --trace"},
        {{"dram", "table", "configs/parts/dram/ddr4_2400.yaml", "--set", "mapping=ro-xx-co"},
         "--set: mapping=ro-xx-co: \"ro-xx-co\": no address field at \"xx-co\""},
        {{"dram", "check", DDR4, "no.txt"}, "no.txt: cannot read: No such file or directory"},
        {{"dram", "check", DDR4, "configs"}, "configs: cannot read: Is a directory"},
        {{"dram", "check", DDR4, DDR4}, "configs/parts/ddr4_2400.yaml:3:1: a command is CLOCK PREA|REF or"},
        {{"dram", "run", TINY, DDR4}, TINY + ":"},
        {{"run", "no.yaml", ENCODER}, "no.yaml: cannot read: No such file or directory"},
        {{"run", "configs/machines/tiny8.yaml", ENCODER},
         "configs/machines/tiny8.yaml: cannot read: No such file or directory; did you mean "
         "\"tiny_8.yaml\"?"},
        {{"run", TINY, "workloads/tiny_encoder"},
         "workloads/tiny_encoder: cannot read: No such file or directory; did you mean "
         "\"tiny_encoder.yaml\"?"},
        {{"run", TINY, ENCODER, "--set", "memory=configs/parts/ddr4_2400.yaml"},
         "--set: memory=configs/parts/ddr4_2400.yaml: \"configs/parts/ddr4_2400.yaml\" is not a known "
         "memory; to take a "
         "file write {include: FILE}"},
        {{"run", TINY, "no.yaml"}, "no.yaml: cannot read: No such file or directory"},
        {{"run", "configs/machines", ENCODER}, "configs/machines: cannot read: it is a folder"},
        {{"run", ENCODER, TINY},
         "workloads/tiny_encoder.yaml:2:1: machine: missing key (name of the machine, shown in the results)"},
        {{"run", TINY, ENCODER, "--replay", "no.txt"}, "no.txt: cannot read: No such file or directory"},
        {{"run", TINY, ENCODER, "--replay", "configs"}, "configs: cannot read: Is a directory"},
        {{"run", TINY, ENCODER, "--replay", "/dev/null"}, "/dev/null: no commands"},
        {{"run", "", ENCODER}, "flintlock run: argument 1 is empty"},
        {{"run", TINY, ENCODER, "--out="}, "flintlock run: --out needs a value (DIR)"},
        {{"run", TINY, ENCODER, "--out", TINY}, TINY + ": cannot make the directory: Not a directory"},
        {{"dram", "check", DDR4, "/dev/null"}, "/dev/null: no commands"},
        {{"sweep", "configs/sweeps/formats.yaml", "--partition", "x"},
         "flintlock sweep: --partition needs --slurm"},
        {{"sweep", "configs/sweeps/formats.yaml", "--no-wait"}, "flintlock sweep: --no-wait needs --slurm"},
        {{"sweep", "configs/sweeps/formats.yaml", "--jobs", "0"},
         "--jobs: \"0\" is not a whole number from 1 to 1024"},
        {{"sweep", "configs/sweeps/formats.yaml", "--out", "configs"},
         "configs: it is a folder, not a results file"},
        {{"results", "configs"}, "configs: it is a folder, not a results file"},
        {{"results", "no.sqlite"}, "no.sqlite: no such file"},
        {{"results", "no.sqlite", "--format", "cvs"},
         "--format: unknown format \"cvs\"; did you mean \"csv\"? (text, csv, jsonl, md, latex)"},
        {{"accuracy", "workloads/sorter.yaml", "--alone"},
         "flintlock accuracy: --alone needs --functions GLOB"},
        {{"accuracy", "workloads/sorter.yaml", "--functions", "sofmax"},
         "--functions: no form of softmax, GELU or LayerNorm matches \"sofmax\" (flintlock errors lists "
         "them)"},
        {{"accuracy", "workloads/sorter.yaml", "--samples", "-1"},
         "--samples: \"-1\" is not a whole number from 1 to 4294967295"},
        {{"run", TINY, ENCODER, "--set", "matrix.rows.x=3"},
         "--set: matrix.rows.x=3: matrix.rows: must be a single value, not a map"},
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

// Two bursts of two bank groups: two activates and reads, each by hand in
// MemDram.StatisticsHoldTheEnergyOfTheCommands.
TEST(Cli, DramSaysItsEnergyWhenThePartGivesAllCurrents)
{
    const std::string part = "configs/parts/dram/ddr4_2400.yaml";
    const Outcome given = flintlock({"dram", "read", part, "128 B"});
    EXPECT_NE(given.out.find("activate 0.006928, read 0.005888, write 0, refresh 0, background "),
              std::string::npos)
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

TEST(Cli, HelpOfACommandIsTheSameInEveryForm)
{
    const Outcome help = flintlock({"help", "run"});
    EXPECT_EQ(help.code, 0);
    EXPECT_EQ(help.err, "");
    EXPECT_EQ(help.out.substr(0, 38), "Usage: flintlock run MACHINE WORKLOAD ");
    EXPECT_EQ(flintlock({"run", "--help"}).out, help.out);
    EXPECT_EQ(flintlock({"run", "-h"}).out, help.out);
    EXPECT_EQ(flintlock({"run", TINY, "--data", "--help"}).out, help.out);
    const std::string group = flintlock({"dram", "--help"}).out;
    for (const char *member : {"run", "check", "read", "table"}) {
        const std::string text = flintlock({"dram", member, "-h"}).out;
        EXPECT_EQ(text.substr(0, 23), "Usage: flintlock dram " + std::string(1, *member));
        EXPECT_NE(group.find(text), std::string::npos) << member;
    }
}

TEST(Cli, WithoutArgumentsSaysHowToUseIt)
{
    const Outcome outcome = flintlock({});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_NE(outcome.err.find("Usage: flintlock COMMAND"), std::string::npos);
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
// Results of two runs in one folder must not mix.
TEST(Cli, ARunLeavesNoTimelineOfAnOlderOne)
{
    const Folder folder;
    ASSERT_EQ(flintlock({"run", TINY, ENCODER, "--out", folder / "out", "--trace"}).code, 0);
    EXPECT_TRUE(fs::exists(folder.path() / "out" / "timeline.json"));
    write_file(folder.path() / "out" / "notes", "mine");
    ASSERT_EQ(flintlock({"run", TINY, ENCODER, "--out", folder / "out"}).code, 0);
    EXPECT_FALSE(fs::exists(folder.path() / "out" / "timeline.json"));
    EXPECT_EQ(read_file(folder.path() / "out" / "notes"), "mine");
}

TEST(Cli, WaitsForBanksAreShownOrNone)
{
    const std::string some = flintlock({"run", TINY, ENCODER, "--banks"}).out,
                      none = flintlock({"run", TINY, "workloads/gemm_example.yaml", "--banks"}).out;
    EXPECT_NE(some.find("  waits for banks           waited   for"), std::string::npos) << some;
    EXPECT_NE(some.find("  vector 9: 213, vector 10: 213\n"), std::string::npos) << some;
    EXPECT_NE(none.find("\n  waits for banks: none\n"), std::string::npos) << none;
}

TEST(Cli, AMemoryOfAnotherTypeReplacesTheOldOne)
{
    const Outcome outcome =
        flintlock({"run", "configs/machines/ant_os_64.yaml", ENCODER, "--print-config", "--set",
                   "memory={type: ideal, latency: 20 cycles, bytes_per_cycle: 16 B}"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out.find("lookahead"), std::string::npos);
}

// Failures are those of the sweep that ran, not of another one in the same file; nothing but failures is an
// error.
TEST(Cli, ASweepSaysWhatFailed)
{
    const Folder folder;
    const std::string head = "sweep: s\nmachine: " + fs::absolute(TINY).string() +
                             "\nworkload: " + fs::absolute(ENCODER).string() + "\naxes:\n";
    write_file(folder.path() / "some.yaml", head + "  - {key: matrix.rows, values: [4, 5000]}\n");
    write_file(folder.path() / "all.yaml", head + "  - {key: buffers.input.size, values: [64 B, 128 B]}\n");
    write_file(folder.path() / "none.yaml", head + "  - {key: matrix.rwos, values: [4, 8]}\n");
    const std::string results = folder / "r.sqlite";
    const Outcome none = flintlock({"sweep", folder / "none.yaml", "--out", results});
    EXPECT_EQ(none.code, 2);
    EXPECT_EQ(none.err.substr(0, none.err.find(" (allowed")),
              (folder / "none.yaml") +
                  ":5:6: no point is legal: --set: matrix.rwos=4: unknown key; did you mean \"rows\"?");
    EXPECT_FALSE(fs::exists(results));
    const Outcome some = flintlock({"sweep", folder / "some.yaml", "--out", results});
    EXPECT_EQ(some.code, 0) << some.err;
    EXPECT_NE(some.out.find("  failed: --set: matrix.rows=5000: 5000 is out of bounds"), std::string::npos)
        << some.out;
    const Outcome all = flintlock({"sweep", folder / "all.yaml", "--out", results});
    EXPECT_EQ(all.code, 2);
    EXPECT_EQ(all.err, "sweep s: every point failed\n");
    EXPECT_NE(all.out.find("  failed: layer0.attention.query: not even its smallest tile fits"),
              std::string::npos)
        << all.out;
    EXPECT_EQ(all.out.find("matrix.rows"), std::string::npos) << all.out;
    const Outcome merge = flintlock({"merge", folder / "m.sqlite", results});
    EXPECT_EQ(merge.out, (folder / "m.sqlite") + " holds 4 points\n");
}

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
TEST(Cli, InterruptEndsALockstep)
{
    Process process({"lockstep", "decode_int4", "--cycles", "10000000000"}, fs::current_path());
    process.wait_until_it_catches(SIGINT);
    usleep(500000); // into the build or the simulation
    ASSERT_EQ(kill(process.pid(), SIGINT), 0);
    const Outcome outcome = process.wait();
    EXPECT_EQ(outcome.code, 130) << outcome.err;
    EXPECT_EQ(outcome.out, "");
}

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
