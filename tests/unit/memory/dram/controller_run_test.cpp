// Runs of row hits and what ends them: the span model's closed forms against the model clock by clock.
#include "memory/dram/controller.h"

#include <gtest/gtest.h>

#include "tests/support/dram_case.h"
#include "tests/support/system_case.h"

using system_case::case_count;

namespace
{
// What decides how the commands between two rows of a run interleave with its columns.
void random_row_timings(test_random *r, mem_dram_params *p)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    p->transfers_per_clock = range(0, 2) ? 2 : 4;
    const uint64_t data = p->burst_length / p->transfers_per_clock;
    p->bank_groups = UINT64_C(1) << range(0, 3);
    p->ccd_s = data;
    p->ccd_l =
        p->bank_groups == 1 ? data : range((int64_t)data, (int64_t)std::min(p->bank_groups * data, data + 6));
    draw_row_timings(r, p);
    p->rtp = range(1, 15);
    p->wr = range(1, 30);
}

struct RunCase {
    mem_dram_params p;
    Traffic t;
};

TrafficItem item(uint64_t at, unsigned port, uint64_t burst, uint64_t bursts, bool write)
{
    const uint64_t bytes = 64 * bursts;
    return {at, port, {64 * burst, (uint32_t)bytes, 1, 1, bytes, bytes, write}};
}

// A port whose bus and places are as scarce as a run allows, and queues that hardly cover the way from row to
// row.
RunCase scarce_run(test_random *r, const mem_dram_params &base, bool write)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    RunCase c = {base, {}};
    mem_dram_params &p = c.p;
    random_row_timings(r, &p);
    p.bank_groups = UINT64_C(1) << (range(0, 3) ? range(1, 2) : range(0, 3));
    p.banks_per_group = UINT64_C(1) << range(1, 2);
    const uint64_t data = p.burst_length / p.transfers_per_clock, groups = p.bank_groups;
    p.ccd_l = range(0, 1)   ? data
              : range(0, 1) ? groups * data
                            : range((int64_t)data, (int64_t)(groups * data));
    p.clock_hz = range(0, 2) ? 1200000000 : 400000000;
    p.cwl = range(4, 12);
    p.cl = range((int64_t)p.cwl - 2, 14);
    p.scheduler = range(0, 5) == 0 ? DRAM_FCFS : DRAM_FR_FCFS;
    p.row_hit_cap = range(0, 2) ? 64 : range(1, 4);

    const uint64_t bus = 16 << range(0, 2);
    c.t.core_hz = p.clock_hz * (64 / bus) / data * (range(0, 1) ? 1 : range(1, bus == 64 ? 30 : 6));
    const uint64_t cycle = (p.clock_hz + c.t.core_hz - 1) / c.t.core_hz;
    const uint64_t places = 2 + ((write ? p.cwl : p.cl) + 2 * data + cycle) / data; // cover the way back
    const bool fills = range(0, 2) != 0;
    uint64_t queue = groups + range(1, range(0, 1) ? 3 : 20);
    p.columns = UINT64_C(1) << (fills ? range(6, 8) : range(7, 9));
    const uint64_t rows = groups * p.columns / 8;
    if (fills && rows <= 64 && range(0, 3) == 0) queue = rows - range(0, (int64_t)groups + 2);
    if (!fills) queue = range(0, 1) ? places + range(0, 20) : queue;
    p.read_queue = p.write_queue = queue;
    const uint64_t outstanding = fills ? places + queue + 4 * groups + range(-2, 2) : places + range(0, 3);
    c.t.ports = {{(uint32_t)outstanding, (uint32_t)bus}, {(uint32_t)range(1, 16), 64}};

    p.write_high = range(0, 1) ? queue : range(1, (int64_t)queue);
    p.write_low = range(0, 1) ? p.write_high - 1 : range(0, (int64_t)p.write_high - 1);
    p.write_age = range(0, 2) ? queue * data + range(0, 60) - 10 * range(0, 1) : range(1, 400);
    p.turn = range(0, 1) ? range(1, 4) : range(1, 32);
    if (range(0, 3) == 0) {
        const uint64_t interval = range(150, 400);
        p.refresh = DRAM_PER_BANK;
        p.rfc = 20;
        p.refi = interval * groups * p.banks_per_group;
        p.rfc_pb = range(20, (int64_t)(interval - 1 - p.rp - p.rrd_s));
    }
    return c;
}

