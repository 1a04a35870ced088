// What surrounds the PEs of a clocked matrix unit: the sequencer, the codes it drives to the boundary, and
// the collector of results. The PE modules (array_pin.h) or the RTL take their place between the two
// (docs/contracts/matrix.md).
#ifndef PE_ARRAY_ARRAY_BOUNDARY_H
#define PE_ARRAY_ARRAY_BOUNDARY_H

#include <functional>
#include <vector>

#include "pe/array/array_edge.h"
#include "pe/array/array_sequencer.h"

namespace fl
{
// An owner takes jobs in any cycle in which ready() holds, before or after the clock edge is evaluated. The
// callbacks run on the clock edge that begins the named cycle; on_accept may take the next job at once. While
// busy() is false the clock may stand still. Cycle n begins at time n * period, where the clock must have a
// rising edge.
class ArrayBoundary : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk;

    bool ready() const { return sequencer_.ready; }
    void take(const pe_array_job &job);
    bool busy() const { return jobs_ > 0; }

    std::function<void(uint64_t cycle)> on_first_operand, on_accept, on_done;

    // Cycles up to now: fill, busy and drain as pe_array_plan has them, idle else.
    const fl_account &account() const { return account_; }
    // Jobs all of whose operands have entered, in the cycles that the account covers.
    uint64_t streamed() const { return streamed_; }
    // Broken rules that PEs and the collector saw; not 0 is a bug of the sequencer.
    virtual uint64_t errors() const { return collector_.errors(); }
    // Breaks the overlap rules by so many cycles, for tests which prove that the rules are tight.
    void hasten(unsigned cycles) { sequencer_.hasten = cycles; }

    // What stands at the boundary in a cycle, for a monitor.
    const pe_array_params &params() const { return params_; }
    const CodeWire &row_code(uint32_t row) const { return row_codes_[row].read(); }
    const CodeWire &column_code(uint32_t column) const { return column_codes_[column].read(); }
    const SouthWire &bottom(uint32_t column) const { return bottoms_[column]->read(); }

protected:
    SC_HAS_PROCESS(ArrayBoundary);
    // `seed` is for the operands of jobs without data. The parameters are copied; the PE type is borrowed.
    ArrayBoundary(const sc_core::sc_module_name &name, const pe_array_params &params, sc_core::sc_time period,
                  uint64_t seed);
    // The wire that leaves the array below a column: once per column, from left to right, at construction.
    void bind_bottom(sc_core::sc_signal<SouthWire> &wire);

    const pe_array_params params_;
    sc_core::sc_vector<sc_core::sc_signal<CodeWire>> row_codes_, column_codes_;

private:
    void clock();
    void drive_rows(const pe_array_step &step);
    void drive_columns(const pe_array_step &step);
    uint64_t now() const { return sc_core::sc_time_stamp().value() / period_.value(); }

    const sc_core::sc_time period_;
    uint64_t random_;
    uint64_t jobs_ = 0; // taken and not done
    pe_array_sequencer sequencer_;
    fl_account account_ = {};
    uint64_t streamed_ = 0;
    bool ends_job_ = false; // the cycle that passes is a job's last one of operands
    std::vector<sc_core::sc_signal<SouthWire> *> bottoms_;
    CollectorModule collector_;
};
} // namespace fl

#endif
