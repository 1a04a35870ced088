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

// Long runs on a port whose places only just cover the way back, disturbed by small blocks of another port: here every
// value that the closed form of a run leaves behind decides something.
TEST(MemDram, SpanEqualsPinOnRunsOfRowHits)
{
    const uint64_t seed = 6, cases = case_count(400);
    test_random r = {seed};
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(&r, low, high); };
    const mem_dram_params base = dram_params();
    for (uint64_t n = 0; n < cases; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        mem_dram_params p = base;
        p.read_queue = range(1, 24);
        p.write_queue = range(2, 24);
        p.write_high = range(1, (int64_t)p.write_queue);
        p.write_low = range(0, (int64_t)p.write_high - 1);
        p.write_age = range(1, 400);
        p.columns = UINT64_C(1) << range(7, 10);
        p.refi = range(0, 1) ? 9360 : range(1200, 3000);
        p.bank_hash = n % 3 == 0;
        p.refresh_postpone = n % 4 == 0 ? range(1, 8) : 0;
        p.refresh = n % 5 == 0 && p.refi > 5000;
        p.power_down = n % 7 == 0 ? range(1, 100) : 0;
        if (n % 6 == 0) {
            p.bank_groups = 1;
            p.ccd_l = 4;
        }
        Traffic t;
        t.core_hz = range(0, 1) ? 300000000 : 1000000000;
        t.ports = {{(uint32_t)range(6, 40), 64}, {(uint32_t)range(1, 4), 64}};
        uint64_t bytes = range(100, 1200) * 64;
        t.items.push_back({0, 0, {64 * range(0, 300), (uint32_t)bytes, 1, 1, bytes, bytes, false}});
        for (uint64_t at = 100; at < bytes / 64 * 3;) {
            if (range(0, 1)) t.items.push_back({at, 1, {64 * range(0, 1000), 64, 1, 1, 64, 64, n % 3 == 0}});
            at += n % 2 ? range(1, 150) : range(1, 2000);
        }
        if (range(0, 1)) t.stats_at = range(1, (int64_t)bytes / 16);
        ASSERT_TRUE(is_valid(p));
        if (twin_difference(p, t).empty()) continue;
        const Traffic small = shrink(t, [&](const Traffic &c) { return !twin_difference(p, c).empty(); });
        FAIL() << twin_difference(p, small) << "\n" << describe(p) << describe(small);
    }
}
