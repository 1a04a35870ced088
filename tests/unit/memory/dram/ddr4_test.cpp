#include <gtest/gtest.h>

#include <map>

#include "memory/dram/check.h"
#include "memory/dram/ddr4.h"
#include "sim/base/registry.h"
#include "tests/support/ddr4_case.h"
#include "tests/support/memory_traffic.h"

namespace
{
// Timings that are unlike any part's, to reach every order in which constraints can bind.
mem_ddr4_params random_params(test_random *r)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    mem_ddr4_params p = ddr4_2400();
    static const uint64_t CLOCKS[] = {1200000000, 1600000000, 1066000000, 400000000};
    p.clock_hz = CLOCKS[range(0, 3)];
    p.lookahead = range(0, 1) ? range(1, 8) : range(1, 32);
    p.row_hit_cap = range(0, 1) ? range(1, 4) : range(1, 64);
    p.rows = UINT64_C(1) << range(2, 16);
    p.columns = UINT64_C(1) << range(4, 10);
    if (range(0, 1)) p.refi = range(600, 4000);
    if (range(0, 9) == 0) p.refi = 0;
    p.rfc = range(20, 300);
    p.refresh_phase = range(0, 2000);
    p.bank_hash = (int)range(0, 1);
    if (range(0, 2) == 0) return p;
    draw_banks(r, &p);
    uint64_t data = p.burst_length / p.transfers_per_clock;
    p.ccd_s = range(0, 2) == 0 ? range((int64_t)data, 7) : data;
    p.ccd_l = range((int64_t)p.ccd_s, 12);
    p.wr = range(1, 30);
    p.rtp = range(1, 20);
    p.wtr_s = range(1, 6);
    p.wtr_l = range((int64_t)p.wtr_s, 15);
    return p;
}

std::string describe(const mem_ddr4_params &p)
{
    std::ostringstream out;
    out << "clock " << p.clock_hz << " x " << p.transfers_per_clock << " groups " << p.bank_groups
        << " banks " << p.banks_per_group << " rows " << p.rows << " columns " << p.columns << " tREFI "
        << p.refi << " phase " << p.refresh_phase << " hash " << p.bank_hash << " lookahead " << p.lookahead
        << " cap " << p.row_hit_cap;
#define SHOW(field, key, value, help) out << " " key " " << p.field;
    DDR4_TIMINGS(SHOW)
#undef SHOW
    return out.str() + "\n";
}

void record(void *owner, const ddr4_command *command)
{
    static_cast<std::vector<ddr4_command> *>(owner)->push_back(*command);
}

TrafficResult traced(const mem_ddr4_params &p, const Traffic &t, std::vector<ddr4_command> *trace)
{
    return run_stepped(mem_ddr4_ops, &p, t,
                       [&](mem_engine *engine) { mem_ddr4_set_trace(engine, record, trace); });
}

std::string violation(const mem_ddr4_params &p, const std::vector<ddr4_command> &trace)
{
    char text[200] = "";
    mem_ddr4_violation(&p, trace.data(), trace.size(), text, sizeof text);
    return text;
}

mem_block dense(uint64_t address, uint32_t bytes, bool write = false)
{
    return {address, bytes, 1, 1, bytes, bytes, write};
}

Traffic one_port(std::vector<TrafficItem> items)
{
    Traffic t;
    t.ports = {{64, 64}};
    t.items = std::move(items);
    return t;
}
} // namespace

TEST(MemDdr4, FirstReadTakesActivateCasAndBurst)
{
    mem_ddr4_params p = ddr4_2400();
    // ACT at 0, RD at tRCD, last data tRCD + CL + 4 = 38 clocks = 31.67 cycles of 1 GHz, one cycle of bus.
    TrafficResult r = run_planned(mem_ddr4_ops, &p, one_port({{0, 0, dense(0, 64)}}));
    EXPECT_EQ(r.done.at(0).at, 32u + 1u);
}

TEST(MemDdr4, SequentialStreamReachesNinetyPercentOfPeak)
{
    mem_ddr4_params p = ddr4_2400();
    const uint32_t bytes = 64 << 20;
    TrafficResult r = run_planned(mem_ddr4_ops, &p, one_port({{0, 0, dense(0, bytes)}}));
    double seconds = (double)r.done.at(0).at / 1e9;
    EXPECT_GT(bytes / seconds, 0.93 * 19.2e9);
    EXPECT_LT(bytes / seconds, 19.2e9);
}

