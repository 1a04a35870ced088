/* The shared folder of a sweep on Slurm. Only sim/sweep/slurm*.c include this. */
#ifndef FL_SWEEP_SLURM_PLAN_H
#define FL_SWEEP_SLURM_PLAN_H

#include <limits.h>

#include "sim/sweep/hash.h"
#include "sim/sweep/slurm.h"

typedef struct fl_slurm_plan {
    char fingerprint[FL_HASH_TEXT]; /* of the sweep and of some of its points: tells whether a file was changed meanwhile */
    uint64_t points, chunk, chunks;
} fl_slurm_plan;

fl_slurm_plan fl_slurm_plan_new(const fl_sweep *sweep, uint64_t chunk);
/* *found is false when there is none. An error when it belongs to another state of the sweep's files. */
fl_status fl_slurm_plan_read(const fl_sweep *sweep, const char *folder, fl_slurm_plan *plan, bool *found, fl_error *error);
fl_status fl_slurm_plan_write(const fl_slurm_plan *plan, const char *folder, fl_error *error);

/* Path of a file in the folder, "folder/name" or "folder/name-000012.ending". False when it is too long. */
bool fl_slurm_path(char path[PATH_MAX], const char *folder, const char *name);
bool fl_slurm_shard_path(char path[PATH_MAX], const char *folder, uint64_t chunk);
bool fl_slurm_has_shard(const char *folder, uint64_t chunk);

#endif
