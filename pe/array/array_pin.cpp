#include "pe/array/array_pin.h"

namespace fl
{
ArrayPin::ArrayPin(const sc_core::sc_module_name &name, const pe_array_params &params,
                   sc_core::sc_time period, uint64_t seed)
    : ArrayBoundary(name, params, period, seed), easts_("east", size_t{params.rows} * (params.columns + 1)),
      souths_("south", (size_t{params.rows} + 1) * params.columns), row_edges_("row_edge"),
      column_edges_("column_edge"), pes_("pe")
{
    build_edges();
    build_pes();
}

void ArrayPin::build_edges()
{
    row_edges_.init(params_.rows, [this](const char *name, size_t i) {
        return new EdgeModule<EastWire>(name, params_, uint32_t(i));
    });
    for (uint32_t i = 0; i < params_.rows; ++i) {
        row_edges_[i].clk(clk);
        row_edges_[i].code(row_codes_[i]);
        row_edges_[i].out(easts_[size_t{i} * (params_.columns + 1)]);
    }
    column_edges_.init(params_.columns, [this](const char *name, size_t j) {
        return new EdgeModule<SouthWire>(name, params_, uint32_t(j));
    });
    for (uint32_t j = 0; j < params_.columns; ++j) {
        column_edges_[j].clk(clk);
        column_edges_[j].code(column_codes_[j]);
        column_edges_[j].out(souths_[j]);
        bind_bottom(souths_[size_t{params_.rows} * params_.columns + j]);
    }
}

void ArrayPin::build_pes()
{
    const bool os = params_.dataflow == PE_OUTPUT_STATIONARY;
    const size_t columns = params_.columns, bottom = params_.rows * columns;
    pes_.init(params_.rows * columns, [&](const char *name, size_t index) -> PeModule * {
        const auto row = uint32_t(index / columns);
        if (os) return new PeOutputStationary(name, params_, row);
        return new PeWeightStationary(name, params_, row);
    });
    for (size_t index = 0; index < pes_.size(); ++index) {
        const size_t row = index / columns, column = index % columns, west = row * (columns + 1) + column;
        PeModule &pe = pes_[index];
        pe.clk(clk);
        pe.west(easts_[west]);
        pe.east(easts_[west + 1]);
        pe.north(souths_[index]);
        pe.south(souths_[index + columns]);
        pe.column(souths_[(os ? bottom : 0) + column]);
    }
}

uint64_t ArrayPin::errors() const
{
    uint64_t errors = ArrayBoundary::errors();
    for (const PeModule &pe : pes_) errors += pe.errors();
    return errors;
}
} // namespace fl
