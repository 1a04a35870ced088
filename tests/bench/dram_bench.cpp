// How fast the memory engines are: bursts per second on sequential, block-wise, shared and random traffic,
// span against pin.
#include <benchmark/benchmark.h>
#include <systemc>

#include "memory/dram/controller.h"
#include "memory/dram/ddr4.h"
#include "memory/dram/ideal.h"
#include "tests/support/dram_case.h"

namespace
{
mem_ideal_params ideal(int model)
{
    mem_ideal_params p = {};
    p.latency_cycles = 50;
    p.bytes_per_cycle = 16;
    p.capacity_bytes = UINT64_C(1) << 33;
    p.burst_bytes = 64;
    p.model = model;
    return p;
}

// Two blocks of every port are always queued, as a DMA with two descriptors keeps them.
void drive(benchmark::State &state, const mem_engine_ops &ops, const void *params, unsigned ports,
           mem_block shape, bool random)
{
    const mem_port_params port_params[2] = {{64, 64}, {64, 64}};
    const char *reason = nullptr;
    mem_engine *engine = ops.create(params, 1000000000, port_params, ports, &reason);
    uint64_t bursts = 0, address = 0, now = 0, chaos = 1;
    auto submit = [&](unsigned port) {
        mem_block b = shape;
        b.write = port == 1;
        chaos = chaos * 6364136223846793005u + 1442695040888963407u;
        b.address = random ? (chaos >> 31) % (UINT64_C(1) << 33) & ~UINT64_C(63) : address;
        address = (address + mem_block_bytes(&b)) % (UINT64_C(1) << 33);
        bursts += mem_block_bursts(&b, 64);
        ops.submit(engine, port, &b, now);
    };
    for (unsigned p = 0; p < 2 * ports; p++) submit(p % ports);
    for (auto _ : state) {
        now = ops.next_done(engine);
        unsigned port;
        while (ops.take_done(engine, now, &port)) submit(port);
    }
    state.SetItemsProcessed((int64_t)bursts);
    ops.destroy(engine);
}

const mem_block ROWS = {0, 384, 64, 1, 384, 0, false}, BURST = {0, 64, 1, 1, 64, 64, false};
const mem_block MEGABYTE = {0, 1 << 20, 1, 1, 0, 0, false};

void Ddr4SequentialMegabytes(benchmark::State &s)
{
    mem_ddr4_params p = ddr4_2400((int)s.range(0));
    drive(s, mem_ddr4_ops, &p, 1, MEGABYTE, false);
}
void Ddr4SequentialBlocks(benchmark::State &s)
{
    mem_ddr4_params p = ddr4_2400((int)s.range(0));
    drive(s, mem_ddr4_ops, &p, 1, ROWS, false);
}
void Ddr4LoadsAgainstStores(benchmark::State &s)
{
    mem_ddr4_params p = ddr4_2400((int)s.range(0));
    drive(s, mem_ddr4_ops, &p, 2, ROWS, true);
}
void Ddr4RandomBursts(benchmark::State &s)
{
    mem_ddr4_params p = ddr4_2400((int)s.range(0));
    drive(s, mem_ddr4_ops, &p, 1, BURST, true);
}
void Ddr4RandomBurstsInOneBlock(benchmark::State &s)
{
    mem_ddr4_params p = ddr4_2400((int)s.range(0));
    const mem_block scattered = {0, 64, 4096, 1, 1000003 * 64, 0, false};
    drive(s, mem_ddr4_ops, &p, 1, scattered, true);
}
mem_dram_params dram(int model) { return with_model(dram_params(), model); }
void DramSequentialMegabytes(benchmark::State &s)
{
    mem_dram_params p = dram((int)s.range(0));
    drive(s, mem_dram_ops, &p, 1, MEGABYTE, false);
}
void DramSequentialGigabytes(benchmark::State &s)
{
    mem_dram_params p = dram((int)s.range(0));
    const mem_block gigabyte = {0, 1 << 30, 1, 1, 0, 0, false};
    drive(s, mem_dram_ops, &p, 1, gigabyte, false);
}
void DramSequentialBlocks(benchmark::State &s)
{
    mem_dram_params p = dram((int)s.range(0));
    drive(s, mem_dram_ops, &p, 1, ROWS, false);
}
void DramLoadsAgainstStores(benchmark::State &s)
{
    mem_dram_params p = dram((int)s.range(0));
    drive(s, mem_dram_ops, &p, 2, ROWS, true);
}
void DramRandomBurstsInOneBlock(benchmark::State &s)
{
    mem_dram_params p = dram((int)s.range(0));
    const mem_block scattered = {0, 64, 4096, 1, 1000003 * 64, 0, false};
    drive(s, mem_dram_ops, &p, 1, scattered, true);
}
// One read of a random address every so many clocks: costs time per request, not per clock.
void DramOneReadEvery(benchmark::State &s)
{
    const mem_dram_params p = dram(0);
    const mem_port_params port = {64, 64};
    const char *reason = nullptr;
    mem_engine *engine = mem_dram_ops.create(&p, p.clock_hz, &port, 1, &reason);
    uint64_t now = 0, chaos = 1;
    for (auto _ : s) {
        chaos = chaos * 6364136223846793005u + 1442695040888963407u;
        mem_block b = BURST;
        b.address = (chaos >> 31) % (UINT64_C(1) << 33) & ~UINT64_C(63);
        mem_dram_ops.submit(engine, 0, &b, now);
        const uint64_t next = now + (uint64_t)s.range(0);
        for (unsigned done; (now = mem_dram_ops.next_done(engine)) <= next;)
            mem_dram_ops.take_done(engine, now, &done);
        now = next;
    }
    s.SetItemsProcessed(s.iterations());
    mem_dram_ops.destroy(engine);
}
void IdealSequentialBlocks(benchmark::State &s)
{
    mem_ideal_params p = ideal((int)s.range(0));
    drive(s, mem_ideal_ops, &p, 1, ROWS, false);
}
} // namespace

BENCHMARK(Ddr4SequentialMegabytes)->ArgName("pin")->Arg(0)->Arg(1);
BENCHMARK(Ddr4SequentialBlocks)->ArgName("pin")->Arg(0)->Arg(1);
BENCHMARK(Ddr4LoadsAgainstStores)->ArgName("pin")->Arg(0)->Arg(1);
BENCHMARK(Ddr4RandomBursts)->ArgName("pin")->Arg(0)->Arg(1);
BENCHMARK(Ddr4RandomBurstsInOneBlock)->ArgName("pin")->Arg(0)->Arg(1);
BENCHMARK(DramSequentialMegabytes)->ArgName("pin")->Arg(0)->Arg(1);
BENCHMARK(DramSequentialGigabytes)->ArgName("pin")->Arg(0);
BENCHMARK(DramSequentialBlocks)->ArgName("pin")->Arg(0)->Arg(1);
BENCHMARK(DramLoadsAgainstStores)->ArgName("pin")->Arg(0)->Arg(1);
BENCHMARK(DramRandomBurstsInOneBlock)->ArgName("pin")->Arg(0)->Arg(1);
BENCHMARK(DramOneReadEvery)->ArgName("clocks")->Arg(100)->Arg(1000)->Arg(10000)->Arg(1000000);
BENCHMARK(IdealSequentialBlocks)->ArgName("pin")->Arg(0)->Arg(1);
