#include "memory/dram/trace.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "memory/dram/check.h"
#include "memory/dram/controller_check.h"
#include "tests/support/dram_case.h"
#include "tests/support/random.h"

namespace
{
std::string refusal_of_requests(const std::string &text)
{
    mem_request *requests = nullptr;
    size_t count = 0;
    fl_error error = {};
    fl_status status = mem_requests_parse("t", text.data(), text.size(), 4096, &requests, &count, &error);
    EXPECT_EQ(requests == nullptr, status != FL_OK);
    free(requests);
    return status == FL_OK ? "" : error.text;
}

std::string refusal_of_commands(const std::string &text)
{
    const mem_ddr4_params p = ddr4_2400();
    ddr4_command *commands = nullptr;
    size_t count = 0;
    fl_error error = {};
    fl_status status = mem_commands_parse("t", text.data(), text.size(), &p, &commands, &count, &error);
    free(commands);
    return status == FL_OK ? "" : error.text;
}

mem_dram_params two_channels()
{
    mem_dram_params p = dram_params();
    p.channels = p.ranks = 2;
    return p;
}

std::string refusal_of_dram_commands(const std::string &text)
{
    const mem_dram_params p = two_channels();
    mem_dram_command *commands = nullptr;
    size_t count = 0;
    fl_error error = {};
    fl_status status = mem_dram_commands_parse("t", text.data(), text.size(), &p, &commands, &count, &error);
    EXPECT_EQ(commands == nullptr, status != FL_OK || count == 0);
    free(commands);
    return status == FL_OK ? "" : error.text;
}

struct Log {
    mem_ddr4_params params;
    fl_text text = {};
    std::vector<ddr4_command> commands;
};

void record(void *owner, const ddr4_command *command)
{
    Log *log = static_cast<Log *>(owner);
    mem_command_print(&log->params, command, &log->text);
    log->commands.push_back(*command);
}

mem_replay replay(const mem_ddr4_params &p, const std::vector<mem_request> &requests, Log *log = nullptr)
{
    const mem_port_params port = {64, (uint32_t)(p.bus_bits / 8 * p.burst_length)}; // a burst per clock
    const char *reason = nullptr;
    mem_engine *engine = mem_ddr4_ops.create(&p, p.clock_hz, &port, 1, &reason);
    mem_replay r = {};
    if (log != nullptr) mem_ddr4_set_trace(engine, record, log);
    mem_replay_on(&mem_ddr4_ops, engine, requests.data(), requests.size(), &r);
    mem_ddr4_ops.destroy(engine);
    return r;
}
} // namespace

TEST(MemTrace, ReadsRequestsWithCommentsAndBothBases)
{
    const std::string text = "# a trace\n\n0x40 R 0 # first\n128\tW  7\r\n0xFF R 7";
    mem_request *q = nullptr;
    size_t count = 0;
    fl_error error = {};
    ASSERT_EQ(mem_requests_parse("t", text.data(), text.size(), 4096, &q, &count, &error), FL_OK)
        << error.text;
    ASSERT_EQ(count, 3u);
    EXPECT_EQ(q[0].address, 64u);
    EXPECT_FALSE(q[0].write);
    EXPECT_EQ(q[1].address, 128u);
    EXPECT_TRUE(q[1].write);
    EXPECT_EQ(q[1].clock, 7u);
    EXPECT_EQ(q[2].address, 255u);
    free(q);
}

TEST(MemTrace, RefusesBadRequestsWhereTheyAre)
{
    EXPECT_EQ(refusal_of_requests(""), "t: no requests");
    EXPECT_EQ(refusal_of_requests("0 R"), "t:1:1: a request is ADDRESS R|W CLOCK");
    EXPECT_EQ(refusal_of_requests("0 R 1\n 4096 R 2"), "t:2:2: \"4096\" is not an address below 0x1000");
    EXPECT_EQ(refusal_of_requests("-1 R 2"), "t:1:1: \"-1\" is not an address below 0x1000");
    EXPECT_EQ(refusal_of_requests("0 r 2"), "t:1:3: \"r\" is neither R nor W");
    EXPECT_EQ(refusal_of_requests("0 R 5\n0 R 4"), "t:2:5: \"4\" is not a clock from 5 on");
    EXPECT_EQ(refusal_of_requests("0 R 99999999999999999999"),
              "t:1:5: \"99999999999999999999\" is not a clock from 0 on");
    EXPECT_EQ(refusal_of_requests("0 R 1 2 3 4 5 6 7 8"), "t:1:1: a request is ADDRESS R|W CLOCK");
    EXPECT_NE(refusal_of_requests(std::string("0 R 1\0\0x", 8)), "");
}

