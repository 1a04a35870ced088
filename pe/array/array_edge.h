// The array's boundary: one decoder and skew line per row and per column, and the collector below the bottom
// row.
#ifndef PE_ARRAY_ARRAY_EDGE_H
#define PE_ARRAY_ARRAY_EDGE_H

#include <deque>
#include <functional>
#include <vector>

#include "pe/array/array_wires.h"

namespace fl
{
// Decodes the codes of one row (Wire = EastWire) or column (SouthWire) and delays them by its index.
template <typename Wire> class EdgeModule : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk;
    sc_core::sc_in<CodeWire> code;
    sc_core::sc_out<Wire> out;

    SC_HAS_PROCESS(EdgeModule);
    EdgeModule(const sc_core::sc_module_name &name, const pe_array_params &params, uint32_t delay);

private:
    void pass();
    void clock();

    const pe_array_params &params_;
    std::vector<Wire> line_; // ring of delay - 1 wires; the output is the last register
    size_t oldest_ = 0;
};

// Takes the results that leave the bottom row into the accumulator buffer.
class CollectorModule : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk;
    sc_core::sc_vector<sc_core::sc_in<SouthWire>> bottom;

    SC_HAS_PROCESS(CollectorModule);
    CollectorModule(const sc_core::sc_module_name &name, const pe_array_params &params);

    void expect(const pe_array_fold &fold) { folds_.push_back(fold); } // as the fold starts
    std::function<void()> on_done;              // every result of a job is in the buffer
    uint64_t errors() const { return errors_; } // results that no fold accounts for

private:
    void clock();
    void collect();
    void finish_fold();

    const pe_array_params &params_;
    std::deque<pe_array_fold> folds_; // started, results not all out; columns finish them from left to right
    std::vector<size_t> fold_;        // per column: which of folds_ its next result belongs to
    std::vector<uint64_t> taken_;     // per column: results of that fold so far
    bool settled_ = false;
    uint64_t errors_ = 0;
};
} // namespace fl

#endif
