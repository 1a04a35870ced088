/* A sweep file: which points of a design space to simulate (docs/sweeps.md).
 *
 *     sweep: array_shape
 *     machine: ../machines/ant_os_64.yaml          # a file or a list, relative to the sweep file
 *     workload: ../../workloads/bert_base.yaml     # the same
 *     strategy: grid                               # grid, random, latin_hypercube
 *     axes:
 *       - {key: workload.sequence, from: 64, to: 512, factor: 2}
 *       - zip:                                     # keys that change together
 *           - {key: matrix.rows, values: [32, 64, 128]}
 *           - {key: matrix.columns, values: [128, 64, 32]}
 *     constraints: [area_mm2 <= 6]
 *     pareto: [latency_ms, energy_mj] */
#ifndef FL_SWEEP_SWEEP_FILE_H
#define FL_SWEEP_SWEEP_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/config.h"
#include "sim/sweep/constraint.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    FL_SWEEP_MAX_KEYS = 64,
    FL_SWEEP_MAX_AXES = 34,
    FL_SWEEP_MAX_CONSTRAINTS = 32,
    FL_SWEEP_MAX_PARETO = 8,
    FL_SWEEP_MAX_FILES = 256
};
#define FL_SWEEP_MAX_POINTS UINT64_C(100000000)

/* One key and its values. */
typedef struct fl_sweep_key {
    const char *path;    /* "matrix.rows", "workload.sequence" */
    const char **values; /* as they would stand behind --set path= */
    size_t count;
    const fl_where *where;
} fl_sweep_key;

/* Keys that change together; all have `count` values. */
typedef struct fl_sweep_axis {
    size_t first_key, key_count;
    uint64_t count;
} fl_sweep_axis;

typedef enum fl_strategy { FL_GRID, FL_RANDOM, FL_LATIN_HYPERCUBE } fl_strategy;

typedef struct fl_objective {
    const char *metric;
    bool maximise;
} fl_objective;

/* Axes 0 and 1 are the machines and the workloads; the others follow as written. */
typedef struct fl_sweep {
    const char *name;
    int strategy;    /* fl_strategy */
    uint64_t budget; /* 0: all points of the grid */
    uint64_t seed;
    bool layers; /* keep the per-operation tables */
    const char *machines[FL_SWEEP_MAX_FILES],
        *workloads[FL_SWEEP_MAX_FILES]; /* paths, as seen from the working directory */
    fl_sweep_key keys[FL_SWEEP_MAX_KEYS];
    size_t key_count;
    fl_sweep_axis axes[FL_SWEEP_MAX_AXES];
    size_t axis_count;
    fl_constraint constraints[FL_SWEEP_MAX_CONSTRAINTS];
    const fl_where *constraint_where[FL_SWEEP_MAX_CONSTRAINTS];
    size_t constraint_count;
    fl_objective pareto[FL_SWEEP_MAX_PARETO];
    size_t pareto_count;
    uint64_t grid_points, point_count;
    fl_config *config; /* owns the texts of the file */
    char **owned;      /* generated texts */
    size_t owned_count;
} fl_sweep;

/* Reads a sweep file and the first machine and workload it names far enough to know that they are there. On
 * success *sweep is owned by the caller (fl_sweep_free). Errors are located in the file. */
fl_status fl_sweep_load(const char *path, fl_sweep **sweep, fl_error *error);
void fl_sweep_free(fl_sweep *sweep);

/* The value of each axis at a point: a closed form of the strategy and the seed, so that no list of points is
 * kept. */
void fl_sweep_choose(const fl_sweep *sweep, uint64_t point, uint64_t choice[FL_SWEEP_MAX_AXES]);

/* The settings of a point by its choice, in order of the keys: writes key_count texts. */
void fl_sweep_values(const fl_sweep *sweep, const uint64_t choice[FL_SWEEP_MAX_AXES],
                     const char *values[FL_SWEEP_MAX_KEYS]);

/* The sweep in one line of JSON: name, strategy, files, keys and values. Two sweeps with the same text have
 * the same points. */
void fl_sweep_print(const fl_sweep *sweep, fl_text *out);

#ifdef __cplusplus
}
#endif
#endif