TEST(MemTrace, RefusesBadCommandsWhereTheyAre)
{
    EXPECT_EQ(refusal_of_commands("0 REF\n500 ACT 3 3 65535"), "");
    EXPECT_EQ(refusal_of_commands("0 REF 1"),
              "t:1:1: a command is CLOCK PREA|REF or CLOCK ACT|PRE|RD|WR GROUP BANK ROW");
    EXPECT_EQ(refusal_of_commands("0 FOO 1 1 1"),
              "t:1:1: a command is CLOCK PREA|REF or CLOCK ACT|PRE|RD|WR GROUP BANK ROW");
    EXPECT_EQ(refusal_of_commands("0 ACT 4 0 0"), "t:1:7: \"4\" is not a group below 4");
    EXPECT_EQ(refusal_of_commands("0 ACT 3 4 0"), "t:1:9: \"4\" is not a bank below 4");
    EXPECT_EQ(refusal_of_commands("0 ACT 3 3 65536"), "t:1:11: \"65536\" is not a row below 65536");
    EXPECT_EQ(refusal_of_commands("9 REF\n8 REF"), "t:2:1: \"8\" is not a clock from 9 on");
}

TEST(MemTrace, WrittenCommandsReadBackTheSameAndAreLegal)
{
    test_random r = {3};
    Log log = {ddr4_2400()};
    std::vector<mem_request> requests;
    for (uint64_t n = 0, clock = 0; n < 3000; n++, clock += (uint64_t)test_random_range(&r, 0, 60))
        requests.push_back({(uint64_t)test_random_range(&r, 0, (int64_t)(UINT64_C(8) << 30) - 1), clock,
                            test_random_range(&r, 0, 3) == 0});
    mem_replay result = replay(log.params, requests, &log);
    EXPECT_EQ(result.stats.read_bursts + result.stats.write_bursts, requests.size());
    ddr4_command *commands = nullptr;
    size_t count = 0;
    fl_error error = {};
    ASSERT_EQ(mem_commands_parse("t", log.text.bytes, log.text.size, &log.params, &commands, &count, &error),
              FL_OK)
        << error.text;
    ASSERT_EQ(count, log.commands.size());
    for (size_t i = 0; i < count; i++) {
        const ddr4_command &a = commands[i], &b = log.commands[i];
        ASSERT_EQ(a.clock, b.clock);
        ASSERT_EQ(a.kind, b.kind);
        if (a.kind == DDR4_PREA || a.kind == DDR4_REF) continue;
        ASSERT_EQ(a.place.bank, b.place.bank);
        ASSERT_EQ(a.place.group, b.place.group);
        ASSERT_EQ(a.place.row, b.place.row);
    }
    char text[200] = "";
    EXPECT_FALSE(mem_ddr4_violation(&log.params, commands, count, text, sizeof text)) << text;
    free(commands);
    free(log.text.bytes);
}

TEST(MemTrace, ReadsEveryKindOfControllerCommand)
{
    const std::string text = "# commands\r\n"
                             "0 PDE 1 0\r\n"
                             "0x10 PDX 1 0 # leaves\r\n"
                             "\r\n"
                             "30\tACT 1  1 3 2 65535\n"
                             "50 RD 1 1 3 2 65535\n"
                             "50 WR 0 0 0 0 0\n"
                             "90 PRE 1 1 3 2 65535\n"
                             "91 PREA 0 1\n"
                             "200 REF 0 1\n"
                             "4611686018427387903 REFB 0 1 0 3 7";
    const mem_dram_params p = two_channels();
    mem_dram_command *c = nullptr;
    size_t count = 0;
    fl_error error = {};
    ASSERT_EQ(mem_dram_commands_parse("t", text.data(), text.size(), &p, &c, &count, &error), FL_OK)
        << error.text;
    static const mem_dram_kind KINDS[] = {DRAM_PDE, DRAM_PDX,  DRAM_ACT, DRAM_RD,  DRAM_WR,
                                          DRAM_PRE, DRAM_PREA, DRAM_REF, DRAM_REFB};
    ASSERT_EQ(count, sizeof KINDS / sizeof *KINDS);
    for (size_t i = 0; i < count; i++) EXPECT_EQ(c[i].kind, KINDS[i]) << i;
    EXPECT_EQ(c[1].clock, 16u);
    EXPECT_EQ(c[1].place.channel, 1u);
    EXPECT_EQ(c[2].place.channel, 1u);
    EXPECT_EQ(c[2].place.rank, 1u);
    EXPECT_EQ(c[2].place.group, 3u);
    EXPECT_EQ(c[2].place.bank, 16u + 3 * 4 + 2) << "counted over ranks and groups";
    EXPECT_EQ(c[2].place.row, 65535u);
    EXPECT_EQ(c[8].clock, (UINT64_C(1) << 62) - 1);
    EXPECT_EQ(c[8].place.bank, 16u + 3);
    free(c);
}

