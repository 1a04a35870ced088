#include "sim/machine/vector_unit.h"

#include "sim/machine/jobs.h"

namespace fl
{
VectorSpan::VectorSpan(sc_core::sc_module_name name, const fl_machine_config &machine,
                       const fl_part *const *functions, Scratchpads &scratchpads, UnitListener &listener,
                       CoreClock clock)
    : sc_module(name), machine_(machine), functions_(functions), scratchpads_(scratchpads),
      listener_(listener), account_(listener.account(FL_VECTOR)), clock_(clock)
{
    SC_HAS_PROCESS(VectorSpan);
    SC_METHOD(on_done);
    dont_initialize();
    sensitive << done_event_;
}

// The account already stands at the end of the last job's own cycles.
void VectorSpan::settle(uint64_t cycle, fl_cause reason, uint32_t layer)
{
    account_.until(cycle, reason, layer);
}

void VectorSpan::issue(const fl_command &command, uint64_t start)
{
    vec_job job = fl_vector_job(&command.u.vector, functions_, nullptr, nullptr, nullptr, nullptr);
    vec_plan plan;
    taken_ = std::max(start, accept_);
    vec_plan_job(&machine_.lanes, &job, taken_, &plan);
    account_.add(plan.busy, FL_CAUSE_BUSY, command.layer);
    account_.add(plan.fill, FL_CAUSE_FILL, command.layer);
    accept_ = plan.accept;
    bool idle = flying_.empty();
    flying_.push(command, plan.done);
    if (idle) notify_at(done_event_, clock_.rising(flying_.next_done()));
}

void VectorSpan::compute(const fl_vector_command &command)
{
    uint8_t *out = scratchpads_.at(command.out);
    if (out == nullptr) return;
    vec_job job = fl_vector_job(&command, functions_, scratchpads_.at(command.in),
                                scratchpads_.at(command.in2), scratchpads_.at(command.column_params), out);
    scratch_.resize(vec_scratch_bytes(command.columns));
    vec_compute(&job, scratch_.data());
}

void VectorSpan::on_done()
{
    while (!flying_.empty() && flying_.next_done() == clock_.now()) {
        compute(flying_.pop().u.vector);
        listener_.completed(FL_VECTOR);
    }
    if (!flying_.empty()) notify_at(done_event_, clock_.rising(flying_.next_done()));
}
} // namespace fl
