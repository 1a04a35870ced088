// What runs between the array's modules in one cycle: signal bundles with the names and meaning of the RTL
// ports.
#ifndef PE_ARRAY_ARRAY_WIRES_H
#define PE_ARRAY_ARRAY_WIRES_H

#include <ostream>
#include <systemc>

#include "pe/array/array_fold.h"

namespace fl
{
// Sequencer to boundary: a code for one row or column, still packed.
struct CodeWire {
    uint32_t code = 0;
    num_format format = {};
    uint8_t slice = 0;
    bool used = false;
    bool valid = false, first = false, last = false; // of the fold's steps
    bool generation = false;                         // of a weight
    uint16_t row = 0;                                // WS: the row a weight is for

    bool operator==(const CodeWire &o) const
    {
        return code == o.code && num_format_equal(format, o.format) && slice == o.slice && used == o.used &&
               valid == o.valid && first == o.first && last == o.last && generation == o.generation &&
               row == o.row;
    }
};

// West to east: the activation operand.
struct EastWire {
    num_operand a = {};
    bool valid = false, first = false, last = false;

    bool operator==(const EastWire &o) const
    {
        return a.base == o.a.base && a.shift == o.a.shift && valid == o.valid && first == o.first &&
               last == o.last;
    }
};

// North to south: the weight operand, and a partial sum (WS) or drained result (OS).
struct SouthWire {
    num_operand b = {};
    uint32_t sum = 0;
    uint16_t row = 0;        // WS: the row the weight is for, by which PEs check the sequencer
    bool b_valid = false;    // OS: a step's operand; WS at the top: a weight shifts in
    bool b_last = false;     // OS: of the fold
    bool generation = false; // WS: of the weight
    bool sum_valid = false;  // WS: a partial sum; OS: the register holds a result
    bool top = false;        // OS: the result of row 0, the last to leave
    bool draining = false;   // OS: the column has begun to shift and this row's turn is not over

    bool operator==(const SouthWire &o) const
    {
        return b.base == o.b.base && b.shift == o.b.shift && sum == o.sum && row == o.row &&
               b_valid == o.b_valid && b_last == o.b_last && generation == o.generation &&
               sum_valid == o.sum_valid && top == o.top && draining == o.draining;
    }
};

inline std::ostream &operator<<(std::ostream &os, const CodeWire &w)
{
    return os << w.code << ':' << w.valid;
}
inline std::ostream &operator<<(std::ostream &os, const EastWire &w)
{
    return os << w.a.base << ':' << w.valid;
}
inline std::ostream &operator<<(std::ostream &os, const SouthWire &w)
{
    return os << w.b.base << ':' << w.sum;
}

inline void sc_trace(sc_core::sc_trace_file *file, const CodeWire &w, const std::string &name)
{
    sc_core::sc_trace(file, w.code, name + ".code");
    sc_core::sc_trace(file, w.valid, name + ".valid");
}

inline void sc_trace(sc_core::sc_trace_file *file, const EastWire &w, const std::string &name)
{
    sc_core::sc_trace(file, w.a.base, name + ".a_base");
    sc_core::sc_trace(file, w.a.shift, name + ".a_shift");
    sc_core::sc_trace(file, w.valid, name + ".valid");
    sc_core::sc_trace(file, w.last, name + ".last");
}

inline void sc_trace(sc_core::sc_trace_file *file, const SouthWire &w, const std::string &name)
{
    sc_core::sc_trace(file, w.b.base, name + ".b_base");
    sc_core::sc_trace(file, w.b.shift, name + ".b_shift");
    sc_core::sc_trace(file, w.b_valid, name + ".b_valid");
    sc_core::sc_trace(file, w.sum, name + ".sum");
    sc_core::sc_trace(file, w.sum_valid, name + ".sum_valid");
}
} // namespace fl

#endif
