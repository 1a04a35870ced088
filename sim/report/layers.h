/* Operations gathered into rows: one per operation, per layer ("layer3"), or per kind of operation over all
 * layers. */
#ifndef FL_REPORT_LAYERS_H
#define FL_REPORT_LAYERS_H

#include "sim/report/report.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_row {
    const char *name; /* points into an operation's name */
    size_t name_length;
    uint32_t chained; /* operations that ran in a chain behind the named one; counted over one layer */
    uint64_t cycles, macs;
    uint64_t matrix_busy, vector_busy;
    fl_cost_actions actions;
    mem_energy dram_energy;
} fl_row;

typedef enum fl_grouping {
    FL_BY_LAYER, /* by what stands before the first dot */
    FL_BY_KIND,  /* chains, by what stands behind it in the head's name, or the whole name */
} fl_grouping;

fl_row fl_row_of(const fl_report *report, uint32_t op);
/* The chain that the operation belongs to, under the name of its head. */
fl_row fl_row_of_chain(const fl_report *report, uint32_t op);
/* Rows in order of first appearance; returns their number, at most op_count. rows: op_count entries of the
 * caller. */
uint32_t fl_rows_group(const fl_report *report, fl_grouping grouping, fl_row *rows);

typedef struct fl_bound {
    const char *unit; /* "matrix", "vector", "dram" or "latency" when none is busy half of the time */
    double share;     /* of the cycles that the named unit, or the busiest one, was busy */
} fl_bound;
fl_bound fl_row_bound(const fl_report *report, const fl_row *row);

double fl_row_utilization(const fl_report *report, const fl_row *row);
/* Dynamic energy; of a DRAM that counts its own, all of it. */
double fl_row_energy_pj(const fl_report *report, const fl_row *row);

#ifdef __cplusplus
}
#endif
#endif
