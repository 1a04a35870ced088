// One processing element of the pin model: its registers and its wires to the neighbours.
//
// All arithmetic is pe_type's. A PE checks the sequencer: a register that is overwritten while it holds
// something still needed, or used before it is loaded, counts as an error and does corrupt the result, as it
// would in hardware.
#ifndef PE_ARRAY_ARRAY_PE_H
#define PE_ARRAY_ARRAY_PE_H

#include "pe/array/array_wires.h"

namespace fl
{
struct PeModule : sc_core::sc_module {
    sc_core::sc_in<bool> clk;
    sc_core::sc_in<EastWire> west;
    sc_core::sc_in<SouthWire> north;
    // What the whole column sees: its bottom output (OS: a fold's last operand leaves, so the drain starts)
    // or its top input (WS: weights shift in).
    sc_core::sc_in<SouthWire> column;
    sc_core::sc_out<EastWire> east;
    sc_core::sc_out<SouthWire> south;

    uint64_t errors() const { return errors_; }

protected:
    PeModule(const sc_core::sc_module_name &name, const pe_array_params &params, uint32_t row)
        : sc_module(name), params_(params), row_(row)
    {
    }
    void check(bool holds) { errors_ += !holds; }

    const pe_array_params &params_;
    const uint32_t row_;

private:
    uint64_t errors_ = 0;
};

// Output stationary: accumulates in place; results shift down the column, through a shadow register if drain
// is overlapped.
class PeOutputStationary : public PeModule
{
public:
    SC_HAS_PROCESS(PeOutputStationary);
    PeOutputStationary(const sc_core::sc_module_name &name, const pe_array_params &params, uint32_t row);

private:
    void clock();

    uint32_t accumulator_ = 0; // with a shadow register only
    SouthWire out_;            // sum: the shadow register, or the accumulator itself without one
};

// Weight stationary: holds a weight, adds its product to the partial sum that passes down.
class PeWeightStationary : public PeModule
{
public:
    SC_HAS_PROCESS(PeWeightStationary);
    PeWeightStationary(const sc_core::sc_module_name &name, const pe_array_params &params, uint32_t row);

private:
    void clock();

    num_operand weight_ = {}; // in use; with preload overlapped only
    bool awaited_ = false;    // this PE's own weight stands in the chain and no fold has started with it
    SouthWire out_;           // b: the chain of weights, or the weight itself without a chain
};
} // namespace fl

#endif
