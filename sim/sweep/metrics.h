/* The numbers by which points are compared: columns of the results, fields of constraints, objectives. */
#ifndef FL_SWEEP_METRICS_H
#define FL_SWEEP_METRICS_H

#include "sim/report/report.h"
#include "sim/sweep/sweep_file.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_metric {
    const char *name, *help;
    double (*of_machine)(const fl_machine_config *machine); /* known before the run, or NULL */
    double (*of_run)(const fl_report *report);              /* of the result, or NULL */
} fl_metric;

extern const fl_metric fl_metrics[];
extern const size_t fl_metric_count;

/* NULL when there is none of that name. */
const fl_metric *fl_metric_find(const char *name);
/* Appends "unknown metric "lateny_ms"; did you mean "latency_ms"? (allowed: ...)". */
void fl_metric_unknown(const char *name, fl_text *out);
double fl_metric_value(const fl_metric *metric, const fl_report *report);

/* "latency_ms", "min latency_ms" or "max utilization". False when the metric is unknown. */
bool fl_objective_parse(const char *text, fl_objective *objective);

/* Marks the points that no other one beats in all objectives: front[i] becomes whether point i is one.
 * values: `count` rows of objective_count numbers. Points with a value that is not finite are left out. */
void fl_pareto_front(const double *values, size_t count, const fl_objective *objectives,
                     size_t objective_count, bool *front);

#ifdef __cplusplus
}
#endif
#endif
