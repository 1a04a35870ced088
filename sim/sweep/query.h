/* Questions to a results file: which columns, which points, in which order; and tables in the formats people
 * paste. */
#ifndef FL_SWEEP_QUERY_H
#define FL_SWEEP_QUERY_H

#include "sim/sweep/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All texts may be NULL. A column is a metric (latency_ms), hash, version, machine, workload, status,
 * message, excluded, a path of the effective configuration (matrix.rows, workload.sequence,
 * workload.quant.rules.0.format), or summary.PATH of the summary. */
typedef struct fl_query {
    const char *columns; /* "matrix.rows,latency_ms"; NULL: the axes of the sweeps and the usual metrics */
    const char *filter;  /* "area_mm2 <= 2, status = done" */
    const char *sort;    /* "latency_ms,-energy_mj"; NULL: in order of the sweeps */
    const char *pareto;  /* "latency_ms,max utilization": only points that no other one beats */
    const char *limit;   /* whole number */
    bool all;            /* those that a sweep's constraints exclude too */
} fl_query;

typedef struct fl_cell {
    char *text;     /* NULL: no value */
    bool is_number; /* text is a number */
} fl_cell;

typedef struct fl_table {
    char **columns;
    size_t column_count;
    fl_cell *cells; /* row by row */
    size_t row_count, row_capacity;
} fl_table;

fl_status fl_query_run(fl_store *store, const fl_query *query, fl_table *table, fl_error *error);
/* One SELECT of the user's. Anything that would write is refused. */
fl_status fl_query_sql(fl_store *store, const char *sql, fl_table *table, fl_error *error);
void fl_table_free(fl_table *table);

typedef enum fl_table_format {
    FL_TABLE_TEXT,
    FL_TABLE_CSV,
    FL_TABLE_JSONL,
    FL_TABLE_MARKDOWN,
    FL_TABLE_LATEX
} fl_table_format;
extern const char *const fl_table_formats[]; /* "text", "csv", "jsonl", "md", "latex", NULL */
/* Text, Markdown and LaTeX round numbers to six digits; CSV (RFC 4180) and JSON lines keep all. */
void fl_table_print(const fl_table *table, fl_table_format format, fl_text *out);

#ifdef __cplusplus
}
#endif
#endif
