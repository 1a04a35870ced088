// Cycles charged to operations: against the log of a run, and span against pin with operations in any order.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <numeric>
#include <sstream>

#include "pe/array/array.h"
#include "pe/vector/vector.h"
#include "sim/base/registry.h"
#include "sim/machine/jobs.h"
#include "sim/report/layer_causes.h"
#include "tests/support/system_case.h"
#include "tests/support/system_run.h"

namespace
{
using namespace system_case;
using namespace system_run;

// The end of a command's own work in its unit and the busy cycles of it, from the closed forms.
class OwnWork
{
public:
    explicit OwnWork(const fl_machine_config &machine) : machine_(machine)
    {
        fl_registry_list("vector_function", functions_, 64);
    }
    uint64_t end(const Ran &ran)
    {
        if (ran.command.queue == FL_MATRIX) {
            const pe_array_job job = fl_matrix_job(&ran.command.u.matrix, nullptr, nullptr, nullptr);
            pe_array_plan plan;
            pe_array_plan_job(&machine_.array, &front_, &job, std::max(ran.start, accept_[FL_MATRIX]), &plan);
            accept_[FL_MATRIX] = plan.accept;
            busy = plan.busy;
            return plan.until;
        }
        if (ran.command.queue == FL_VECTOR) {
            const vec_job job =
                fl_vector_job(&ran.command.u.vector, functions_, nullptr, nullptr, nullptr, nullptr);
            vec_plan plan;
            vec_plan_job(&machine_.lanes, &job, std::max(ran.start, accept_[FL_VECTOR]), &plan);
            accept_[FL_VECTOR] = plan.accept;
            busy = plan.busy;
            return plan.accept;
        }
        return ran.done;
    }
    uint64_t busy = 0; // of the command whose end was asked for last

private:
    const fl_machine_config &machine_;
    const fl_part *functions_[64];
    pe_array_front front_ = {};
    uint64_t accept_[FL_QUEUE_COUNT] = {};
};

// Relabels commands at random, so that operations follow each other in a unit as they never do otherwise.
std::vector<fl_command> shuffled(const Session &session, uint64_t seed)
{
    test_random r = {seed};
    std::vector<fl_command> commands = session.commands();
    for (fl_command &command : commands)
        command.layer = static_cast<uint32_t>(test_random_range(&r, 0, session.workload().op_count - 1));
    return commands;
}

TEST(LayerCauses, ReachFromTheEndOfOneCommandToThatOfTheNext)
{
    uint64_t runs = 0, overlaps = 0;
    for (uint64_t seed = 1; runs < case_count(120); seed++) {
        const Case c = random_case(seed);
        const Session session(c.machine.yaml({}), c.workload.yaml());
        if (!session.ok()) continue;
        runs++;
        SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + describe(c));
        ArrayStream stream(shuffled(session, seed));
        std::vector<Ran> log;
        const MachineRun run(session, false, stream.get(), &log);
        ASSERT_EQ(run.status, FL_OK) << run.error;
        ASSERT_EQ(layer_causes_fault(run.result), "");
        const uint32_t layers = run.result.layer_count;
        OwnWork work(session.machine());
        for (int q = 0; q < FL_QUEUE_COUNT; q++) {
            std::vector<const Ran *> queue;
            for (const Ran &ran : log)
                if (ran.command.queue == q) queue.push_back(&ran);
            std::vector<uint64_t> expected(layers), busy(layers);
            uint64_t before = 0;
            for (size_t i = 0; i < queue.size(); i++) {
                const uint64_t next = i + 1 < queue.size() ? queue[i + 1]->start : UINT64_MAX;
                const uint64_t end = std::max(work.end(*queue[i]), std::min(next, queue[i]->done));
                overlaps += next < queue[i]->done;
                expected[queue[i]->command.layer] += end - before;
                busy[queue[i]->command.layer] += work.busy;
                before = end;
            }
            expected[layers - 1] += run.result.cycles - before;
            for (uint32_t l = 0; l < layers; l++) {
                const uint64_t *causes = run.result.cores[0].layers[l].cycles[q];
                const uint64_t sum = std::accumulate(causes, causes + FL_CAUSE_COUNT, uint64_t{0});
                ASSERT_EQ(sum, expected[l]) << fl_queue_names[q] << " operation " << l;
                if (q == FL_MATRIX || q == FL_VECTOR)
                    ASSERT_EQ(causes[FL_CAUSE_BUSY], busy[l]) << fl_queue_names[q] << " operation " << l;
                else
                    ASSERT_EQ(causes[FL_CAUSE_BUSY], run.result.layers[l].busy[q]) << fl_queue_names[q];
            }
        }
    }
    EXPECT_GT(overlaps, 0u);
}

