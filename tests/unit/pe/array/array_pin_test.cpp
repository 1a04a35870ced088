// The twins of the matrix unit: span (closed form) and pin (registers) must agree to the cycle and to the
// bit.
#include "pe/array/array_pin.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <sstream>

#include "tests/support/array_case.h"
#include "tests/support/systemc_test.h"

namespace
{
using array_case::JobData;
using array_case::JobSpec;

const sc_core::sc_time PERIOD(2, sc_core::SC_NS);

struct Case {
    std::string pe = "ant4";
    uint32_t rows = 1, columns = 1;
    pe_dataflow dataflow = PE_OUTPUT_STATIONARY;
    bool overlap_preload = false, overlap_skew = false, overlap_drain = false;
    std::vector<JobSpec> jobs;

    pe_array_params params() const
    {
        return {array_case::pe_named(pe), rows,         columns,      dataflow,
                overlap_preload,          overlap_skew, overlap_drain};
    }
};

std::ostream &operator<<(std::ostream &os, const Case &c)
{
    os << c.rows << " x " << c.columns << ' ' << c.pe << (c.dataflow == PE_OUTPUT_STATIONARY ? " OS" : " WS")
       << " overlap preload " << c.overlap_preload << " skew " << c.overlap_skew << " drain "
       << c.overlap_drain;
    for (const JobSpec &j : c.jobs)
        os << "\n  items " << j.items << " m " << j.m << " n " << j.n << " k " << j.k << ' ' << j.a_format
           << " x " << j.b_format << " k-major " << j.b_k_major << " accumulate " << j.accumulate
           << " padding " << j.padding << " delay " << j.delay << " seed " << j.seed;
    return os;
}

struct JobTimes {
    uint64_t start, first_operand, accept, done;
};

// What a model did with a case.
struct Outcome {
    std::vector<JobTimes> jobs;
    uint64_t busy = 0, fill = 0, drain = 0, errors = 0;
    std::vector<std::vector<uint32_t>> sums;
};

Outcome run_span(const Case &c, const std::vector<JobData> &data)
{
    const pe_array_params params = c.params();
    Outcome out;
    out.sums.resize(data.size());
    pe_array_front front{};
    uint64_t accept = 0;
    for (size_t i = 0; i < data.size(); ++i) {
        const pe_array_job job = data[i].into(out.sums[i]);
        const uint64_t start = accept + c.jobs[i].delay, before = front.until;
        pe_array_plan plan;
        pe_array_plan_job(&params, &front, &job, start, &plan);
        out.jobs.push_back({start, plan.first_operand, plan.accept, plan.done});
        out.busy += plan.busy;
        out.fill += plan.fill;
        out.drain += plan.drain;
        EXPECT_EQ(plan.from, std::max(start, before));
        EXPECT_EQ(plan.until - plan.from, plan.busy + plan.fill + plan.drain);
        accept = plan.accept;
        pe_array_compute(&params, &job, nullptr);
    }
    return out;
}

// Drives the pin model: a job with delay 0 is taken inside the accept callback, others in the middle of their
// cycle.
class PinRun
{
public:
    PinRun(const Case &c, std::vector<pe_array_job> jobs, unsigned hasten)
        : case_(c), jobs_(std::move(jobs)), clock_("clk", PERIOD), pin_("array", c.params(), PERIOD)
    {
        pin_.clk(clock_);
        pin_.hasten(hasten);
        pin_.on_first_operand = [this](uint64_t cycle) { times_[first_++].first_operand = cycle; };
        pin_.on_done = [this](uint64_t cycle) { times_[done_++].done = cycle; };
        pin_.on_accept = [this](uint64_t cycle) {
            times_[accepted_++].accept = cycle;
            if (accepted_ < jobs_.size() && case_.jobs[accepted_].delay == 0) take(cycle);
        };
    }

