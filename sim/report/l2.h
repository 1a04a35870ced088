/* What a cache that the cores share did, for the terminal and for summary.json. */
#ifndef FL_REPORT_L2_H
#define FL_REPORT_L2_H

#include "sim/report/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Nothing when the machine has no such cache. */
void fl_l2_table(const fl_report *report, fl_text *out);
/* One object with the cache's counts and the cycles of each port; null without one. */
void fl_l2_json(const fl_report *report, fl_text *out);

#ifdef __cplusplus
}
#endif
#endif
