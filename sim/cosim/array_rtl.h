// The Verilated systolic array: as a matrix unit of its own, and as what the pin model is compared with.
#ifndef FL_COSIM_ARRAY_RTL_H
#define FL_COSIM_ARRAY_RTL_H

#include <memory>
#include <vector>

#include "pe/array/array_boundary.h"
#include "sim/cosim/rtl.h"

namespace fl
{
// The design with the parameters' size, dataflow and overlap. Fails when the PE type has no RTL.
fl_status array_rtl_design(const pe_array_params &params, fl_rtl_design *design, fl_error *error);

struct RtlClose {
    void operator()(fl_rtl_model *model) const { fl_rtl_close(model); }
};
using RtlModel = std::unique_ptr<fl_rtl_model, RtlClose>;

// Built or taken from the cache, and reset. Empty after an error.
RtlModel rtl_open_and_reset(const fl_rtl_design &design, unsigned variant, uint64_t seed, fl_error *error);
RtlModel array_rtl_open(const pe_array_params &params, uint64_t seed, fl_error *error);

// The port values that stand for a boundary's wires. The RTL knows 4- and 8-bit codes: narrower ones are
// widened to the code of the same value.
void array_rtl_inputs(const ArrayBoundary &boundary, uint32_t *in);
struct BottomPort {
    bool valid;
    uint32_t sum;
};
BottomPort array_rtl_bottom(const pe_array_params &params, const uint32_t *out, uint32_t column);

// The matrix unit with the RTL between sequencer and collector. A failed assertion of the RTL throws
// std::runtime_error.
class ArrayRtl : public ArrayBoundary
{
public:
    SC_HAS_PROCESS(ArrayRtl);
    // `model` is borrowed.
    ArrayRtl(const sc_core::sc_module_name &name, const pe_array_params &params, sc_core::sc_time period,
             fl_rtl_model *model, uint64_t seed = 1);

private:
    void shift();

    fl_rtl_model *const model_;
    std::vector<uint32_t> in_, out_;
    sc_core::sc_vector<sc_core::sc_signal<SouthWire>> bottom_wires_;
};
} // namespace fl

#endif
