// The SystemC pin model of the array and its RTL on the same jobs, every boundary port compared in every
// cycle.
#ifndef FL_COSIM_ARRAY_LOCKSTEP_H
#define FL_COSIM_ARRAY_LOCKSTEP_H

#include "pe/array/array.h"
#include "sim/cosim/rtl.h"

namespace fl
{
// Random jobs in any format the PE type takes, drawn from the options' seed, queued without gaps or, with
// random stalls, at random intervals. Deletes the current simulation context. As fl_lockstep.
fl_status array_lockstep(const char *name, const pe_array_params &params, const fl_lockstep_options &options,
                         fl_text *report, fl_error *error);
} // namespace fl

#endif
