// One process, many simulations: SystemC keeps its kernel in a global context, which a new run replaces.
#ifndef FL_BASE_SYSTEMC_CONTEXT_H
#define FL_BASE_SYSTEMC_CONTEXT_H

#include <systemc>

namespace fl
{
// Deletes the current context with all its objects' bookkeeping and starts an empty one. Modules of the old
// context must be destroyed before. Time resolution is 1 ps. The process's first context stays: static events
// inside the SystemC library belong to it and look it up when the process exits.
inline void fresh_simulation_context()
{
    static const sc_core::sc_simcontext *const first = sc_core::sc_get_curr_simcontext();
    if (sc_core::sc_curr_simcontext != first) delete sc_core::sc_curr_simcontext;
    sc_core::sc_curr_simcontext = new sc_core::sc_simcontext;
    sc_core::sc_default_global_context = sc_core::sc_curr_simcontext;
    sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
}
} // namespace fl

#endif
