#include "pe/array/array_boundary.h"

namespace fl
{
ArrayBoundary::ArrayBoundary(const sc_core::sc_module_name &name, const pe_array_params &params,
                             sc_core::sc_time period, uint64_t seed)
    : sc_module(name), clk("clk"), params_(params), row_codes_("row_code", params.rows),
      column_codes_("column_code", params.columns), period_(period), random_(seed), sequencer_(),
      collector_("collector", params_)
{
    pe_array_sequencer_reset(&sequencer_, &params_);
    collector_.clk(clk);
    collector_.on_done = [this] {
        --jobs_;
        if (on_done) on_done(now());
    };
    SC_METHOD(clock);
    sensitive << clk.pos();
    dont_initialize();
}

void ArrayBoundary::bind_bottom(sc_core::sc_signal<SouthWire> &wire)
{
    collector_.bottom[bottoms_.size()](wire);
    bottoms_.push_back(&wire);
}

void ArrayBoundary::take(const pe_array_job &job)
{
    ++jobs_;
    pe_array_sequencer_take(&sequencer_, &job, now());
}

void ArrayBoundary::clock()
{
    // 1. What happens in the cycle that begins, and what the last one was spent on.
    const uint64_t cycle = now();
    pe_array_step step;
    pe_array_sequencer_step(&sequencer_, cycle, &step);
    if (cycle > 0) fl_account_until(&account_, cycle - 1, FL_CAUSE_IDLE);
    fl_account_until(&account_, cycle, step.cause);
    const pe_array_fold &fold = sequencer_.stream;
    streamed_ += ends_job_;
    ends_job_ = step.streams && fold.ends_job && step.t + 1 == fold.steps;

    // 2. Codes to the boundary.
    drive_rows(step);
    drive_columns(step);

    // 3. Tell the collector and the owner.
    if (step.streams && step.t == 0) {
        collector_.expect(fold);
        if (fold.starts_job && on_first_operand) on_first_operand(cycle);
    }
    if (step.accepts && on_accept) on_accept(cycle);
}

void ArrayBoundary::drive_rows(const pe_array_step &step)
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

void ArrayBoundary::drive_columns(const pe_array_step &step)
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