TEST(MemDdr4, SpanEqualsPinOnRandomTraffic)
{
    const uint64_t seed = 4;
    test_random r = {seed};
    int compared = 0;
    for (int n = 0; compared < 2000; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        mem_ddr4_params span = random_params(&r), pin = with_model(span, 1);
        Traffic t =
            random_traffic(&r, 64, 64 * span.rows * span.columns / 8 * span.bank_groups, n % 20 ? 80 : 1500);
        const char *reason = nullptr;
        mem_engine *valid =
            mem_ddr4_ops.create(&span, t.core_hz, t.ports.data(), (unsigned)t.ports.size(), &reason);
        if (valid == nullptr) continue;
        mem_ddr4_ops.destroy(valid);
        compared++;
        ASSERT_EQ(twin_difference(mem_ddr4_ops, &span, &pin, t), "") << describe(span);
    }
}

// Long runs on a port whose window only just covers the way back, disturbed by small blocks on another port:
// here every value that the closed form of a run leaves behind decides something.
TEST(MemDdr4, SpanEqualsPinWhereWindowsAreTight)
{
    const uint64_t seed = 6;
    test_random r = {seed};
    for (int n = 0; n < 150; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        mem_ddr4_params span = ddr4_2400();
        span.lookahead = (uint64_t)test_random_range(&r, 1, 4);
        span.row_hit_cap = (uint64_t)test_random_range(&r, 1, 4);
        Traffic t;
        t.core_hz = test_random_range(&r, 0, 1) ? 300000000 : 1000000000;
        t.ports = {{(uint32_t)test_random_range(&r, 7, 12), 64}, {1, 64}};
        uint32_t bytes = (uint32_t)test_random_range(&r, 100, 1200) * 64;
        t.items.push_back({0, 0, dense(0, bytes, n % 2)});
        for (uint64_t at = 100; at < bytes / 64 * 3;) {
            t.items.push_back({at, 1, dense(64 * (uint64_t)test_random_range(&r, 0, 1000), 64, n % 3 == 0)});
            at += (uint64_t)test_random_range(&r, 1, 150);
        }
        const mem_ddr4_params pin = with_model(span, MEM_PIN);
        ASSERT_EQ(twin_difference(mem_ddr4_ops, &span, &pin, t), "") << describe(span);
    }
}

// Blocks of short rows, some of them not aligned, on two ports with many bursts outstanding: columns of a
// whole row at once, turns in the middle of rows, rows that close while others are served.
TEST(MemDdr4, SpanEqualsPinOnBlocksOfShortRows)
{
    const uint64_t seed = 7;
    test_random r = {seed};
    for (int n = 0; n < 120; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        mem_ddr4_params span = ddr4_2400();
        span.lookahead = (uint64_t)test_random_range(&r, 2, 32);
        span.row_hit_cap = (uint64_t)test_random_range(&r, 1, 64);
        span.ccd_l = (uint64_t)test_random_range(&r, 4, 16);
        span.refi = (uint64_t)test_random_range(&r, 1, 4) * 900;
        Traffic t;
        t.core_hz = test_random_range(&r, 0, 1) ? 700000000 : 1000000000;
        t.ports = {{(uint32_t)test_random_range(&r, 16, 96), 64},
                   {(uint32_t)test_random_range(&r, 1, 64), 64}};
        for (int i = 0; i < 12; i++) {
            mem_block b = {};
            const uint32_t align = test_random_range(&r, 0, 3) ? 64 : 8;
            b.address = (uint64_t)test_random_range(&r, 0, 1 << 12) * align;
            b.width_bytes = (uint32_t)test_random_range(&r, 1, 400 / (int)align) * align;
            b.rows = (uint32_t)test_random_range(&r, 1, 40);
            b.planes = 1;
            b.row_stride_bytes = b.width_bytes + (uint64_t)test_random_range(&r, 0, 60) * align;
            b.write = test_random_range(&r, 0, 3) == 0;
            t.items.push_back({(uint64_t)i * 40, (unsigned)test_random_range(&r, 0, 1), b});
        }
        const mem_ddr4_params pin = with_model(span, MEM_PIN);
        ASSERT_EQ(twin_difference(mem_ddr4_ops, &span, &pin, t), "") << describe(span);
    }
}

