#include "pe/array/array_pin.h"

#include <string>

namespace fl
{
using sc_core::sc_module_name;

ArrayPin::ArrayPin(const sc_module_name &name, const pe_array_params &params, sc_core::sc_time period,
                   uint64_t seed)
    : sc_module(name), clk("clk"), params_(params), period_(period), random_(seed), sequencer_(),
      row_codes_("row_code", params.rows), column_codes_("column_code", params.columns),
      easts_("east", size_t{params.rows} * (params.columns + 1)),
      souths_("south", (size_t{params.rows} + 1) * params.columns), row_edges_("row_edge"),
      column_edges_("column_edge"), pes_("pe"), collector_("collector", params_)
{
    pe_array_sequencer_reset(&sequencer_, &params_);
    build_edges();
    build_pes();
    SC_METHOD(clock);
    sensitive << clk.pos();
    dont_initialize();
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
    collector_.clk(clk);
    for (uint32_t j = 0; j < params_.columns; ++j) {
        column_edges_[j].clk(clk);
        column_edges_[j].code(column_codes_[j]);
        column_edges_[j].out(souths_[j]);
        collector_.bottom[j](souths_[size_t{params_.rows} * params_.columns + j]);
    }
    collector_.on_done = [this] {
        --jobs_;
        if (on_done) on_done(now());
    };
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

void ArrayPin::take(const pe_array_job &job)
{
    ++jobs_;
    pe_array_sequencer_take(&sequencer_, &job, now());
}

uint64_t ArrayPin::errors() const
{
    uint64_t errors = collector_.errors();
    for (const PeModule &pe : pes_) errors += pe.errors();
    return errors;
}

void ArrayPin::clock()
{
    // 1. What happens in the cycle that begins, and what the last one was spent on.
    const uint64_t cycle = now();
    pe_array_step step;
    pe_array_sequencer_step(&sequencer_, cycle, &step);
    if (cycle > 0) fl_account_until(&account_, cycle - 1, FL_CAUSE_IDLE);
    fl_account_until(&account_, cycle, step.cause);

    // 2. Codes to the boundary.
    drive_rows(step);
    drive_columns(step);

    // 3. Tell the collector and the owner.
    const pe_array_fold &fold = sequencer_.stream;
    if (step.streams && step.t == 0) {
        collector_.expect(fold);
        if (fold.starts_job && on_first_operand) on_first_operand(cycle);
    }
    if (step.accepts && on_accept) on_accept(cycle);
}

void ArrayPin::drive_rows(const pe_array_step &step)
{
    const pe_array_fold &fold = sequencer_.stream;
    for (uint32_t i = 0; i < params_.rows; ++i) {
        CodeWire wire;
        if (step.streams) {
            const pe_array_code code = pe_array_fold_a(&params_, &fold, i, step.t, &random_);
            wire.code = code.code;
            wire.slice = code.slice;
            wire.used = code.used;
            wire.format = fold.job.a_format;
            wire.valid = true;
            wire.first = step.t == 0;
            wire.last = step.t + 1 == fold.steps;
        }
        row_codes_[i].write(wire);
    }
}

void ArrayPin::drive_columns(const pe_array_step &step)
{
    const bool os = params_.dataflow == PE_OUTPUT_STATIONARY;
    const bool drives = os ? step.streams : step.preloads;
    const pe_array_fold &fold = os ? sequencer_.stream : sequencer_.preload;
    const uint64_t index = os ? step.t : step.preload_row;
    for (uint32_t j = 0; j < params_.columns; ++j) {
        CodeWire wire;
        if (drives) {
            const pe_array_code code = pe_array_fold_b(&params_, &fold, j, index, &random_);
            wire.code = code.code;
            wire.slice = code.slice;
            wire.used = code.used;
            wire.format = fold.job.b_format;
            wire.valid = true;
            wire.last = os && step.t + 1 == fold.steps;
            wire.generation = step.generation;
            wire.row = uint16_t(step.preload_row);
        }
        column_codes_[j].write(wire);
    }
}
} // namespace fl
