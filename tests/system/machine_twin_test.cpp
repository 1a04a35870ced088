// Whole machines: clocked units against closed forms, with and without data, against the reference executor.
#include <gtest/gtest.h>

#include "tests/support/system_case.h"
#include "tests/support/system_run.h"

namespace
{
using namespace system_case;
using namespace system_run;

// What is wrong with the case, "" when nothing is. *ran: did the mapper find room for it.
std::string fault(const Case &c, Models models, bool *ran)
{
    Session span(c.machine.yaml({}), c.workload.yaml()), pin(c.machine.yaml(models), c.workload.yaml());
    *ran = span.ok();
    if (span.ok() != pin.ok()) return "the twin does not load: " + pin.error();
    if (!span.ok()) return "";
    const MachineRun fast(span), fast_data(span, true), slow(pin), slow_data(pin, true);
    if (fast.status != FL_OK) return "the run fails: " + fast.error;
    std::string text = layer_causes_fault(fast.result);
    if (!text.empty()) return "shares of operations\n" + text;
    text = difference(fast, fast_data);
    if (!text.empty()) return "without data against with data\n" + text;
    text = difference(fast, slow);
    if (!text.empty()) return "span against pin\n" + text;
    text = difference(fast, slow_data);
    if (!text.empty()) return "span against pin with data\n" + text;
    text = difference_from_reference(span, fast_data);
    if (!text.empty()) return "span: " + text;
    text = difference_from_reference(pin, slow_data);
    return text.empty() ? "" : "pin: " + text;
}

// Every second case has all twins at once; the others one alone, so that no two errors cancel.
Models models_of(uint64_t seed)
{
    switch (seed % 6) {
    case 1:
        return {true, false, false};
    case 3:
        return {false, true, false};
    case 5:
        return {false, false, true};
    default:
        return {true, true, true};
    }
}

TEST(MachineTwin, SpanEqualsPinOnRandomMachines)
{
    const uint64_t wanted = case_count(120);
    uint64_t compared = 0, refused = 0;
    for (uint64_t seed = 1; compared < wanted; seed++) {
        bool ran = false;
        const Models models = models_of(seed);
        const Case c = random_case(seed);
        if (!fault(c, models, &ran).empty()) {
            const Case small = shrink(c, [models](const Case &candidate) {
                bool ignored;
                return !fault(candidate, models, &ignored).empty();
            });
            FAIL() << "seed " << seed << ", shrunk to\n"
                   << describe(small, models) << fault(small, models, &ran);
        }
        (ran ? compared : refused)++;
    }
    EXPECT_LE(refused, compared) << "most random cases should fit their machine";
}

// The random machines must reach the waits that they are there for.
TEST(MachineTwin, RandomMachinesReachEveryCause)
{
    uint64_t cycles[FL_QUEUE_COUNT][FL_CAUSE_COUNT] = {};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        const Case c = random_case(seed);
        Session session(c.machine.yaml({}), c.workload.yaml());
        if (!session.ok()) continue;
        const MachineRun run(session);
        for (int q = 0; q < FL_QUEUE_COUNT; q++)
            for (int cause = 0; cause < FL_CAUSE_COUNT; cause++)
                cycles[q][cause] += run.result.cores[0].units[q].cycles[cause];
    }
    const struct {
        fl_queue queue;
        fl_cause cause;
    } expected[] = {
        {FL_LOAD, FL_CAUSE_BUSY},           {FL_LOAD, FL_CAUSE_DRAM},
        {FL_LOAD, FL_CAUSE_DEPENDENCY},     {FL_LOAD, FL_CAUSE_OUTPUT_SPACE},
        {FL_MATRIX, FL_CAUSE_BUSY},         {FL_MATRIX, FL_CAUSE_FILL},
        {FL_MATRIX, FL_CAUSE_DRAIN},        {FL_MATRIX, FL_CAUSE_OPERANDS},
        {FL_MATRIX, FL_CAUSE_OUTPUT_SPACE}, {FL_VECTOR, FL_CAUSE_BUSY},
        {FL_VECTOR, FL_CAUSE_FILL},         {FL_VECTOR, FL_CAUSE_DRAIN},
        {FL_VECTOR, FL_CAUSE_OPERANDS},     {FL_VECTOR, FL_CAUSE_OUTPUT_SPACE},
        {FL_STORE, FL_CAUSE_BUSY},          {FL_STORE, FL_CAUSE_OPERANDS},
    };
    for (const auto &e : expected)
        EXPECT_GT(cycles[e.queue][e.cause], 0u) << fl_queue_names[e.queue] << " " << fl_cause_name(e.cause);
    uint64_t bank = 0; // only two readers can meet at a bank: everybody else waits for a token
    for (const auto &queue : cycles) bank += queue[FL_CAUSE_BANK];
    EXPECT_GT(bank, 0u);
}
} // namespace
