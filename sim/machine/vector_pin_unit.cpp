#include "sim/machine/vector_pin_unit.h"

#include "sim/machine/jobs.h"

namespace fl
{
VectorPinUnit::VectorPinUnit(sc_core::sc_module_name name, const fl_machine_config &machine,
                             const fl_part *const *functions, Scratchpads &scratchpads,
                             UnitListener &listener, CoreClock clock, const std::vector<VectorRtlModel> &rtl)
    : sc_module(name), functions_(functions), scratchpads_(scratchpads), listener_(listener), clock_(clock),
      gate_("clock", clock), vector_("lanes", machine.lanes, 1), account_(listener.account(FL_VECTOR))
{
    SC_HAS_PROCESS(VectorPinUnit);
    vector_.clk(gate_.out);
    for (const VectorRtlModel &model : rtl) {
        rtl_.push_back(std::make_unique<VectorRtl>(model.function->name, vector_, model));
        rtl_.back()->clk(gate_.out);
    }
    vector_.accepted = [this](uint64_t) {
        accepted_++;
        take();
    };
    vector_.done = [this](uint64_t ticket) { on_done(ticket); };
    SC_METHOD(take);
    dont_initialize();
    sensitive << take_event_;
    SC_METHOD(watch);
    dont_initialize();
    sensitive << gate_.out.negedge_event();
}

void VectorPinUnit::settle(uint64_t cycle, fl_cause reason, uint32_t layer)
{
    if (in_flight_ == 0) account_.known(cycle);
    account_.idle(cycle, reason, layer);
    account_.merge();
}

void VectorPinUnit::issue(const fl_command &command, uint64_t start)
{
    const fl_vector_command &v = command.u.vector;
    register_ = fl_vector_job(&v, functions_, scratchpads_.at(v.in), scratchpads_.at(v.in2),
                              scratchpads_.at(v.column_params), scratchpads_.at(v.out));
    layers_.push_back(command.layer);
    in_flight_++;
    gate_.request(start);
    notify_at(take_event_, clock_.rising(start));
}

void VectorPinUnit::take()
{
    if (!register_ || !vector_.ready()) return;
    vector_.take(*register_);
    register_.reset();
    listener_.wake();
}

// Tokens are given in the order of issue.
void VectorPinUnit::on_done(uint64_t ticket)
{
    done_too_early_.insert(ticket);
    while (done_too_early_.erase(next_ticket_) != 0) {
        next_ticket_++;
        in_flight_--;
        gate_.release();
        listener_.completed(FL_VECTOR);
    }
}

// On the falling edge of cycle c the unit has accounted for the cycles before c. Its own draining is left to
// the command processor, which knows of tokens that wait for older ones.
void VectorPinUnit::watch()
{
    uint64_t cycle = clock_.now();
    const fl_account &now = vector_.account();
    for (fl_cause cause : {FL_CAUSE_FILL, FL_CAUSE_BUSY})
        if (now.cycles[cause] != seen_.cycles[cause]) account_.worked(cycle - 1, cause, layers_.front());
    seen_ = now;
    for (; accepted_ > 0; accepted_--) layers_.pop_front();
    account_.known(cycle);
}
} // namespace fl
