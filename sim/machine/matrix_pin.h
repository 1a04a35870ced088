// The matrix unit as part of the machine, cycle by cycle: the array of PE modules or the Verilated array,
// clocked while it has jobs.
#ifndef FL_MACHINE_MATRIX_PIN_H
#define FL_MACHINE_MATRIX_PIN_H

#include <memory>
#include <optional>

#include "pe/array/array_boundary.h"
#include "sim/cosim/rtl.h"
#include "sim/machine/gated_clock.h"
#include "sim/machine/pin_account.h"
#include "sim/machine/scratchpads.h"

namespace fl
{
class MatrixPin : public sc_core::sc_module, public Unit
{
public:
    // `rtl` takes the place of the PE modules; NULL: none, else borrowed.
    MatrixPin(sc_core::sc_module_name name, const fl_machine_config &machine, Scratchpads &scratchpads,
              UnitListener &listener, CoreClock clock, fl_rtl_model *rtl);

    uint64_t ready_at() const override { return register_ ? UINT64_MAX : 0; }
    void settle(uint64_t cycle, fl_cause reason, uint32_t layer) override;
    void issue(const fl_command &command, uint64_t start) override;

private:
    void take();
    void watch();

    Scratchpads &scratchpads_;
    UnitListener &listener_;
    CoreClock clock_;
    GatedClock gate_;
    std::unique_ptr<ArrayBoundary> array_;
    PinAccount account_;
    fl_account seen_{};           // the array's account on the last falling edge
    std::deque<uint32_t> layers_; // of the jobs that the array still works on
    uint64_t streamed_ = 0;       // jobs that it has worked off
    std::optional<pe_array_job> register_;
    unsigned in_flight_ = 0;
    sc_core::sc_event take_event_;
};
} // namespace fl

#endif
