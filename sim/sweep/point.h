/* One point of a sweep: its effective configuration, identity, simulation, and record. */
#ifndef FL_SWEEP_POINT_H
#define FL_SWEEP_POINT_H

#include "sim/machine/machine.h"
#include "sim/machine/mapping.h"
#include "sim/report/report.h"
#include "sim/sweep/hash.h"
#include "sim/sweep/point_cache.h"
#include "sim/sweep/sweep_file.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_point {
    const fl_sweep *sweep;
    uint64_t index;
    char hash[FL_HASH_TEXT]; /* of the effective configuration and the version of the tool */
    fl_status status;        /* FL_OK until the point turns out to be illegal or fails */
    fl_error error;
    const fl_constraint *excluded; /* the first constraint it violates, or NULL */
    bool known; /* a result with this hash is there already: the record is a reference to it */
    /* Inside. */
    fl_point_cache *cache;
    fl_config *machine_config;
    fl_machine_config machine;
    const fl_point_workload *workload; /* of the cache */
    fl_text config;                    /* pairs of a JSON object: the effective configuration */
    fl_text metrics, summary, layers;
} fl_point;

/* Reads the configuration of a point, computes its hash and applies the constraints that need no simulation.
 * Always close it. The point uses the cache until then; one point at a time. */
void fl_point_open(fl_point *point, const fl_sweep *sweep, uint64_t index, fl_point_cache *cache);
/* FL_BAD_INPUT when no point of the sweep is legal (a mistyped key), or a constraint names a field that is
 * neither a metric nor a value of the first legal point's configuration; located in the sweep file. */
fl_status fl_sweep_check(const fl_sweep *sweep, fl_error *error);
/* Maps and simulates, unless the point has failed or is excluded. False when it was interrupted: there is no
 * result then. */
bool fl_point_simulate(fl_point *point, const volatile int *interrupted);
/* Appends the record, one line of JSON with its line feed: what workers hand over, shards hold, and the
 * results file stores. */
void fl_point_record(const fl_point *point, fl_text *line);
/* Whether a record holds a result, done or failed, and not just the place of a known or excluded point. */
bool fl_record_has_result(const char *record, size_t size);
void fl_point_close(fl_point *point);

#ifdef __cplusplus
}
#endif
#endif
