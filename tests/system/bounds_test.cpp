// What any run must obey, computed again from workload, stream and tables: lower bounds, traffic, sums,
// energy.
#include <gtest/gtest.h>

#include "tests/support/system_case.h"
#include "tests/support/system_run.h"

namespace
{
using namespace system_case;
using namespace system_run;

uint64_t divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

// Runs `check` on random cases that fit their machine.
void on_random_cases(uint64_t wanted, const std::function<void(const Session &, const MachineRun &)> &check)
{
    uint64_t checked = 0;
    for (uint64_t seed = 1; checked < wanted; seed++) {
        const Case c = random_case(seed);
        Session session(c.machine.yaml({}), c.workload.yaml());
        if (!session.ok()) continue;
        checked++;
        SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + describe(c, {}));
        const MachineRun run(session);
        ASSERT_EQ(run.status, FL_OK) << run.error;
        check(session, run);
        if (::testing::Test::HasFailure()) return;
    }
}

double peak_bytes_per_second(const fl_machine_config &m)
{
    const mem_engine_ops *ops = static_cast<const mem_engine_ops *>(m.memory->ops);
    const char *reason;
    mem_engine *engine = ops->create(m.memory_params, m.clock_hz, m.ports, 2, &reason);
    const double peak = ops->peak_bytes_per_second(engine);
    ops->destroy(engine);
    return peak;
}

const vec_function *function_of(const fl_vector_command &command)
{
    const fl_part *parts[64];
    fl_registry_list("vector_function", parts, 64);
    return static_cast<const vec_function *>(parts[command.function]->ops);
}

// Burst addresses that a block touches, one by one: the slow way to count them. Bursts shared by two rows
// with a gap between them are fetched twice, rows without a gap are one row.
uint64_t bursts_of(const mem_block &block, uint64_t burst)
{
    uint64_t count = 0, last_end = UINT64_MAX, last_burst = UINT64_MAX;
    for (uint64_t plane = 0; plane < block.planes; plane++)
        for (uint64_t row = 0; row < block.rows; row++) {
            const uint64_t start =
                block.address + plane * block.plane_stride_bytes + row * block.row_stride_bytes;
            const bool joined = start == last_end;
            for (uint64_t byte = 0; byte < block.width_bytes; byte++) {
                const uint64_t now = (start + byte) / burst;
                if (now == last_burst && (joined || byte > 0)) continue;
                count++;
                last_burst = now;
            }
            last_end = start + block.width_bytes;
        }
    return count;
}

TEST(Bounds, NoRunBeatsItsPeakRates)
{
    on_random_cases(case_count(120), [](const Session &session, const MachineRun &run) {
        const fl_machine_config &m = session.machine();
        const wl_workload &w = session.workload();
        uint64_t pe_macs = 0, vector_cycles = 0;
        for (uint32_t o = 0; o < w.op_count; o++) {
            const wl_op &op = w.ops[o];
            const uint64_t elements = op.kind == WL_GEMM
                                          ? uint64_t{op.gemm.outer} * op.gemm.inner * op.gemm.m * op.gemm.n
                                          : uint64_t{op.rows} * op.columns;
            const vec_function *f =
                static_cast<const vec_function *>(fl_registry_find("vector_function", op.function)->ops);
            vector_cycles += divide_up(elements * f->passes, m.lanes.lanes);
            if (op.kind == WL_GEMM)
                pe_macs += wl_op_macs(&op) * m.array.pe->slices(w.tensors[op.gemm.a.tensor].format) *
                           m.array.pe->slices(w.tensors[op.gemm.b.tensor].format);
        }
        const fl_run_result &r = run.result;
        EXPECT_EQ(r.macs, wl_macs(&w));
        EXPECT_EQ(r.actions.pe_macs, pe_macs);
        EXPECT_GE(r.cycles, divide_up(pe_macs, uint64_t{m.array.rows} * m.array.columns));
        EXPECT_GE(r.cycles, vector_cycles);
        const double bytes = static_cast<double>(r.memory.read_bytes + r.memory.write_bytes);
        const double seconds = static_cast<double>(r.cycles) / static_cast<double>(m.clock_hz);
        EXPECT_GE(seconds * peak_bytes_per_second(m) * (1 + 1e-9), bytes);
        uint64_t carried[2] = {}; // by the buses of load and store
        for (const fl_command &c : session.commands())
            if (c.queue == FL_LOAD || c.queue == FL_STORE)
                carried[c.queue == FL_STORE] += mem_block_bytes(&c.u.dma.block);
        for (int port = 0; port < 2; port++)
            EXPECT_GE(r.cycles, divide_up(carried[port], m.ports[port].bus_bytes));
        EXPECT_GE(r.cycles, std::max(r.memory.read_bursts, r.memory.write_bursts))
            << "a port issues a burst a cycle";
        EXPECT_GE(r.cores[0].units[FL_MATRIX].cycles[FL_CAUSE_BUSY],
                  divide_up(pe_macs, uint64_t{m.array.rows} * m.array.columns));
    });
}

