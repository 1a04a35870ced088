#include <gtest/gtest.h>

#include "memory/dram/ideal.h"
#include "tests/support/memory_traffic.h"

namespace
{
mem_ideal_params params_of(uint64_t latency, uint64_t bytes_per_cycle, uint64_t burst, int model)
{
    mem_ideal_params p = {};
    p.latency_cycles = latency;
    p.bytes_per_cycle = bytes_per_cycle;
    p.capacity_bytes = UINT64_C(1) << 33;
    p.burst_bytes = burst;
    p.model = model;
    return p;
}

uint64_t cycles_of_one_block(const mem_ideal_params &p, mem_port_params port, uint32_t bytes)
{
    Traffic t;
    t.ports = {port};
    t.items = {{0, 0, mem_block{0, bytes, 1, 1, bytes, bytes, false}}};
    return run_planned(mem_ideal_ops, &p, t).done.at(0).at;
}
} // namespace

TEST(MemIdeal, OneBurstTakesPipeLatencyAndBus)
{
    // 64 B / 16 B per cycle + 20 cycles of latency + 64 B / 32 B per cycle of bus
    EXPECT_EQ(cycles_of_one_block(params_of(20, 16, 64, 0), {4, 32}, 64), 4u + 20u + 2u);
    EXPECT_EQ(cycles_of_one_block(params_of(0, 64, 64, 0), {1, 64}, 64), 1u + 0u + 1u);
}

TEST(MemIdeal, LongRunsAreBoundByBandwidthWindowOrBus)
{
    const uint32_t n = 1000;
    EXPECT_EQ(cycles_of_one_block(params_of(20, 16, 64, 0), {32, 64}, 64 * n), 4u * n + 20 + 1);
    // One burst at a time: every one takes the whole way.
    EXPECT_EQ(cycles_of_one_block(params_of(20, 16, 64, 0), {1, 64}, 64 * n), (4u + 20 + 1) * n);
    EXPECT_EQ(cycles_of_one_block(params_of(20, 16, 64, 0), {64, 8}, 64 * n), 4u + 20 + 8u * n);
}

TEST(MemIdeal, TwoPortsShareFairly)
{
    mem_ideal_params p = params_of(10, 16, 64, 0);
    Traffic t;
    t.ports = {{32, 64}, {32, 64}};
    for (unsigned port = 0; port < 2; port++)
        t.items.push_back({0, port, mem_block{port * 1000000u, 64000, 1, 1, 64000, 64000, port == 1}});
    TrafficResult r = run_planned(mem_ideal_ops, &p, t);
    EXPECT_EQ(r.done[0].at, 2 * 4 * 1000 - 4 + 10 + 1u);
    EXPECT_EQ(r.done[1].at, 2 * 4 * 1000 + 10 + 1u);
}

TEST(MemIdeal, SpanEqualsPinOnRandomTraffic)
{
    const uint64_t seed = 20;
    test_random r = {seed};
    for (int n = 0; n < 600; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        static const uint64_t BANDWIDTHS[] = {1, 3, 16, 19, 64, 100, 256};
        uint64_t latency = (uint64_t)test_random_range(&r, 0, 60);
        uint64_t bandwidth = BANDWIDTHS[test_random_range(&r, 0, 6)];
        uint64_t burst = UINT64_C(16) << test_random_range(&r, 0, 3);
        mem_ideal_params span = params_of(latency, bandwidth, burst, 0),
                         pin = params_of(latency, bandwidth, burst, 1);
        Traffic t = random_traffic(&r, burst, UINT64_C(1) << 33, 400);
        ASSERT_EQ(twin_difference(mem_ideal_ops, &span, &pin, t), "")
            << "latency " << latency << " bandwidth " << bandwidth << " burst " << burst;
    }
}
