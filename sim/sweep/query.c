#include "sim/sweep/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/sweep/metrics.h"

enum { FIELD_TEXT = 128, MAX_COLUMNS = 64 };

/* --- fields as SQL
 * -------------------------------------------------------------------------------------------- */

static const char *const PLAIN[] = {"hash",   "version", "machine",  "workload",
                                    "status", "message", "excluded", NULL};

static bool is_plain(const char *name)
{
    for (size_t i = 0; PLAIN[i] != NULL; i++)
        if (strcmp(PLAIN[i], name) == 0) return true;
    return false;
}

/* The nearest of the metrics and of the keys of one point. */
static fl_status unknown_column(fl_store *store, const char *name, fl_error *error)
{
    enum { MAX_NAMES = 1024 };
    const char *names[MAX_NAMES];
    char hint[FL_NEAREST_HINT];
    size_t count = 0;
    fl_table keys = {0};
    fl_status status = fl_query_sql(
        store, "SELECT key FROM json_each((SELECT config FROM point ORDER BY status LIMIT 1))", &keys, error);
    if (status != FL_OK) return status;
    for (; PLAIN[count] != NULL; count++) names[count] = PLAIN[count];
    for (size_t m = 0; m < fl_metric_count && count < MAX_NAMES; m++) names[count++] = fl_metrics[m].name;
    for (size_t r = 0; r < keys.row_count && count < MAX_NAMES; r++) names[count++] = keys.cells[r].text;
    status = fl_fail(error, FL_BAD_INPUT, NULL,
                     "unknown column \"%s\"%s (no metric, and in no point's configuration or summary)", name,
                     fl_nearest_hint(name, names, count, hint));
    fl_table_free(&keys);
    return status;
}

/* The SQL expression of a field. Names hold letters, digits, dots and underscores only, so that nothing needs
 * quoting. */
