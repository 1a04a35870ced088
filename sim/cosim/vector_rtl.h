// The Verilated lanes of one vector function, in the place of the lanes' arithmetic in the clocked vector
// unit.
#ifndef FL_COSIM_VECTOR_RTL_H
#define FL_COSIM_VECTOR_RTL_H

#include <vector>

#include "pe/vector/vector_pin.h"
#include "sim/cosim/array_rtl.h"
#include "sim/cosim/vector_design.h"

namespace fl
{
// A function whose RTL was opened; movable, and made before the simulation is.
struct VectorRtlModel {
    const vec_function *function;
    fl_rtl_design design;
    RtlModel model;
};

// Builds, opens and resets the RTL of a function. FL_BAD_INPUT when it has none.
fl_status vector_rtl_open(const vec_function *function, uint32_t lanes, uint64_t seed, VectorRtlModel *rtl,
                          fl_error *error);

// Steps the RTL with the operand registers of `vector`. A failed assertion of the RTL throws
// std::runtime_error.
class VectorRtl : public sc_core::sc_module, public VectorArithmetic
{
public:
    sc_core::sc_in<bool> clk;

    SC_HAS_PROCESS(VectorRtl);
    // `vector` and `rtl` are borrowed; takes the function's place in `vector`.
    VectorRtl(const sc_core::sc_module_name &name, VectorPin &vector, const VectorRtlModel &rtl);

    int32_t value(size_t lane) const override { return values_[lane].read(); }

private:
    void shift();

    VectorPin &vector_;
    const VectorRtlModel &rtl_;
    std::vector<fl_vector_operand> operands_;
    std::vector<uint32_t> in_, out_;
    sc_core::sc_vector<sc_core::sc_signal<int32_t>> values_; // of the cycle; the lanes read them at its end
};
} // namespace fl

#endif
