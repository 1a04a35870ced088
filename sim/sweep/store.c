#include "sim/sweep/store.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/sweep/metrics.h"
#include "sim/sweep/point.h"
#include "sim/sweep/quantity.h"

/* "flnt", and the number of the layout. */
enum { APPLICATION_ID = 0x666c6e74, LAYOUT = 1, BUSY_MILLISECONDS = 60000 };

static const char TABLES[] =
    "CREATE TABLE point(hash TEXT PRIMARY KEY, version TEXT NOT NULL, machine TEXT NOT NULL, workload TEXT "
    "NOT NULL,"
    " status TEXT NOT NULL CHECK(status IN ('done','failed')), message TEXT NOT NULL, config TEXT NOT NULL, "
    "metrics TEXT NOT NULL,"
    " summary TEXT NOT NULL, layers TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE sweep(id INTEGER PRIMARY KEY, name TEXT NOT NULL, spec TEXT NOT NULL, UNIQUE(name, spec));"
    "CREATE TABLE sweep_point(sweep INTEGER NOT NULL REFERENCES sweep, idx INTEGER NOT NULL, hash TEXT NOT "
    "NULL, excluded TEXT,"
    " PRIMARY KEY(sweep, idx)) WITHOUT ROWID;"
    "CREATE INDEX sweep_point_hash ON sweep_point(hash);";

enum statement { HAS, ADD_POINT, ADD_PLACE, METRICS, EXCLUDE, STATEMENT_COUNT };
static const char *const STATEMENTS[STATEMENT_COUNT] = {
    [HAS] = "SELECT 1 FROM point WHERE hash=?1",
    [ADD_POINT] = "INSERT OR IGNORE INTO point SELECT r->>'$.hash', r->>'$.version', r->>'$.machine', "
                  "r->>'$.workload', r->>'$.status',"
                  " r->>'$.message', r->>'$.config', r->>'$.metrics', r->>'$.summary', r->>'$.layers' FROM "
                  "(SELECT ?1 AS r)"
                  " WHERE r->>'$.status' IS NOT NULL",
    [ADD_PLACE] = "INSERT OR REPLACE INTO sweep_point SELECT ?2, ?1->>'$.index', ?1->>'$.hash', "
                  "?1->>'$.excluded' RETURNING hash, excluded",
    [METRICS] = "SELECT metrics->>('$.\"' || ?2 || '\"') FROM point WHERE hash=?1 AND status='done'",
    [EXCLUDE] = "UPDATE sweep_point SET excluded=?3 WHERE sweep=?1 AND idx=?2->>'$.index'",
};

struct fl_store {
    sqlite3 *sqlite;
    char *path;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    const fl_sweep *sweep;
    sqlite3_int64 sweep_id;
};

sqlite3 *fl_store_sqlite(fl_store *store) { return store->sqlite; }

fl_status fl_store_fail(const fl_store *store, fl_error *error)
{
    int code = sqlite3_errcode(store->sqlite);
    const char *text = sqlite3_errmsg(store->sqlite);
    if (code == SQLITE_NOTADB) text = "it is not a results file of flintlock (not a database)";
    if (code == SQLITE_CANTOPEN && sqlite3_system_errno(store->sqlite) != 0)
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){store->path, 0, 0}, "cannot open: %s",
                       strerror(sqlite3_system_errno(store->sqlite)));
    if (code == SQLITE_BUSY) text = "another process has locked it for over a minute";
    return fl_fail(error, FL_BAD_INPUT, &(fl_where){store->path, 0, 0}, "%s", text);
}

