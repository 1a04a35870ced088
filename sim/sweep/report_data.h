/* The data of the HTML report (sim/report/html): runs and sweeps as JSON. */
#ifndef FL_SWEEP_REPORT_DATA_H
#define FL_SWEEP_REPORT_DATA_H

#include "sim/base/error.h"
#include "sim/base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Appends {"version", "runs", "sweeps"} of `count` paths: folders that `flintlock run --out` wrote, and results files of sweeps. The
 * points of a sweep get their operations too: all when there are at most FL_REPORT_DETAILS, else those of its Pareto set. */
enum { FL_REPORT_DETAILS = 200 };
fl_status fl_report_data(const char *const *paths, size_t count, fl_text *out, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