// A run over several rows, some of whose banks have been opened before, and what disturbs it where it ends.
RunCase row_changes(test_random *r, const mem_dram_params &base)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    const bool write = range(0, 1) == 1;
    RunCase c = scarce_run(r, base, write);
    const mem_dram_params &p = c.p;
    Traffic &t = c.t;
    const uint64_t groups = p.bank_groups, rows = groups * p.columns / 8, queue = p.read_queue;
    const uint64_t start = range(0, 1) ? 0 : range(0, (int64_t)rows - 1);
    const uint64_t end = rows * range(2, 4) + (range(0, 1) ? queue + range(0, (int64_t)(queue + 2 * groups))
                                                           : range(0, (int64_t)rows));
    for (uint64_t k = range(0, 4); k > 0; k--) {
        const uint64_t other = range(0, 2) ? 0 : rows * p.banks_per_group;
        t.items.push_back(item(0, 1, rows * range(1, 3) + range(0, (int64_t)groups - 1) + other, 1, false));
    }
    if (range(0, 2) == 0) { // a burst that those behind it overtake
        t.items.push_back(item(200, 0, start, 10, write));
        t.items.push_back(item(200, 0, rows * range(1, 8) + range(0, (int64_t)rows), 1, write));
    }
    t.items.push_back(item(200, 0, start, end - start, write));
    const mem_dram_params span = with_model(p, 0);
    const uint64_t done = run_planned(mem_dram_ops, &span, t).done.back().at;
    if (range(0, 3)) {
        const uint64_t last = std::min(done - 200, 2 * queue * (done - 200) / (end - start));
        uint64_t at = range(0, 2) ? done - range(0, (int64_t)last) : range(200, (int64_t)done);
        for (uint64_t k = range(1, 6); k > 0; k--, at += range(1, range(0, 1) ? 8 : 60))
            t.items.push_back(item(at, 1, range(0, (int64_t)(end + 2 * rows)), range(1, 8),
                                   write ? range(0, 7) == 0 : range(0, 1)));
    }
    if (range(0, 3) == 0) t.stats_at = range(200, (int64_t)done);
    return c;
}

// Writes of a run whose last rows open late, and reads when it ends: how old the writes are decides whose
// turn it is.
RunCase stalled_writes(test_random *r, const mem_dram_params &base)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    RunCase c;
    do c = scarce_run(r, base, true);
    while (c.p.write_queue < c.p.bank_groups + 4 || c.p.write_queue > 16 || c.p.refresh == DRAM_PER_BANK);
    mem_dram_params &p = c.p;
    const uint64_t groups = p.bank_groups, rows = groups * p.columns / 8, queue = p.write_queue,
                   data = p.ccd_s;
    p.scheduler = DRAM_FR_FCFS;
    p.banks_per_group = 4;
    p.rcd = range(10, 25);
    p.rp = range(10, 25);
    p.wtr_s = p.wtr_l = 3;
    p.turn = range(1, 2);
    p.write_high = queue;
    p.write_low = range(0, (int64_t)queue - 1);
    p.write_age = (queue - 1) * data + range(10, 80);
    c.t.ports = {{(uint32_t)(6 + (p.cwl + 6) / data + queue + 4 * groups), c.t.ports[0].bus_bytes}, {16, 64}};
    c.t.items = {item(0, 0, 0, rows + queue + groups + range(0, 2 * (int64_t)groups), true)};
    const mem_dram_params span = with_model(p, 0);
    const uint64_t done = run_planned(mem_dram_ops, &span, c.t).done.back().at;
    auto core_cycles = [&](uint64_t clocks) { return clocks * c.t.core_hz / p.clock_hz; };
    const uint64_t back = core_cycles((queue + 2) * data + p.cwl);
    const uint64_t at = done - std::min(done, back) + range(0, (int64_t)core_cycles(20) + 1);
    for (int k = 0; k < 5; k++) c.t.items.push_back(item(at, 1, rows + range(0, (int64_t)groups), 6, false));
    return c;
}

