// The pin model of the matrix unit: one SystemC module per PE, one clock edge at a time
// (docs/contracts/matrix.md).
#ifndef PE_ARRAY_ARRAY_PIN_H
#define PE_ARRAY_ARRAY_PIN_H

#include <functional>

#include "pe/array/array_edge.h"
#include "pe/array/array_pe.h"
#include "pe/array/array_sequencer.h"

namespace fl
{
// An owner takes jobs in any cycle in which ready() holds, before or after the clock edge is evaluated. The
// callbacks run on the clock edge that begins the named cycle; on_accept may take the next job at once. While
// busy() is false the clock may stand still. Cycle n begins at time n * period, where the clock must have a
// rising edge.
class ArrayPin : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk;

    SC_HAS_PROCESS(ArrayPin);
    // `seed` is for the operands of jobs without data. The parameters are copied; the PE type is borrowed.
    ArrayPin(const sc_core::sc_module_name &name, const pe_array_params &params, sc_core::sc_time period,
             uint64_t seed = 1);

    bool ready() const { return sequencer_.ready; }
    void take(const pe_array_job &job);
    bool busy() const { return jobs_ > 0; }

    std::function<void(uint64_t cycle)> on_first_operand, on_accept, on_done;

    // Cycles up to now: fill, busy and drain as pe_array_plan has them, idle else.
    const fl_account &account() const { return account_; }
    // Broken rules that PEs and the collector saw; not 0 is a bug of the sequencer.
    uint64_t errors() const;
    // Breaks the overlap rules by so many cycles, for tests which prove that the rules are tight.
    void hasten(unsigned cycles) { sequencer_.hasten = cycles; }

private:
    void clock();
    void drive_rows(const pe_array_step &step);
    void drive_columns(const pe_array_step &step);
    void build_edges();
    void build_pes();
    uint64_t now() const { return sc_core::sc_time_stamp().value() / period_.value(); }

    const pe_array_params params_;
    const sc_core::sc_time period_;
    uint64_t random_;
    uint64_t jobs_ = 0; // taken and not done
    pe_array_sequencer sequencer_;
    fl_account account_ = {};

    sc_core::sc_vector<sc_core::sc_signal<CodeWire>> row_codes_, column_codes_;
    sc_core::sc_vector<sc_core::sc_signal<EastWire>> easts_;   // row-major, columns + 1 per row
    sc_core::sc_vector<sc_core::sc_signal<SouthWire>> souths_; // row-major, rows + 1 per column
    sc_core::sc_vector<EdgeModule<EastWire>> row_edges_;
    sc_core::sc_vector<EdgeModule<SouthWire>> column_edges_;
    sc_core::sc_vector<PeModule> pes_;
    CollectorModule collector_;
};
} // namespace fl

#endif