TEST(Bounds, TrafficIsWhatTheCommandsSay)
{
    on_random_cases(case_count(120), [](const Session &session, const MachineRun &run) {
        const uint64_t burst = session.dram().burst_bytes;
        uint64_t read = 0, written = 0, commands[FL_QUEUE_COUNT] = {};
        for (const fl_command &c : session.commands()) {
            commands[c.queue]++;
            if (c.queue != FL_LOAD && c.queue != FL_STORE) continue;
            (c.queue == FL_LOAD ? read : written) += bursts_of(c.u.dma.block, burst);
            EXPECT_EQ(c.u.dma.block.write, c.queue == FL_STORE);
        }
        const fl_run_result &r = run.result;
        EXPECT_EQ(r.memory.read_bursts, read);
        EXPECT_EQ(r.memory.write_bursts, written);
        EXPECT_EQ(r.memory.read_bytes, read * burst);
        EXPECT_EQ(r.memory.write_bytes, written * burst);
        EXPECT_EQ(r.actions.dram_read_bytes, read * burst);
        EXPECT_EQ(r.actions.dram_write_bytes, written * burst);
        for (int q = 0; q < FL_QUEUE_COUNT; q++)
            EXPECT_EQ(r.cores[0].commands[q], commands[q]) << fl_queue_names[q];
    });
}

uint64_t sum(const fl_account &account)
{
    uint64_t total = 0;
    for (uint64_t cycles : account.cycles) total += cycles;
    return total;
}

TEST(Bounds, EveryCycleOfEveryUnitHasOneCause)
{
    on_random_cases(case_count(120), [](const Session &session, const MachineRun &run) {
        const fl_run_result &r = run.result;
        for (int q = 0; q < FL_QUEUE_COUNT; q++) {
            EXPECT_EQ(sum(r.cores[0].units[q]), r.cycles) << fl_queue_names[q];
            EXPECT_EQ(r.cores[0].units[q].until, r.cycles) << fl_queue_names[q];
        }
        EXPECT_EQ(sum(r.memory.clock), r.memory.clock.until);
        // The memory's own clock covers the run: as many periods as fit into it, give or take the edge it is
        // sampled at.
        const double clocks = static_cast<double>(r.cycles) * static_cast<double>(r.memory.clock_hz) /
                              static_cast<double>(session.machine().clock_hz);
        EXPECT_NEAR(static_cast<double>(r.memory.clock.until), clocks, 2.0);

        uint64_t layers = 0, macs = 0, last = 0;
        for (uint32_t l = 0; l < r.layer_count; l++) {
            layers += r.layers[l].cycles;
            macs += r.layers[l].macs;
            last = std::max(last, r.layers[l].last_done);
            EXPECT_EQ(r.layers[l].macs, wl_op_macs(&session.workload().ops[l]));
        }
        EXPECT_EQ(layers, r.cycles);
        EXPECT_EQ(last, r.cycles);
        EXPECT_EQ(macs, r.macs);
    });
}

