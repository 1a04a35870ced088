/* Sweeps on a Slurm cluster: points in chunks, a job array with one task per chunk, one shard of records per finished chunk in a
 * shared folder, and one process, the one that was started, that brings the shards into the results file. There is no daemon, and no
 * database on the shared file system.
 *
 * The folder holds `plan`, `known` (hashes that need not be run), `job.sh`, `job` (the array's id), `log-N.txt`, `shard-N.jsonl`. A
 * shard appears at once (rename), so that a task that is killed anywhere leaves nothing and is simply run again. */
#ifndef FL_SWEEP_SLURM_H
#define FL_SWEEP_SLURM_H

#include "sim/sweep/run.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FL_SLURM_MAX_CHUNKS = 1000 }; /* below Slurm's usual MaxArraySize of 1001 */

typedef struct fl_slurm_options {
    const char *sweep_file;  /* as the tasks read it, relative to the working directory */
    const char *folder;
    const char *partition, *nodes, *time; /* NULL: the cluster's default; nodes: tasks at once, each on one node */
    uint64_t chunk;          /* points of a task; 0: chosen */
    size_t jobs;             /* worker processes of a task, and its processors */
    bool resume;             /* refuse to start from nothing */
    const volatile int *interrupted;
} fl_slurm_options;

typedef struct fl_slurm_state {
    uint64_t chunks, finished, pending, running; /* finished: have a shard */
    bool known;                                  /* the queue could be asked */
} fl_slurm_state;

/* Makes the folder's plan, or continues the one that is there, and submits what has no shard unless its tasks are in the queue. */
fl_status fl_slurm_submit(const fl_sweep *sweep, fl_store *store, const fl_slurm_options *options, fl_error *error);
/* Brings shards into the results file as they appear, until all are in or the queue has none of the missing left (an error that says
 * what to do). An interrupt ends the waiting and leaves the tasks alone. */
fl_status fl_slurm_collect(const fl_sweep *sweep, fl_store *store, const fl_slurm_options *options, fl_error *error);
fl_status fl_slurm_state_read(const fl_sweep *sweep, const char *folder, fl_slurm_state *state, fl_error *error);
/* What a task does: runs the points of one chunk and writes its shard. */
fl_status fl_slurm_run_chunk(const fl_sweep *sweep, const char *folder, uint64_t chunk, size_t jobs, const volatile int *interrupted, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
