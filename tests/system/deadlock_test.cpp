// Streams that cannot finish, and streams that are saved and run again.
#include <gtest/gtest.h>

#include "sim/machine/command_text.h"
#include "tests/support/cli.h"
#include "tests/support/system_run.h"

namespace
{
using namespace cli;
using namespace system_run;

const std::string TINY = "configs/machines/tiny_8.yaml", ENCODER = "workloads/tiny_encoder.yaml";

class Deadlock : public ::testing::Test
{
protected:
    Deadlock() : session_(include(TINY), include(ENCODER)) { EXPECT_TRUE(session_.ok()) << session_.error(); }

    static std::string include(const std::string &path)
    {
        return "include: " + (fs::current_path() / path).string() + "\n";
    }

    std::string run(const std::vector<fl_command> &commands) const
    {
        ArrayStream stream(commands);
        const MachineRun outcome(session_, false, stream.get());
        EXPECT_EQ(outcome.status, commands.empty() ? FL_OK : FL_BAD_INPUT);
        return outcome.error;
    }

    // Moves `bytes` bytes between the start of DRAM and a place of its own in the vector buffer.
    static fl_command transfer(fl_queue queue, uint32_t offset, std::vector<fl_wait> waits)
    {
        fl_command c = {};
        c.queue = static_cast<uint8_t>(queue);
        c.u.dma.block = {0, 64, 1, 1, 64, 64, queue == FL_STORE};
        c.u.dma.region = {FL_VECTOR_BUFFER, offset, 64, 64, 64};
        for (const fl_wait &wait : waits) c.waits[c.wait_count++] = wait;
        return c;
    }
    static fl_wait token(fl_queue queue, uint32_t sequence)
    {
        return {sequence, static_cast<uint8_t>(queue), FL_CAUSE_OPERANDS};
    }

