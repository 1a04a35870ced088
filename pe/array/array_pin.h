// The pin model of the matrix unit: one SystemC module per PE, one clock edge at a time
// (docs/contracts/matrix.md).
#ifndef PE_ARRAY_ARRAY_PIN_H
#define PE_ARRAY_ARRAY_PIN_H

#include "pe/array/array_boundary.h"
#include "pe/array/array_pe.h"

namespace fl
{
class ArrayPin : public ArrayBoundary
{
public:
    ArrayPin(const sc_core::sc_module_name &name, const pe_array_params &params, sc_core::sc_time period,
             uint64_t seed = 1);

    uint64_t errors() const override;

private:
    void build_edges();
    void build_pes();

    sc_core::sc_vector<sc_core::sc_signal<EastWire>> easts_;   // row-major, columns + 1 per row
    sc_core::sc_vector<sc_core::sc_signal<SouthWire>> souths_; // row-major, rows + 1 per column
    sc_core::sc_vector<EdgeModule<EastWire>> row_edges_;
    sc_core::sc_vector<EdgeModule<SouthWire>> column_edges_;
    sc_core::sc_vector<PeModule> pes_;
};
} // namespace fl

#endif