static fl_status field_sql(fl_store *store, const char *name, char sql[2 * FIELD_TEXT], fl_error *error)
{
    static const char ALLOWED[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    if (*name == '\0' || strlen(name) >= FIELD_TEXT || strspn(name, ALLOWED) != strlen(name))
        return fl_fail(error, FL_BAD_INPUT, NULL, "\"%.100s\" is no column name", name);
    if (is_plain(name)) {
        snprintf(sql, 2 * FIELD_TEXT, "%s", name);
        return FL_OK;
    }
    if (strncmp(name, "summary.", 8) == 0)
        snprintf(sql, 2 * FIELD_TEXT, "summary->>'$.%s'", name + 8);
    else
        snprintf(sql, 2 * FIELD_TEXT, "%s->>'$.\"%s\"'", fl_metric_find(name) != NULL ? "metrics" : "config",
                 name);
    if (fl_metric_find(name) != NULL) return FL_OK;
    fl_text probe = {0};
    fl_text_printf(&probe, "SELECT 1 FROM point WHERE %s IS NOT NULL LIMIT 1", sql);
    sqlite3_stmt *statement = NULL;
    bool ok = !probe.failed &&
              sqlite3_prepare_v2(fl_store_sqlite(store), probe.bytes, -1, &statement, NULL) == SQLITE_OK;
    int code = ok ? sqlite3_step(statement) : SQLITE_ERROR;
    fl_status status = code == SQLITE_ROW || code == SQLITE_DONE ? FL_OK : fl_store_fail(store, error);
    sqlite3_finalize(statement);
    fl_text_free(&probe);
    return code == SQLITE_DONE ? unknown_column(store, name, error) : status;
}

/* --- lists of the command line
 * ---------------------------------------------------------------------------------- */

/* The next item of a list separated by commas, trimmed; false at the end. */
static bool next_item(const char **list, char item[FIELD_TEXT * 2])
{
    if (*list == NULL || **list == '\0') return false;
    size_t length = strcspn(*list, ",");
    const char *start = *list, *stop = *list + length;
    *list = *stop == ',' ? stop + 1 : stop;
    while (start < stop && *start == ' ') start++;
    while (stop > start && stop[-1] == ' ') stop--;
    size_t size = (size_t)(stop - start) < FIELD_TEXT * 2 - 1 ? (size_t)(stop - start) : FIELD_TEXT * 2 - 1;
    memcpy(item, start, size);
    item[size] = '\0';
    return true;
}

static fl_status add_columns(fl_store *store, const char *list, fl_text *sql, size_t *count, fl_error *error)
{
    char item[2 * FIELD_TEXT], field[2 * FIELD_TEXT];
    fl_status status = FL_OK;
    while (status == FL_OK && next_item(&list, item)) {
        if (++*count > MAX_COLUMNS)
            return fl_fail(error, FL_BAD_INPUT, NULL, "more than %d columns", MAX_COLUMNS);
        status = field_sql(store, item, field, error);
        if (status == FL_OK) fl_text_printf(sql, "%s%s AS \"%s\"", *count == 1 ? "" : ", ", field, item);
    }
    return status;
}

static fl_status add_filters(fl_store *store, const char *list, fl_text *sql, fl_error *error)
{
    char item[2 * FIELD_TEXT], field[2 * FIELD_TEXT];
    while (next_item(&list, item)) {
        fl_constraint c;
        const char *reason;
        if (!fl_constraint_parse(item, &c, &reason))
            return fl_fail(error, FL_BAD_INPUT, NULL, "--filter \"%s\": %s", item, reason);
        fl_status status = field_sql(store, c.field, field, error);
        if (status != FL_OK) return status;
        const char *compare = fl_compare_texts[c.compare];
        char *quoted = sqlite3_mprintf("%Q", c.value);
        if (c.numeric)
            fl_text_printf(sql, " AND quantity(%s) %s %.17g", field, compare, c.number);
        else
            fl_text_printf(sql, " AND %s %s %s", field, compare, quoted == NULL ? "''" : quoted);
        sqlite3_free(quoted);
    }
    return FL_OK;
}

static fl_status add_order(fl_store *store, const char *list, fl_text *sql, fl_error *error)
{
    char item[2 * FIELD_TEXT], field[2 * FIELD_TEXT];
    fl_text_puts(sql, " ORDER BY ");
    while (next_item(&list, item)) {
        bool down = *item == '-';
        fl_status status = field_sql(store, item + down, field, error);
        if (status != FL_OK) return status;
        fl_text_printf(sql, "quantity(%s)%s, ", field, down ? " DESC" : "");
    }
    fl_text_puts(sql, "place_sweep, place_idx, hash");
    return FL_OK;
}

static fl_status read_objectives(const char *list, fl_objective *objectives, size_t *count, fl_error *error)
{
    char item[2 * FIELD_TEXT];
    while (next_item(&list, item)) {
        if (*count == FL_SWEEP_MAX_PARETO)
            return fl_fail(error, FL_BAD_INPUT, NULL, "--pareto: more than %d metrics", FL_SWEEP_MAX_PARETO);
        if (!fl_objective_parse(item, &objectives[(*count)++])) {
            fl_text text = {0};
            fl_metric_unknown(item, &text);
            fl_fail(error, FL_BAD_INPUT, NULL, "--pareto: %s", text.failed ? "unknown metric" : text.bytes);
            fl_text_free(&text);
            return FL_BAD_INPUT;
        }
    }
    return FL_OK;
}

/* --- tables
 * --------------------------------------------------------------------------------------------------- */

static char *column_copy(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) != SQLITE_FLOAT)
        return strdup((const char *)sqlite3_column_text(statement, column));
    fl_text text = {0}; /* SQLite prints 15 digits, which do not read back exactly */
    fl_text_printf(&text, "%.17g", sqlite3_column_double(statement, column));
    double back = sqlite3_column_double(statement, column);
    for (int digits = 6; digits < 17; digits++) {
        text.size = 0;
        fl_text_printf(&text, "%.*g", digits, back);
        if (text.failed || strtod(text.bytes, NULL) == back) break;
    }
    return fl_text_take(&text);
}