TEST(MemTrace, RefusesBadControllerCommandsWhereTheyAre)
{
    const std::string usage =
        "t:1:1: a command is CLOCK PREA|REF|PDE|PDX CHANNEL RANK or CLOCK ACT|PRE|RD|WR|REFB "
        "CHANNEL RANK GROUP BANK ROW";
    for (const char *line : {"0", "0 FOO 0 0", "0 act 0 0 0 0 0", "REF 0 0", "0 REF", "0 REF 0",
                             "0 REF 0 0 0", "0 ACT 0 0 0 0", "0 ACT 0 0 0 0 0 0", "0 PREAX 0 0", "0 PRE 0 0"})
        EXPECT_EQ(refusal_of_dram_commands(line), usage) << line;
    EXPECT_EQ(refusal_of_dram_commands("\r\n 5 ACT 0"), "t:2:2" + usage.substr(5));
    EXPECT_EQ(refusal_of_dram_commands("0 REF 2 0"), "t:1:7: \"2\" is not a channel below 2");
    EXPECT_EQ(refusal_of_dram_commands("0 REF 0 2"), "t:1:9: \"2\" is not a rank below 2");
    EXPECT_EQ(refusal_of_dram_commands("0 ACT 0 0 4 0 0"), "t:1:11: \"4\" is not a group below 4");
    EXPECT_EQ(refusal_of_dram_commands("0 ACT 0 0 0 4 0"), "t:1:13: \"4\" is not a bank below 4");
    EXPECT_EQ(refusal_of_dram_commands("0 ACT 0 0 0 0 65536"), "t:1:15: \"65536\" is not a row below 65536");
    EXPECT_EQ(refusal_of_dram_commands("0 ACT 0 0 0 0 -1"), "t:1:15: \"-1\" is not a row below 65536");
    EXPECT_EQ(refusal_of_dram_commands("0 ACT 0 0 0 0 1.5"), "t:1:15: \"1.5\" is not a row below 65536");
    EXPECT_EQ(refusal_of_dram_commands("9 REF 0 0\r\n8 REF 0 1\r\n"),
              "t:2:1: \"8\" is not a clock from 9 on");
}

TEST(MemTrace, RefusesHugeNumbersInControllerCommands)
{
    EXPECT_EQ(refusal_of_dram_commands("4611686018427387904 REF 0 0"),
              "t:1:1: \"4611686018427387904\" is not a clock from 0 on")
        << "2^62";
    EXPECT_EQ(refusal_of_dram_commands("0x10000000000000000 REF 0 0"),
              "t:1:1: \"0x10000000000000000\" is not a clock from 0 on")
        << "2^64";
    EXPECT_EQ(refusal_of_dram_commands("18446744073709551616 REF 0 0"),
              "t:1:1: \"18446744073709551616\" is not a clock from 0 on");
    EXPECT_EQ(refusal_of_dram_commands("0 REF 18446744073709551616 0"),
              "t:1:7: \"18446744073709551616\" is not a channel below 2")
        << "and not channel 0";
    EXPECT_EQ(refusal_of_dram_commands("0 REF 0x100000000 0"),
              "t:1:7: \"0x100000000\" is not a channel below 2");
    EXPECT_NE(refusal_of_dram_commands("0 ACT 0 0 0 0 " + std::string(1000, '9')), "");
    EXPECT_NE(refusal_of_dram_commands("0 REF 0 " + std::string(30, '0')), "") << "longer than any number";
}

