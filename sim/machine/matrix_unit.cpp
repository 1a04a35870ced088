#include "sim/machine/matrix_unit.h"

#include "sim/machine/jobs.h"

namespace fl
{
MatrixSpan::MatrixSpan(sc_core::sc_module_name name, const fl_machine_config &machine,
                       Scratchpads &scratchpads, UnitListener &listener, CoreClock clock)
    : sc_module(name), machine_(machine), scratchpads_(scratchpads), listener_(listener),
      account_(listener.account(FL_MATRIX)), clock_(clock), scratch_(pe_array_scratch_new())
{
    SC_HAS_PROCESS(MatrixSpan);
    SC_METHOD(on_done);
    dont_initialize();
    sensitive << done_event_;
}

// The account already stands behind the last operands of the jobs taken so far.
void MatrixSpan::settle(uint64_t cycle, fl_cause reason, uint32_t layer)
{
    account_.until(cycle, reason, layer);
}

void MatrixSpan::issue(const fl_command &command, uint64_t start)
{
    pe_array_job job = fl_matrix_job(&command.u.matrix, nullptr, nullptr, nullptr);
    pe_array_plan plan;
    taken_ = std::max(start, accept_);
    pe_array_plan_job(&machine_.array, &front_, &job, taken_, &plan);
    account_.add(plan.fill, FL_CAUSE_FILL, command.layer);
    account_.add(plan.busy, FL_CAUSE_BUSY, command.layer);
    account_.add(plan.drain, FL_CAUSE_DRAIN, command.layer);
    accept_ = plan.accept;
    bool idle = flying_.empty();
    flying_.push(command, plan.done);
    if (idle) notify_at(done_event_, clock_.rising(flying_.next_done()));
}

void MatrixSpan::compute(const fl_matrix_command &command)
{
    uint8_t *c = scratchpads_.at(command.c);
    if (c == nullptr) return;
    pe_array_job job = fl_matrix_job(&command, scratchpads_.at(command.a), scratchpads_.at(command.b), c);
    pe_array_compute(&machine_.array, &job, scratch_);
}

void MatrixSpan::on_done()
{
    while (!flying_.empty() && flying_.next_done() == clock_.now()) {
        compute(flying_.pop().u.matrix);
        listener_.completed(FL_MATRIX);
    }
    if (!flying_.empty()) notify_at(done_event_, clock_.rising(flying_.next_done()));
}
} // namespace fl
