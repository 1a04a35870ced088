#include "memory/dram/controller.h"

#include <gtest/gtest.h>

#include <map>

#include "memory/dram/controller_check.h"
#include "memory/dram/energy.h"
#include "memory/dram/trace.h"

#include "tests/support/dram_case.h"
#include "tests/support/system_case.h"

using system_case::case_count;

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
        ASSERT_EQ(twin_difference(p, t), "") << describe(p);
    }
}

namespace
{
using Commands = std::vector<mem_dram_command>;

void record(void *owner, const mem_dram_command *command)
{
    static_cast<Commands *>(owner)->push_back(*command);
}

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
    out << "kind " << c.kind << " at " << c.clock << " channel " << c.place.channel << " rank "
        << +c.place.rank << " bank " << +c.place.bank << " row " << c.place.row;
    return out.str();
}

Commands traced(const mem_dram_params &p, const Traffic &t)
{
    Commands commands;
    run_stepped(mem_dram_ops, &p, t,
                [&](mem_engine *engine) { mem_dram_set_trace(engine, record, &commands); });
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

namespace
{
// A read or write after each pause; what the model has counted some time after the last one.
std::string counts_after_pauses(const mem_dram_params &p, const std::vector<uint64_t> &pauses)
{
    const mem_port_params port = {8, 64};
    const char *reason = nullptr;
    mem_engine *engine = mem_dram_ops.create(&p, 1000000000, &port, 1, &reason);
    std::ostringstream out;
    uint64_t now = 0;
    for (uint64_t pause : pauses) {
        now += pause;
        mem_block block = {
            now * 4096 % (dram_capacity(p) / 2) & ~uint64_t{63}, 256, 1, 1, 256, 256, pause % 3 == 0};
        mem_dram_ops.submit(engine, 0, &block, now);
        unsigned done;
        do now = mem_dram_ops.next_done(engine);
        while (!mem_dram_ops.take_done(engine, now, &done));
        out << now << " ";
    }
    mem_dram_counts n;
    mem_dram_count(engine, now + 25000, &n);
    mem_stats s;
    mem_dram_ops.stats(engine, now + 25000, &s);
    mem_dram_ops.destroy(engine);
    out << "\n" << n.activates << " " << n.refreshes << " " << n.bank_refreshes << " standby";
    for (uint64_t clocks : n.standby) out << " " << clocks;
    for (uint64_t clocks : s.clock.cycles) out << " " << clocks;
    return out.str();
}
} // namespace

// Refreshes and power-downs of long pauses, which the span model goes through once and multiplies.
TEST(MemDram, SpanEqualsPinOnLongIdleTime)
{
    const uint64_t seed = 9, cases = case_count(30);
    test_random r = {seed};
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(&r, low, high); };
    for (uint64_t n = 0; n < cases; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        mem_dram_params p = dram_params();
        p.ranks = UINT64_C(1) << range(0, 1);
        p.channels = UINT64_C(1) << range(0, 1);
        p.refi = range(1000, 3000);
        p.rfc = range(20, 300);
        p.refresh_phase = range(0, 2000);
        p.refresh_postpone = range(0, 2);
        p.power_down = n % 3 == 0 ? 0 : range(1, 2000);
        p.page = (int)range(0, 2);
        if (n % 4 == 0) {
            p.refresh = DRAM_PER_BANK;
            p.refi = 5000;
            p.rfc_pb = range(10, 60);
        }
        ASSERT_TRUE(is_valid(p));
        std::vector<uint64_t> pauses;
        for (int k = 0; k < 5; k++) pauses.push_back(range(1, range(0, 1) ? 40000 : 3000));
        EXPECT_EQ(counts_after_pauses(p, pauses), counts_after_pauses(with_model(p, 1), pauses))
            << describe(p);
    }
}

// 1.2e15 clocks and the 30,051 of the look behind them, a refresh every 9,360.
TEST(MemDram, IdleTimeCostsNothing)
{
    const mem_dram_params p = dram_params();
    const std::string counts = counts_after_pauses(p, {UINT64_C(1000000000000000)});
    EXPECT_NE(counts.find(" 128205128208 0 standby"), std::string::npos) << counts;
}

