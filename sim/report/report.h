/* What a run is told as: terminal table, summary.json, layers.csv, meta.json.
 *
 * Same inputs, same bytes: nothing here depends on time, host or path, except meta.json, which exists for
 * that. */
#ifndef FL_REPORT_REPORT_H
#define FL_REPORT_REPORT_H

#include "sim/base/text.h"
#include "sim/machine/machine.h"
#include "sim/machine/mapping.h"
#include "workloads/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_report {
    const fl_machine_config *machine;
    const wl_workload *workload;
    const fl_mapping *mappings; /* one per operation: which ones ran as a chain */
    const fl_run_result *result;
    double dram_bytes_per_cycle; /* peak, for the bound of a layer */
    double seconds;              /* simulated */
    fl_energy energy;
    fl_area area;
} fl_report;

/* All pointers are borrowed. */
fl_report fl_report_new(const fl_machine_config *machine, const wl_workload *workload,
                        const fl_mapping *mappings, const fl_run_result *result, double dram_bytes_per_cycle);

/* Useful PE operations over all PE-cycles. */
double fl_report_utilization(const fl_report *report);

void fl_report_table(const fl_report *report, fl_text *out);
void fl_report_summary_json(const fl_report *report, fl_text *out);
void fl_report_layers_csv(const fl_report *report, fl_text *out);
/* wall_seconds: the simulation alone; process_seconds: from the start of the process. */
void fl_report_meta_json(const fl_report *report, double wall_seconds, double process_seconds, fl_text *out);

#define FL_VERSION "0.1.0"

#ifdef __cplusplus
}
#endif
#endif
