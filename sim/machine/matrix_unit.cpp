#include "sim/machine/matrix_unit.h"

#include "sim/machine/jobs.h"

namespace fl
{
MatrixSpan::MatrixSpan(sc_core::sc_module_name name, const fl_machine_config &machine, Scratchpads &scratchpads,
                       UnitListener &listener, CoreClock clock)
    : sc_module(name), machine_(machine), scratchpads_(scratchpads), listener_(listener), clock_(clock),
      scratch_(pe_array_scratch_new())
{
    SC_HAS_PROCESS(MatrixSpan);
    SC_METHOD(on_done);
    dont_initialize();
    sensitive << done_event_;
}

void MatrixSpan::issue(const fl_command &command, uint64_t start)
{
    pe_array_job job = fl_matrix_job(&command.u.matrix, nullptr, nullptr, nullptr);
    pe_array_plan plan;
    pe_array_plan_job(&machine_.array, &front_, &job, start, &plan);
    fl_account &account = listener_.account(FL_MATRIX);
    fl_account_add(&account, plan.fill, FL_CAUSE_FILL);
    fl_account_add(&account, plan.busy, FL_CAUSE_BUSY);
    fl_account_add(&account, plan.drain, FL_CAUSE_DRAIN);
    listener_.layer(command.layer).busy[FL_MATRIX] += plan.busy;
    accept_ = plan.accept;
    flying_.push_back({command.u.matrix, plan.done});
    if (flying_.size() == 1) notify_at(done_event_, clock_.rising(plan.done));
    listener_.wake(plan.accept - 1);
}

void MatrixSpan::on_done()
{
    const fl_matrix_command &command = flying_.front().command;
    uint8_t *c = scratchpads_.at(command.c);
    if (c != nullptr) {
        pe_array_job job = fl_matrix_job(&command, scratchpads_.at(command.a), scratchpads_.at(command.b), c);
        pe_array_compute(&machine_.array, &job, scratch_);
    }
    flying_.pop_front();
    if (!flying_.empty()) notify_at(done_event_, clock_.rising(flying_.front().done));
    listener_.completed(FL_MATRIX);
}
} // namespace fl