namespace
{
const char *const STANDARDS[] = {"ddr3_1600",   "ddr4_2400",   "ddr4_3200",   "ddr5_4800",
                                 "gddr6_16",    "hbm2_2000",   "hbm2e_3200",  "hbm3_6400",
                                 "lpddr4_3200", "lpddr4_4266", "lpddr5_6400", "hbm2_2000_x16"};

mem_dram_params standard(const std::string &name)
{
    return dram_params("configs/parts/dram/" + name + ".yaml");
}

mem_replay replay(const mem_dram_params &p, const std::vector<mem_request> &requests)
{
    const mem_port_params port = {256, 4096};
    const char *reason = nullptr;
    mem_engine *engine = mem_dram_ops.create(&p, p.clock_hz, &port, 1, &reason);
    mem_replay r = {};
    mem_replay_on(&mem_dram_ops, engine, requests.data(), requests.size(), &r);
    mem_dram_ops.destroy(engine);
    return r;
}
} // namespace

// 100,000 reads of 64 B, offered as fast as they are accepted: 400,000 clocks of data.
TEST(MemDram, SequentialReadsAreBoundByTheDataBus)
{
    std::vector<mem_request> requests;
    for (uint64_t n = 0; n < 100000; n++) requests.push_back({64 * n, 0, false});
    const double bound = 400000 / (1 - 420.0 / 9360),
                 clocks = (double)replay(standard("ddr4_2400"), requests).last_done;
    EXPECT_GT(clocks, bound);
    EXPECT_LT(clocks, 1.02 * bound);
}

// Four activates in 26 clocks: 6.5 clocks per read.
TEST(MemDram, RandomReadsAreBoundByFourActivates)
{
    test_random r = {7};
    std::vector<mem_request> requests;
    const mem_dram_params p = standard("ddr4_2400");
    for (uint64_t n = 0; n < 100000; n++)
        requests.push_back({test_random_u64(&r) % dram_capacity(p) & ~uint64_t{63}, 0, false});
    const double bound = 650000 / (1 - 420.0 / 9360), clocks = (double)replay(p, requests).last_done;
    EXPECT_GT(clocks, 0.98 * bound) << "a few reads find their row open";
    EXPECT_LT(clocks, 1.02 * bound);
}

TEST(MemDram, EveryStandardGivesEqualEnginesAndLegalCommands)
{
    const uint64_t seed = 8, cases = case_count(8);
    test_random r = {seed};
    for (const char *name : STANDARDS) {
        const mem_dram_params base = standard(name);
        for (uint64_t n = 0; n < cases; n++) {
            SCOPED_TRACE(std::string(name) + ", seed " + std::to_string(seed) + " case " + std::to_string(n));
            mem_dram_params p = base;
            if (n % 2 == 1) do
                    p = random_policy(&r, base);
                while (!is_valid(p));
            const Traffic t = random_traffic(&r, dram_burst_bytes(p), dram_capacity(p), n % 4 ? 60 : 800);
            ASSERT_EQ(twin_difference(p, t), "") << describe(p);
            ASSERT_EQ(violation(p, traced(p, t)), "") << describe(p);
        }
    }
}

// One channel's commands for random bursts, as they are given: none may break a constraint.
TEST(MemDram, RandomCommandsOfEveryStandardAreLegal)
{
    const uint64_t commands = getenv("FL_TEST_LONG") != nullptr ? 10000000 : 20000;
    struct Watch {
        mem_dram_check *check;
        uint64_t count;
        std::string wrong;
    };
    for (const char *name : STANDARDS) {
        SCOPED_TRACE(name);
        const mem_dram_params p = standard(name);
        const mem_port_params port = {64, 64};
        const char *reason = nullptr;
        mem_engine *engine = mem_dram_ops.create(&p, p.clock_hz, &port, 1, &reason);
        Watch watch = {mem_dram_check_new(&p), 0, ""};
        mem_dram_set_trace(
            engine,
            [](void *owner, const mem_dram_command *c) {
                Watch *w = static_cast<Watch *>(owner);
                char text[200];
                w->count++;
                if (w->wrong.empty() && !mem_dram_check_next(w->check, c, text, sizeof text)) w->wrong = text;
            },
            &watch);
        test_random r = {11};
        for (uint64_t now = 0; watch.count < commands && watch.wrong.empty();) {
            mem_block block = {test_random_u64(&r) % (dram_capacity(p) / 2),
                               64,
                               64,
                               1,
                               (uint64_t)test_random_range(&r, 64, 1 << 16),
                               0,
                               test_random_range(&r, 0, 2) == 0};
            mem_dram_ops.submit(engine, 0, &block, now);
            unsigned done;
            do now = mem_dram_ops.next_done(engine);
            while (!mem_dram_ops.take_done(engine, now, &done));
        }
        EXPECT_EQ(watch.wrong, "");
        mem_dram_check_free(watch.check);
        mem_dram_ops.destroy(engine);
    }
}