    Session session_;
};

TEST_F(Deadlock, TwoQueuesThatWaitForEachOtherAreNamed)
{
    EXPECT_EQ(run({transfer(FL_LOAD, 0, {}), transfer(FL_LOAD, 1024, {token(FL_STORE, 0)}),
                   transfer(FL_STORE, 2048, {token(FL_LOAD, 1)})}),
              "deadlock: no command can go on\n"
              "  load 1 (1 x 1 rows of 64 B, DRAM 0x0, vector buffer 0x400) waits for token store 0 (the "
              "store queue has completed 0 "
              "commands, 1 are waiting)\n"
              "  store 0 (1 x 1 rows of 64 B, DRAM 0x0, vector buffer 0x800) waits for token load 1 (the "
              "load queue has completed 1 "
              "commands, 1 are waiting)");
}

TEST_F(Deadlock, ATokenThatNobodyGivesIsNamed)
{
    EXPECT_EQ(run({transfer(FL_LOAD, 0, {}), transfer(FL_STORE, 0, {token(FL_MATRIX, 4)})}),
              "deadlock: no command can go on\n"
              "  store 0 (1 x 1 rows of 64 B, DRAM 0x0, vector buffer 0x0) waits for token matrix 4 (the "
              "matrix queue has completed 0 "
              "commands, 0 are waiting)");
}

TEST_F(Deadlock, ACommandThatWaitsForItselfIsNamed)
{
    const std::string text = run({transfer(FL_LOAD, 0, {token(FL_LOAD, 0)})});
    EXPECT_NE(text.find("load 0 (1 x 1 rows of 64 B, DRAM 0x0, vector buffer 0x0) waits for token load 0"),
              std::string::npos)
        << text;
}

// The store that everybody waits for cannot enter its queue: the loads in front of it fill theirs.
TEST_F(Deadlock, AFullQueueThatHoldsUpTheStreamIsNamed)
{
    std::vector<fl_command> commands;
    for (uint64_t i = 0; i <= session_.machine().queue_depth; i++)
        commands.push_back(transfer(FL_LOAD, 0, {token(FL_STORE, 0)}));
    commands.push_back(transfer(FL_STORE, 1024, {}));
    const std::string text = run(commands);
    EXPECT_NE(text.find("load 0 (1 x 1 rows"), std::string::npos) << text;
    EXPECT_NE(text.find("waits for token store 0"), std::string::npos) << text;
    EXPECT_NE(text.find("the load queue is full (16 commands) and holds up the stream"), std::string::npos)
        << text;
}

TEST_F(Deadlock, TheSameCommandsWithTokensThatComeFinish)
{
    ArrayStream stream({transfer(FL_LOAD, 0, {}), transfer(FL_STORE, 0, {token(FL_LOAD, 0)}),
                        transfer(FL_LOAD, 0, {token(FL_STORE, 0)})});
    const MachineRun outcome(session_, false, stream.get());
    EXPECT_EQ(outcome.status, FL_OK) << outcome.error;
    EXPECT_EQ(outcome.result.cores[0].commands[FL_LOAD], 2u);
    EXPECT_EQ(outcome.result.cores[0].commands[FL_STORE], 1u);
}

TEST_F(Deadlock, AnEmptyStreamTakesNoTime)
{
    ArrayStream stream({});
    const MachineRun outcome(session_, false, stream.get());
    EXPECT_EQ(outcome.status, FL_OK) << outcome.error;
    EXPECT_EQ(outcome.result.cycles, 0u);
}

TEST(Replay, ASavedStreamTakesTheSameCycles)
{
    const Folder folder;
    ASSERT_EQ(flintlock({"map", TINY, ENCODER, "--save", folder / "stream"}).code, 0);
    const Outcome direct = flintlock({"run", TINY, ENCODER, "--out", folder / "direct"});
    const Outcome replay =
        flintlock({"run", TINY, ENCODER, "--replay", folder / "stream", "--out", folder / "replay"});
    ASSERT_EQ(direct.code, 0) << direct.err;
    ASSERT_EQ(replay.code, 0) << replay.err;
    EXPECT_EQ(read_file(folder.path() / "direct/summary.json"),
              read_file(folder.path() / "replay/summary.json"));
    EXPECT_EQ(read_file(folder.path() / "direct/layers.csv"), read_file(folder.path() / "replay/layers.csv"));
}

// Replaces the n-th wait of the saved text by `wait`.
std::string with_wait(const std::string &stream, const std::string &wait)
{
    const size_t at = stream.find("wait=") + 5, end = stream.find(' ', at);
    return stream.substr(0, at) + wait + stream.substr(end);
}

TEST(Replay, EditedWaitsDeadlockWithExitCodeTwo)
{
    const Folder folder;
    ASSERT_EQ(flintlock({"map", TINY, ENCODER, "--save", folder / "stream"}).code, 0);
    write_file(folder.path() / "edited",
               with_wait(read_file(folder.path() / "stream"), "store:100000:operands"));
    const Outcome outcome =
        flintlock({"run", TINY, ENCODER, "--replay", folder / "edited", "--out", folder / "out"});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_NE(outcome.err.find("deadlock: no command can go on"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("waits for token store 100000"), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(folder.path() / "out"));
}

TEST(Replay, WrongLinesAreLocated)
{
    const Folder folder;
    ASSERT_EQ(flintlock({"map", TINY, ENCODER, "--save", folder / "stream"}).code, 0);
    const std::string stream = read_file(folder.path() / "stream"),
                      first = stream.substr(0, stream.find('\n') + 1);
    auto edited = [&first](const std::string &from, const std::string &to) {
        const size_t at = first.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return "# a comment\n\n" + first.substr(0, at) + to + first.substr(at + from.size());
    };
    const struct {
        std::string text, message;
    } cases[] = {
        {edited("load", "lode"), ":3:1: \"lode\" is not a queue (allowed: load, matrix, vector, store)\n"},
        {edited("layer=0", "layer=99"), ":3:1: layer=99: the workload has operations 0.."},
        {edited("layer=0", "layer=-1"), ":3:1: layer=-1: not a value of this field\n"},
        {edited("rows=", "rowz="), ":3:1: rowz: unknown field of a load command; did you mean \"rows\"?\n"},
        {edited("rows=", "rows=x"), ":3:1: rows=x"},
        {edited("planes=1 ", ""), ":3:1: missing field planes of a load command\n"},
        {edited("address=", "address=9999999"), ":3:1: the block leaves the "},
        {edited("region=vector:0:", "region=vector:99999:"), ":3:1: region: "},
        {edited("region=vector", "region=victor"), ":3:1: region=victor"},
        {edited(" layer", " wait=store:0 layer"), ":3:1: wait=store:0: not a value of this field\n"},
        {edited("planes=1", "planes=0"), ":3:1: an empty block\n"},
        {edited(" layer", " hello layer"), ":3:1: \"hello\" is not key=value\n"},
    };
    for (const auto &c : cases) {
        SCOPED_TRACE(c.text);
        write_file(folder.path() / "edited", c.text);
        const Outcome outcome = flintlock({"run", TINY, ENCODER, "--replay", folder / "edited"});
        EXPECT_EQ(outcome.code, 2);
        const std::string expected = (folder / "edited") + c.message;
        EXPECT_EQ(outcome.err.substr(0, expected.size()), expected) << outcome.err;
    }
}
} // namespace