static fl_status execute(fl_store *store, const char *sql, fl_error *error)
{
    return sqlite3_exec(store->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK ? FL_OK
                                                                           : fl_store_fail(store, error);
}

/* --- opening
 * ------------------------------------------------------------------------------------------------ */

static fl_status query_number(fl_store *store, const char *sql, sqlite3_int64 *number, fl_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(store->sqlite, sql, -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW;
    if (ok) *number = sqlite3_column_int64(statement, 0);
    fl_status status = ok ? FL_OK : fl_store_fail(store, error);
    sqlite3_finalize(statement);
    return status;
}

static fl_status check_layout(fl_store *store, bool *empty, fl_error *error)
{
    sqlite3_int64 application, layout, objects;
    fl_status status = query_number(store, "PRAGMA application_id", &application, error);
    if (status == FL_OK) status = query_number(store, "PRAGMA user_version", &layout, error);
    if (status == FL_OK) status = query_number(store, "SELECT count(*) FROM sqlite_schema", &objects, error);
    if (status != FL_OK) return status;
    *empty = application == 0 && layout == 0 && objects == 0;
    const fl_where where = {store->path, 0, 0};
    if (*empty) return FL_OK;
    if (application != APPLICATION_ID)
        return fl_fail(error, FL_BAD_INPUT, &where,
                       "it is a database of another program; nothing was changed");
    if (layout != LAYOUT)
        return fl_fail(error, FL_BAD_INPUT, &where,
                       "its layout has version %d, this program writes version %d; nothing was changed",
                       (int)layout, LAYOUT);
    return FL_OK;
}

/* The same in a transaction of its own: another process may be making the layout between two questions. */
static fl_status look_at_layout(fl_store *store, bool *empty, fl_error *error)
{
    fl_status status = execute(store, "BEGIN", error);
    if (status == FL_OK) status = check_layout(store, empty, error);
    sqlite3_exec(store->sqlite, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static void print_view(fl_text *sql)
{
    fl_text_puts(sql, "CREATE VIEW results AS SELECT hash, version, machine, workload, status, message");
    for (size_t m = 0; m < fl_metric_count; m++)
        fl_text_printf(sql, ", metrics->>'$.\"%s\"' AS \"%s\"", fl_metrics[m].name, fl_metrics[m].name);
    fl_text_puts(sql, " FROM point;");
}

/* Two processes may make the same file at once: the second finds it made. */
static fl_status make_layout(fl_store *store, fl_error *error)
{
    bool empty = false;
    fl_status status = execute(store, "BEGIN IMMEDIATE", error);
    if (status == FL_OK) status = check_layout(store, &empty, error);
    fl_text sql = {0};
    fl_text_puts(&sql, TABLES);
    print_view(&sql);
    fl_text_printf(&sql, "PRAGMA application_id=%d;PRAGMA user_version=%d;", APPLICATION_ID, LAYOUT);
    if (status == FL_OK && sql.failed) status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    if (status == FL_OK && empty) status = execute(store, sql.bytes, error);
    fl_text_free(&sql);
    if (status == FL_OK) return execute(store, "COMMIT", error);
    sqlite3_exec(store->sqlite, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static void quantity_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    double number;
    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_TEXT &&
        fl_quantity_any((const char *)sqlite3_value_text(values[0]), &number))
        sqlite3_result_double(context, number);
    else
        sqlite3_result_value(context, values[0]);
}

/* What SQLite would only call "unable to open database file". */
static fl_status check_file(const char *path, bool must_exist, fl_error *error)
{
    const fl_where where = {path, 0, 0};
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return fl_fail(error, FL_BAD_INPUT, &where, "it is a folder, not a results file");
    if (access(path, F_OK) == 0) return FL_OK;
    if (must_exist) return fl_fail(error, FL_BAD_INPUT, &where, "no such file");
    char *copy = strdup(path);
    const int code = copy == NULL ? ENOMEM : access(dirname(copy), W_OK | X_OK) == 0 ? 0 : errno;
    free(copy);
    return code == 0 ? FL_OK : fl_fail(error, FL_BAD_INPUT, &where, "cannot write: %s", strerror(code));
}

static fl_status connect(const char *path, int flags, fl_store **made, fl_error *error)
{
    fl_status status = check_file(path, (flags & SQLITE_OPEN_CREATE) == 0, error);
    if (status != FL_OK) return status;
    fl_store *store = calloc(1, sizeof *store);
    if (store == NULL || (store->path = strdup(path)) == NULL) {
        free(store);
        return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    }
    *made = store;
    if (sqlite3_open_v2(path, &store->sqlite, flags, NULL) != SQLITE_OK) return fl_store_fail(store, error);
    sqlite3_busy_timeout(store->sqlite, BUSY_MILLISECONDS);
    sqlite3_create_function(store->sqlite, "quantity", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                            quantity_function, NULL, NULL);
    return FL_OK;
}

static fl_status prepare(fl_store *store, fl_error *error)
{
    for (int s = 0; s < STATEMENT_COUNT; s++)
        if (sqlite3_prepare_v3(store->sqlite, STATEMENTS[s], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[s], NULL) != SQLITE_OK)
            return fl_store_fail(store, error);
    return FL_OK;
}

static fl_status keep_or_close(fl_status status, fl_store **store)
{
    if (status == FL_OK) return FL_OK;
    fl_store_close(*store);
    *store = NULL;
    return status;
}

/* The change to WAL needs the file alone for a moment and does not wait for it by the busy timeout, since two
 * processes that both change could wait for each other: we ask again. */
static fl_status write_ahead(fl_store *store, fl_error *error)
{
    enum { PAUSE_MILLISECONDS = 5 };
    const struct timespec pause = {.tv_nsec = PAUSE_MILLISECONDS * 1000000L};
    for (int waited = 0; waited < BUSY_MILLISECONDS; waited += PAUSE_MILLISECONDS) {
        int code = sqlite3_exec(store->sqlite, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
        if (code == SQLITE_OK) return FL_OK;
        if (code != SQLITE_BUSY) break;
        nanosleep(&pause, NULL);
    }
    return fl_store_fail(store, error);
}

fl_status fl_store_open(const char *path, bool must_exist, fl_store **store, fl_error *error)
{
    *store = NULL;
    bool empty = false;
    int flags = SQLITE_OPEN_READWRITE | (must_exist ? 0 : SQLITE_OPEN_CREATE);
    fl_status status = connect(path, flags, store, error);
    if (status == FL_OK) status = look_at_layout(*store, &empty, error);
    /* NORMAL keeps every commit over the death of any process; only a power failure may lose the last ones,
     * never half of one. */
    if (status == FL_OK) status = write_ahead(*store, error);
    if (status == FL_OK) status = execute(*store, "PRAGMA synchronous=NORMAL", error);
    if (status == FL_OK && empty) status = make_layout(*store, error);
    if (status == FL_OK) status = prepare(*store, error);
    return *store == NULL ? status : keep_or_close(status, store);
}

fl_status fl_store_open_readonly(const char *path, fl_store **store, fl_error *error)
{
    *store = NULL;
    bool empty = false;
    fl_status status = connect(path, SQLITE_OPEN_READONLY, store, error);
    if (status == FL_OK) status = look_at_layout(*store, &empty, error);
    if (status == FL_OK && empty)
        status = fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "it holds no results");
    return *store == NULL ? status : keep_or_close(status, store);
}

void fl_store_close(fl_store *store)
{
    if (store == NULL) return;
    for (int s = 0; s < STATEMENT_COUNT; s++) sqlite3_finalize(store->statements[s]);
    sqlite3_close(store->sqlite);
    free(store->path);
    free(store);
}

/* --- sweeps
 * ------------------------------------------------------------------------------------------------- */

fl_status fl_store_begin_sweep(fl_store *store, const fl_sweep *sweep, fl_error *error)
{
    static const char FIND[] = "SELECT id FROM sweep WHERE name=?1 AND spec=?2",
                      ADD[] = "INSERT OR IGNORE INTO sweep(name, spec) VALUES(?1, ?2)";
    fl_text spec = {0};
    fl_sweep_print(sweep, &spec);
    if (spec.failed) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    bool ok = true;
    for (int step = 0; step < 2 && ok; step++) {
        sqlite3_stmt *statement = NULL;
        ok = sqlite3_prepare_v2(store->sqlite, step == 0 ? ADD : FIND, -1, &statement, NULL) == SQLITE_OK &&
             sqlite3_bind_text(statement, 1, sweep->name, -1, SQLITE_STATIC) == SQLITE_OK &&
             sqlite3_bind_text(statement, 2, spec.bytes, (int)spec.size, SQLITE_STATIC) == SQLITE_OK &&
             sqlite3_step(statement) == (step == 0 ? SQLITE_DONE : SQLITE_ROW);
        if (ok && step == 1) store->sweep_id = sqlite3_column_int64(statement, 0);
        if (sqlite3_finalize(statement) != SQLITE_OK) ok = false;
    }
    fl_text_free(&spec);
    store->sweep = sweep;
    return ok ? FL_OK : fl_store_fail(store, error);
}

sqlite3_int64 fl_store_sweep_id(const fl_store *store) { return store->sweep_id; }

fl_status fl_store_count(fl_store *store, fl_store_counts *counts, fl_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(store->sqlite,
                                 "SELECT count(*), sum(status='failed'), sum(excluded IS NOT NULL) FROM "
                                 "sweep_point LEFT JOIN point USING(hash) WHERE sweep=?1",
                                 -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_bind_int64(statement, 1, store->sweep_id) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW;
    if (ok)
        *counts = (fl_store_counts){(uint64_t)sqlite3_column_int64(statement, 0),
                                    (uint64_t)sqlite3_column_int64(statement, 1),
                                    (uint64_t)sqlite3_column_int64(statement, 2)};
    fl_status status = ok ? FL_OK : fl_store_fail(store, error);
    sqlite3_finalize(statement);
    return status;
}

/* --- points
 * ------------------------------------------------------------------------------------------------- */

fl_status fl_store_has(fl_store *store, const char *hash, bool *has, fl_error *error)
{
    sqlite3_stmt *statement = store->statements[HAS];
    sqlite3_bind_text(statement, 1, hash, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    *has = code == SQLITE_ROW;
    fl_status status = code == SQLITE_ROW || code == SQLITE_DONE ? FL_OK : fl_store_fail(store, error);
    sqlite3_reset(statement);
    return status;
}

/* The first constraint on results that a stored point violates; NULL when none. */
static const fl_constraint *violated(fl_store *store, const char *hash)
{
    for (size_t c = 0; c < store->sweep->constraint_count; c++) {
        const fl_constraint *constraint = &store->sweep->constraints[c];
        const fl_metric *metric = fl_metric_find(constraint->field);
        if (metric == NULL || metric->of_run == NULL) continue;
        sqlite3_stmt *statement = store->statements[METRICS];
        sqlite3_bind_text(statement, 1, hash, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, metric->name, -1, SQLITE_STATIC);
        bool met = sqlite3_step(statement) != SQLITE_ROW ||
                   fl_constraint_met_by_number(constraint, sqlite3_column_double(statement, 0));
        sqlite3_reset(statement);
        if (!met) return constraint;
    }
    return NULL;
}

static bool exclude(fl_store *store, const char *record, size_t size, const fl_constraint *constraint)
{
    char text[FL_CONSTRAINT_PRINT];
    fl_constraint_print(constraint, text);
    sqlite3_stmt *statement = store->statements[EXCLUDE];
    sqlite3_bind_int64(statement, 1, store->sweep_id);
    sqlite3_bind_text(statement, 2, record, (int)size, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, text, -1, SQLITE_STATIC);
    bool ok = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    return ok;
}

static bool add_place(fl_store *store, const char *record, size_t size)
{
    sqlite3_stmt *statement = store->statements[ADD_PLACE];
    sqlite3_bind_text(statement, 1, record, (int)size, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, store->sweep_id);
    char hash[64] = "";
    bool excluded = false, ok = sqlite3_step(statement) == SQLITE_ROW;
    if (ok) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (text != NULL) strncpy(hash, text, sizeof hash - 1);
        excluded = sqlite3_column_type(statement, 1) != SQLITE_NULL;
        ok = sqlite3_step(statement) == SQLITE_DONE;
    }
    sqlite3_reset(statement);
    const fl_constraint *constraint = ok && !excluded ? violated(store, hash) : NULL;
    return ok && (constraint == NULL || exclude(store, record, size, constraint));
}

static bool add_point(fl_store *store, const char *record, size_t size, fl_added *added)
{
    sqlite3_stmt *statement = store->statements[ADD_POINT];
    sqlite3_bind_text(statement, 1, record, (int)size, SQLITE_STATIC);
    bool ok = sqlite3_step(statement) == SQLITE_DONE;
    if (fl_record_has_result(record, size))
        *added = sqlite3_changes(store->sqlite) == 1 ? FL_ADDED : FL_DUPLICATE;
    sqlite3_reset(statement);
    return ok;
}

fl_status fl_store_add(fl_store *store, const char *record, size_t size, fl_added *added, fl_error *error)
{
    *added = FL_PLACED;
    fl_status status = execute(store, "BEGIN IMMEDIATE", error);
    if (status != FL_OK) return status;
    bool ok = add_point(store, record, size, added) && add_place(store, record, size) &&
              sqlite3_exec(store->sqlite, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    if (ok) return FL_OK;
    status = fl_store_fail(store, error);
    sqlite3_exec(store->sqlite, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* --- merging
 * ------------------------------------------------------------------------------------------------ */

static const char MERGE[] =
    "BEGIN IMMEDIATE;"
    "INSERT OR IGNORE INTO main.point SELECT * FROM other.point;"
    "INSERT OR IGNORE INTO main.sweep(name, spec) SELECT name, spec FROM other.sweep ORDER BY id;"
    "INSERT OR IGNORE INTO main.sweep_point SELECT mine.id, p.idx, p.hash, p.excluded FROM other.sweep_point "
    "p"
    " JOIN other.sweep theirs ON theirs.id=p.sweep JOIN main.sweep mine ON mine.name=theirs.name AND "
    "mine.spec=theirs.spec;"
    "COMMIT";

static bool same_file(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

fl_status fl_store_merge(fl_store *store, const char *path, fl_error *error)
{
    if (same_file(store->path, path)) /* each would wait for the other's lock */
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "it cannot be brought into itself");
    fl_store *other = NULL; /* the checks of its layout, with messages that name it */
    fl_status status = fl_store_open_readonly(path, &other, error);
    fl_store_close(other);
    if (status != FL_OK) return status;
    sqlite3_stmt *attach = NULL;
    bool ok = sqlite3_prepare_v2(store->sqlite, "ATTACH ?1 AS other", -1, &attach, NULL) == SQLITE_OK &&
              sqlite3_bind_text(attach, 1, path, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_step(attach) == SQLITE_DONE;
    if (!ok) status = fl_store_fail(store, error);
    sqlite3_finalize(attach);
    if (!ok) return status;
    status = execute(store, MERGE, error);
    if (status != FL_OK) sqlite3_exec(store->sqlite, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_exec(store->sqlite, "DETACH other", NULL, NULL, NULL);
    return status;
}
