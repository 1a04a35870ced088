#include "sim/cosim/array_rtl.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "sim/base/registry.h"

namespace fl
{
namespace
{
constexpr uint32_t CODE_BITS = 8;

// fl_pkg::PE_...
const char *const PE_TYPES[] = {"ant4", "int4", "int8"};

int rtl_pe(const pe_type *pe)
{
    for (int i = 0; i < 3; ++i) {
        const fl_part *part = fl_registry_find("pe", PE_TYPES[i]);
        if (part != nullptr && part->ops == pe) return i;
    }
    return -1;
}

// One side of the boundary: format, codes, slices, used flags.
size_t side_words(uint32_t lanes) { return 1 + fl_rtl_words(lanes * CODE_BITS) + 2 * fl_rtl_words(lanes); }

uint32_t format_bits(num_format format)
{
    const uint32_t wide = format.kind == NUM_INT && format.bits > 4;
    return format.kind | (format.is_signed ? 1u << 2 : 0) | wide << 3;
}

uint32_t widened(num_format format, uint32_t code)
{
    num_format wide = format;
    wide.bits = format.kind == NUM_INT && format.bits > 4 ? 8 : 4;
    const uint32_t mask = (1u << wide.bits) - 1;
    return wide.bits == format.bits ? code & mask : num_encode(wide, num_decode(format, code)) & mask;
}

void put_lane(uint32_t *side, uint32_t lanes, uint32_t lane, const CodeWire &wire)
{
    if (!wire.used) return;
    uint32_t *codes = side + 1, *slices = codes + fl_rtl_words(lanes * CODE_BITS),
             *used = slices + fl_rtl_words(lanes);
    codes[lane / 4] |= widened(wire.format, wire.code) << (lane % 4 * CODE_BITS);
    slices[lane / 32] |= uint32_t{wire.slice} << (lane % 32);
    used[lane / 32] |= 1u << (lane % 32);
}

void add_side(fl_rtl_port *&port, const char *const (&names)[4], uint32_t lanes)
{
    *port++ = {names[0], 4, false};
    *port++ = {names[1], lanes * CODE_BITS, false};
    *port++ = {names[2], lanes, false};
    *port++ = {names[3], lanes, false};
}
} // namespace

fl_status array_rtl_design(const pe_array_params &params, fl_rtl_design *design, fl_error *error)
{
    static const char *const A_SIDE[] = {"a_format_i", "a_code_i", "a_slice_i", "a_used_i"};
    static const char *const B_SIDE[] = {"b_format_i", "b_code_i", "b_slice_i", "b_used_i"};
    const bool os = params.dataflow == PE_OUTPUT_STATIONARY;
    const int pe = rtl_pe(params.pe);
    if (pe < 0)
        return fl_fail(error, FL_BAD_INPUT, nullptr,
                       "matrix.pe: this type has no RTL (allowed: ant4, int4, int8)");
    *design = fl_rtl_design{};
    design->top = os ? "fl_array_os" : "fl_array_ws";
    const char *const files[] = {os ? "rtl/array/fl_array_os.sv" : "rtl/array/fl_array_ws.sv",
                                 os ? "rtl/pe/fl_pe_os.sv" : "rtl/pe/fl_pe_ws.sv",
                                 "rtl/array/fl_boundary_decoder.sv",
                                 "rtl/common/fl_delay.sv",
                                 "rtl/pe/fl_mac.sv",
                                 "rtl/pe/fl_decode_ant4.sv",
                                 "rtl/pe/fl_decode_int4.sv",
                                 "rtl/pe/fl_decode_int8.sv"};
    std::copy(std::begin(files), std::end(files), design->files);
    design->params[0] = {"Pe", static_cast<uint32_t>(pe)};
    design->params[1] = {"Rows", params.rows};
    design->params[2] = {"Columns", params.columns};
    design->params[3] =
        os ? fl_rtl_param{"Shadow", params.overlap_drain} : fl_rtl_param{"Chain", params.overlap_preload};
    fl_rtl_port *port = design->ports;
    *port++ = {os ? "valid_i" : "a_valid_i", 1, false};
    *port++ = {os ? "last_i" : "a_first_i", 1, false};
    add_side(port, A_SIDE, params.rows);
    if (!os) {
        *port++ = {"b_valid_i", 1, false};
        *port++ = {"b_generation_i", 1, false};
    }
    add_side(port, B_SIDE, params.columns);
    *port++ = {"c_valid_o", params.columns, true};
    *port++ = {"c_sum_o", params.columns * 32, true};
    design->clocked = true;
    return FL_OK;
}

RtlModel rtl_open_and_reset(const fl_rtl_design &design, unsigned variant, uint64_t seed, fl_error *error)
{
    RtlModel model(fl_rtl_open(&design, variant, seed, error));
    if (!model) return nullptr;
    const std::vector<uint32_t> in(fl_rtl_input_words(&design));
    std::vector<uint32_t> out(fl_rtl_output_words(&design));
    if (fl_rtl_reset(model.get(), true) && fl_rtl_settle(model.get(), in.data(), out.data()) &&
        fl_rtl_clock(model.get(), nullptr) && fl_rtl_reset(model.get(), false))
        return model;
    fl_fail(error, FL_BAD_INPUT, nullptr, "%s: reset: %s", design.top, fl_rtl_message(model.get()));
    return nullptr;
}

RtlModel array_rtl_open(const pe_array_params &params, uint64_t seed, fl_error *error)
{
    fl_rtl_design design;
    if (array_rtl_design(params, &design, error) != FL_OK) return nullptr;
    return rtl_open_and_reset(design, FL_RTL_PLAIN, seed, error);
}

void array_rtl_inputs(const ArrayBoundary &boundary, uint32_t *in)
{
    const pe_array_params &params = boundary.params();
    const bool os = params.dataflow == PE_OUTPUT_STATIONARY;
    const CodeWire &row = boundary.row_code(0), &column = boundary.column_code(0);
    uint32_t *a = in + 2, *b = a + side_words(params.rows) + (os ? 0 : 2);
    std::fill(in, b + side_words(params.columns), 0u);
    in[0] = row.valid;
    in[1] = os ? row.last : row.first;
    a[0] = format_bits(row.format);
    for (uint32_t i = 0; i < params.rows; ++i) put_lane(a, params.rows, i, boundary.row_code(i));
    if (!os) {
        b[-2] = column.valid;
        b[-1] = column.generation;
    }
    b[0] = format_bits(column.format);
    for (uint32_t j = 0; j < params.columns; ++j) put_lane(b, params.columns, j, boundary.column_code(j));
}

BottomPort array_rtl_bottom(const pe_array_params &params, const uint32_t *out, uint32_t column)
{
    return {(out[column / 32] >> (column % 32) & 1) != 0, out[fl_rtl_words(params.columns) + column]};
}

ArrayRtl::ArrayRtl(const sc_core::sc_module_name &name, const pe_array_params &params,
                   sc_core::sc_time period, fl_rtl_model *model, uint64_t seed)
    : ArrayBoundary(name, params, period, seed), model_(model),
      in_(2 + side_words(params.rows) + 2 + side_words(params.columns)),
      out_(fl_rtl_words(params.columns) + params.columns), bottom_wires_("bottom", params.columns)
{
    for (auto &wire : bottom_wires_) bind_bottom(wire);
    SC_METHOD(shift);
    sensitive << clk.pos();
    dont_initialize();
}

// The edge ends a cycle: the RTL's registers take what its boundary saw in it, and its outputs are those of
// the next.
void ArrayRtl::shift()
{
    array_rtl_inputs(*this, in_.data());
    if (!fl_rtl_settle(model_, in_.data(), out_.data()) || !fl_rtl_clock(model_, out_.data()))
        throw std::runtime_error(std::string("the RTL of the array stopped: ") + fl_rtl_message(model_));
    for (uint32_t j = 0; j < params_.columns; ++j) {
        const BottomPort port = array_rtl_bottom(params_, out_.data(), j);
        SouthWire wire;
        wire.sum = port.sum;
        wire.sum_valid = port.valid;
        wire.draining = port.valid;
        bottom_wires_[j].write(wire);
    }
}
} // namespace fl