// A long read waits behind writes to its own bank. Its bursts enter the window a few clocks before a refresh,
// which comes before their rows can be opened: the bound on the read's end counts the wait for rows or the
// refresh, never both.
TEST(MemDdr4, SpanEqualsPinWhereRowsWaitToOpenAtARefresh)
{
    for (uint64_t cap = 222; cap < 229; cap++)
        for (uint64_t at = 497; at < 503; at++) {
            mem_ddr4_params span = ddr4_2400();
            span.lookahead = 8;
            span.row_hit_cap = cap;
            span.refresh_phase = 1000;
            const mem_ddr4_params pin = with_model(span, 1);
            Traffic t;
            t.ports = {{64, 64}, {64, 64}};
            t.items = {{0, 0, dense(UINT64_C(1) << 22, 64)},
                       {2, 1, dense(UINT64_C(1) << 24, 400 * 64, true)},
                       {at, 0, dense(0, 96 * 64)}};
            EXPECT_EQ(difference(run_planned(mem_ddr4_ops, &span, t), run_stepped(mem_ddr4_ops, &pin, t)), "")
                << "cap " << cap << " at " << at;
        }
}

TEST(MemDdr4, BothEnginesIssueTheSameLegalCommands)
{
    const uint64_t seed = 5;
    test_random r = {seed};
    for (int n = 0; n < 150; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        mem_ddr4_params span = random_params(&r);
        if (n % 3 == 0) span = ddr4_2400();
        Traffic t = random_traffic(&r, 64, UINT64_C(1) << 25, n % 5 ? 100 : 1500);
        const char *reason = nullptr;
        mem_engine *valid =
            mem_ddr4_ops.create(&span, t.core_hz, t.ports.data(), (unsigned)t.ports.size(), &reason);
        if (valid == nullptr) continue;
        mem_ddr4_ops.destroy(valid);
        std::vector<ddr4_command> a, b;
        traced(span, t, &a);
        traced(with_model(span, 1), t, &b);
        ASSERT_EQ(violation(span, a), "");
        ASSERT_EQ(violation(span, b), "");
        ASSERT_EQ(a.size(), b.size());
        for (size_t i = 0; i < a.size(); i++) {
            ASSERT_EQ(a[i].clock, b[i].clock) << "command " << i;
            ASSERT_EQ(a[i].kind, b[i].kind) << "command " << i << " at " << a[i].clock;
        }
    }
}

TEST(MemDdr4, BankHashIsOneToOne)
{
    mem_ddr4_params p = ddr4_2400();
    p.rows = 16;
    p.columns = 32;
    p.bank_hash = 1;
    const mem_port_params port = {1, 64};
    const char *reason = nullptr;
    mem_engine *engine = mem_ddr4_ops.create(&p, 1000000000, &port, 1, &reason);
    ASSERT_NE(engine, nullptr) << reason;
    std::map<std::pair<uint32_t, uint32_t>, int> bursts; // of each bank and row
    for (uint64_t address = 0; address < mem_ddr4_ops.capacity_bytes(engine); address += 64) {
        ddr4_place place = ddr4_place_of((const mem_ddr4 *)engine, address);
        EXPECT_EQ(place.bank >> 2, place.group);
        bursts[{place.bank, place.row}]++;
    }
    EXPECT_EQ(bursts.size(), 16u * 16u);
    for (auto &b : bursts) EXPECT_EQ(b.second, 4);
    mem_ddr4_ops.destroy(engine);
}

// 64 rows of one burst, a whole round of banks apart: without the hash all of them are in one bank, one tRC
// each.
TEST(MemDdr4, BankHashSpreadsAPowerOfTwoStride)
{
    mem_ddr4_params p = ddr4_2400();
    p.refi = 0;
    mem_block strided = {0, 64, 64, 1, 1 << 17, 0, false};
    uint64_t plain = run_planned(mem_ddr4_ops, &p, one_port({{0, 0, strided}})).done.at(0).at;
    p.bank_hash = 1;
    uint64_t hashed = run_planned(mem_ddr4_ops, &p, one_port({{0, 0, strided}})).done.at(0).at;
    EXPECT_NEAR((double)plain, 64 * 56 / 1.2, 40);
    EXPECT_NEAR((double)hashed, (double)plain / 4, 40); // the four banks of the group
}

