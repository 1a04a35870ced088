// The matrix unit as part of the machine, span model: a job is planned in one step, one event per command.
#ifndef FL_MACHINE_MATRIX_UNIT_H
#define FL_MACHINE_MATRIX_UNIT_H

#include "pe/array/array.h"
#include "sim/machine/in_order.h"
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

    uint64_t ready_at() const override { return taken_ + 1; }
    void settle(uint64_t cycle, fl_cause reason, uint32_t layer) override;
    void issue(const fl_command &command, uint64_t start) override;

private:
    void on_done();
    void compute(const fl_matrix_command &command);

    const fl_machine_config &machine_;
    Scratchpads &scratchpads_;
    UnitListener &listener_;
    LayerAccount &account_;
    CoreClock clock_;
    pe_array_front front_{};
    pe_array_scratch *scratch_;
    uint64_t taken_ = 0;  // when the last command left the register
    uint64_t accept_ = 0; // from when on the next one may
    InOrder flying_;
    sc_core::sc_event done_event_;
};
} // namespace fl

#endif
