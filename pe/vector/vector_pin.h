// The vector unit one clock edge at a time: the slow twin of vec_plan_job and vec_compute.
//
// One module per lane, a row sequencer that counts passes, elements and gap cycles, and a reduction register.
// Cycle c is the time from one rising edge to the next; the edge that ends it does its work. The first edge
// of all begins cycle 0. A job given by take() during cycle c starts in cycle c.
#ifndef PE_VECTOR_VECTOR_PIN_H
#define PE_VECTOR_VECTOR_PIN_H

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <ostream>
#include <random>
#include <systemc>
#include <vector>

#include "pe/vector/vector.h"
#include "sim/base/account.h"

namespace fl
{
// A job in the unit, shared by the sequencer and the lanes' pipelines until its last element is out.
struct VectorFlight {
    vec_job job;
    uint64_t ticket;
    uint64_t elements_left; // not yet in the output buffer
};

// What the sequencer hands to one lane: the operand registers.
struct VectorIssue {
    std::shared_ptr<VectorFlight> flight; // none: bubble
    unsigned pass = 0;
    uint32_t row = 0, column = 0;
    int32_t x = 0, x2 = 0;
    vec_column parameters = {};
    bool masked = false;    // not a valid element of its row
    bool ends_pass = false; // of the row; the same in all lanes of a group
};

// What a lane hands to the reduction register.
struct VectorContribution {
    std::shared_ptr<VectorFlight> flight; // none: bubble
    unsigned pass = 0;
    int64_t value = 0;
    bool masked = false; // takes no part
    bool ends_pass = false;
};

struct VectorRowState {
    vec_row_state state = {};
};

// What takes the place of the lanes' arithmetic for one function: the values that the encoders take, one per
// lane, in the cycle before the function's latency is over.
class VectorArithmetic
{
public:
    virtual ~VectorArithmetic() = default;
    virtual int32_t value(size_t lane) const = 0;
};

bool operator==(const VectorIssue &a, const VectorIssue &b);
bool operator==(const VectorContribution &a, const VectorContribution &b);
bool operator==(const VectorRowState &a, const VectorRowState &b);
std::ostream &operator<<(std::ostream &os, const VectorIssue &issue);
std::ostream &operator<<(std::ostream &os, const VectorContribution &contribution);
std::ostream &operator<<(std::ostream &os, const VectorRowState &row);
void sc_trace(sc_core::sc_trace_file *file, const VectorIssue &issue, const std::string &name);
void sc_trace(sc_core::sc_trace_file *file, const VectorContribution &contribution, const std::string &name);
void sc_trace(sc_core::sc_trace_file *file, const VectorRowState &row, const std::string &name);

// One lane: the combinational function on its operand registers, then the pipeline of the function's latency.
// Functions have pipelines of their own, so a short one may overtake a long one.
class VectorLane : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk;
    sc_core::sc_in<VectorIssue> operands;
    sc_core::sc_in<VectorRowState> row_state;
    sc_core::sc_out<VectorContribution> contribution;

    // `written` is called for each element that has reached the output buffer.
    VectorLane(sc_core::sc_module_name name,
               std::function<void(const std::shared_ptr<VectorFlight> &)> written);

    void replace(const vec_function *function, const VectorArithmetic *arithmetic, size_t lane);

private:
    struct Replacement {
        const vec_function *function;
        const VectorArithmetic *arithmetic;
        size_t lane;
    };
    struct Result {
        std::shared_ptr<VectorFlight> flight;
        uint32_t row, column, code;
        bool masked;
    };
    struct Pipeline {
        const vec_function *function;
        std::deque<Result> stages; // front: the newest
    };

    void edge();
    Pipeline &pipeline_of(const vec_function *function);
    const Replacement *replacement_of(const vec_function *function) const;
    void write(const Result &result);

    std::function<void(const std::shared_ptr<VectorFlight> &)> written_;
    std::vector<Pipeline> pipelines_;
    std::vector<Replacement> replacements_;
};

class VectorPin : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk;

    // Called right after the edge that begins cycle `accept` of a job, and the one that begins its cycle
    // `done`. A callback may take() the next job.
    std::function<void(uint64_t ticket)> accepted, done;

    // Jobs without data work on random operands from `seed`.
    VectorPin(sc_core::sc_module_name name, const vec_params &params, uint64_t seed);

    // From now on `arithmetic`, which is borrowed, computes `function`. It sees the operand registers.
    void replace(const vec_function *function, const VectorArithmetic &arithmetic);
    const VectorIssue &operands(size_t lane) const { return operands_[lane].read(); }
    const vec_params &params() const { return params_; }

    // True when a job taken now starts in this cycle.
    bool ready() const { return !running_ && !request_; }
    // Starts a job in the present cycle; asserts ready(). The job's data must be there now and stay until
    // done. Returns the job's ticket (0, 1, 2 ...).
    uint64_t take(const vec_job &job);

    uint64_t cycle() const { return cycle_; }              // the present cycle
    const fl_account &account() const { return account_; } // of the cycles before the present one

private:
    void edge();
    void begin_job();
    void begin_row();
    void reduce();
    void issue_group();
    void next_group();
    void next_pass();
    void bubble();
    void account_cycle(fl_cause cause);
    void element_written(const std::shared_ptr<VectorFlight> &flight);
    void announce();
    VectorIssue operands_of(uint32_t column);

    const vec_params params_;
    std::mt19937_64 random_;
    sc_core::sc_vector<VectorLane> lanes_;
    sc_core::sc_vector<sc_core::sc_signal<VectorIssue>> operands_;
    sc_core::sc_vector<sc_core::sc_signal<VectorContribution>> contributions_;
    sc_core::sc_signal<VectorRowState> row_signal_; // the reduction register as the lanes see it

    std::shared_ptr<VectorFlight> request_;
    sc_core::sc_time request_time_;
    std::shared_ptr<VectorFlight> running_; // still issuing
    vec_row_state row_state_ = {};
    uint32_t row_ = 0, column_ = 0; // of the next group
    unsigned pass_ = 0, gap_left_ = 0;
    const uint8_t *in_ = nullptr, *in2_ = nullptr; // the row's packed operands
    std::vector<uint8_t> noise_, noise2_;          // stand for them in a run without data
    std::vector<vec_column> columns_;

    uint64_t tickets_ = 0, in_flight_ = 0;
    sc_core::sc_event news_; // for announce, which runs when all modules have seen the edge
    std::vector<uint64_t> accepted_now_, done_now_;
    uint64_t cycle_ = 0;
    bool first_edge_ = true;
    fl_account account_ = {};
};
} // namespace fl

#endif
