// Lockstep of the systolic arrays, small ones that between them have every PE type and both settings of each
// overlap.
#include "sim/base/registry.h"
#include "sim/cosim/array_lockstep.h"
#include "sim/cosim/array_rtl.h"

namespace
{
struct Row {
    const char *name, *help, *pe;
    uint32_t rows, columns;
    pe_dataflow dataflow;
    bool overlapped;
};

constexpr Row ROWS[] = {
    {"array_os", "output-stationary array of TypeFusion PEs, drain overlapped", "ant4", 4, 3,
     PE_OUTPUT_STATIONARY, true},
    {"array_os_serial", "output-stationary array of int8 PEs, drain serial", "int8", 3, 4,
     PE_OUTPUT_STATIONARY, false},
    {"array_ws", "weight-stationary array of TypeFusion PEs, preload overlapped", "ant4", 4, 3,
     PE_WEIGHT_STATIONARY, true},
    {"array_ws_serial", "weight-stationary array of int4 PEs, preload serial", "int4", 3, 4,
     PE_WEIGHT_STATIONARY, false},
};

pe_array_params params_of(const Row &row)
{
    const fl_part *pe = fl_registry_find("pe", row.pe);
    return {static_cast<const pe_type *>(pe->ops),
            row.rows,
            row.columns,
            row.dataflow,
            row.overlapped,
            true,
            row.overlapped};
}

template <size_t Index> fl_status describe(fl_rtl_design *design, fl_error *error)
{
    return fl::array_rtl_design(params_of(ROWS[Index]), design, error);
}

template <size_t Index>
fl_status run(const char *name, const fl_lockstep_options *options, fl_text *report, fl_error *error)
{
    return fl::array_lockstep(name, params_of(ROWS[Index]), *options, report, error);
}

template <size_t Index> fl_part *part_of()
{
    static fl_rtl_block block = {};
    static fl_part part = {};
    block.run = run<Index>;
    block.describe = describe<Index>;
    part.kind = "rtl_block";
    part.name = ROWS[Index].name;
    part.help = ROWS[Index].help;
    part.ops = &block;
    return &part;
}

__attribute__((constructor)) void register_arrays()
{
    fl_registry_add(part_of<0>());
    fl_registry_add(part_of<1>());
    fl_registry_add(part_of<2>());
    fl_registry_add(part_of<3>());
}
} // namespace
