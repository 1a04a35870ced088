// Random traffic for memory engines, run on an engine and its twin, with shrinking of what fails.
#ifndef FL_TESTS_SUPPORT_MEMORY_TRAFFIC_H
#define FL_TESTS_SUPPORT_MEMORY_TRAFFIC_H

#include <algorithm>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "memory/memory.h"
#include "tests/support/energy.h"
#include "tests/support/random.h"

struct TrafficItem {
    uint64_t at; // core cycle
    unsigned port;
    mem_block block;
};

struct TrafficDone {
    uint64_t at;
    unsigned port;
    bool operator==(const TrafficDone &o) const { return at == o.at && port == o.port; }
};

struct TrafficResult {
    std::vector<TrafficDone> done;
    mem_stats stats;
};

struct Traffic {
    uint64_t core_hz = 1000000000;
    std::vector<mem_port_params> ports;
    std::vector<TrafficItem> items; // by time
    uint64_t stats_at = 0;          // core cycle of an extra look at the statistics; 0: none
};

inline std::string describe(const Traffic &t)
{
    std::ostringstream out;
    out << "core " << t.core_hz << " Hz, stats at " << t.stats_at << "\n";
    for (auto &p : t.ports) out << "  port outstanding " << p.outstanding << " bus " << p.bus_bytes << "\n";
    for (auto &i : t.items)
        out << "  at " << i.at << " port " << i.port << (i.block.write ? " write " : " read ")
            << i.block.address << ": " << i.block.planes << " x " << i.block.rows << " x "
            << i.block.width_bytes << " strides " << i.block.plane_stride_bytes << ", "
            << i.block.row_stride_bytes << "\n";
    return out.str();
}

// Asks next_done after every event and jumps there, as a simulation does; after every second completion it
// lets the engine look ahead as far as it can tell.
inline TrafficResult run_planned(const mem_engine_ops &ops, const void *params, const Traffic &t)
{
    TrafficResult result;
    const char *reason = nullptr;
    mem_engine *engine = ops.create(params, t.core_hz, t.ports.data(), (unsigned)t.ports.size(), &reason);
    size_t next = 0;
    uint64_t last = 0;
    bool looked = t.stats_at == 0;
    for (;;) {
        uint64_t arrival = next < t.items.size() ? t.items[next].at : UINT64_MAX;
        uint64_t quiet = looked ? arrival : std::min(arrival, t.stats_at);
        bool ahead = result.done.size() % 2 == 0;
        uint64_t done = ahead ? ops.look_ahead(engine, quiet) : ops.next_done(engine);
        uint64_t now = std::min(done, arrival);
        if (now == UINT64_MAX) break;
        if (!looked && t.stats_at <= now) {
            ops.stats(engine, t.stats_at, &result.stats);
            looked = true;
            continue;
        }
        unsigned port;
        while (ops.take_done(engine, now, &port)) result.done.push_back({now, port});
        for (; next < t.items.size() && t.items[next].at == now; next++) {
            ops.submit(engine, t.items[next].port, &t.items[next].block, now);
            if (next % 3 == 0) ops.next_done(engine);
        }
        last = now;
    }
    ops.stats(engine, last + 1000, &result.stats);
    ops.destroy(engine);
    return result;
}

// Goes on cycle by cycle and never asks about the future. Gives up `patience` cycles after the last event.
inline TrafficResult run_stepped(const mem_engine_ops &ops, const void *params, const Traffic &t,
                                 const std::function<void(mem_engine *)> &watch = nullptr)
{
    TrafficResult result;
    const char *reason = nullptr;
    const uint64_t patience = 2000000;
    mem_engine *engine = ops.create(params, t.core_hz, t.ports.data(), (unsigned)t.ports.size(), &reason);
    if (watch) watch(engine);
    uint64_t last = 0;
    size_t next = 0;
    for (uint64_t now = 0; result.done.size() < t.items.size() && now < last + patience; now++) {
        unsigned port;
        while (ops.take_done(engine, now, &port)) {
            result.done.push_back({now, port});
            last = now;
        }
        for (; next < t.items.size() && t.items[next].at == now; next++) {
            ops.submit(engine, t.items[next].port, &t.items[next].block, now);
            last = now;
        }
    }
    ops.stats(engine, last + 1000, &result.stats);
    ops.destroy(engine);
    return result;
}

inline std::string difference(const TrafficResult &a, const TrafficResult &b)
{
    std::ostringstream out;
    for (size_t i = 0; i < std::max(a.done.size(), b.done.size()); i++) {
        if (i < a.done.size() && i < b.done.size() && a.done[i] == b.done[i]) continue;
        out << "completion " << i << ": ";
        if (i < a.done.size()) out << "port " << a.done[i].port << " at " << a.done[i].at;
        out << " against ";
        if (i < b.done.size()) out << "port " << b.done[i].port << " at " << b.done[i].at;
        return out.str();
    }
    auto compare = [&](const char *name, uint64_t x, uint64_t y) {
        if (x != y) out << name << ": " << x << " against " << y << "\n";
    };
#define COMPARE(field) compare(#field, a.stats.field, b.stats.field)
    COMPARE(read_bursts);
    COMPARE(write_bursts);
    COMPARE(read_bytes);
    COMPARE(write_bytes);
    COMPARE(row_hits);
    COMPARE(row_misses);
    COMPARE(row_conflicts);
    COMPARE(activates);
    COMPARE(refreshes);
    COMPARE(clock.until);
    COMPARE(clock_hz);
    COMPARE(l2.hits[0]);
    COMPARE(l2.hits[1]);
    COMPARE(l2.misses[0]);
    COMPARE(l2.misses[1]);
    COMPARE(l2.merged);
    COMPARE(l2.fills);
    COMPARE(l2.writes);
    COMPARE(l2.bank_conflicts);
    COMPARE(l2.dirty_lines);
    COMPARE(l2.port_count);
#undef COMPARE
    out << energy_difference(a.stats, b.stats);
    for (int c = 0; c < FL_CAUSE_COUNT; c++) {
        compare(fl_cause_name((fl_cause)c), a.stats.clock.cycles[c], b.stats.clock.cycles[c]);
        for (unsigned p = 0; p < a.stats.l2.port_count; p++)
            compare(("port " + std::to_string(p) + " " + fl_cause_name((fl_cause)c)).c_str(),
                    a.stats.l2.ports[p].cycles[c], b.stats.l2.ports[p].cycles[c]);
    }
    return out.str();
}