TEST(MemTrace, ControllerTraceMayBeEmptyOrLong)
{
    EXPECT_EQ(refusal_of_dram_commands(""), "");
    EXPECT_EQ(refusal_of_dram_commands("\r\n# nothing\n\n"), "");
    EXPECT_NE(refusal_of_dram_commands(std::string("0 REF 0 0\0x", 11)), "") << "a zero byte";
    std::string text; // beyond the first doubling of the list
    for (int n = 0; n < 700; n++) text += std::to_string(n) + " REF 0 0\n";
    EXPECT_EQ(refusal_of_dram_commands(text), "");
    EXPECT_EQ(refusal_of_dram_commands(text + "7 REF 0 0"), "t:701:1: \"7\" is not a clock from 699 on");
}

TEST(MemTrace, WrittenControllerCommandsReadBackTheSameAndAreLegal)
{
    mem_dram_params p = two_channels();
    p.power_down = 40;
    p.refresh = DRAM_PER_BANK;
    struct DramLog {
        const mem_dram_params *params;
        fl_text text;
        std::vector<mem_dram_command> commands;
    } log = {&p, {}, {}};
    const mem_port_params port = {64, 64};
    const char *reason = nullptr;
    mem_engine *engine = mem_dram_ops.create(&p, p.clock_hz, &port, 1, &reason);
    ASSERT_NE(engine, nullptr) << reason;
    mem_dram_set_trace(
        engine,
        [](void *owner, const mem_dram_command *c) {
            DramLog *l = static_cast<DramLog *>(owner);
            mem_dram_command_print(l->params, c, &l->text);
            l->commands.push_back(*c);
        },
        &log);
    test_random r = {12};
    std::vector<mem_request> requests;
    for (uint64_t n = 0, clock = 0; n < 2000;
         n++, clock += (uint64_t)test_random_range(&r, 0, n % 50 ? 20 : 300))
        requests.push_back({(uint64_t)test_random_range(&r, 0, (int64_t)(dram_capacity(p) - 1)), clock,
                            test_random_range(&r, 0, 3) == 0});
    mem_replay result;
    mem_replay_on(&mem_dram_ops, engine, requests.data(), requests.size(), &result);
    mem_dram_ops.destroy(engine);
    mem_dram_command *commands = nullptr;
    size_t count = 0;
    fl_error error = {};
    ASSERT_EQ(mem_dram_commands_parse("t", log.text.bytes, log.text.size, &p, &commands, &count, &error),
              FL_OK)
        << error.text;
    ASSERT_EQ(count, log.commands.size());
    mem_dram_check *check = mem_dram_check_new(&p);
    char text[200] = "";
    for (size_t i = 0; i < count; i++) {
        const mem_dram_command &a = commands[i], &b = log.commands[i];
        ASSERT_EQ(a.clock, b.clock);
        ASSERT_EQ(a.kind, b.kind);
        ASSERT_EQ(a.place.channel, b.place.channel);
        ASSERT_EQ(a.place.rank, b.place.rank);
        EXPECT_TRUE(mem_dram_check_next(check, &a, text, sizeof text)) << text;
        if (a.kind == DRAM_PREA || a.kind == DRAM_REF || a.kind == DRAM_PDE || a.kind == DRAM_PDX) continue;
        ASSERT_EQ(a.place.bank, b.place.bank);
        ASSERT_EQ(a.place.group, b.place.group);
        ASSERT_EQ(a.place.row, b.place.row);
    }
    mem_dram_check_free(check);
    free(commands);
    free(log.text.bytes);
}

// 100,000 sequential reads offered at once: 400,000 clocks of data, and 420 + closing and opening in every
// 9360.
TEST(MemTrace, SequentialReadsAreBoundByTheDataBus)
{
    std::vector<mem_request> requests;
    for (uint64_t n = 0; n < 100000; n++) requests.push_back({64 * n, 0, false});
    mem_replay r = replay(ddr4_2400(), requests);
    const double bound = 400000 / (1 - 420.0 / 9360);
    EXPECT_GT((double)r.last_done, bound);
    EXPECT_LT((double)r.last_done, 1.02 * bound);
}

TEST(MemTrace, LatenciesAreCountedOncePerRequest)
{
    mem_replay r = replay(ddr4_2400(), {{0, 0, false}, {64, 1000, false}});
    // The first: ACT at 0, RD at 17, last data 17 + 17 + 4, one clock of bus. The second: its group's row is
    // closed, too.
    EXPECT_EQ(r.latency_least, 39u);
    EXPECT_EQ(r.latency_most, 39u);
    EXPECT_EQ(r.latency_sum, 78u);
    EXPECT_EQ(r.latency[5], 2u);
    EXPECT_EQ(r.last_done, 1039u);
}