TEST(MemDram, CheckerRefusesEachConstraintAtOneClockLess)
{
    mem_dram_params p = dram_params();
    p.ranks = 2;
    p.rc = 60; // or tRAS + tRP would hide it
    const mem_place here = {7, 0, 0, 0, 0}, bank = {7, 0, 0, 0, 1}, group = {7, 0, 0, 1, 4},
                    other = {7, 0, 1, 4, 16};
    const struct {
        const char *name;
        Commands commands; // the last one is exactly on time
    } cases[] = {
        {"tRCD", {{0, DRAM_ACT, here}, {17, DRAM_RD, here}}},
        {"tRRD_S", {{0, DRAM_ACT, here}, {4, DRAM_ACT, group}}},
        {"tRRD_L", {{0, DRAM_ACT, here}, {6, DRAM_ACT, bank}}},
        {"tCCD_L", {{0, DRAM_ACT, here}, {40, DRAM_RD, here}, {46, DRAM_RD, here}}},
        {"tRAS", {{0, DRAM_ACT, here}, {39, DRAM_PRE, here}}},
        {"tRP", {{0, DRAM_ACT, here}, {45, DRAM_PRE, here}, {62, DRAM_ACT, here}}},
        {"tRC", {{0, DRAM_ACT, here}, {39, DRAM_PRE, here}, {60, DRAM_ACT, here}}},
        {"tRTP", {{0, DRAM_ACT, here}, {40, DRAM_RD, here}, {49, DRAM_PRE, here}}},
        {"tWR", {{0, DRAM_ACT, here}, {17, DRAM_WR, here}, {17 + 12 + 4 + 18, DRAM_PRE, here}}},
        {"tWTR_L", {{0, DRAM_ACT, here}, {17, DRAM_WR, here}, {17 + 12 + 4 + 9, DRAM_RD, here}}},
        {"read to write", {{0, DRAM_ACT, here}, {17, DRAM_RD, here}, {17 + 17 + 4 + 2 - 12, DRAM_WR, here}}},
        {"tRTRS",
         {{0, DRAM_ACT, here}, {1, DRAM_ACT, other}, {18, DRAM_RD, here}, {18 + 4 + 2, DRAM_RD, other}}},
        {"tFAW",
         {{0, DRAM_ACT, {7, 0, 0, 0, 0}},
          {6, DRAM_ACT, {7, 0, 0, 1, 4}},
          {12, DRAM_ACT, {7, 0, 0, 2, 8}},
          {18, DRAM_ACT, {7, 0, 0, 3, 12}},
          {26, DRAM_ACT, {7, 0, 0, 0, 1}}}},
        {"tRFC", {{0, DRAM_REF, here}, {420, DRAM_ACT, here}}},
        {"tRFCpb", {{0, DRAM_REFB, here}, {200, DRAM_ACT, here}}},
        {"tRREFD", {{0, DRAM_REFB, here}, {6, DRAM_ACT, bank}}},
        {"tXP", {{0, DRAM_PDE, here}, {6, DRAM_PDX, here}, {14, DRAM_ACT, here}}},
        {"tCKE", {{0, DRAM_PDE, here}, {6, DRAM_PDX, here}}},
    };
    for (const auto &c : cases) {
        Commands commands = c.commands;
        EXPECT_EQ(violation(p, commands), "") << c.name;
        commands.back().clock--;
        EXPECT_EQ(violation(p, commands).substr(0, std::string(c.name).size()), c.name);
    }
    EXPECT_NE(violation(p, {{0, DRAM_PDE, here}, {20, DRAM_ACT, here}}), "") << "in power-down";
    EXPECT_NE(violation(p, {{0, DRAM_ACT, here}, {80, DRAM_REFB, here}}), "") << "an open bank";
    EXPECT_NE(violation(p, {{0, DRAM_ACT, here}, {80, DRAM_REF, here}}), "") << "an open rank";
}

// One read: an activate and precharge cycle of IDD0, 4 clocks of IDD4R above IDD3N, and the standby currents.
TEST(MemDram, EnergyIsCurrentTimesVoltageTimesTime)
{
    const mem_dram_params p = dram_params();
    mem_dram_counts n = {};
    n.activates = n.reads = 1;
    n.refreshes = 2;
    n.standby[DRAM_ACTIVE] = 100;
    const mem_energy e = mem_dram_energy_of(&p, &n);
    const double unit = 8 * 1.2 / 1.2; // 8 devices, 1.2 V, clocks of 1 / 1.2 ns
    EXPECT_DOUBLE_EQ(e.activate_pj, unit * (48 * 56 - 43 * 39 - 34 * 17));
    EXPECT_DOUBLE_EQ(e.read_pj, unit * 4 * (135 - 43));
    EXPECT_DOUBLE_EQ(e.write_pj, 0);
    EXPECT_DOUBLE_EQ(e.refresh_pj, unit * 2 * 420 * (192 - 34));
    EXPECT_DOUBLE_EQ(e.background_pj, unit * 100 * 43);
}