static bool add_row(sqlite3_stmt *statement, fl_table *table)
{
    if (table->row_count == table->row_capacity) {
        size_t capacity = table->row_capacity == 0 ? 64 : 2 * table->row_capacity;
        fl_cell *larger = realloc(table->cells, capacity * table->column_count * sizeof *larger);
        if (larger == NULL) return false;
        table->cells = larger;
        table->row_capacity = capacity;
    }
    fl_cell *row = table->cells + table->row_count * table->column_count;
    memset(row, 0, table->column_count * sizeof *row);
    table->row_count++;
    for (size_t c = 0; c < table->column_count; c++) {
        int type = sqlite3_column_type(statement, (int)c);
        if (type == SQLITE_NULL) continue;
        row[c].is_number = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
        if ((row[c].text = column_copy(statement, (int)c)) == NULL) return false;
    }
    return true;
}

static bool add_names(sqlite3_stmt *statement, fl_table *table)
{
    table->column_count = (size_t)sqlite3_column_count(statement);
    table->columns = calloc(table->column_count, sizeof *table->columns);
    for (size_t c = 0; c < table->column_count && table->columns != NULL; c++)
        if ((table->columns[c] = strdup(sqlite3_column_name(statement, (int)c))) == NULL) return false;
    return table->columns != NULL;
}

fl_status fl_query_sql(fl_store *store, const char *sql, fl_table *table, fl_error *error)
{
    *table = (fl_table){0};
    sqlite3_stmt *statement = NULL;
    const char *rest = NULL;
    if (sqlite3_prepare_v2(fl_store_sqlite(store), sql, -1, &statement, &rest) != SQLITE_OK)
        return fl_store_fail(store, error);
    while (rest != NULL && (*rest == ' ' || *rest == ';' || *rest == '\n')) rest++;
    fl_status status = FL_OK;
    if (statement == NULL || *rest != '\0' || !sqlite3_stmt_readonly(statement) ||
        sqlite3_column_count(statement) == 0)
        status = fl_fail(error, FL_BAD_INPUT, NULL, "--sql: expected one statement that reads (SELECT)");
    else if (!add_names(statement, table))
        status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    while (status == FL_OK) {
        int code = sqlite3_step(statement);
        if (code == SQLITE_DONE) break;
        if (code != SQLITE_ROW)
            status = fl_store_fail(store, error);
        else if (!add_row(statement, table))
            status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    }
    sqlite3_finalize(statement);
    if (status != FL_OK) fl_table_free(table);
    return status;
}

void fl_table_free(fl_table *table)
{
    for (size_t i = 0; i < table->row_count * table->column_count; i++) free(table->cells[i].text);
    for (size_t c = 0; c < table->column_count && table->columns != NULL; c++) free(table->columns[c]);
    free(table->cells);
    free(table->columns);
    *table = (fl_table){0};
}

/* Keeps the rows of the Pareto set and drops the last columns, which hold the objectives. */
static fl_status keep_front(fl_table *table, const fl_objective *objectives, size_t count, fl_error *error)
{
    size_t shown = table->column_count - count, kept = 0;
    double *values = calloc(table->row_count * count + 1, sizeof *values);
    bool *front = calloc(table->row_count + 1, sizeof *front);
    if (values == NULL || front == NULL) {
        free(values);
        free(front);
        return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    }
    for (size_t r = 0; r < table->row_count; r++)
        for (size_t o = 0; o < count; o++) {
            const char *text = table->cells[r * table->column_count + shown + o].text;
            values[r * count + o] = text == NULL ? strtod("nan", NULL) : strtod(text, NULL);
        }
    fl_pareto_front(values, table->row_count, objectives, count, front);
    for (size_t r = 0; r < table->row_count; r++) {
        fl_cell *row = table->cells + r * table->column_count;
        for (size_t c = front[r] ? shown : 0; c < table->column_count; c++) free(row[c].text);
        if (front[r]) memmove(table->cells + kept++ * shown, row, shown * sizeof *row);
    }
    for (size_t c = shown; c < table->column_count; c++) free(table->columns[c]);
    table->column_count = shown;
    table->row_count = kept;
    free(values);
    free(front);
    return FL_OK;
}