// Drops items and shrinks blocks as long as `fails` holds.
inline Traffic shrink(Traffic t, const std::function<bool(const Traffic &)> &fails)
{
    for (bool smaller = true; smaller;) {
        smaller = false;
        auto attempt = [&](const Traffic &candidate) {
            if (!fails(candidate)) return false;
            t = candidate;
            return smaller = true;
        };
        for (size_t i = t.items.size(); i-- > 0;) {
            Traffic c = t;
            c.items.erase(c.items.begin() + (long)i);
            if (!c.items.empty() && attempt(c)) continue;
            for (auto field : {&mem_block::width_bytes, &mem_block::rows, &mem_block::planes}) {
                c = t;
                if (c.items[i].block.*field < 2) continue;
                c.items[i].block.*field /= 2;
                attempt(c);
            }
        }
        Traffic c = t;
        c.stats_at = 0;
        if (t.stats_at != 0) attempt(c);
    }
    return t;
}

// What the span model of an engine and its pin model disagree about, shrunk to little traffic; empty:
// nothing.
inline std::string twin_difference(const mem_engine_ops &ops, const void *span, const void *pin,
                                   const Traffic &t)
{
    auto compare = [&](const Traffic &c) {
        return difference(run_planned(ops, span, c), run_stepped(ops, pin, c));
    };
    if (compare(t).empty()) return "";
    const Traffic small = shrink(t, [&](const Traffic &c) { return !compare(c).empty(); });
    return compare(small) + "\n" + describe(small);
}

// Ports, clocks, blocks and arrival times of many shapes: dense runs, strides, partial bursts, bursts of
// requests, pauses.
inline Traffic random_traffic(test_random *r, uint64_t burst_bytes, uint64_t capacity, uint64_t most_bursts)
{
    auto range = [&](int64_t low, int64_t high) { return test_random_range(r, low, high); };
    static const uint64_t CLOCKS[] = {1000000000, 500000000, 1200000000, 933000000, 2400000000, 250000000};
    Traffic t;
    t.core_hz = CLOCKS[range(0, 5)];
    unsigned ports = (unsigned)range(1, 3);
    for (unsigned p = 0; p < ports; p++)
        t.ports.push_back(
            {(uint32_t)(range(0, 2) ? range(8, 64) : range(1, 8)), (uint32_t)(1u << range(2, 7))});
    uint64_t now = 0, left = most_bursts;
    while (left > 0 && t.items.size() < 24) {
        uint64_t bursts = (uint64_t)(range(0, 2) ? range(1, 40) : range(1, (int64_t)most_bursts));
        bursts = std::min(bursts, left);
        left -= bursts;
        mem_block b = {};
        bool aligned = range(0, 2) != 0;
        b.rows = (uint32_t)(range(0, 1) ? 1 : range(1, (int64_t)std::min<uint64_t>(bursts, 12)));
        b.planes = (uint32_t)(range(0, 3) ? 1 : range(1, 2));
        b.width_bytes = (uint32_t)std::max<uint64_t>(1, bursts * burst_bytes / b.rows / b.planes);
        if (aligned)
            b.width_bytes = (uint32_t)std::max(burst_bytes, b.width_bytes / burst_bytes * burst_bytes);
        else
            b.width_bytes = (uint32_t)range(1, b.width_bytes);
        b.row_stride_bytes =
            range(0, 1) ? b.width_bytes : b.width_bytes + burst_bytes * (uint64_t)range(0, 600);
        if (!aligned && range(0, 1)) b.row_stride_bytes += (uint64_t)range(0, 100);
        b.plane_stride_bytes = range(0, 1) ? b.rows * b.row_stride_bytes : (uint64_t)range(0, 1 << 20);
        b.address = test_random_u64(r) % (capacity / 2);
        if (range(0, 1)) b.address %= burst_bytes * 2048;
        if (aligned) {
            b.address -= b.address % burst_bytes;
            b.plane_stride_bytes -= b.plane_stride_bytes % burst_bytes;
        }
        b.write = range(0, 2) == 0;
        t.items.push_back({now, (unsigned)range(0, ports - 1), b});
        now += (uint64_t)(range(0, 2) ? range(0, 30) : range(0, 1500));
        if (range(0, 30) == 0) now += 30000;
    }
    if (range(0, 1)) t.stats_at = (uint64_t)range(1, (int64_t)now + 200);
    return t;
}

#endif
