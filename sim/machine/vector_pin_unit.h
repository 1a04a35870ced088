// The vector unit as part of the machine, pin model: lanes and row sequencer, clocked while there are jobs.
#ifndef FL_MACHINE_VECTOR_PIN_UNIT_H
#define FL_MACHINE_VECTOR_PIN_UNIT_H

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "pe/vector/vector_pin.h"
#include "sim/cosim/vector_rtl.h"
#include "sim/machine/gated_clock.h"
#include "sim/machine/pin_account.h"
#include "sim/machine/scratchpads.h"

namespace fl
{
class VectorPinUnit : public sc_core::sc_module, public Unit
{
public:
    // The functions of `rtl`, which is borrowed, run in RTL.
    VectorPinUnit(sc_core::sc_module_name name, const fl_machine_config &machine,
                  const fl_part *const *functions, Scratchpads &scratchpads, UnitListener &listener,
                  CoreClock clock, const std::vector<VectorRtlModel> &rtl);

    uint64_t ready_at() const override { return register_ ? UINT64_MAX : 0; }
    void settle(uint64_t cycle, fl_cause reason, uint32_t layer) override;
    void issue(const fl_command &command, uint64_t start) override;

private:
    void take();
    void watch();
    void on_done(uint64_t ticket);

    const fl_part *const *functions_;
    Scratchpads &scratchpads_;
    UnitListener &listener_;
    CoreClock clock_;
    GatedClock gate_;
    VectorPin vector_;
    std::vector<std::unique_ptr<VectorRtl>> rtl_;
    PinAccount account_;
    fl_account seen_{};           // the unit's account on the last falling edge
    std::deque<uint32_t> layers_; // of the jobs that the unit still works on
    uint64_t accepted_ = 0;       // jobs among them that it has worked off in the cycle before this one
    std::optional<vec_job> register_;
    unsigned in_flight_ = 0;
    uint64_t next_ticket_ = 0;          // the oldest one not reported
    std::set<uint64_t> done_too_early_; // overtook an older one
    sc_core::sc_event take_event_;
};
} // namespace fl

#endif