// A read and a write of one row: ACT at clock 0, so that the rank is active all the time until a refresh.
TEST(MemDram, StatisticsHoldTheEnergyOfTheCommands)
{
    for (int model = 0; model < 2; model++) {
        mem_dram_params p = with_model(dram_params("configs/parts/dram/ddr4_2400.yaml"), model);
        const mem_port_params ports[2] = {{8, 64}, {8, 64}};
        const char *reason = nullptr;
        mem_engine *engine = mem_dram_ops.create(&p, p.clock_hz, ports, 2, &reason);
        ASSERT_NE(engine, nullptr) << reason;
        for (unsigned port = 0; port < 2; port++) {
            const mem_block block = {64, 64, 1, 1, 64, 64, port == 1, false};
            mem_dram_ops.submit(engine, port, &block, 0);
        }
        mem_stats s;
        mem_dram_ops.stats(engine, 200, &s);
        EXPECT_TRUE(s.has_energy);
        EXPECT_DOUBLE_EQ(s.energy.activate_pj, 8 * (48 * 56 - 43 * 39 - 34 * 17));
        EXPECT_DOUBLE_EQ(s.energy.read_pj, 8 * 4 * (135 - 43));
        EXPECT_DOUBLE_EQ(s.energy.write_pj, 8 * 4 * (123 - 43));
        EXPECT_DOUBLE_EQ(s.energy.refresh_pj, 0);
        EXPECT_DOUBLE_EQ(s.energy.background_pj, 8 * 43 * 200);
        mem_dram_ops.stats(engine, 10000, &s);
        EXPECT_DOUBLE_EQ(s.energy.refresh_pj, 8 * 420 * (192 - 34));
        mem_dram_ops.destroy(engine);
    }
}

TEST(MemDram, StatisticsHoldNoEnergyWithoutCurrents)
{
    mem_dram_params p = dram_params();
    p.idd.idd3p = 0;
    const mem_port_params port = {8, 64};
    const char *reason = nullptr;
    mem_engine *engine = mem_dram_ops.create(&p, p.clock_hz, &port, 1, &reason);
    ASSERT_NE(engine, nullptr) << reason;
    mem_stats s;
    mem_dram_ops.stats(engine, 200, &s);
    mem_dram_ops.destroy(engine);
    EXPECT_FALSE(s.has_energy);
    EXPECT_EQ(mem_energy_total(&s.energy), 0);
}

TEST(MemDram, MappingsAreCheckedAndOneToOne)
{
    mem_dram_params p = dram_params();
    p.channels = p.ranks = 2;
    p.rows = 4;
    p.columns = 32;
    for (const char *mapping : {"ro-ra-ba-co-bg-ch", "co1-ro-ba-co-bg1-ch-ra-bg", "ch-ra-bg-ba-ro-co"}) {
        for (int hashed = 0; hashed < 2; hashed++) {
            p.mapping = mapping;
            p.bank_hash = hashed;
            const mem_port_params port = {1, 64};
            const char *reason = nullptr;
            mem_engine *engine = mem_dram_ops.create(&p, 1000000000, &port, 1, &reason);
            ASSERT_NE(engine, nullptr) << reason;
            std::map<std::string, int> bursts;
            for (uint64_t address = 0; address < dram_capacity(p); address += 64) {
                const mem_place place =
                    mem_address_place(&reinterpret_cast<mem_dram *>(engine)->map, address);
                ASSERT_EQ(place.rank, place.bank / 16);
                ASSERT_EQ(place.group, place.bank / 4 % 4);
                bursts[name({0, DRAM_ACT, place})]++;
            }
            EXPECT_EQ(bursts.size(), 2u * 32u * 4u);
            for (const auto &b : bursts) EXPECT_EQ(b.second, 4);
            mem_dram_ops.destroy(engine);
        }
    }
    for (const char *wrong :
         {"", "ro", "ro-ra-ba-co-bg-ch-xx", "ro-ro-ra-ba-co-bg-ch", "ro-ra-ba-co9-bg-ch", "ro--ba"}) {
        p.mapping = wrong;
        EXPECT_FALSE(is_valid(p)) << wrong;
    }
}
