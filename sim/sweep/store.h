/* The results file of sweeps: one SQLite database in WAL mode. Each point is one transaction, so that a kill
 * at any moment leaves whole points only, and several processes may write to it at once.
 *
 *     point(hash, version, machine, workload, status, message, config, metrics, summary, layers)
 *     sweep(id, name, spec)               spec: fl_sweep_print
 *     sweep_point(sweep, idx, hash, excluded)
 *     results: a view of point with a column per metric */
#ifndef FL_SWEEP_STORE_H
#define FL_SWEEP_STORE_H

#include <sqlite3.h>

#include "sim/sweep/sweep_file.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_store fl_store;

/* Opens or makes a results file. Errors, which leave the file as it was: not a database, somebody else's
 * database, another layout of ours, corrupt, not writable, no such folder (must_exist: no such file). */
fl_status fl_store_open(const char *path, bool must_exist, fl_store **store, fl_error *error);
/* The same for reading only; nothing is written, not even to a database in WAL mode that can be read without.
 */
fl_status fl_store_open_readonly(const char *path, fl_store **store, fl_error *error);
void fl_store_close(fl_store *store);

/* The connection, for queries; it knows the SQL function quantity(text): the number in base units, else the
 * text itself. */
sqlite3 *fl_store_sqlite(fl_store *store);

/* Makes known which sweep the next points belong to. */
fl_status fl_store_begin_sweep(fl_store *store, const fl_sweep *sweep, fl_error *error);

/* Whether a result with this hash is there. */
fl_status fl_store_has(fl_store *store, const char *hash, bool *has, fl_error *error);

/* Stores a record of fl_point_record, in one transaction; applies the sweep's constraints on results. A
 * result that is there already stays as it is. */
typedef enum fl_added {
    FL_ADDED,     /* a result that was not there */
    FL_DUPLICATE, /* a result that was there: somebody else was faster */
    FL_PLACED,    /* the record holds no result: a known or excluded point */
} fl_added;
fl_status fl_store_add(fl_store *store, const char *record, size_t size, fl_added *added, fl_error *error);

/* Points of the sweep begun that are stored: all, failed, excluded. */
typedef struct fl_store_counts {
    uint64_t points, failed, excluded;
} fl_store_counts;
fl_status fl_store_count(fl_store *store, fl_store_counts *counts, fl_error *error);
/* Its number in the table sweep_point. */
sqlite3_int64 fl_store_sweep_id(const fl_store *store);

/* Copies what `path` holds and this file does not, in one transaction. */
fl_status fl_store_merge(fl_store *store, const char *path, fl_error *error);

/* FL_BAD_INPUT with SQLite's words and the file's name. */
fl_status fl_store_fail(const fl_store *store, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
