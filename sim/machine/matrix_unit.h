// The matrix unit as part of the machine: the span model plans a job in one step, the pin model clocks it through an array of
// PE modules. Same tokens, same cycles, same accounts.
#ifndef FL_MACHINE_MATRIX_UNIT_H
#define FL_MACHINE_MATRIX_UNIT_H

#include <deque>

#include "pe/array/array.h"
#include "sim/machine/scratchpads.h"
#include "sim/machine/unit.h"

namespace fl
{
class MatrixSpan : public sc_core::sc_module, public Unit
{
public:
    MatrixSpan(sc_core::sc_module_name name, const fl_machine_config &machine, Scratchpads &scratchpads,
               UnitListener &listener, CoreClock clock);
    ~MatrixSpan() override { pe_array_scratch_free(scratch_); }

    bool ready(uint64_t start) const override { return start >= accept_; }
    bool self_accounting(uint64_t cycle) const override { return cycle < accept_; }
    unsigned in_flight() const override { return static_cast<unsigned>(flying_.size()); }
    void issue(const fl_command &command, uint64_t start) override;

private:
    struct Flying {
        fl_matrix_command command;
        uint64_t done;
    };
    void on_done();

    const fl_machine_config &machine_;
    Scratchpads &scratchpads_;
    UnitListener &listener_;
    CoreClock clock_;
    pe_array_front front_{};
    pe_array_scratch *scratch_;
    uint64_t accept_ = 0;
    std::deque<Flying> flying_;
    sc_core::sc_event done_event_;
};
} // namespace fl

#endif
