#include "memory/l2/l2.h"

#include <gtest/gtest.h>

#include <list>
#include <map>
#include <set>

#include "memory/engine/cursor.h"
#include "tests/support/l2_case.h"
#include "tests/support/system_case.h"

using system_case::case_count;

namespace
{
mem_block block(uint64_t address, uint32_t bytes, bool write)
{
    return mem_block{address, bytes, 1, 1, bytes, bytes, write, false};
}

// When blocks that are asked for at `at` are done; span and pin agree.
std::vector<uint64_t> done_at(const std::string &params, const Traffic &t)
{
    std::vector<uint64_t> cycles[2];
    for (int model = 0; model < 2; model++) {
        mem_l2_params p = l2_params(params);
        p.model = model;
        for (const TrafficDone &d : run_planned(mem_l2_ops, &p, t).done) cycles[model].push_back(d.at);
    }
    EXPECT_EQ(cycles[0], cycles[1]);
    return cycles[0];
}

// Caches as a textbook has them: each set a list, the most recent line first.
struct ListCache {
    explicit ListCache(const mem_l2_params &params)
        : p(params), set_count(p.capacity_bytes / p.ways / p.line_bytes)
    {
    }
    void access(uint64_t address, uint64_t bytes, bool write)
    {
        const uint64_t line = address / p.line_bytes;
        // bank, then set within it
        const uint64_t set = line % p.banks + p.banks * (line / p.banks % (set_count / p.banks));
        std::list<uint64_t> &lines = sets[set];
        auto found = std::find(lines.begin(), lines.end(), line);
        const bool hit = found != lines.end();
        (hit ? hits : misses)[write]++;
        if (write && p.write == L2_THROUGH) {
            written_bytes += bytes;
            if (hit) lines.splice(lines.begin(), lines, found);
            return;
        }
        if (hit) lines.erase(found);
        if (!hit && lines.size() == p.ways) {
            if (dirty.erase(lines.back())) written_bytes += p.line_bytes;
            lines.pop_back();
        }
        lines.push_front(line);
        if (write) dirty.insert(line);
        if (!hit && (!write || bytes < p.line_bytes)) fills++;
    }

    const mem_l2_params p;
    const uint64_t set_count;
    std::map<uint64_t, std::list<uint64_t>> sets;
    std::set<uint64_t> dirty;
    uint64_t hits[2] = {}, misses[2] = {}, fills = 0, written_bytes = 0;
};
} // namespace

TEST(MemL2, AHitTakesAccessLatencyAndBus)
{
    const std::string cache =
        "{type: l2, latency: 7, width: 32 B, below: {type: ideal, latency: 10, bytes_per_cycle: 16 B}}";
    Traffic t;
    t.ports = {{4, 16}};
    t.items = {{0, 0, block(0, 64, false)}, {100, 0, block(0, 64, false)}, {200, 0, block(64, 64, true)}};
    // Below: 4 cycles of pipe, 10 of latency, 1 on the bus; then latency and 4 cycles on the port's bus.
    // The hit: 2 cycles of the bank, latency, 4 cycles on the bus. A whole line is written without being
    // read.
    EXPECT_EQ(done_at(cache, t),
              (std::vector<uint64_t>{4 + 10 + 1 + 7 + 4, 100 + 2 + 7 + 4, 200 + 2 + 7 + 4}));
}

TEST(MemL2, HitsStreamAtTheWidthOfThePort)
{
    const std::string cache = "{type: l2, latency: 7, below: {type: ideal}}";
    Traffic t;
    t.ports = {{32, 64}};
    t.items = {{0, 0, block(0, 64 * 100, false)}, {10000, 0, block(0, 64 * 100, false)}};
    EXPECT_EQ(done_at(cache, t)[1], 10000u + 1 + 7 + 100);
}

TEST(MemL2, PortsTakeTurnsAtABank)
{
    const std::string cache = "{type: l2, latency: 7, banks: 1, below: {type: ideal}}";
    Traffic t;
    t.ports = {{32, 64}, {32, 64}};
    for (unsigned port = 0; port < 2; port++) t.items.push_back({0, port, block(0, 64 * 100, false)});
    for (unsigned port = 0; port < 2; port++) t.items.push_back({10000, port, block(0, 64 * 100, false)});
    const std::vector<uint64_t> done = done_at(cache, t);
    EXPECT_EQ(done[2], 10000u + 199 + 7 + 1); // the bank serves one after the other ...
    EXPECT_EQ(done[3], 10000u + 200 + 7 + 1); // ... to the end
}

TEST(MemL2, TwoPortsThatReadTheSameFetchItOnce)
{
    mem_l2_params p = l2_params("{type: l2, below: {type: ideal}}");
    Traffic t;
    t.ports = {{32, 64}, {32, 64}};
    for (unsigned port = 0; port < 2; port++) t.items.push_back({0, port, block(0, 64 * 100, false)});
    const TrafficResult r = run_planned(mem_l2_ops, &p, t);
    EXPECT_EQ(r.stats.l2.fills, 100u);
    EXPECT_EQ(r.stats.l2.hits[0], 100u);
    EXPECT_EQ(r.stats.l2.merged, 100u);
    EXPECT_EQ(r.stats.read_bytes, 6400u);
}

