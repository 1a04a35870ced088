/* Runs points of a sweep in worker processes and hands their records to whoever keeps them. */
#ifndef FL_SWEEP_RUN_H
#define FL_SWEEP_RUN_H

#include "sim/sweep/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where records go. */
typedef struct fl_sink {
    void *context;
    fl_status (*has)(void *context, const char *hash, bool *has, fl_error *error);
    fl_status (*add)(void *context, const char *record, size_t size, fl_added *added, fl_error *error);
} fl_sink;

fl_sink fl_store_sink(fl_store *store);

typedef struct fl_sweep_progress {
    uint64_t points, done; /* asked for; settled in any way */
    uint64_t ran, known;   /* simulated or failed here; there already */
} fl_sweep_progress;

typedef struct fl_sweep_run_options {
    uint64_t first, count;           /* the points to run */
    size_t jobs;                     /* worker processes */
    const volatile int *interrupted; /* non-zero: stop; what is stored stays */
    void (*progress)(void *context,
                     const fl_sweep_progress *progress); /* may be NULL; called several times a second */
    void *progress_context;
} fl_sweep_run_options;

/* Runs until all points are settled or an interrupt. A point whose worker dies three times is recorded as
 * failed. Errors are those of the sink (nothing more is run then) and of starting processes. */
fl_status fl_sweep_run(const fl_sweep *sweep, const fl_sweep_run_options *options, const fl_sink *sink,
                       fl_sweep_progress *progress, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
