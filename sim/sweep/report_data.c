#include "sim/sweep/report_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/report/report.h"
#include "sim/sweep/metrics.h"
#include "sim/sweep/query.h"

enum { MAX_FILE_BYTES = 64 << 20 };

static const char NO_MEMORY[] = "out of memory";

/* --- runs
 * ------------------------------------------------------------------------------------------------------- */

static fl_status read_file(const char *folder, const char *name, fl_text *out, fl_error *error)
{
    fl_text path = {0};
    fl_text_printf(&path, "%s/%s", folder, name);
    if (path.failed) return fl_fail(error, FL_BAD_INPUT, NULL, "%s", NO_MEMORY);
    FILE *file = fopen(path.bytes, "rb");
    fl_status status = file == NULL ? fl_fail(error, FL_BAD_INPUT, &(fl_where){path.bytes, 0, 0},
                                              "cannot read: %s", strerror(errno))
                                    : FL_OK;
    char bytes[65536];
    size_t got;
    while (file != NULL && out->size < MAX_FILE_BYTES && (got = fread(bytes, 1, sizeof bytes, file)) > 0)
        fl_text_append(out, bytes, got);
    if (file != NULL) fclose(file);
    if (status == FL_OK && out->bytes != NULL && memchr(out->bytes, '\0', out->size) != NULL)
        status = fl_fail(error, FL_BAD_INPUT, &(fl_where){path.bytes, 0, 0}, "it is not a text");
    fl_text_free(&path);
    return status;
}

/* SQLite knows JSON: what is none is refused, and what is one loses its spaces. */
static fl_status append_json(const char *folder, const fl_text *json, fl_text *out, fl_error *error)
{
    sqlite3 *memory = NULL;
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_open(":memory:", &memory) == SQLITE_OK &&
              sqlite3_prepare_v2(memory, "SELECT json(?1) WHERE json_type(?1)='object'", -1, &statement,
                                 NULL) == SQLITE_OK &&
              sqlite3_bind_text(statement, 1, json->bytes == NULL ? "" : json->bytes, (int)json->size,
                                SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW;
    if (ok) fl_text_puts(out, (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(memory);
    return ok ? FL_OK
              : fl_fail(error, FL_BAD_INPUT, &(fl_where){folder, 0, 0}, "summary.json is not a JSON object");
}

static void append_name(const char *folder, fl_text *out)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') length--;
    size_t start = length;
    while (start > 0 && folder[start - 1] != '/') start--;
    char *name = strndup(folder + start, length - start);
    if (name == NULL) out->failed = true;
    fl_text_json(out, name == NULL ? "" : name);
    free(name);
}

static fl_status append_run(const char *folder, fl_text *out, fl_error *error)
{
    fl_text summary = {0}, layers = {0}, config = {0};
    fl_status status = read_file(folder, "summary.json", &summary, error);
    if (status == FL_OK) status = read_file(folder, "layers.csv", &layers, error);
    if (status == FL_OK) status = read_file(folder, "config.effective.yaml", &config, error);
    if (status == FL_OK) status = read_file(folder, "workload.effective.yaml", &config, error);
    fl_text_puts(out, "{\"name\":");
    append_name(folder, out);
    fl_text_puts(out, ",\"summary\":");
    if (status == FL_OK) status = append_json(folder, &summary, out, error);
    fl_text_puts(out, ",\"layers\":");
    fl_text_json(out, layers.bytes == NULL ? "" : layers.bytes);
    fl_text_puts(out, ",\"config\":");
    fl_text_json(out, config.bytes == NULL ? "" : config.bytes);
    fl_text_puts(out, "}");
    fl_text_free(&summary);
    fl_text_free(&layers);
    fl_text_free(&config);
    return status;
}

/* --- sweeps
 * ------------------------------------------------------------------------------------------------------ */

/* Appends the single column of a SELECT, rows separated by commas. */
static fl_status append_select(fl_store *store, const char *sql, bool *first, fl_text *out, fl_error *error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(fl_store_sqlite(store), sql, -1, &statement, NULL) != SQLITE_OK)
        return fl_store_fail(store, error);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (!*first) fl_text_puts(out, ",\n");
        *first = false;
        fl_text_append(out, (const char *)sqlite3_column_text(statement, 0),
                       (size_t)sqlite3_column_bytes(statement, 0));
    }
    fl_status status = code == SQLITE_DONE ? FL_OK : fl_store_fail(store, error);
    sqlite3_finalize(statement);
    return status;
}