TEST(MemL2, ALineHoldsABurstOfTheMemoryBelow)
{
    const mem_port_params port = {4, 64};
    const char *reason = nullptr;
    mem_l2_params p = l2_params("{type: l2, line: 64 B, below: {type: ideal, burst: 128 B}}");
    EXPECT_EQ(mem_l2_ops.create(&p, 1000000000, &port, 1, &reason), nullptr);
    EXPECT_STREQ(reason, "a line is shorter than a burst of the memory below");
    p.line_bytes = 128;
    mem_engine *engine = mem_l2_ops.create(&p, 1000000000, &port, 1, &reason);
    ASSERT_NE(engine, nullptr);
    EXPECT_EQ(mem_l2_ops.burst_bytes(engine), 128u);
    mem_l2_ops.destroy(engine);
}

TEST(MemL2, SpanEqualsPinOnRandomTraffic)
{
    const uint64_t seed = 6;
    const uint64_t cases = case_count(1500);
    test_random r = {seed};
    const std::vector<L2Twins> bases = l2_twins();
    uint64_t blocked = 0, conflicts = 0, merged = 0;
    for (uint64_t n = 0; n < cases; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        const L2Twins twins = random_l2(&r, bases);
        const Traffic t = l2_traffic(&r, twins.span, n % 20 ? 120 : 1500);
        const TrafficResult span = run_planned(mem_l2_ops, &twins.span, t);
        for (unsigned p = 0; p < t.ports.size(); p++)
            blocked += span.stats.l2.ports[p].cycles[FL_CAUSE_OUTPUT_SPACE] > 0;
        conflicts += span.stats.l2.bank_conflicts;
        merged += span.stats.l2.merged;
        ASSERT_EQ(twin_difference(mem_l2_ops, &twins.span, &twins.pin, t), "") << describe(twins);
    }
    // The traffic reaches what it is there for.
    EXPECT_GT(blocked, cases / 10);
    EXPECT_GT(conflicts, cases);
    EXPECT_GT(merged, cases);
}

// With as many ways as a port has bursts under way, no line is replaced while it is on its way.
TEST(MemL2, HitsAndMissesAreThoseOfALeastRecentlyUsedList)
{
    const uint64_t seed = 7;
    test_random r = {seed};
    const std::vector<L2Twins> bases = l2_twins();
    for (uint64_t n = 0; n < 300; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        const L2Twins twins = random_l2(&r, bases);
        Traffic t = l2_traffic(&r, twins.span, 400);
        t.ports.resize(1);
        t.ports[0].outstanding = (uint32_t)test_random_range(&r, 1, (int64_t)twins.span.ways);
        ListCache list(twins.span);
        for (TrafficItem &item : t.items) {
            item.port = 0;
            mem_cursor c;
            for (mem_cursor_start(&c, &item.block, (uint32_t)list.p.line_bytes); !mem_cursor_at_end(&c);
                 mem_cursor_next(&c))
                list.access(c.address, mem_cursor_bytes(&c), c.write);
        }
        const mem_stats s = run_planned(mem_l2_ops, &twins.span, t).stats;
        SCOPED_TRACE(describe(twins));
        for (int write = 0; write < 2; write++) {
            ASSERT_EQ(s.l2.hits[write], list.hits[write]);
            ASSERT_EQ(s.l2.misses[write], list.misses[write]);
        }
        ASSERT_EQ(s.l2.fills, list.fills);
        ASSERT_EQ(s.l2.dirty_lines, list.dirty.size());
        if (list.p.write == L2_BACK) {
            ASSERT_EQ(s.write_bytes, list.written_bytes);
        }
    }
}

TEST(MemL2, EveryRequestIsAnsweredOnceAndBytesBelowAreMissesAndWrites)
{
    const uint64_t seed = 8;
    test_random r = {seed};
    const std::vector<L2Twins> bases = l2_twins();
    for (uint64_t n = 0; n < 300; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        const L2Twins twins = random_l2(&r, bases);
        const mem_l2_params &p = twins.span;
        const Traffic t = l2_traffic(&r, p, 300);
        const TrafficResult result = run_planned(mem_l2_ops, &p, t);
        const mem_l2_stats &s = result.stats.l2;
        std::map<unsigned, uint64_t> asked, answered;
        uint64_t lines = 0;
        for (const TrafficItem &item : t.items) {
            asked[item.port]++;
            lines += mem_block_bursts(&item.block, (uint32_t)p.line_bytes);
        }
        for (const TrafficDone &done : result.done) answered[done.port]++;
        ASSERT_EQ(asked, answered);
        ASSERT_EQ(s.hits[0] + s.hits[1] + s.misses[0] + s.misses[1], lines);
        // What is under way below at the end has a thousand cycles to get there; slow memories take longer.
        ASSERT_LE(result.stats.read_bytes, s.fills * p.line_bytes);
        ASSERT_EQ(result.stats.read_bytes, s.fills * p.line_bytes);
        ASSERT_LE(result.stats.write_bytes, s.writes * p.line_bytes);
        if (p.write == L2_BACK) {
            ASSERT_LE(s.fills, s.misses[0] + s.misses[1]);
            ASSERT_GE(s.fills, s.misses[0]);
            ASSERT_LE(s.dirty_lines, p.capacity_bytes / p.line_bytes);
        } else {
            ASSERT_EQ(s.fills, s.misses[0]);
            ASSERT_EQ(s.writes, s.hits[1] + s.misses[1]);
            ASSERT_EQ(s.dirty_lines, 0u);
        }
        for (unsigned port = 0; port < t.ports.size(); port++) {
            uint64_t sum = 0;
            for (uint64_t cycles : s.ports[port].cycles) sum += cycles;
            ASSERT_EQ(sum, s.ports[port].until);
            ASSERT_EQ(sum, s.ports[0].until);
        }
    }
}
