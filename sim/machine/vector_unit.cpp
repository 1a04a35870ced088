#include "sim/machine/vector_unit.h"

#include "sim/machine/jobs.h"

namespace fl
{
VectorSpan::VectorSpan(sc_core::sc_module_name name, const fl_machine_config &machine, const fl_part *const *functions,
                       Scratchpads &scratchpads, UnitListener &listener, CoreClock clock)
    : sc_module(name), machine_(machine), functions_(functions), scratchpads_(scratchpads), listener_(listener),
      clock_(clock)
{
    SC_HAS_PROCESS(VectorSpan);
    SC_METHOD(on_done);
    dont_initialize();
    sensitive << done_event_;
}

void VectorSpan::issue(const fl_command &command, uint64_t start)
{
    vec_job job = fl_vector_job(&command.u.vector, functions_, nullptr, nullptr, nullptr, nullptr);
    vec_plan plan;
    vec_plan_job(&machine_.lanes, &job, start, &plan);
    fl_account &account = listener_.account(FL_VECTOR);
    fl_account_add(&account, plan.busy, FL_CAUSE_BUSY);
    fl_account_add(&account, plan.fill, FL_CAUSE_FILL);
    listener_.layer(command.layer).busy[FL_VECTOR] += plan.busy;
    accept_ = plan.accept;
    flying_.push_back({command.u.vector, plan.done});
    if (flying_.size() == 1) notify_at(done_event_, clock_.rising(plan.done));
    listener_.wake(plan.accept - 1);
}

void VectorSpan::compute(const fl_vector_command &command)
{
    uint8_t *out = scratchpads_.at(command.out);
    if (out == nullptr) return;
    vec_job job = fl_vector_job(&command, functions_, scratchpads_.at(command.in), scratchpads_.at(command.in2),
                                scratchpads_.at(command.column_params), out);
    scratch_.resize(vec_scratch_bytes(command.columns));
    vec_compute(&job, scratch_.data());
}

void VectorSpan::on_done()
{
    compute(flying_.front().command);
    flying_.pop_front();
    if (!flying_.empty()) notify_at(done_event_, clock_.rising(flying_.front().done));
    listener_.completed(FL_VECTOR);
}
} // namespace fl
