// Energy of a run whose memory counts its own: type dram with currents.
#include <gtest/gtest.h>

#include "memory/dram/trace.h"
#include "sim/report/layers.h"
#include "sim/report/report.h"
#include "tests/support/system_case.h"
#include "tests/support/system_run.h"

namespace
{
using namespace system_case;
using namespace system_run;

double real(uint64_t count) { return static_cast<double>(count); }

// A random machine in front of DDR4-2400 with refreshes often enough for short runs, with an L2 or without,
// of one to three cores.
Case random_dram_case(uint64_t seed)
{
    Case c = random_case(seed);
    c.machine.ddr4 = true;
    c.machine.part = "dram/ddr4_2400";
    c.machine.part_keys = {"channels: " + std::to_string(1 << seed % 3),
                           "ranks: " + std::to_string(1 + seed % 2), "timing: {tREFI: 1500}"};
    c.machine.cores = 1 + seed / 2 % 3;
    c.machine.l2_sets = seed % 5 < 2 ? 2 : 0;
    return c;
}

struct Reported {
    explicit Reported(const Session &session, fl_stream *stream = nullptr) : run(session, false, stream)
    {
        if (run.status == FL_OK)
            report = fl_report_new(&session.machine(), &session.workload(), session.mappings().data(),
                                   &run.result, session.dram().peak_bytes_per_cycle);
    }
    std::string text(void (*print)(const fl_report *, fl_text *)) const
    {
        fl_text out = {};
        print(&report, &out);
        const std::string text(out.bytes, out.size);
        fl_text_free(&out);
        return text;
    }
    MachineRun run;
    fl_report report = {};
};

// With IDD3N = IDD2N the state of a rank does not matter, and energy follows from what a run counts anyway.
// The figures of configs/parts/dram/ddr4_2400.yaml, typed in again: 8 devices, 1.2 V, clocks of 1 / 1.2 ns.
TEST(DramEnergy, OfARunIsThatOfItsCommands)
{
    uint64_t refreshes = 0, l2 = 0;
    for (uint64_t seed = 1, runs = 0; runs < case_count(30); seed++) {
        Case c = random_dram_case(seed);
        c.machine.part_keys.push_back("idd: {IDD3N: 34 mA}");
        SCOPED_TRACE(describe(c, {}));
        const Session session(c.machine.yaml({}), c.workload.yaml());
        if (!session.ok()) continue;
        const Reported reported(session);
        ASSERT_EQ(reported.run.status, FL_OK) << reported.run.error;
        runs++;
        const fl_run_result &result = reported.run.result;
        const mem_stats &s = result.memory;
        const mem_energy &e = reported.report.energy.dram;
        const double unit = 8;
        uint64_t clocks = 0;
        for (uint64_t cycles : s.clock.cycles) clocks += cycles;
        EXPECT_DOUBLE_EQ(e.activate_pj, unit * 56 * (48 - 34) * real(s.activates));
        EXPECT_DOUBLE_EQ(e.read_pj, unit * 4 * (135 - 34) * real(s.read_bursts));
        EXPECT_DOUBLE_EQ(e.write_pj, unit * 4 * (123 - 34) * real(s.write_bursts));
        EXPECT_DOUBLE_EQ(e.refresh_pj, unit * 420 * (192 - 34) * real(s.refreshes));
        EXPECT_DOUBLE_EQ(e.background_pj, unit * 34 * real(clocks) * real(1 + seed % 2));
        const double channels = real(1 << seed % 3);
        EXPECT_NEAR(real(clocks) / channels, reported.report.seconds * 1.2e9, 2)
            << "until the end of the run";
        refreshes += s.refreshes, l2 += s.l2.port_count > 0;
    }
    EXPECT_GT(refreshes, 0u);
    EXPECT_GT(l2, 0u);
}

TEST(DramEnergy, OfTheOperationsAddsUpToTheTotal)
{
    for (uint64_t seed = 1, runs = 0; runs < case_count(30); seed++) {
        const Case c = random_dram_case(seed);
        SCOPED_TRACE(describe(c, {}));
        const Session session(c.machine.yaml({}), c.workload.yaml());
        if (!session.ok()) continue;
        const Reported reported(session);
        ASSERT_EQ(reported.run.status, FL_OK) << reported.run.error;
        runs++;
        const fl_report &report = reported.report;
        const fl_run_result &result = reported.run.result;
        const fl_energy &e = report.energy;
        double rows = 0;
        mem_energy shares = {};
        for (uint32_t op = 0; op < result.layer_count; op++) {
            const fl_row row = fl_row_of(&report, op);
            rows += fl_row_energy_pj(&report, &row);
            mem_energy_add(&shares, &row.dram_energy);
        }
        const double total = fl_energy_total(&e);
        EXPECT_NEAR(rows + e.l2_pj + e.static_pj, total, 1e-12 * total);
        EXPECT_NEAR(shares.activate_pj, e.dram.activate_pj, 1e-12 * total);
        EXPECT_NEAR(shares.read_pj, e.dram.read_pj, 1e-12 * total);
        EXPECT_NEAR(shares.write_pj, e.dram.write_pj, 1e-12 * total);
        EXPECT_NEAR(shares.refresh_pj, e.dram.refresh_pj, 1e-12 * total);
        EXPECT_NEAR(shares.background_pj, e.dram.background_pj, 1e-12 * total);
        EXPECT_EQ(e.dram_pj, mem_energy_total(&result.memory.energy));
        // The 484.6 mW of the table's DRAM are not in it: background takes their place.
        const fl_machine_config &m = session.machine();
        const double static_mw = 0.016 * m.array.rows * m.array.columns * real(m.cores);
        EXPECT_NEAR(e.static_pj, static_mw * 1e9 * report.seconds, 1e-9 * total);
    }
}

TEST(DramEnergy, SpanEqualsPin)
{
    for (uint64_t seed = 1, runs = 0; runs < case_count(12); seed++) {
        Case c = random_dram_case(seed);
        c.machine.part_keys.push_back("power_down: 40");
        const Models pins = {false, false, true};
        const Session span(c.machine.yaml({}), c.workload.yaml()),
            pin(c.machine.yaml(pins), c.workload.yaml());
        if (!span.ok()) continue;
        const MachineRun fast(span), slow(pin);
        ASSERT_EQ(fast.status, FL_OK) << fast.error;
        ASSERT_TRUE(fast.result.memory.has_energy);
        ASSERT_EQ(difference(fast, slow), "") << "seed " << seed << "\n" << describe(c, pins);
        runs++;
    }
}

const char *const TINY = "workload: w\ninclude: [tiny_encoder.yaml]\n";

std::string machine_with(const std::string &idd, const std::string &file = "ant_os_64_dram")
{
    return "machine: m\ninclude: [" + file + ".yaml]\nclock: 1200 MHz\n" +
           (idd.empty() ? "" : "memory: {idd: {" + idd + "}}\n");
}

// One read burst, and what `flintlock dram run` says of the request "0 R 0".
TEST(DramEnergy, OfOneReadIsThatOfTheReplayedRequest)
{
    const Session session(machine_with(""), TINY);
    ASSERT_TRUE(session.ok()) << session.error();
    std::vector<fl_command> commands = session.commands();
    ASSERT_EQ(commands[0].queue, FL_LOAD);
    commands.resize(1);
    commands[0].u.dma.block = {0, 64, 1, 1, 64, 64, false, false};
    ArrayStream stream(commands);
    const Reported reported(session, stream.get());
    ASSERT_EQ(reported.run.status, FL_OK) << reported.run.error;
    const mem_energy &e = reported.report.energy.dram;
    EXPECT_DOUBLE_EQ(e.activate_pj, 8 * (48 * 56 - 43 * 39 - 34 * 17));
    EXPECT_DOUBLE_EQ(e.read_pj, 8 * 4 * (135 - 43));
    EXPECT_EQ(e.write_pj, 0);
    EXPECT_EQ(e.refresh_pj, 0);

    const mem_engine_ops &ops = *static_cast<const mem_engine_ops *>(session.machine().memory->ops);
    const mem_port_params port = {256, 1 << 20};
    const char *reason = nullptr;
    mem_engine *engine = ops.create(session.machine().memory_params, 1200000000, &port, 1, &reason);
    ASSERT_NE(engine, nullptr) << reason;
    const mem_request request = {};
    mem_replay replay;
    mem_replay_on(&ops, engine, &request, 1, &replay);
    ops.destroy(engine);
    EXPECT_EQ(e.activate_pj, replay.stats.energy.activate_pj);
    EXPECT_EQ(e.read_pj, replay.stats.energy.read_pj);
    // The rank is active from the activate on; the run ends later than the replay and the activate comes
    // later.
    const uint64_t cycles = reported.run.result.cycles;
    EXPECT_GT(cycles, replay.last_done);
    EXPECT_GE(e.background_pj,
              8 * (34 * real(cycles - replay.last_done)) + replay.stats.energy.background_pj);
    EXPECT_LE(e.background_pj,
              8 * (43 * real(cycles - replay.last_done)) + replay.stats.energy.background_pj);
}

TEST(DramEnergy, IsPerBitWhenACurrentIsMissing)
{
    for (const char *key : {"VDD: 0 mV", "IDD0: 0 mA", "IDD2N: 0 mA", "IDD2P: 0 mA", "IDD3N: 0 mA",
                            "IDD3P: 0 mA", "IDD4R: 0 mA", "IDD4W: 0 mA", "IDD5B: 0 mA"}) {
        SCOPED_TRACE(key);
        const Session session(machine_with(key), TINY);
        ASSERT_TRUE(session.ok()) << session.error();
        const Reported reported(session);
        const fl_energy &e = reported.report.energy;
        const mem_stats &s = reported.run.result.memory;
        EXPECT_FALSE(s.has_energy);
        EXPECT_DOUBLE_EQ(e.dram_pj, 8 * (0.629 * real(s.read_bytes) + 0.766 * real(s.write_bytes)));
        EXPECT_GT(e.static_pj, 484.6e9 * reported.report.seconds);
    }
}

TEST(DramEnergy, IsReportedWithItsModel)
{
    const Session own(machine_with(""), TINY), plain(machine_with("", "ant_os_64"), TINY);
    ASSERT_TRUE(own.ok() && plain.ok()) << own.error() << plain.error();
    const Reported by_command(own), per_bit(plain);
    auto has = [](const std::string &text, const std::string &part) {
        EXPECT_NE(text.find(part), std::string::npos) << part << " is missing in\n" << text;
    };
    has(by_command.text(fl_report_table), "of the dram, by command: activate ");
    has(by_command.text(fl_report_summary_json),
        "\"dram_energy_pj\": {\"model\": \"by_command\", \"activate\": ");
    has(per_bit.text(fl_report_table), "of the dram, per bit: read ");
    has(per_bit.text(fl_report_summary_json),
        "\"dram_energy_pj\": {\"model\": \"per_bit\", \"activate\": 0, ");
}
} // namespace
