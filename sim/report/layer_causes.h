/* Cycles of each unit by cause and operation: columns of layers.csv, and a table for the terminal. */
#ifndef FL_REPORT_LAYER_CAUSES_H
#define FL_REPORT_LAYER_CAUSES_H

#include "sim/report/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Append ",UNIT.CAUSE" (",core1.UNIT.CAUSE" when there are several cores) for every pair that has cycles in
 * this run, and the cells of one operation below them. */
void fl_layer_causes_head(const fl_report *report, fl_text *out);
void fl_layer_causes_cells(const fl_report *report, uint32_t op, fl_text *out);

/* Whether an operation's name matches the pattern of the shell, or stands below what matches: "layer3" and
 * "layer3.*" both match "layer3.ffn.up". */
bool fl_layer_matches(const char *pattern, const char *name);
/* The operations that match, unit by unit, and their sum: `flintlock run --layers`. */
void fl_layer_causes_table(const fl_report *report, const char *pattern, fl_text *out);

#ifdef __cplusplus
}
#endif
#endif
