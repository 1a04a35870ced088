// The generated command streams: complete, in bounds, and ordered by their tokens alone.
#include "sim/machine/stream.h"

#include <gtest/gtest.h>

#include "sim/machine/command_text.h"
#include "tests/support/stream_checker.h"
#include "tests/support/system_case.h"
#include "tests/support/system_run.h"

namespace
{
using namespace system_case;
using namespace system_run;

std::string fault(const Case &c, bool *ran,
                  const std::function<void(std::vector<fl_command> &)> &edit = nullptr)
{
    Session session(c.machine.yaml({}), c.workload.yaml());
    *ran = session.ok();
    if (!session.ok()) return "";
    StreamChecker checker(session.machine(), session.workload());
    std::vector<fl_command> commands = session.commands();
    if (edit) edit(commands);
    for (const fl_command &command : commands) {
        const std::string text = checker.check(command);
        if (!text.empty()) return text;
    }
    if (checker.macs() != wl_macs(&session.workload()))
        return "the commands do not multiply what the workload says";
    return checker.finish([&session](uint32_t op) { return session.mappings()[op].stored; });
}

TEST(Stream, TokensAloneOrderEveryReaderAndWriter)
{
    const uint64_t wanted = case_count(300);
    uint64_t checked = 0;
    for (uint64_t seed = 1; checked < wanted; seed++) {
        bool ran;
        const Case c = random_case(seed);
        if (!fault(c, &ran).empty()) {
            const Case small = shrink(c, [](const Case &candidate) {
                bool ignored;
                return !fault(candidate, &ignored).empty();
            });
            FAIL() << "seed " << seed << ", shrunk to\n" << describe(small, {}) << fault(small, &ran);
        }
        checked += ran;
    }
}

// The checker sees what it is there for: without one of its tokens, nearly every stream has a fault.
TEST(Stream, EveryKindOfTokenIsNeeded)
{
    unsigned missed[FL_CAUSE_COUNT] = {};
    for (uint64_t seed = 1; seed <= 40; seed++)
        for (fl_cause cause : {FL_CAUSE_OPERANDS, FL_CAUSE_OUTPUT_SPACE, FL_CAUSE_DEPENDENCY}) {
            bool ran;
            const std::string text =
                fault(random_case(seed), &ran, [cause](std::vector<fl_command> &commands) {
                    for (fl_command &c : commands)
                        for (unsigned w = 0; w < c.wait_count;)
                            if (c.waits[w].cause == cause)
                                c.waits[w] = c.waits[--c.wait_count];
                            else
                                w++;
                });
            missed[cause] += !text.empty();
        }
    EXPECT_GE(missed[FL_CAUSE_OPERANDS], 25u);
    EXPECT_GE(missed[FL_CAUSE_OUTPUT_SPACE], 5u);
    EXPECT_GE(missed[FL_CAUSE_DEPENDENCY], 5u);
}

// Query, key and value share their input, and with it the tiles that are still there; but not tiles of
// another size, which may begin at the same place in slots of the same geometry.
TEST(Stream, TakesTilesOfAnotherSizeForOthers)
{
    Case c;
    c.machine.rows = c.machine.columns = c.machine.lanes = 2;
    for (Buffer &b : c.machine.buffers) b = {64, 8, 8};
    c.workload.encoder = true;
    c.workload.sequence = 4;
    const std::string rules =
        "mapping: [{operation: \"*.query\", rows: 2}, {operation: \"*.key\", rows: 4}]\n";
    Session session(c.machine.yaml({}) + rules, c.workload.yaml());
    ASSERT_TRUE(session.ok()) << session.error();
    StreamChecker checker(session.machine(), session.workload());
    const fl_mapping *maps = session.mappings().data();
    const auto query = std::find_if(maps, maps + session.workload().op_count, [&](const fl_mapping &map) {
        return std::string(session.workload().ops[&map - maps].name) == "layer0.attention.query";
    });
    ASSERT_NE(query[0].rows, query[1].rows);
    ASSERT_EQ(std::memcmp(&query[0].input, &query[1].input, sizeof query[0].input), 0)
        << "or the test is about nothing";
    for (const fl_command &command : session.commands()) ASSERT_EQ(checker.check(command), "");
}

std::string printed(const fl_command &command)
{
    fl_text text = {};
    fl_command_print(&command, &text);
    const std::string line = text.bytes;
    fl_text_free(&text);
    return line;
}

TEST(Stream, IsTheSameEveryTime)
{
    const Case c = random_case(1);
    Session a(c.machine.yaml({}), c.workload.yaml()), b(c.machine.yaml({}), c.workload.yaml());
    ASSERT_TRUE(a.ok()) << a.error();
    const auto x = a.commands(), y = b.commands(), again = a.commands();
    ASSERT_EQ(x.size(), y.size());
    for (size_t i = 0; i < x.size(); i++) {
        EXPECT_EQ(printed(x[i]), printed(y[i])) << i;
        EXPECT_EQ(printed(x[i]), printed(again[i])) << i;
    }
}
} // namespace