// The matrix unit is busy in exactly the operand steps of all folds, the vector unit in the groups of all
// passes.
TEST(Bounds, BusyCyclesAreTheCommandsOwn)
{
    on_random_cases(case_count(60), [](const Session &session, const MachineRun &run) {
        const fl_machine_config &m = session.machine();
        const bool os = m.array.dataflow == PE_OUTPUT_STATIONARY;
        uint64_t matrix = 0, vector = 0;
        for (const fl_command &c : session.commands()) {
            if (c.queue == FL_MATRIX) {
                const fl_matrix_command &g = c.u.matrix;
                const uint64_t rows = m.array.rows / m.array.pe->slices(g.a_format),
                               columns = m.array.columns / m.array.pe->slices(g.b_format);
                matrix +=
                    g.items * divide_up(os ? g.m : g.k, rows) * divide_up(g.n, columns) * (os ? g.k : g.m);
            } else if (c.queue == FL_VECTOR) {
                const fl_vector_command &v = c.u.vector;
                vector += uint64_t{v.rows} * function_of(v)->passes * divide_up(v.columns, m.lanes.lanes);
            }
        }
        EXPECT_EQ(run.result.cores[0].units[FL_MATRIX].cycles[FL_CAUSE_BUSY], matrix);
        EXPECT_EQ(run.result.cores[0].units[FL_VECTOR].cycles[FL_CAUSE_BUSY], vector);
    });
}

// The figures of configs/costs/ant_28nm.yaml, typed in again.
TEST(Bounds, EnergyIsCountsTimesTable)
{
    on_random_cases(case_count(60), [](const Session &session, const MachineRun &run) {
        const fl_machine_config &m = session.machine();
        const fl_cost_actions &a = run.result.actions;
        uint64_t multiplies = 0, adds = 0, reads = 0;
        for (const fl_command &c : session.commands()) {
            if (c.queue != FL_VECTOR) continue;
            const uint64_t elements = uint64_t{c.u.vector.rows} * c.u.vector.columns;
            multiplies += elements * function_of(c.u.vector)->multiplies;
            adds += elements * function_of(c.u.vector)->adds;
            reads += elements * function_of(c.u.vector)->table_reads;
        }
        const double seconds =
            static_cast<double>(run.result.cycles) * static_cast<double>(m.period_ps) * 1e-12;
        const fl_cost_structure structure = fl_machine_structure(&m);
        fl_energy e;
        fl_cost_energy(&m.costs, &structure, &a, nullptr, seconds, &e);
        auto real = [](uint64_t count) { return static_cast<double>(count); };
        EXPECT_DOUBLE_EQ(e.matrix_pj, 0.14 * real(a.pe_macs) + 0.0086 * real(a.decodes));
        EXPECT_DOUBLE_EQ(e.vector_pj, 3.1 * real(multiplies) + 0.1 * real(adds) + 0.1 * real(reads));
        const double read_pj[] = {0.0347, 0.0330, 0.0092, 0.0347},
                     write_pj[] = {0.0486, 0.0397, 0.0130, 0.0486};
        double buffers = 0;
        for (int b = 0; b < 4; b++)
            buffers +=
                8 * (read_pj[b] * real(a.buffer_read_bytes[b]) + write_pj[b] * real(a.buffer_write_bytes[b]));
        EXPECT_NEAR(e.buffers_pj, buffers, 1e-9 * buffers);
        EXPECT_DOUBLE_EQ(e.dram_pj, 8 * (0.629 * real(run.result.memory.read_bytes) +
                                         0.766 * real(run.result.memory.write_bytes)));
        const double static_mw = 0.016 * m.array.rows * m.array.columns + 484.6;
        EXPECT_NEAR(e.static_pj, static_mw * 1e-3 * seconds * 1e12, 1e-9 * e.static_pj);
    });
}
} // namespace
