#include "pe/array/array_edge.h"

namespace fl
{
namespace
{
void decode(const pe_array_params &params, const CodeWire &code, EastWire &wire)
{
    wire.a = pe_array_fold_operand(&params, code.format, {code.code, code.slice, code.used});
    wire.valid = code.valid;
    wire.first = code.first;
    wire.last = code.last;
}

void decode(const pe_array_params &params, const CodeWire &code, SouthWire &wire)
{
    wire.b = pe_array_fold_operand(&params, code.format, {code.code, code.slice, code.used});
    wire.b_valid = code.valid;
    wire.b_last = code.last;
    wire.generation = code.generation;
    wire.row = code.row;
}
} // namespace

// The code register is the sequencer's output, so row and column 0 decode combinationally between it and
// PE(0,0); every further row and column has registers behind its decoder.
template <typename Wire>
EdgeModule<Wire>::EdgeModule(const sc_core::sc_module_name &name, const pe_array_params &params,
                             uint32_t delay)
    : sc_module(name), params_(params), line_(delay > 0 ? delay - 1 : 0)
{
    if (delay == 0) {
        SC_METHOD(pass);
        sensitive << code;
    } else {
        SC_METHOD(clock);
        sensitive << clk.pos();
        dont_initialize();
    }
}

template <typename Wire> void EdgeModule<Wire>::pass()
{
    Wire wire;
    decode(params_, code.read(), wire);
    out.write(wire);
}

template <typename Wire> void EdgeModule<Wire>::clock()
{
    Wire wire;
    decode(params_, code.read(), wire);
    if (!line_.empty()) {
        std::swap(wire, line_[oldest_]);
        oldest_ = (oldest_ + 1) % line_.size();
    }
    out.write(wire);
}

template class EdgeModule<EastWire>;
template class EdgeModule<SouthWire>;

CollectorModule::CollectorModule(const sc_core::sc_module_name &name, const pe_array_params &params)
    : sc_module(name), bottom("bottom", params.columns), params_(params), fold_(params.columns),
      taken_(params.columns)
{
    SC_METHOD(clock);
    sensitive << clk.pos();
    dont_initialize();
}

// OS: the value that stood in the bottom row during the last cycle is written at this edge. WS: the bottom
// row's partial sum registers are the write port of the accumulator buffer, so a sum counts from the edge
// that registers it: it is taken one delta cycle later, when the registers show it.
void CollectorModule::clock()
{
    if (params_.dataflow == PE_WEIGHT_STATIONARY && !settled_) {
        settled_ = true;
        next_trigger(sc_core::SC_ZERO_TIME);
        return;
    }
    settled_ = false;
    collect();
}

void CollectorModule::collect()
{
    const bool os = params_.dataflow == PE_OUTPUT_STATIONARY;
    // From the right: of two columns with the same element in the same cycle the right one is a fold behind.
    for (uint32_t j = params_.columns; j-- > 0;) {
        const SouthWire &wire = bottom[j].read();
        if (os ? !(wire.b_last || wire.draining) : !wire.sum_valid) continue;
        if (fold_[j] == folds_.size()) {
            ++errors_;
            continue;
        }
        const pe_array_fold &fold = folds_[fold_[j]];
        const uint64_t results = os ? params_.rows : fold.steps;
        const uint64_t index = os ? params_.rows - 1 - taken_[j] : taken_[j];
        pe_array_fold_deposit(&params_, &fold, j, index, wire.sum);
        if (++taken_[j] < results) continue;
        taken_[j] = 0;
        ++fold_[j];
        if (j + 1 == params_.columns) finish_fold();
    }
}

void CollectorModule::finish_fold()
{
    const bool done = folds_.front().ends_job;
    folds_.pop_front();
    for (size_t &fold : fold_) --fold;
    if (done) on_done();
}
} // namespace fl