// Two channels of short queues: bursts for one of them wait behind those for the other, while refreshes that
// may be postponed come due.
RunCase busy_and_idle_channel(test_random *r, const mem_dram_params &base)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    RunCase c = {base, {}};
    mem_dram_params &p = c.p;
    p.channels = 2;
    p.mapping = "ro-ba-bg-ra-co-ch";
    p.read_queue = range(1, 2);
    p.refresh_postpone = 1;
    p.refi = range(130, 160);
    p.rfc = range(10, 30);
    p.cl = p.cwl = 5;
    p.rcd = p.rp = range(3, 6);
    p.ras = p.rc = range(8, 15);
    p.wr = 6;
    p.rtp = 4;
    p.page = (int)range(1, 2);
    p.page_timeout = range(1, 30);
    p.power_down = range(0, 1) ? range(1, 30) : 0;
    c.t.core_hz = p.clock_hz;
    c.t.ports = {{(uint32_t)range(4, 12), 64}};
    for (uint64_t at = 0; at < 3000;) {
        const uint64_t rows = range(1, 6), first = 2 * range(0, 2000) + 1;
        c.t.items.push_back({at, 0, {64 * first, 64, (uint32_t)rows, 1, 128, 0, false}}); // all in channel 1
        c.t.items.push_back(item(at, 0, 2 * range(0, 2000), 1, false));
        at += 8 * rows;
    }
    return c;
}

void expect_equal_models(uint64_t seed, uint64_t cases,
                         RunCase (*random_case)(test_random *, const mem_dram_params &))
{
    test_random r = {seed};
    const mem_dram_params base = dram_params();
    for (uint64_t n = 0; n < cases; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        const RunCase c = random_case(&r, base);
        ASSERT_TRUE(is_valid(c.p)) << describe(c.p);
        ASSERT_EQ(twin_difference(c.p, c.t), "") << describe(c.p);
    }
}
} // namespace

TEST(MemDram, SpanEqualsPinWhereRunsChangeRows) { expect_equal_models(12, case_count(4000), row_changes); }

TEST(MemDram, SpanEqualsPinWhereWritesOfARunAge)
{
    expect_equal_models(14, case_count(1500), stalled_writes);
}

TEST(MemDram, SpanEqualsPinWhereOneChannelWaitsForAnother)
{
    expect_equal_models(13, case_count(300), busy_and_idle_channel);
}

// Long runs on a port whose places only just cover the way back, disturbed by small blocks of another port:
// here every value that the closed form of a run leaves behind decides something.
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
        p.turn = n % 4 == 1 ? range(1, 32) : 32;
        p.power_down = n % 7 == 0 ? range(1, 100) : 0;
        if (n % 6 == 0) {
            p.bank_groups = 1;
            p.ccd_l = 4;
        }
        if (n % 8 == 3) {
            p.ranks = 2;
            p.mapping = range(0, 1) ? "ro-ba-ra-co-bg" : "ro-ra-ba-co-bg";
        }
        if (n % 9 == 4) {
            p.page = DRAM_TIMEOUT;
            p.page_timeout = range(10, 200);
        }
        p.scheduler = n % 10 == 5 ? DRAM_FCFS : DRAM_FR_FCFS;
        if (n % 2 == 1) random_row_timings(&r, &p);
        Traffic t;
        t.core_hz = range(0, 1) ? 300000000 : 1000000000;
        t.ports = {{(uint32_t)range(6, range(0, 1) ? 40 : 140), n % 4 < 2 ? 64u : 32u},
                   {(uint32_t)range(1, 4), 64}};
        uint64_t bytes = range(100, 1200) * 64;
        const bool write = n % 4 == 1;
        t.items.push_back({0, 0, {64 * range(0, 300), (uint32_t)bytes, 1, 1, bytes, bytes, write}});
        for (uint64_t at = 100; at < bytes / 64 * 3;) {
            if (range(0, 1)) t.items.push_back({at, 1, {64 * range(0, 1000), 64, 1, 1, 64, 64, n % 3 == 0}});
            at += n % 2 ? range(1, 150) : range(1, 2000);
        }
        if (range(0, 1)) t.stats_at = range(1, (int64_t)bytes / 16);
        ASSERT_TRUE(is_valid(p));
        ASSERT_EQ(twin_difference(p, t), "") << describe(p);
    }
}
