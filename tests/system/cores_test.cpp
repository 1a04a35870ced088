// Machines with several cores: the same bytes, twins equal to the cycle, work shared, traffic conserved.
#include <gtest/gtest.h>

#include <numeric>

#include "sim/machine/share.h"
#include "tests/support/system_case.h"
#include "tests/support/system_run.h"

namespace
{
using namespace system_case;
using namespace system_run;

Case case_with_cores(uint64_t seed)
{
    Case c = random_case(seed);
    c.machine.cores = 2 + seed % 4;
    return c;
}

// Cycles add up on each core, and the memory moved what the commands asked for.
std::string unaccounted(const MachineRun &run)
{
    for (uint32_t core = 0; core < run.result.core_count; core++)
        for (const fl_account &account : run.result.cores[core].units) {
            const uint64_t sum =
                std::accumulate(account.cycles, account.cycles + FL_CAUSE_COUNT, uint64_t{0});
            if (sum != run.result.cycles || account.until != run.result.cycles)
                return "core " + std::to_string(core) + ": cycles do not add up\n";
        }
    if (run.result.actions.dram_read_bytes != run.result.memory.read_bytes ||
        run.result.actions.dram_write_bytes != run.result.memory.write_bytes)
        return "the memory moved other bytes than the commands\n";
    return "";
}

std::string fault(const Case &c, Models models, bool *ran)
{
    const Session span(c.machine.yaml({}), c.workload.yaml()), pin(c.machine.yaml(models), c.workload.yaml());
    *ran = span.ok() && pin.ok();
    if (!*ran) return "";
    const MachineRun fast(span), data(span, true), slow(pin);
    if (fast.status != FL_OK) return "the run fails: " + fast.error;
    std::string text = difference(fast, data);
    if (text.empty()) text = difference(fast, slow);
    if (text.empty()) text = unaccounted(fast);
    return text.empty() ? difference_from_reference(span, data) : text;
}

TEST(Cores, RandomMachinesAgreeWithTheirTwinsAndTheReference)
{
    const uint64_t wanted = case_count(60);
    for (uint64_t seed = 1, compared = 0; compared < wanted; seed++) {
        bool ran = false;
        const Models models = {seed % 3 == 0, seed % 3 == 1, true};
        const Case c = case_with_cores(seed);
        if (!fault(c, models, &ran).empty()) {
            const Case small = shrink(c, [models](const Case &candidate) {
                bool ignored;
                return !fault(candidate, models, &ignored).empty();
            });
            FAIL() << "seed " << seed << ", shrunk to\n"
                   << describe(small, models) << fault(small, models, &ran);
        }
        compared += ran;
    }
}

// Bytes do not depend on who shares a cache, nor cycles on which twin it is.
TEST(Cores, RandomMachinesWithAnL2AgreeWithTheirTwinsAndTheReference)
{
    const uint64_t wanted = case_count(30);
    uint64_t hits = 0, writes = 0;
    for (uint64_t seed = 1001, compared = 0; compared < wanted; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Case c = random_case(seed);
        c.machine.cores = (uint64_t[]){1, 2, 4}[seed % 3];
        c.machine.l2_sets = 1 + seed % 50;
        bool ran = false;
        ASSERT_EQ(fault(c, {false, false, true}, &ran), "") << c.machine.yaml({});
        compared += ran;
        if (!ran) continue;
        const MachineRun run(Session(c.machine.yaml({}), c.workload.yaml()));
        hits += run.result.memory.l2.hits[0];
        writes += run.result.memory.l2.writes;
        EXPECT_EQ(run.result.memory.l2.port_count, 2 * c.machine.cores);
        for (unsigned p = 0; p < run.result.memory.l2.port_count; p++)
            EXPECT_EQ(run.result.memory.l2.ports[p].until, run.result.cycles);
    }
    if (wanted < 30) return; // too few to reach everything
    EXPECT_GT(hits, 0u);
    EXPECT_GT(writes, 0u);
}

// One product, 64 x 64 by 64, on 4 x 4 arrays.
Case one_product(uint64_t cores, uint64_t bytes_per_cycle)
{
    Case c;
    c.machine.rows = c.machine.columns = c.machine.lanes = 4;
    for (Buffer &b : c.machine.buffers) b = {512, 8, 16};
    c.machine.outstanding[0] = c.machine.outstanding[1] = 64;
    c.machine.bus_log2[0] = c.machine.bus_log2[1] = 6;
    c.machine.queue_depth = 16;
    c.machine.bytes_per_cycle = bytes_per_cycle;
    c.machine.cores = cores;
    c.workload.formats = {"flint4"};
    c.workload.rows = c.workload.columns = 64;
    c.workload.ops = {{GEMM, 64, 0}};
    return c;
}

TEST(Cores, AnL2TakesWhatIsReadAgainOffTheMemory)
{
    uint64_t cycles[2] = {}, bytes[2] = {};
    for (int with = 0; with < 2; with++) {
        Case c = one_product(4, 4);
        for (Buffer &b : c.machine.buffers) b = {16, 8, 16}; // no operand fits
        c.workload.rows = c.workload.columns = 128;
        c.workload.ops = {{GEMM, 128, 0}};
        c.machine.l2_sets = with * 256; // 64 KiB: all that there is
        const Session session(c.machine.yaml({}), c.workload.yaml());
        ASSERT_TRUE(session.ok()) << session.error();
        const MachineRun run(session);
        ASSERT_EQ(run.status, FL_OK) << run.error;
        cycles[with] = run.result.cycles;
        bytes[with] = run.result.memory.read_bytes;
        if (with) {
            bytes[1] = run.result.memory.l2.misses[0] * 64; // without what partial writes fetch
            const fl_cost_actions &actions = run.result.actions;
            EXPECT_EQ(actions.l2_read_bytes,
                      run.result.memory.l2.hits[0] * 64 + run.result.memory.write_bytes);
            EXPECT_GT(actions.l2_write_bytes, actions.dram_read_bytes);
        }
    }
    EXPECT_LT(cycles[1], cycles[0]);
    EXPECT_LT(bytes[1], bytes[0]);
}

// The random cases must reach what is special about several cores.
TEST(Cores, RandomMachinesSplitEveryWayAndMeetEveryWait)
{
    uint64_t splits[FL_SPLIT_COUNT] = {}, multicasts = 0, crossings = 0, contention = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        const Case c = case_with_cores(seed);
        const Session session(c.machine.yaml({}), c.workload.yaml());
        if (!session.ok()) continue;
        for (const fl_mapping &map : session.mappings()) splits[map.split]++;
        for (const fl_command &command : session.commands()) {
            multicasts += command.queue == FL_LOAD && command.u.dma.block.multicast;
            for (unsigned w = 0; w < command.wait_count; w++)
                crossings += command.waits[w].core != command.core;
        }
        const MachineRun run(session);
        for (uint32_t core = 0; core < run.result.core_count; core++)
            contention += run.result.cores[core].units[FL_LOAD].cycles[FL_CAUSE_CONTENTION];
    }
    for (int split = 0; split < FL_SPLIT_COUNT; split++)
        EXPECT_GT(splits[split], 0u) << "split by " << fl_split_names[split];
    EXPECT_GT(multicasts, 0u);
    EXPECT_GT(crossings, 0u);
    EXPECT_GT(contention, 0u);
}

