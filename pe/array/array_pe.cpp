#include "pe/array/array_pe.h"

namespace fl
{
PeOutputStationary::PeOutputStationary(const sc_core::sc_module_name &name, const pe_array_params &params,
                                       uint32_t row)
    : PeModule(name, params, row)
{
    SC_METHOD(clock);
    sensitive << clk.pos();
    dont_initialize();
}

void PeOutputStationary::clock()
{
    const EastWire &a = west.read();
    const SouthWire &above = north.read();
    const bool start = column.read().b_last;
    const bool shifts = start || out_.draining;
    const bool above_shifts = row_ > 0 && (start || above.draining);
    const uint32_t held = out_.sum;

    // Drain: row i passes on i + 1 results, its own and those of the rows above.
    if (shifts) {
        check(out_.sum_valid);
        out_.draining = !out_.top;
        out_.sum_valid = out_.top = false;
        out_.sum = 0;
    }
    if (above_shifts) {
        check(!out_.sum_valid);
        out_.sum = above.sum;
        out_.sum_valid = true;
        out_.top = above.top;
    }

    // Step.
    if (a.valid) {
        check(above.b_valid && a.last == above.b_last);
        if (params_.overlap_drain) {
            const uint32_t sum = params_.pe->mac(accumulator_, a.a, above.b);
            accumulator_ = a.last ? 0 : sum;
            if (a.last) {
                check(!out_.sum_valid); // else a busy shadow register is overwritten
                out_.sum = sum;
            }
        } else {
            // The register takes a sum or a neighbour's result in a cycle, never both: it must have drained.
            check(!shifts && !above_shifts && !out_.sum_valid);
            out_.sum = params_.pe->mac(held, a.a, above.b);
        }
        if (a.last) {
            out_.sum_valid = true;
            out_.top = row_ == 0;
        }
    }

    out_.b = above.b;
    out_.b_valid = above.b_valid;
    out_.b_last = above.b_last;
    east.write(a);
    south.write(out_);
}

PeWeightStationary::PeWeightStationary(const sc_core::sc_module_name &name, const pe_array_params &params,
                                       uint32_t row)
    : PeModule(name, params, row)
{
    SC_METHOD(clock);
    sensitive << clk.pos();
    dont_initialize();
}

void PeWeightStationary::clock()
{
    const EastWire &a = west.read();
    const SouthWire &above = north.read();
    const SouthWire &load = column.read();
    // The new weights come down as a wave: a PE takes over when the one above holds a weight of the new
    // generation.
    const bool takes = load.b_valid && above.generation == load.generation;

    // Step.
    out_.sum_valid = a.valid;
    if (a.valid) {
        check(row_ == 0 || above.sum_valid);
        if (a.first) {
            check(awaited_); // else the weight is used before it is loaded
            awaited_ = false;
            weight_ = out_.b;
        }
        // Without a chain of their own the weights stand in out_.b, which must not move while it is in use.
        check(params_.overlap_preload || !takes);
        out_.sum = params_.pe->mac(above.sum, a.a, params_.overlap_preload ? weight_ : out_.b);
    }

    // Preload.
    if (takes) {
        check(!awaited_); // else a weight is overwritten before its fold starts
        out_.b = above.b;
        out_.row = above.row;
        out_.generation = above.generation;
        awaited_ = above.row == row_;
    }

    east.write(a);
    south.write(out_);
}
} // namespace fl
