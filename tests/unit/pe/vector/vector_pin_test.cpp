// Does the clocked vector unit take the cycles that the plan says, and give the bits that the row form gives?
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <sstream>

#include "pe/vector/vector_pin.h"
#include "tests/support/systemc_test.h"
#include "tests/support/vector_jobs.h"

namespace
{
using sc_core::SC_NS;

// The unit on a clock of its own; the bench stands in the middle of cycle pin->cycle().
struct Bench {
    explicit Bench(uint32_t lanes, uint64_t seed = 1)
        : clock("clock", 10, SC_NS), pin(std::make_unique<fl::VectorPin>("vector", vec_params{lanes}, seed))
    {
        pin->clk(clock);
        pin->accepted = [this](uint64_t) { accepts.push_back(pin->cycle()); };
        pin->done = [this](uint64_t ticket) {
            dones.resize(std::max(dones.size(), ticket + 1));
            dones[ticket] = pin->cycle();
            done_count++;
        };
        sc_core::sc_start(5, SC_NS);
    }
    void step() { sc_core::sc_start(10, SC_NS); }

    sc_core::sc_clock clock;
    std::unique_ptr<fl::VectorPin> pin;
    std::vector<uint64_t> accepts, dones;
    size_t done_count = 0;
};

struct Case {
    uint32_t lanes;
    std::vector<VectorJobSpec> jobs;
};

std::ostream &operator<<(std::ostream &os, const Case &c)
{
    os << "lanes " << c.lanes;
    for (const VectorJobSpec &job : c.jobs) os << "\n  " << job;
    return os;
}

// Expected accounting: as the contract says, over whole jobs.
void account_job(fl_account &account, const vec_plan &plan, uint64_t start, uint64_t all_done_before)
{
    fl_account_until(&account, std::min(start, all_done_before), FL_CAUSE_DRAIN);
    fl_account_until(&account, start, FL_CAUSE_IDLE);
    fl_account_add(&account, plan.busy, FL_CAUSE_BUSY);
    fl_account_add(&account, plan.fill, FL_CAUSE_FILL);
}

// Runs both models on the case; returns the first difference, or nothing.
std::string difference(const Case &c)
{
    fl::fresh_simulation_context();
    Bench bench(c.lanes);
    const vec_params params = {c.lanes};
    std::ostringstream found;
    std::vector<std::unique_ptr<VectorJobData>> data;
    std::vector<std::vector<uint8_t>> pin_out;
    fl_account account = {};
    uint64_t free_at = 0, all_done = 0;
    std::vector<vec_plan> plans;

    for (const VectorJobSpec &spec : c.jobs) {
        data.push_back(std::make_unique<VectorJobData>(spec));
        const vec_job &job = data.back()->job;
        const uint64_t start = free_at + spec.delay;
        while (bench.pin->cycle() < start) bench.step();
        if (!bench.pin->ready()) return "not ready at cycle " + std::to_string(start);
        bench.pin->take(job);
        if (bench.pin->ready()) return "ready with a request pending";
        plans.emplace_back();
        vec_plan_job(&params, &job, start, &plans.back());
        account_job(account, plans.back(), start, all_done);
        free_at = plans.back().accept;
        all_done = std::max(all_done, plans.back().done);
        // Early by one cycle must be refused: the unit is not ready before the plan says so.
        while (bench.pin->cycle() + 1 < free_at) bench.step();
        if (bench.pin->ready()) return "ready before cycle " + std::to_string(free_at);
    }
    while (bench.pin->cycle() < all_done + 2) bench.step();
    fl_account_until(&account, all_done, FL_CAUSE_DRAIN);
    fl_account_until(&account, all_done + 2, FL_CAUSE_IDLE);

    if (bench.done_count != c.jobs.size()) return "not all jobs were done";
    for (size_t i = 0; i < c.jobs.size(); i++) {
        if (bench.accepts[i] != plans[i].accept)
            found << "job " << i << " accept: pin " << bench.accepts[i] << " span " << plans[i].accept
                  << '\n';
        if (bench.dones[i] != plans[i].done)
            found << "job " << i << " done: pin " << bench.dones[i] << " span " << plans[i].done << '\n';
        const std::vector<uint8_t> clocked = data[i]->out;
        data[i]->clear_output();
        std::vector<uint32_t> scratch(vec_scratch_bytes(data[i]->job.columns) / 4);
        vec_compute(&data[i]->job, scratch.data());
        if (clocked != data[i]->out) {
            const auto at = std::mismatch(clocked.begin(), clocked.end(), data[i]->out.begin());
            found << "job " << i << " output byte " << at.first - clocked.begin() << ": pin " << +*at.first
                  << " span " << +*at.second << '\n';
        }
    }
    for (int cause = 0; cause < FL_CAUSE_COUNT; cause++) {
        const uint64_t counted = bench.pin->account().cycles[cause];
        if (counted != account.cycles[cause])
            found << fl_cause_name(static_cast<fl_cause>(cause)) << ": pin " << counted << " span "
                  << account.cycles[cause] << '\n';
    }
    return found.str();
}

Case random_case(const std::vector<const vec_function *> &functions, uint64_t seed)
{
    test_random random = {seed};
    Case c = {static_cast<uint32_t>(test_random_range(&random, 1, 9)), {}};
    const int64_t jobs = test_random_range(&random, 2, 8);
    for (int64_t i = 0; i < jobs; i++) {
        const auto function = static_cast<size_t>(test_random_u64(&random) % functions.size());
        const auto rows = static_cast<uint32_t>(test_random_range(&random, 1, 4));
        const auto columns = static_cast<uint32_t>(test_random_range(&random, 1, 30));
        const bool back_to_back = test_random_range(&random, 0, 1) == 0;
        const auto delay = static_cast<uint32_t>(back_to_back ? 0 : test_random_range(&random, 1, 20));
        c.jobs.push_back({functions[function], rows, columns, test_random_u64(&random), delay});
    }
    return c;
}

// Smaller neighbours of a case, the boldest first.
std::vector<Case> smaller(const Case &c)
{
    std::vector<Case> cases;
    for (size_t i = 0; i < c.jobs.size() && c.jobs.size() > 1; i++) {
        cases.push_back(c);
        cases.back().jobs.erase(cases.back().jobs.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (c.lanes > 1) cases.push_back({c.lanes - 1, c.jobs});
    for (size_t i = 0; i < c.jobs.size(); i++) {
        for (uint32_t VectorJobSpec::*size : {&VectorJobSpec::rows, &VectorJobSpec::columns}) {
            if (c.jobs[i].*size == 1) continue;
            cases.push_back(c);
            cases.back().jobs[i].*size /= 2;
            cases.push_back(c);
            cases.back().jobs[i].*size -= 1;
        }
        if (c.jobs[i].delay > 0) {
            cases.push_back(c);
            cases.back().jobs[i].delay /= 2;
        }
    }
    return cases;
}

Case shrunk(Case c)
{
    for (bool again = true; again;) {
        again = false;
        for (const Case &candidate : smaller(c)) {
            if (difference(candidate).empty()) continue;
            c = candidate;
            again = true;
            break;
        }
    }
    return c;
}

class VectorPinTest : public SystemcTest
{
};

TEST_F(VectorPinTest, EqualsThePlanAndTheRowForm)
{
    const auto functions = vector_functions();
    ASSERT_FALSE(functions.empty());
    size_t jobs = 0;
    for (uint64_t seed = 7000; jobs < 700; seed++) {
        const Case c = random_case(functions, seed);
        jobs += c.jobs.size();
        if (difference(c).empty()) continue;
        const Case small = shrunk(c);
        FAIL() << "seed " << seed << ", shrunk to " << small << '\n' << difference(small);
    }
}

TEST_F(VectorPinTest, EqualsThePlanForEveryFunctionAlone)
{
    for (const vec_function *function : vector_functions()) {
        for (uint32_t lanes : {1u, 4u, 9u}) {
            const Case c = {lanes,
                            {{function, 2, 13, 3, 0}, {function, 1, 1, 4, 0}, {function, 3, lanes, 5, 2}}};
            EXPECT_EQ(difference(c), "") << c;
        }
    }
}

TEST_F(VectorPinTest, TakesTheSameCyclesWithoutData)
{
    for (const vec_function *function : vector_functions()) {
        fl::fresh_simulation_context();
        Bench bench(3);
        VectorJobData data({function, 2, 7, 11, 0});
        vec_job job = data.job;
        job.in = job.in2 = job.column_params = nullptr;
        job.out = nullptr;
        const vec_params params = {3};
        vec_plan plan;
        vec_plan_job(&params, &job, 0, &plan);
        bench.pin->take(job);
        while (bench.done_count == 0 && bench.pin->cycle() < plan.done + 100) bench.step();
        ASSERT_EQ(bench.done_count, 1u) << function->name;
        EXPECT_EQ(bench.dones[0], plan.done) << function->name;
        EXPECT_EQ(bench.accepts[0], plan.accept) << function->name;
    }
}

TEST_F(VectorPinTest, TakesTheNextJobFromItsOwnCallback)
{
    Bench bench(2);
    VectorJobData data({vector_functions().front(), 2, 5, 1, 0});
    const auto record = bench.pin->accepted;
    bench.pin->accepted = [&](uint64_t ticket) {
        record(ticket);
        if (ticket == 0) bench.pin->take(data.job);
    };
    bench.pin->take(data.job);
    const vec_params params = {2};
    vec_plan first, second;
    vec_plan_job(&params, &data.job, 0, &first);
    vec_plan_job(&params, &data.job, first.accept, &second);
    while (bench.pin->cycle() < second.done) bench.step();
    EXPECT_EQ(bench.dones, (std::vector<uint64_t>{first.done, second.done}));
}
} // namespace
