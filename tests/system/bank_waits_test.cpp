// Who waited for whom at the scratchpads' banks, against a count cycle by cycle over the log of a run.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "memory/sram/sram.h"
#include "tests/support/system_case.h"
#include "tests/support/system_run.h"

namespace
{
using namespace system_case;
using namespace system_run;

std::vector<const fl_region *> regions_of(const fl_command &c)
{
    if (c.queue == FL_MATRIX) return {&c.u.matrix.a, &c.u.matrix.b, &c.u.matrix.c};
    if (c.queue != FL_VECTOR) return {&c.u.dma.region};
    std::vector<const fl_region *> all = {&c.u.vector.in, &c.u.vector.out};
    if (c.u.vector.inputs == 2) all.push_back(&c.u.vector.in2);
    if (c.u.vector.has_columns) all.push_back(&c.u.vector.column_params);
    return all;
}

bool touches(const fl_machine_config &m, const fl_command &c, int buffer, uint64_t bank)
{
    for (const fl_region *r : regions_of(c)) {
        const uint64_t bytes = fl_bank_bytes(&m.buffers[buffer]);
        if (r->buffer == buffer && r->bytes != 0 && r->offset_bytes < (bank + 1) * bytes &&
            r->offset_bytes + r->bytes > bank * bytes)
            return true;
    }
    return false;
}

// Does `holder` hold its banks when `waiter`'s queue is looked at on the falling edge of `cycle`? Queues are
// looked at in order, so one in front may have taken a bank on the same edge.
bool holds(const Ran &holder, const Ran &waiter, uint64_t cycle)
{
    if (holder.command.queue == waiter.command.queue || holder.done <= cycle) return false;
    return holder.start - 1 < cycle ||
           (holder.start - 1 == cycle && holder.command.queue < waiter.command.queue);
}

// Cycles [eligible, start) of a command that nothing but banks held up; the cycle of the issue belongs to
// those who were in the way one cycle before.
std::unique_ptr<fl_bank_waits> count(const fl_machine_config &m, const std::vector<Ran> &log)
{
    auto waits = std::make_unique<fl_bank_waits>();
    std::vector<const Ran *> queues[FL_QUEUE_COUNT];
    for (const Ran &r : log) queues[r.command.queue].push_back(&r);
    for (const Ran &r : log) {
        uint64_t eligible = r.sequence == 0 ? 0 : queues[r.command.queue][r.sequence - 1]->done;
        for (unsigned w = 0; w < r.command.wait_count; w++)
            eligible =
                std::max(eligible, queues[r.command.waits[w].queue][r.command.waits[w].sequence]->done);
        for (uint64_t cycle = eligible; cycle + 1 < r.start; cycle++) {
            const uint64_t cycles = cycle + 2 == r.start ? 2 : 1;
            bool any[FL_QUEUE_COUNT] = {};
            for (int b = 0; b < FL_BUFFER_COUNT; b++)
                for (uint64_t bank = 0; bank < m.buffers[b].banks; bank++) {
                    if (!touches(m, r.command, b, bank)) continue;
                    bool held[FL_QUEUE_COUNT] = {};
                    for (const Ran &other : log)
                        if (holds(other, r, cycle) && touches(m, other.command, b, bank))
                            held[other.command.queue] = any[other.command.queue] = true;
                    for (int h = 0; h < FL_QUEUE_COUNT; h++)
                        if (held[h]) waits->banks[b][bank][r.command.queue][h] += cycles;
                }
            for (int h = 0; h < FL_QUEUE_COUNT; h++)
                if (any[h]) waits->units[r.command.queue][h] += cycles;
        }
    }
    return waits;
}

TEST(BankWaits, AreThoseOfACountCycleByCycle)
{
    uint64_t seen = 0, runs = 0;
    for (uint64_t seed = 1; runs < case_count(40); seed++) {
        Case c = random_case(seed);
        c.machine.queue_depth = 1024; // so that no command is late in its queue
        const Session session(c.machine.yaml({}), c.workload.yaml());
        if (!session.ok()) continue;
        std::vector<Ran> log;
        const MachineRun run(session, false, nullptr, &log);
        ASSERT_EQ(run.status, FL_OK) << run.error;
        if (log.size() > 400) continue; // the count is quadratic
        runs++;
        SCOPED_TRACE("seed " + std::to_string(seed));
        const auto expected = count(session.machine(), log);
        const fl_bank_waits &waits = run.result.cores[0].waits;
        for (int w = 0; w < FL_QUEUE_COUNT; w++) {
            uint64_t most = 0, sum = 0;
            for (int h = 0; h < FL_QUEUE_COUNT; h++) {
                EXPECT_EQ(waits.units[w][h], expected->units[w][h])
                    << fl_queue_names[w] << " for " << fl_queue_names[h];
                most = std::max(most, waits.units[w][h]);
                sum += waits.units[w][h];
            }
            const uint64_t accounted = run.result.cores[0].units[w].cycles[FL_CAUSE_BANK];
            EXPECT_LE(most, accounted);
            EXPECT_GE(sum, accounted) << "every cycle of the cause has somebody who held the bank";
            seen += sum;
        }
        EXPECT_EQ(std::memcmp(waits.banks, expected->banks, sizeof waits.banks), 0);
        if (HasFailure()) return;
    }
    EXPECT_GT(seen, 0u);
}
} // namespace
