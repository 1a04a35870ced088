#include "memory/dram/controller.h"

#include <gtest/gtest.h>

#include <map>

#include "memory/dram/controller_check.h"

#include "tests/support/dram_case.h"
#include "tests/support/system_case.h"

using system_case::case_count;

namespace
{
std::string twin_difference(const mem_dram_params &p, const Traffic &t)
{
    const mem_dram_params pin = with_model(p, 1), span = with_model(p, 0);
    return difference(run_planned(mem_dram_ops, &span, t), run_stepped(mem_dram_ops, &pin, t));
}
} // namespace

TEST(MemDram, SpanEqualsPinOnRandomTraffic)
{
    const uint64_t seed = 4;
    const uint64_t cases = case_count(1500);
    test_random r = {seed};
    const mem_dram_params base = dram_params();
    for (uint64_t n = 0; n < cases; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        const mem_dram_params p = valid_dram(&r, base);
        const Traffic t = random_traffic(&r, dram_burst_bytes(p), dram_capacity(p), n % 20 ? 80 : 1500);
        if (twin_difference(p, t).empty()) continue;
        const Traffic small = shrink(t, [&](const Traffic &c) { return !twin_difference(p, c).empty(); });
        FAIL() << twin_difference(p, small) << "\n" << describe(p) << describe(small);
    }
}


namespace
{
using Commands = std::vector<mem_dram_command>;

void record(void *owner, const mem_dram_command *command) { static_cast<Commands *>(owner)->push_back(*command); }

std::string violation(const mem_dram_params &p, const Commands &commands)
{
    char text[200] = "";
    mem_dram_check *check = mem_dram_check_new(&p);
    for (const mem_dram_command &c : commands)
        if (!mem_dram_check_next(check, &c, text, sizeof text)) break;
    mem_dram_check_free(check);
    return text;
}

std::string name(const mem_dram_command &c)
{
    std::ostringstream out;
    out << "kind " << c.kind << " at " << c.clock << " channel " << c.place.channel << " rank " << +c.place.rank << " bank "
        << +c.place.bank << " row " << c.place.row;
    return out.str();
}

Commands traced(const mem_dram_params &p, const Traffic &t)
{
    Commands commands;
    run_stepped(mem_dram_ops, &p, t, [&](mem_engine *engine) { mem_dram_set_trace(engine, record, &commands); });
    return commands;
}
} // namespace

TEST(MemDram, BothEnginesGiveTheSameLegalCommands)
{
    const uint64_t seed = 5, cases = case_count(150);
    test_random r = {seed};
    const mem_dram_params base = dram_params();
    std::map<int, int> kinds;
    for (uint64_t n = 0; n < cases; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        const mem_dram_params p = valid_dram(&r, base);
        const Traffic t = random_traffic(&r, dram_burst_bytes(p), dram_capacity(p), n % 5 ? 100 : 1500);
        const Commands span = traced(p, t), pin = traced(with_model(p, 1), t);
        ASSERT_EQ(violation(p, span), "") << describe(p) << describe(t);
        ASSERT_EQ(span.size(), pin.size());
        for (size_t i = 0; i < span.size(); i++) ASSERT_EQ(name(span[i]), name(pin[i])) << "command " << i;
        for (const mem_dram_command &c : span) kinds[c.kind]++;
    }
    EXPECT_EQ(kinds.size(), size_t{DRAM_KIND_COUNT}) << "the cases reach every kind of command";
}