/* --- queries
 * -------------------------------------------------------------------------------------------------- */

/* The axes of the file's sweeps, then the usual metrics. */
static fl_status default_columns(fl_store *store, fl_text *columns, fl_error *error)
{
    static const char KEYS[] = "SELECT DISTINCT value->>'$.key' FROM sweep, json_each(spec, '$.axes') ORDER "
                               "BY sweep.id, json_each.id";
    fl_table keys, names;
    fl_status status = fl_query_sql(store, KEYS, &keys, error);
    if (status != FL_OK) return status;
    status = fl_query_sql(store,
                          "SELECT count(DISTINCT machine) > 1, count(DISTINCT workload) > 1, "
                          "sum(status='failed') > 0 FROM point",
                          &names, error);
    if (status == FL_OK) {
        if (strcmp(names.cells[0].text, "1") == 0) fl_text_puts(columns, "machine,");
        if (strcmp(names.cells[1].text, "1") == 0) fl_text_puts(columns, "workload,");
        for (size_t r = 0; r < keys.row_count && r < 24; r++)
            fl_text_printf(columns, "%s,", keys.cells[r].text);
        fl_text_puts(columns, "cycles,latency_ms,energy_mj,area_mm2,utilization");
        if (names.cells[2].text != NULL && strcmp(names.cells[2].text, "1") == 0)
            fl_text_puts(columns, ",status");
        fl_table_free(&names);
    }
    fl_table_free(&keys);
    return status;
}

static fl_status build(fl_store *store, const fl_query *query, const fl_objective *objectives,
                       size_t objective_count, fl_text *sql, fl_error *error)
{
    static const char FROM[] = " FROM (SELECT hash, min(sweep) AS place_sweep, min(idx) AS place_idx, "
                               "min(coalesce(excluded, '')) AS excluded"
                               " FROM sweep_point GROUP BY hash) JOIN point USING(hash) WHERE ";
    fl_text defaults = {0};
    size_t count = 0;
    fl_status status = query->columns == NULL ? default_columns(store, &defaults, error) : FL_OK;
    fl_text_puts(sql, "SELECT ");
    if (status == FL_OK)
        status =
            add_columns(store, query->columns == NULL ? defaults.bytes : query->columns, sql, &count, error);
    for (size_t o = 0; o < objective_count; o++)
        fl_text_printf(sql, ", metrics->>'$.\"%s\"'", objectives[o].metric);
    fl_text_puts(sql, FROM);
    fl_text_puts(sql, query->all ? "1" : "excluded=''");
    if (status == FL_OK) status = add_filters(store, query->filter, sql, error);
    if (status == FL_OK) status = add_order(store, query->sort, sql, error);
    char *end = NULL;
    unsigned long limit = query->limit == NULL ? 0 : strtoul(query->limit, &end, 10);
    if (status == FL_OK && query->limit != NULL &&
        (*end != '\0' || end == query->limit || *query->limit == '-'))
        status = fl_fail(error, FL_BAD_INPUT, NULL, "--limit: \"%s\" is no whole number", query->limit);
    if (query->limit != NULL && objective_count == 0) fl_text_printf(sql, " LIMIT %lu", limit);
    fl_text_free(&defaults);
    if (status == FL_OK && sql->failed) status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    return status;
}

fl_status fl_query_run(fl_store *store, const fl_query *query, fl_table *table, fl_error *error)
{
    *table = (fl_table){0};
    fl_objective objectives[FL_SWEEP_MAX_PARETO];
    size_t objective_count = 0;
    fl_text sql = {0};
    fl_status status = read_objectives(query->pareto, objectives, &objective_count, error);
    if (status == FL_OK) status = build(store, query, objectives, objective_count, &sql, error);
    if (status == FL_OK) status = fl_query_sql(store, sql.bytes, table, error);
    fl_text_free(&sql);
    if (status == FL_OK && objective_count > 0)
        status = keep_front(table, objectives, objective_count, error);
    return status;
}