TEST(LayerCauses, SpanEqualsPinWithOperationsInAnyOrder)
{
    const Models pins = {true, true, true};
    uint64_t runs = 0;
    for (uint64_t seed = 1; runs < case_count(120); seed++) {
        const Case c = random_case(seed);
        const Session span(c.machine.yaml({}), c.workload.yaml()),
            pin(c.machine.yaml(pins), c.workload.yaml());
        if (!span.ok()) continue;
        runs++;
        ArrayStream commands(shuffled(span, seed)), same(commands.commands);
        const MachineRun fast(span, false, commands.get()), slow(pin, false, same.get());
        ASSERT_EQ(fast.status, FL_OK) << fast.error;
        ASSERT_EQ(difference(fast, slow), "") << "seed " << seed << "\n" << describe(c, pins);
    }
}

std::vector<std::string> cells(std::istream &in)
{
    std::string line, cell;
    std::getline(in, line);
    std::istringstream row(line);
    std::vector<std::string> all;
    while (std::getline(row, cell, ',')) all.push_back(cell);
    return all;
}

// Of a run, with the texts that it is reported as.
struct Reported {
    explicit Reported(const Session &session) : run(session)
    {
        if (run.status != FL_OK) return;
        report = fl_report_new(&session.machine(), &session.workload(), session.mappings().data(),
                               &run.result, session.dram().peak_bytes_per_cycle);
    }
    std::string text(const std::function<void(const fl_report *, fl_text *)> &print) const
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

TEST(LayerCauses, ColumnsAddUpToTheAccountsOfTheSummary)
{
    for (const char *cores : {"1", "2"}) {
        const Session session(std::string("machine: m\ninclude: [tiny_8.yaml]\ncores: ") + cores + "\n",
                              "workload: w\ninclude: [tiny_encoder.yaml]\n");
        ASSERT_TRUE(session.ok()) << session.error();
        const Reported reported(session);
        std::istringstream csv(reported.text(fl_report_layers_csv));
        const std::vector<std::string> head = cells(csv);
        std::map<std::string, uint64_t> sums;
        for (std::vector<std::string> row = cells(csv); !row.empty(); row = cells(csv)) {
            ASSERT_EQ(row.size(), head.size());
            for (size_t i = 0; i < row.size(); i++)
                if (head[i].find('.') != std::string::npos) sums[head[i]] += std::stoull(row[i]);
        }
        std::map<std::string, uint64_t> expected;
        for (uint32_t core = 0; core < reported.run.result.core_count; core++)
            for (int q = 0; q < FL_QUEUE_COUNT; q++)
                for (int c = 0; c < FL_CAUSE_COUNT; c++) {
                    const uint64_t cycles = reported.run.result.cores[core].units[q].cycles[c];
                    const std::string prefix = *cores == '1' ? "" : "core" + std::to_string(core) + ".";
                    if (cycles != 0)
                        expected[prefix + fl_queue_names[q] + "." + fl_cause_name(fl_cause(c))] = cycles;
                }
        EXPECT_EQ(sums, expected) << cores << " cores";
    }
}

TEST(LayerCauses, TableShowsTheOperationsThatMatch)
{
    EXPECT_TRUE(fl_layer_matches("layer3", "layer3.ffn.up"));
    EXPECT_TRUE(fl_layer_matches("*.ffn.up", "layer3.ffn.up"));
    EXPECT_TRUE(fl_layer_matches("layer3.ffn.up", "layer3.ffn.up"));
    EXPECT_FALSE(fl_layer_matches("layer1", "layer11.ffn.up"));
    EXPECT_FALSE(fl_layer_matches("ffn", "layer3.ffn.up"));

    const Session session("machine: m\ninclude: [tiny_8.yaml]\n",
                          "workload: w\ninclude: [tiny_encoder.yaml]\n");
    ASSERT_TRUE(session.ok()) << session.error();
    const Reported reported(session);
    const auto table = [&](const char *pattern) {
        return reported.text([pattern](const fl_report *report, fl_text *out) {
            fl_layer_causes_table(report, pattern, out);
        });
    };
    const std::string one = table("layer0.ffn.up"), all = table("*");
    EXPECT_NE(one.find("layer0.ffn.up"), std::string::npos);
    EXPECT_EQ(one.find("layer0.ffn.down"), std::string::npos);
    EXPECT_EQ(one.find("operations"), std::string::npos) << "a single operation is its own sum";
    std::istringstream lines(all.substr(all.find("  all ")));
    std::string word;
    uint64_t load = 0;
    lines >> word >> word >> word >> word >> load;
    EXPECT_EQ(load, reported.run.result.cycles) << all;
}
} // namespace
