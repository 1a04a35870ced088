/* Coverage of a lockstep. */
#ifndef FL_COSIM_COVERAGE_H
#define FL_COSIM_COVERAGE_H

#include "sim/cosim/rtl.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes what has been counted so far, when the options ask for it (lines or toggles, and a folder). */
fl_status fl_lockstep_write_coverage(fl_rtl_model *model, const char *name,
                                     const fl_lockstep_options *options, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