/* Keys of the configuration that differ between points: the others say nothing about a choice. */
static fl_status varying_keys(fl_store *store, fl_table *keys, fl_error *error)
{
    static const char SQL[] =
        "SELECT key FROM point, json_each(config) WHERE key NOT IN ('machine', 'workload.workload') AND key "
        "NOT "
        "LIKE 'workload.quant.rules.%' GROUP BY key HAVING count(DISTINCT value) > 1 ORDER BY key LIMIT 64";
    return fl_query_sql(store, SQL, keys, error);
}

static const char PLACES[] = " FROM (SELECT hash, min(sweep) AS place_sweep, min(idx) AS place_idx, "
                             "min(coalesce(excluded, '')) AS excluded"
                             " FROM sweep_point GROUP BY hash) JOIN point USING(hash)";

static fl_status append_points(fl_store *store, const fl_table *keys, fl_text *out, fl_error *error)
{
    fl_text sql = {0};
    fl_text_puts(&sql, "SELECT json_array(hash, machine, workload, status, message, excluded, json_array(");
    for (size_t k = 0; k < keys->row_count; k++) {
        char *path = sqlite3_mprintf("$.\"%s\"", keys->cells[k].text);
        char *quoted = sqlite3_mprintf("%sconfig->>%Q", k == 0 ? "" : ", ", path);
        if (quoted == NULL) sql.failed = true;
        fl_text_puts(&sql, quoted == NULL ? "" : quoted);
        sqlite3_free(quoted);
        sqlite3_free(path);
    }
    fl_text_puts(&sql, "), json_array(");
    for (size_t m = 0; m < fl_metric_count; m++)
        fl_text_printf(&sql, "%smetrics->'$.\"%s\"'", m == 0 ? "" : ", ", fl_metrics[m].name);
    fl_text_printf(&sql, "))%s ORDER BY place_sweep, place_idx, hash", PLACES);
    bool first = true;
    fl_status status = sql.failed ? fl_fail(error, FL_BAD_INPUT, NULL, "%s", NO_MEMORY)
                                  : append_select(store, sql.bytes, &first, out, error);
    fl_text_free(&sql);
    return status;
}

static void append_keys(const fl_table *keys, fl_text *out)
{
    for (size_t k = 0; k < keys->row_count; k++) {
        if (k > 0) fl_text_puts(out, ",");
        fl_text_json(out, keys->cells[k].text);
    }
}

static fl_status append_sweep(fl_store *store, const char *path, fl_text *out, fl_error *error)
{
    fl_table keys = {0};
    fl_status status = varying_keys(store, &keys, error);
    bool first = true, first_axis = true;
    fl_text_puts(out, "{\"name\":");
    append_name(path, out);
    fl_text_puts(out, ",\"axes\":[");
    if (status == FL_OK)
        status = append_select(store, "SELECT DISTINCT value->'$.key' FROM sweep, json_each(spec, '$.axes')",
                               &first_axis, out, error);
    fl_text_puts(out, "],\"keys\":[");
    append_keys(&keys, out);
    fl_text_puts(out, "],\"metrics\":[");
    for (size_t m = 0; m < fl_metric_count; m++)
        fl_text_printf(out, "%s\"%s\"", m == 0 ? "" : ",", fl_metrics[m].name);
    fl_text_puts(out, "],\"pareto\":[");
    if (status == FL_OK)
        status = append_select(store,
                               "SELECT json_quote(value) FROM json_each((SELECT spec FROM sweep ORDER BY id "
                               "DESC LIMIT 1), '$.pareto')",
                               &first, out, error);
    fl_text_puts(out, "],\"points\":[");
    if (status == FL_OK) status = append_points(store, &keys, out, error);
    fl_text_puts(out, "]}");
    fl_table_free(&keys);
    return status;
}

