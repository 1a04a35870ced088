/* The report as one HTML file that needs no network: template, style, script and Chart.js are linked into the program. */
#ifndef FL_REPORT_HTML_PAGE_H
#define FL_REPORT_HTML_PAGE_H

#include "sim/base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Appends the page that shows `data`, a JSON object {"runs": [...], "sweeps": [...]} (docs/reports.md). Whatever texts it holds,
 * nothing of them is executed: the JSON cannot end its element, the script only makes text nodes, and the page's policy allows
 * no script but its own and no request at all. */
void fl_report_page(const fl_text *data, fl_text *out);

#ifdef __cplusplus
}
#endif
#endif