TEST(MemDdr4Check, RefusesEachConstraintAtOneClockLess)
{
    mem_ddr4_params p = ddr4_2400();
    p.rc = 60; // or tRAS + tRP would hide it
    ddr4_place here = {0, 0, 7}, bank = {1, 0, 7}, group = {4, 1, 7};
    struct {
        const char *name;
        std::vector<ddr4_command> commands; // the last one is exactly on time
    } cases[] = {
        {"tRCD", {{0, DDR4_ACT, here}, {17, DDR4_RD, here}}},
        {"tRRD_S", {{0, DDR4_ACT, here}, {4, DDR4_ACT, group}}},
        {"tRRD_L", {{0, DDR4_ACT, here}, {6, DDR4_ACT, bank}}},
        {"tCCD_L", {{0, DDR4_ACT, here}, {40, DDR4_RD, here}, {46, DDR4_RD, here}}},
        {"tRAS", {{0, DDR4_ACT, here}, {39, DDR4_PRE, here}}},
        {"tRP", {{0, DDR4_ACT, here}, {45, DDR4_PRE, here}, {62, DDR4_ACT, here}}},
        {"tRC", {{0, DDR4_ACT, here}, {39, DDR4_PRE, here}, {60, DDR4_ACT, here}}},
        {"tRTP", {{0, DDR4_ACT, here}, {40, DDR4_RD, here}, {49, DDR4_PRE, here}}},
        {"tWR", {{0, DDR4_ACT, here}, {17, DDR4_WR, here}, {17 + 12 + 4 + 18, DDR4_PRE, here}}},
        {"tWTR_L", {{0, DDR4_ACT, here}, {17, DDR4_WR, here}, {17 + 12 + 4 + 9, DDR4_RD, here}}},
        {"read to write", {{0, DDR4_ACT, here}, {17, DDR4_RD, here}, {17 + 17 + 4 + 2 - 12, DDR4_WR, here}}},
        {"tFAW",
         {{0, DDR4_ACT, {0, 0, 7}},
          {6, DDR4_ACT, {4, 1, 7}},
          {12, DDR4_ACT, {8, 2, 7}},
          {18, DDR4_ACT, {12, 3, 7}},
          {26, DDR4_ACT, {1, 0, 7}}}},
        {"tRFC", {{0, DDR4_REF, here}, {420, DDR4_ACT, here}}},
    };
    for (auto &c : cases) {
        EXPECT_EQ(violation(p, c.commands), "") << c.name;
        c.commands.back().clock--;
        EXPECT_EQ(violation(p, c.commands).substr(0, std::string(c.name).size()), c.name);
    }
}

TEST(MemDdr4, AccountSumsToTheClocks)
{
    mem_ddr4_params p = ddr4_2400();
    TrafficResult r = run_planned(mem_ddr4_ops, &p,
                                  one_port({{0, 0, dense(0, 1 << 20)}, {5, 0, dense(1 << 22, 4096, true)}}));
    uint64_t sum = 0;
    for (uint64_t cycles : r.stats.clock.cycles) sum += cycles;
    EXPECT_EQ(sum, r.stats.clock.until);
    EXPECT_EQ(sum, ((r.done.back().at + 1000) * 6 + 4) / 5);
    EXPECT_EQ(r.stats.clock.cycles[FL_CAUSE_BUSY], 4 * (r.stats.read_bursts + r.stats.write_bursts));
    EXPECT_EQ(r.stats.row_hits + r.stats.row_misses + r.stats.row_conflicts,
              r.stats.read_bursts + r.stats.write_bursts);
}

TEST(MemDdr4, LongIdleTimesRefreshAndCostNothing)
{
    mem_ddr4_params p = ddr4_2400();
    const uint64_t pause = UINT64_C(1000000000000); // a thousand seconds
    TrafficResult r =
        run_planned(mem_ddr4_ops, &p, one_port({{0, 0, dense(0, 64)}, {pause, 0, dense(0, 64)}}));
    EXPECT_NEAR((double)r.stats.refreshes, (double)pause * 1.2 / 9360, 2);
}