TEST(Cores, FourCoresShareTheWork)
{
    uint64_t cycles[5] = {}, macs[5] = {};
    for (uint64_t cores : {1, 2, 4}) {
        const Case c = one_product(cores, 1024);
        const Session session(c.machine.yaml({}), c.workload.yaml());
        ASSERT_TRUE(session.ok()) << session.error();
        const MachineRun run(session);
        ASSERT_EQ(run.status, FL_OK) << run.error;
        cycles[cores] = run.result.cycles;
        macs[cores] = run.result.macs;
        for (uint32_t core = 0; core < cores; core++)
            EXPECT_GT(run.result.cores[core].units[FL_MATRIX].cycles[FL_CAUSE_BUSY], 0u);
    }
    EXPECT_EQ(macs[2], macs[1]);
    EXPECT_EQ(macs[4], macs[1]);
    EXPECT_LT(cycles[2], cycles[1] * 6 / 10);
    EXPECT_LT(cycles[4], cycles[1] * 35 / 100);
}

// 64 weights of 128 codes, 4 bits each, are 4 KiB; so are the inputs.
TEST(Cores, WeightsOfASplitByRowsAreReadOnce)
{
    Case c = one_product(4, 1024);
    c.workload.columns = 128;
    const std::string rule =
        "mapping: [{operation: \"*\", rows: 16, columns: 16, depth: 128, order: columns_outer}]\n";
    const Session session(c.machine.yaml({}) + rule, c.workload.yaml());
    ASSERT_TRUE(session.ok()) << session.error();
    ASSERT_EQ(session.mappings()[0].split, FL_SPLIT_ROWS);
    ASSERT_TRUE(session.mappings()[0].multicast);
    std::vector<Ran> log;
    const MachineRun run(session, true, nullptr, &log);
    ASSERT_EQ(run.status, FL_OK) << run.error;
    EXPECT_EQ(difference_from_reference(session, run), "");
    EXPECT_EQ(run.result.memory.read_bytes, 4096u + 4096u);
    // All cores get a multicast tile in the same cycle.
    std::vector<std::vector<uint64_t>> done(4);
    for (const Ran &r : log)
        if (r.command.queue == FL_LOAD && r.command.u.dma.block.multicast)
            done[r.command.core].push_back(r.done);
    EXPECT_EQ(done[0].size(), 4u);
    for (unsigned core = 1; core < 4; core++) EXPECT_EQ(done[core], done[0]);
}