    Outcome run(uint64_t limit)
    {
        Outcome out;
        sc_core::sc_start(PERIOD / 2);
        for (uint64_t cycle = 0; done_ < jobs_.size() && cycle < limit; ++cycle) {
            if (times_.size() < jobs_.size() && times_.size() == accepted_) {
                const uint64_t ready = accepted_ == 0 ? 0 : times_[accepted_ - 1].accept;
                if (cycle == ready + case_.jobs[accepted_].delay) take(cycle);
            }
            sc_core::sc_start(PERIOD);
        }
        out.jobs = times_;
        out.busy = pin_.account().cycles[FL_CAUSE_BUSY];
        out.fill = pin_.account().cycles[FL_CAUSE_FILL];
        out.drain = pin_.account().cycles[FL_CAUSE_DRAIN];
        out.errors = pin_.errors();
        return out;
    }

    const fl::ArrayPin &pin() const { return pin_; }

private:
    void take(uint64_t cycle)
    {
        const pe_array_job &job = jobs_[times_.size()];
        times_.push_back({cycle, 0, 0, 0});
        EXPECT_TRUE(pin_.ready());
        pin_.take(job);
        EXPECT_FALSE(pin_.ready());
    }

    const Case &case_;
    std::vector<pe_array_job> jobs_;
    sc_core::sc_clock clock_;
    fl::ArrayPin pin_;
    std::vector<JobTimes> times_;
    size_t first_ = 0, accepted_ = 0, done_ = 0;
};

Outcome run_pin(const Case &c, const std::vector<JobData> &data, uint64_t limit, unsigned hasten = 0)
{
    fl::fresh_simulation_context();
    std::vector<std::vector<uint32_t>> sums(data.size());
    std::vector<pe_array_job> jobs;
    for (size_t i = 0; i < data.size(); ++i) jobs.push_back(data[i].into(sums[i]));
    Outcome out = PinRun(c, std::move(jobs), hasten).run(limit);
    out.sums = std::move(sums);
    return out;
}

std::vector<JobData> data_of(const Case &c) { return {c.jobs.begin(), c.jobs.end()}; }

bool is_valid(const Case &c)
{
    const pe_array_params params = c.params();
    for (const JobSpec &j : c.jobs)
        if (!pe_array_supports(&params, array_case::format_named(j.a_format),
                               array_case::format_named(j.b_format), nullptr))
            return false;
    return !c.jobs.empty();
}

// Empty when span, pin and the oracle agree.
std::string difference(const Case &c)
{
    const std::vector<JobData> data = data_of(c);
    const Outcome span = run_span(c, data);
    const Outcome pin = run_pin(c, data, span.jobs.back().done + 100);
    std::ostringstream os;
    const auto compare = [&](const char *what, uint64_t span_value, uint64_t pin_value) {
        if (span_value != pin_value) os << what << ": span " << span_value << ", pin " << pin_value << '\n';
    };
    compare("jobs", span.jobs.size(), pin.jobs.size());
    for (size_t i = 0; i < std::min(span.jobs.size(), pin.jobs.size()); ++i) {
        const std::string job = "job " + std::to_string(i);
        compare((job + " start").c_str(), span.jobs[i].start, pin.jobs[i].start);
        compare((job + " first operand").c_str(), span.jobs[i].first_operand, pin.jobs[i].first_operand);
        compare((job + " accept").c_str(), span.jobs[i].accept, pin.jobs[i].accept);
        compare((job + " done").c_str(), span.jobs[i].done, pin.jobs[i].done);
        const std::vector<uint32_t> oracle = data[i].oracle();
        if (span.sums[i] != oracle) os << job << ": span's sums differ from the oracle\n";
        if (pin.sums[i] != oracle) os << job << ": pin's sums differ from the oracle\n";
    }
    compare("busy", span.busy, pin.busy);
    compare("fill", span.fill, pin.fill);
    compare("drain", span.drain, pin.drain);
    compare("errors", 0, pin.errors);
    return os.str();
}

Case random_case(uint64_t seed)
{
    static const char *const formats[] = {"int4", "uint4", "flint4", "uflint4",
                                          "pot4", "upot4", "int8",   "uint8"};
    static const char *const pes[] = {"ant4", "int4", "int8"};
    test_random random{seed};
    const auto pick = [&](uint32_t low, uint32_t high) {
        return static_cast<uint32_t>(test_random_range(&random, low, high));
    };
    Case c;
    do {
        c = Case{};
        c.pe = pes[pick(0, 2)];
        c.rows = pick(1, 8);
        c.columns = pick(1, 8);
        c.dataflow = pick(0, 1) ? PE_OUTPUT_STATIONARY : PE_WEIGHT_STATIONARY;
        c.overlap_preload = pick(0, 1);
        c.overlap_skew = pick(0, 1);
        c.overlap_drain = pick(0, 1);
        for (uint32_t count = pick(1, 4); count > 0; --count) {
            JobSpec j;
            j.items = pick(0, 3) ? 1 : pick(1, 3);
            j.m = pick(1, pick(0, 1) ? 3 : 2 * c.rows + 3);
            j.n = pick(1, 2 * c.columns + 1);
            j.k = pick(1, pick(0, 1) ? 3 : 2 * c.rows + 3);
            j.a_format = formats[pick(0, 7)];
            j.b_format = formats[pick(0, 7)];
            j.b_k_major = pick(0, 1);
            j.accumulate = pick(0, 1);
            j.padding = pick(0, 2);
            j.delay = pick(0, 2) ? 0 : pick(0, 20);
            j.seed = test_random_u64(&random);
            c.jobs.push_back(j);
        }
    } while (!is_valid(c));
    return c;
}

std::vector<Case> smaller(const Case &c)
{
    std::vector<Case> out;
    const auto add = [&](const std::function<void(Case &)> &change) {
        out.push_back(c);
        change(out.back());
    };
    for (size_t i = 0; i < c.jobs.size(); ++i) {
        add([i](Case &s) { s.jobs.erase(s.jobs.begin() + static_cast<std::ptrdiff_t>(i)); });
        for (uint32_t JobSpec::*size : {&JobSpec::items, &JobSpec::m, &JobSpec::n, &JobSpec::k})
            if (c.jobs[i].*size > 1) add([i, size](Case &s) { s.jobs[i].*size /= 2; });
        for (uint32_t JobSpec::*extra : {&JobSpec::padding, &JobSpec::delay})
            if (c.jobs[i].*extra > 0) add([i, extra](Case &s) { s.jobs[i].*extra /= 2; });
    }
    if (c.rows > 1) add([](Case &s) { s.rows /= 2; });
    if (c.columns > 1) add([](Case &s) { s.columns /= 2; });
    return out;
}

Case shrink(Case failing)
{
    for (bool shrunk = true; shrunk;) {
        shrunk = false;
        for (const Case &candidate : smaller(failing)) {
            if (!is_valid(candidate) || difference(candidate).empty()) continue;
            failing = candidate;
            shrunk = true;
            break;
        }
    }
    return failing;
}

uint64_t case_count()
{
    const char *text = std::getenv("FL_TEST_CASES");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 2000;
}

Case square(uint32_t size, pe_dataflow dataflow, bool preload, bool skew, bool drain, const JobSpec &job)
{
    return {"int8", size, size, dataflow, preload, skew, drain, {job}};
}

class ArrayPin : public SystemcTest
{
};

TEST_F(ArrayPin, EqualsTheSpanModelToTheCycleAndTheBit)
{
    for (uint64_t seed = 1; seed <= case_count(); ++seed) {
        const Case c = random_case(seed);
        if (difference(c).empty()) continue;
        const Case small = shrink(c);
        FAIL() << "seed " << seed << ", shrunk to\n" << small << '\n' << difference(small);
    }
}

// The closed form may not only be right, no fold may start a cycle earlier either: with the sequencer one
// cycle too fast registers collide, and both the checks in the PEs and the sums show it.
TEST_F(ArrayPin, OverlapRulesAreTight)
{
    JobSpec steps;
    steps.m = 9;
    steps.n = 9;
    steps.k = 2;
    steps.a_format = steps.b_format = "int8";
    JobSpec depth = steps;
    depth.m = 2;
    depth.k = 9;
    const struct {
        const char *rule;
        Case c;
    } rules[] = {
        {"OS, drain overlapped: shadow registers are free",
         square(4, PE_OUTPUT_STATIONARY, false, true, true, steps)},
        {"OS, drain serial: accumulators have left",
         square(4, PE_OUTPUT_STATIONARY, false, true, false, steps)},
        {"WS, preload overlapped: weights are in place",
         square(4, PE_WEIGHT_STATIONARY, true, true, false, depth)},
        {"WS, preload serial: weights are in place",
         square(4, PE_WEIGHT_STATIONARY, false, true, false, depth)},
    };
    for (const auto &[rule, c] : rules) {
        SCOPED_TRACE(rule);
        const std::vector<JobData> data = data_of(c);
        EXPECT_EQ(run_pin(c, data, 1000).errors, 0u);
        const Outcome hasty = run_pin(c, data, 1000, 1);
        EXPECT_GT(hasty.errors, 0u);
        EXPECT_NE(hasty.sums[0], data[0].oracle());
    }
}

TEST_F(ArrayPin, TakesTheSameTimeWithoutData)
{
    Case c = random_case(7);
    std::vector<JobData> data = data_of(c);
    const Outcome with = run_pin(c, data, 100000);
    fl::fresh_simulation_context();
    std::vector<pe_array_job> jobs;
    for (const JobData &d : data) {
        jobs.push_back(d.job);
        jobs.back().a = jobs.back().b = nullptr;
        jobs.back().c = nullptr;
    }
    const Outcome without = PinRun(c, jobs, 0).run(100000);
    ASSERT_EQ(with.jobs.size(), without.jobs.size());
    for (size_t i = 0; i < with.jobs.size(); ++i) EXPECT_EQ(with.jobs[i].done, without.jobs[i].done);
    EXPECT_EQ(without.errors, 0u);
}

// Cycles with no job are idle; the account always sums to the cycles passed.
TEST_F(ArrayPin, AccountsEveryCycleOnce)
{
    Case c = random_case(3);
    c.jobs.resize(1);
    c.jobs[0].delay = 5;
    const std::vector<JobData> data = data_of(c);
    std::vector<uint32_t> sums;
    PinRun run(c, {data[0].into(sums)}, 0);
    const Outcome out = run.run(100000);
    const fl_account &account = run.pin().account();
    EXPECT_EQ(account.cycles[FL_CAUSE_IDLE], account.until - out.busy - out.fill - out.drain);
    EXPECT_GE(account.cycles[FL_CAUSE_IDLE], 5u);
    EXPECT_GE(account.until, out.jobs[0].done);
    EXPECT_FALSE(run.pin().busy());
}
// The owner may stop the clock while the array is not busy, and may take a job before the edge of its cycle.
TEST_F(ArrayPin, RunsOnAGatedClock)
{
    for (const pe_dataflow dataflow : {PE_OUTPUT_STATIONARY, PE_WEIGHT_STATIONARY}) {
        fl::fresh_simulation_context();
        JobSpec spec;
        spec.m = spec.n = spec.k = 5;
        Case c = square(3, dataflow, true, true, true, spec);
        const pe_array_params params = c.params();
        const JobData data(spec);
        std::vector<uint32_t> sums;
        const pe_array_job job = data.into(sums);
        sc_core::sc_signal<bool> clock("clk");
        fl::ArrayPin pin("array", params, PERIOD);
        uint64_t done = 0;
        pin.clk(clock);
        pin.on_done = [&](uint64_t cycle) { done = cycle; };
        pe_array_front front{};
        sc_core::sc_start(sc_core::SC_ZERO_TIME);
        for (const uint64_t start : {5u, 200u}) {
            pe_array_plan plan;
            pe_array_plan_job(&params, &front, &job, start, &plan);
            for (uint64_t cycle = start == 5 ? 0 : 100; cycle < start + 60; ++cycle) {
                if (cycle == start) pin.take(job);
                if (pin.busy()) clock.write(true);
                sc_core::sc_start(PERIOD / 2);
                clock.write(false);
                sc_core::sc_start(PERIOD / 2);
                if (cycle + 1 == 65) sc_core::sc_start(35 * PERIOD);
            }
            EXPECT_EQ(done, plan.done);
            EXPECT_FALSE(pin.busy());
        }
        EXPECT_EQ(sums, data.oracle());
        EXPECT_EQ(pin.errors(), 0u);
    }
}
} // namespace
