#include "pe/vector/vector_pin.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

namespace fl
{
// Bubbles compare equal; anything with a job in it counts as a change, so that equal successive elements are
// not lost.
bool operator==(const VectorIssue &a, const VectorIssue &b) { return !a.flight && !b.flight; }
bool operator==(const VectorContribution &a, const VectorContribution &b) { return !a.flight && !b.flight; }
bool operator==(const VectorRowState &a, const VectorRowState &b)
{
    return std::equal(std::begin(a.state.s), std::end(a.state.s), std::begin(b.state.s));
}
std::ostream &operator<<(std::ostream &os, const VectorIssue &issue)
{
    return issue.flight ? os << "pass " << issue.pass << " row " << issue.row << " column " << issue.column
                        : os << "bubble";
}
std::ostream &operator<<(std::ostream &os, const VectorContribution &contribution)
{
    return contribution.flight ? os << "pass " << contribution.pass << " value " << contribution.value
                               : os << "bubble";
}
std::ostream &operator<<(std::ostream &os, const VectorRowState &row)
{
    for (int64_t s : row.state.s) os << s << ' ';
    return os;
}
void sc_trace(sc_core::sc_trace_file *file, const VectorIssue &issue, const std::string &name)
{
    sc_core::sc_trace(file, issue.x, name + ".x");
    sc_core::sc_trace(file, issue.x2, name + ".x2");
    sc_core::sc_trace(file, issue.pass, name + ".pass");
}
void sc_trace(sc_core::sc_trace_file *file, const VectorContribution &contribution, const std::string &name)
{
    sc_core::sc_trace(file, contribution.value, name + ".value");
}
void sc_trace(sc_core::sc_trace_file *file, const VectorRowState &row, const std::string &name)
{
    for (size_t i = 0; i < std::size(row.state.s); i++)
        sc_core::sc_trace(file, row.state.s[i], name + ".s" + std::to_string(i));
}

// --- lane
// -----------------------------------------------------------------------------------------------------

VectorLane::VectorLane(sc_core::sc_module_name name,
                       std::function<void(const std::shared_ptr<VectorFlight> &)> written)
    : sc_module(name), clk("clk"), operands("operands"), row_state("row_state"), contribution("contribution"),
      written_(std::move(written))
{
    SC_HAS_PROCESS(VectorLane);
    SC_METHOD(edge);
    sensitive << clk.pos();
    dont_initialize();
}

void VectorLane::edge()
{
    // 1. The combinational function of the operand registers.
    const VectorIssue &issue = operands.read();
    const bool reduces = issue.flight && issue.pass + 1 < issue.flight->job.function->passes;
    VectorContribution reduced;
    Result result = {};
    if (issue.flight && replacement_of(issue.flight->job.function) != nullptr) {
        if (reduces)
            reduced = {issue.flight, issue.pass, 0, issue.masked, issue.ends_pass};
        else
            result = {issue.flight, issue.row, issue.column, 0, issue.masked};
    } else if (issue.flight) {
        const vec_job &job = issue.flight->job;
        const int64_t value = job.function->lane(&row_state.read().state, &job, issue.pass, issue.x, issue.x2,
                                                 &issue.parameters);
        if (reduces)
            reduced = {issue.flight, issue.pass, value, issue.masked, issue.ends_pass};
        else
            result = {issue.flight, issue.row, issue.column,
                      num_encode(job.out_format, static_cast<int32_t>(value)), issue.masked};
    }

    // 2. The pipelines advance by one stage, which for a replaced function hold places only; what leaves the
    // last one is in the output buffer.
    if (result.flight) pipeline_of(result.flight->job.function);
    for (Pipeline &pipeline : pipelines_) {
        const bool enters = result.flight && result.flight->job.function == pipeline.function;
        pipeline.stages.push_front(enters ? result : Result{});
        Result &last = pipeline.stages.back();
        const Replacement *replacement = replacement_of(pipeline.function);
        if (last.flight && replacement != nullptr)
            last.code =
                num_encode(last.flight->job.out_format, replacement->arithmetic->value(replacement->lane));
        if (last.flight && last.masked) last.code = num_encode(last.flight->job.out_format, 0);
        if (last.flight) write(last);
        pipeline.stages.pop_back();
    }
    contribution.write(reduced);
}

// `latency` edges from the operand register to the output buffer, the last of which writes the buffer.
VectorLane::Pipeline &VectorLane::pipeline_of(const vec_function *function)
{
    for (Pipeline &pipeline : pipelines_)
        if (pipeline.function == function) return pipeline;
    pipelines_.push_back({function, std::deque<Result>(function->latency - 1)});
    return pipelines_.back();
}

void VectorLane::replace(const vec_function *function, const VectorArithmetic *arithmetic, size_t lane)
{
    replacements_.push_back({function, arithmetic, lane});
}

const VectorLane::Replacement *VectorLane::replacement_of(const vec_function *function) const
{
    for (const Replacement &replacement : replacements_)
        if (replacement.function == function) return &replacement;
    return nullptr;
}

void VectorLane::write(const Result &result)
{
    const vec_job &job = result.flight->job;
    if (job.out) {
        uint8_t *row = job.out + result.row * job.out_stride_bytes;
        num_store_code(job.out_format, row, result.column, result.code);
        // The last code clears the rest of its byte, which may hold another tile's.
        const bool ends_inside_a_byte = (result.column + 1) * job.out_format.bits % 8 != 0;
        if (result.column + 1 == job.columns && ends_inside_a_byte)
            num_store_code(job.out_format, row, result.column + 1, 0);
    }
    written_(result.flight);
}

// --- unit
// -----------------------------------------------------------------------------------------------------

VectorPin::VectorPin(sc_core::sc_module_name name, const vec_params &params, uint64_t seed)
    : sc_module(name), clk("clk"), params_(params), random_(seed), lanes_("lane"),
      operands_("operands", params.lanes), contributions_("contribution", params.lanes),
      row_signal_("row_state")
{
    lanes_.init(params.lanes, [this](const char *lane_name, size_t) {
        return new VectorLane(lane_name, [this](const auto &flight) { element_written(flight); });
    });
    for (size_t i = 0; i < lanes_.size(); i++) {
        lanes_[i].clk(clk);
        lanes_[i].operands(operands_[i]);
        lanes_[i].row_state(row_signal_);
        lanes_[i].contribution(contributions_[i]);
    }
    SC_HAS_PROCESS(VectorPin);
    SC_METHOD(edge);
    sensitive << clk.pos();
    dont_initialize();
    SC_METHOD(announce);
    sensitive << news_;
    dont_initialize();
}

void VectorPin::replace(const vec_function *function, const VectorArithmetic &arithmetic)
{
    for (size_t i = 0; i < lanes_.size(); i++) lanes_[i].replace(function, &arithmetic, i);
}

uint64_t VectorPin::take(const vec_job &job)
{
    assert(ready() && job.rows > 0 && job.columns > 0 && vec_mask_is_valid(&job));
    request_ = std::make_shared<VectorFlight>(VectorFlight{job, tickets_, uint64_t{job.rows} * job.columns});
    request_time_ = sc_core::sc_time_stamp();
    return tickets_++;
}

void VectorPin::edge()
{
    if (first_edge_) {
        first_edge_ = false;
        return;
    }
    // A request of this very instant belongs to the cycle that begins now.
    if (request_ && request_time_ < sc_core::sc_time_stamp()) begin_job();

    // 1. The reduction register takes what the lanes have finished. 2. The sequencer issues the next group.
    cycle_++;
    reduce();
    if (!running_) {
        account_cycle(in_flight_ > 0 ? FL_CAUSE_DRAIN : FL_CAUSE_IDLE);
        bubble();
    } else if (gap_left_ > 0) {
        account_cycle(FL_CAUSE_FILL);
        bubble();
        if (--gap_left_ == 0) next_pass();
    } else {
        account_cycle(FL_CAUSE_BUSY);
        issue_group();
        next_group();
    }
    row_signal_.write({row_state_});
}

void VectorPin::begin_job()
{
    running_ = std::move(request_);
    request_.reset();
    in_flight_++;
    row_ = 0;
    const vec_job &job = running_->job;
    columns_.assign(job.columns, vec_column{0, {1 << 30, 1}});
    if (job.function->uses_columns && job.column_params)
        vec_load_columns(job.column_params, job.columns, columns_.data());
    pass_ = 0;
    column_ = 0;
}

void VectorPin::begin_row()
{
    const vec_job &job = running_->job;
    const auto noise = [this](std::vector<uint8_t> &row, size_t bytes) {
        row.resize(bytes);
        for (uint8_t &byte : row) byte = static_cast<uint8_t>(random_());
        return row.data();
    };
    in_ = job.in ? job.in + row_ * job.in_stride_bytes
                 : noise(noise_, num_row_bytes(job.in_format, job.columns));
    if (job.function->inputs == 2)
        in2_ = job.in2 ? job.in2 + row_ * job.in2_stride_bytes
                       : noise(noise2_, num_row_bytes(job.in2_format, job.columns));
    job.function->begin(&row_state_, &job);
}

void VectorPin::reduce()
{
    const VectorContribution first = contributions_[0].read();
    if (!first.flight) return;
    const vec_job &job = first.flight->job;
    for (const auto &signal : contributions_) {
        const VectorContribution &contribution = signal.read();
        if (contribution.flight && !contribution.masked)
            job.function->reduce(&row_state_, contribution.pass, contribution.value);
    }
    if (first.ends_pass) job.function->scalar(&row_state_, &job, first.pass);
}

void VectorPin::issue_group()
{
    // The row's state starts with its first group; the lanes still finish the row before in this very edge.
    if (pass_ == 0 && column_ == 0) begin_row();
    for (uint32_t i = 0; i < params_.lanes; i++) {
        const bool in_row = i < running_->job.columns - column_;
        operands_[i].write(in_row ? operands_of(column_ + i) : VectorIssue{});
    }
}

VectorIssue VectorPin::operands_of(uint32_t column)
{
    const vec_job &job = running_->job;
    VectorIssue issue;
    issue.flight = running_;
    issue.pass = pass_;
    issue.row = row_;
    issue.column = column;
    issue.x = num_decode(job.in_format, num_load_code(job.in_format, in_, column));
    if (job.function->inputs == 2)
        issue.x2 = num_decode(job.in2_format, num_load_code(job.in2_format, in2_, column));
    issue.parameters = columns_[column];
    issue.masked = column >= vec_valid_columns(&job, row_);
    issue.ends_pass = job.columns - column_ <= params_.lanes;
    return issue;
}

void VectorPin::next_group()
{
    const vec_job &job = running_->job;
    if (job.columns - column_ > params_.lanes) {
        column_ += params_.lanes;
        return;
    }
    gap_left_ = job.function->gap[pass_];
    if (gap_left_ == 0) next_pass();
}

void VectorPin::next_pass()
{
    column_ = 0;
    if (++pass_ < running_->job.function->passes) return;
    pass_ = 0;
    if (++row_ < running_->job.rows) return;
    accepted_now_.push_back(running_->ticket);
    running_.reset();
    news_.notify(sc_core::SC_ZERO_TIME);
}

void VectorPin::bubble()
{
    for (auto &signal : operands_) signal.write(VectorIssue{});
}

void VectorPin::account_cycle(fl_cause cause) { fl_account_add(&account_, 1, cause); }

void VectorPin::element_written(const std::shared_ptr<VectorFlight> &flight)
{
    if (--flight->elements_left > 0) return;
    done_now_.push_back(flight->ticket);
    news_.notify(sc_core::SC_ZERO_TIME);
}

// A second process, not at the clock: the order of the modules at an edge must not show outside.
void VectorPin::announce()
{
    const std::vector<uint64_t> accepted_tickets = std::exchange(accepted_now_, {});
    const std::vector<uint64_t> done_tickets = std::exchange(done_now_, {});
    in_flight_ -= done_tickets.size();
    for (uint64_t ticket : accepted_tickets)
        if (accepted) accepted(ticket);
    for (uint64_t ticket : done_tickets)
        if (done) done(ticket);
}
} // namespace fl