/* --- operations of points
 * ---------------------------------------------------------------------------------------- */

/* The hashes of the points that are shown in detail. */
static fl_status choose_details(fl_store *store, fl_table *hashes, fl_error *error)
{
    fl_query query = {.columns = "hash", .filter = "status = done"};
    fl_status status = fl_query_run(store, &query, hashes, error);
    if (status != FL_OK || hashes->row_count <= FL_REPORT_DETAILS) return status;
    fl_table_free(hashes);
    query.pareto = "latency_ms,energy_mj,area_mm2";
    return fl_query_run(store, &query, hashes, error);
}

static fl_status append_details(fl_store *store, bool *first, fl_text *out, fl_error *error)
{
    fl_table hashes = {0};
    fl_status status = choose_details(store, &hashes, error);
    size_t count = hashes.row_count < FL_REPORT_DETAILS ? hashes.row_count : FL_REPORT_DETAILS;
    for (size_t r = 0; r < count && status == FL_OK; r++) {
        char *sql = sqlite3_mprintf("SELECT json_object('hash', hash, 'name', machine || ' · ' || workload "
                                    "|| ' · ' || substr(hash, 1, 6), 'summary', json(summary),"
                                    " 'layers', layers, 'config', (SELECT group_concat(key || ': ' || value, "
                                    "char(10)) FROM json_each(config))) FROM point WHERE hash=%Q",
                                    hashes.cells[r].text);
        status = sql == NULL ? fl_fail(error, FL_BAD_INPUT, NULL, "%s", NO_MEMORY)
                             : append_select(store, sql, first, out, error);
        sqlite3_free(sql);
    }
    fl_table_free(&hashes);
    return status;
}

/* --- the whole
 * ---------------------------------------------------------------------------------------------------- */

static fl_status append_path(const char *path, bool *first_run, bool *first_sweep, fl_text *runs,
                             fl_text *sweeps, fl_error *error)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "%s", strerror(errno));
    if (S_ISDIR(info.st_mode)) {
        if (!*first_run) fl_text_puts(runs, ",\n");
        *first_run = false;
        return append_run(path, runs, error);
    }
    fl_store *store = NULL;
    fl_status status = fl_store_open_readonly(path, &store, error);
    if (!*first_sweep) fl_text_puts(sweeps, ",\n");
    *first_sweep = false;
    if (status == FL_OK) status = append_sweep(store, path, sweeps, error);
    if (status == FL_OK) status = append_details(store, first_run, runs, error);
    fl_store_close(store);
    return status;
}

fl_status fl_report_data(const char *const *paths, size_t count, fl_text *out, fl_error *error)
{
    fl_text runs = {0}, sweeps = {0};
    bool first_run = true, first_sweep = true;
    fl_status status = FL_OK;
    for (size_t p = 0; p < count && status == FL_OK; p++)
        status = append_path(paths[p], &first_run, &first_sweep, &runs, &sweeps, error);
    fl_text_printf(out, "{\"version\":\"%s\",\"runs\":[", FL_VERSION);
    fl_text_puts(out, runs.bytes == NULL ? "" : runs.bytes);
    fl_text_puts(out, "],\"sweeps\":[");
    fl_text_puts(out, sweeps.bytes == NULL ? "" : sweeps.bytes);
    fl_text_puts(out, "]}");
    out->failed |= runs.failed || sweeps.failed;
    fl_text_free(&runs);
    fl_text_free(&sweeps);
    if (status == FL_OK && out->failed) status = fl_fail(error, FL_BAD_INPUT, NULL, "%s", NO_MEMORY);
    return status;
}