TEST(Cores, SlowMemoryShowsAsContention)
{
    for (uint64_t cores : {1, 4}) {
        const Case c = one_product(cores, 1);
        const Session session(c.machine.yaml({}), c.workload.yaml());
        ASSERT_TRUE(session.ok()) << session.error();
        const MachineRun run(session);
        uint64_t contention = 0;
        for (uint32_t core = 0; core < run.result.core_count; core++)
            for (const fl_account &account : run.result.cores[core].units)
                contention += account.cycles[FL_CAUSE_CONTENTION];
        if (cores == 1)
            EXPECT_EQ(contention, 0u);
        else
            EXPECT_GT(contention, run.result.cycles / 4);
    }
}

// Every result tile is one core's, whatever the split.
TEST(Cores, SharesPartitionTheTiles)
{
    test_random r = {1};
    for (int trial = 0; trial < 2000; trial++) {
        auto range = [&r](int64_t low, int64_t high) {
            return static_cast<uint32_t>(test_random_range(&r, low, high));
        };
        wl_op op = {};
        op.kind = WL_GEMM;
        op.gemm.outer = range(1, 5), op.gemm.inner = range(1, 6), op.gemm.m = range(1, 40),
        op.gemm.n = range(1, 40);
        fl_mapping map = {};
        map.items = range(1, op.gemm.inner), map.rows = range(1, op.gemm.m);
        map.columns = range(1, op.gemm.n);
        map.split = static_cast<fl_split>(range(0, FL_SPLIT_COUNT - 1));
        const unsigned cores = range(1, FL_MAX_CORES);
        SCOPED_TRACE("trial " + std::to_string(trial));
        const fl_share all = fl_share_of(&op, &map, 0, 1);
        uint32_t sum = 0, largest = 0;
        uint64_t work = 0;
        fl_range before = {};
        for (unsigned core = 0; core < cores; core++) {
            const fl_share s = fl_share_of(&op, &map, core, cores);
            const uint32_t tiles = fl_share_results(&op, &map, &s);
            sum += tiles;
            largest = std::max(largest, tiles);
            EXPECT_TRUE(core != 0 || !fl_share_is_empty(&s));
            auto length = [](fl_range x) { return uint64_t{x.end} - x.first; };
            work += length(s.outer) * length(s.item) * length(s.row) * length(s.column);
            if (map.split == FL_SPLIT_ROWS) {
                EXPECT_EQ(s.row.first, before.end) << "contiguous and in order";
                before = s.row;
            }
        }
        const fl_share first = fl_share_of(&op, &map, 0, cores);
        EXPECT_EQ(sum, fl_share_results(&op, &map, &all));
        EXPECT_EQ(largest, fl_share_results(&op, &map, &first));
        EXPECT_EQ(work, uint64_t{op.gemm.outer} * op.gemm.inner * op.gemm.m * op.gemm.n);
    }
}

TEST(Cores, RtlTakesOneCore)
{
    Case c = one_product(2, 16);
    std::string text = c.machine.yaml({});
    text.replace(text.find("model: span"), 11, "model: rtl");
    const Session session(text, c.workload.yaml());
    EXPECT_NE(session.error().find("cores: models that are rtl take one core"), std::string::npos)
        << session.error();
}
} // namespace
