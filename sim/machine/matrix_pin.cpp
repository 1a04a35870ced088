#include "sim/machine/matrix_pin.h"

#include "pe/array/array_pin.h"
#include "sim/cosim/array_rtl.h"
#include "sim/machine/jobs.h"

namespace fl
{
static std::unique_ptr<ArrayBoundary> make_array(const fl_machine_config &machine, CoreClock clock,
                                                 fl_rtl_model *rtl)
{
    const sc_core::sc_time period = CoreClock::at(clock.period_ps);
    if (rtl != nullptr) return std::make_unique<ArrayRtl>("array", machine.array, period, rtl);
    return std::make_unique<ArrayPin>("array", machine.array, period);
}

MatrixPin::MatrixPin(sc_core::sc_module_name name, const fl_machine_config &machine, Scratchpads &scratchpads,
                     UnitListener &listener, CoreClock clock, fl_rtl_model *rtl)
    : sc_module(name), scratchpads_(scratchpads), listener_(listener), clock_(clock), gate_("clock", clock),
      array_(make_array(machine, clock, rtl)), account_(listener.account(FL_MATRIX))
{
    SC_HAS_PROCESS(MatrixPin);
    array_->clk(gate_.out);
    array_->on_accept = [this](uint64_t) { take(); };
    array_->on_done = [this](uint64_t) {
        in_flight_--;
        gate_.release();
        listener_.completed(FL_MATRIX);
    };
    SC_METHOD(take);
    dont_initialize();
    sensitive << take_event_;
    SC_METHOD(watch);
    dont_initialize();
    sensitive << gate_.out.negedge_event();
}

void MatrixPin::settle(uint64_t cycle, fl_cause reason, uint32_t layer)
{
    bool rising = sc_core::sc_time_stamp() == clock_.rising(clock_.now());
    if (!rising) watch(); // at a rising edge the array may not have had its turn
    if (!rising && in_flight_ == 0) account_.known(cycle);
    account_.idle(cycle, reason, layer);
    account_.merge();
}

void MatrixPin::issue(const fl_command &command, uint64_t start)
{
    const fl_matrix_command &m = command.u.matrix;
    register_ = fl_matrix_job(&m, scratchpads_.at(m.a), scratchpads_.at(m.b), scratchpads_.at(m.c));
    layers_.push_back(command.layer);
    in_flight_++;
    gate_.request(start);
    notify_at(take_event_, clock_.rising(start));
}

void MatrixPin::take()
{
    if (!register_ || !array_->ready()) return;
    array_->take(*register_);
    register_.reset();
    listener_.wake();
}

// On the falling edge of cycle c the array has accounted for the cycles before c.
void MatrixPin::watch()
{
    uint64_t cycle = clock_.now();
    const fl_account &now = array_->account();
    for (fl_cause cause : {FL_CAUSE_FILL, FL_CAUSE_BUSY, FL_CAUSE_DRAIN})
        if (now.cycles[cause] != seen_.cycles[cause]) account_.worked(cycle - 1, cause, layers_.front());
    seen_ = now;
    for (; streamed_ < array_->streamed(); streamed_++) layers_.pop_front();
    account_.known(cycle);
}
} // namespace fl
