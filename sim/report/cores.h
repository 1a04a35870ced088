/* The accounts of every core: where cycles went, and who waited for whom at which bank. */
#ifndef FL_REPORT_CORES_H
#define FL_REPORT_CORES_H

#include "sim/report/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "load", or "core1.load" when there are several cores. Returns text. */
enum { FL_UNIT_NAME = 24 };
const char *fl_unit_name(const fl_run_result *result, uint32_t core, int unit, char text[FL_UNIT_NAME]);

void fl_cores_table(const fl_report *report, fl_text *out);
/* A map of units to accounts. */
void fl_cores_json(const fl_report *report, fl_text *out);

/* One entry of such a map, without a comma. */
void fl_cores_account_json(const char *name, const fl_account *account, fl_text *out);

/* Waits for banks by pair of units and by bank: `flintlock run --banks`. */
void fl_banks_table(const fl_report *report, fl_text *out);
void fl_banks_json(const fl_report *report, fl_text *out);

#ifdef __cplusplus
}
#endif
#endif
