/* Worker processes that simulate points. Each is forked once and runs many points; a simulation that crashes
 * takes one worker and one point with it, never the sweep. */
#ifndef FL_SWEEP_POOL_H
#define FL_SWEEP_POOL_H

#include <sys/types.h>

#include "sim/base/text.h"
#include "sim/sweep/sweep_file.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_pool fl_pool;

typedef enum fl_pool_event {
    FL_POOL_ASKS,   /* a worker knows the hash of its point (text) and waits for fl_pool_answer */
    FL_POOL_RECORD, /* a worker has finished its point: text is the record, with its line feed */
    FL_POOL_DIED, /* the worker of a point ended: text says how. It is replaced; the point is not run again by
                     itself */
    FL_POOL_IDLE, /* nothing to handle yet: the time is over, a signal came, or only a part of a record */
} fl_pool_event;

typedef struct fl_pool_report {
    fl_pool_event event;
    size_t worker;
    uint64_t point;
    const char *text; /* valid until the next call */
    size_t size;
} fl_pool_report;

fl_status fl_pool_new(const fl_sweep *sweep, size_t workers, fl_pool **pool, fl_error *error);
/* Ends all workers, at once: what they were at is dropped. */
void fl_pool_free(fl_pool *pool);

/* False when all workers have a point. */
bool fl_pool_start(fl_pool *pool, uint64_t point);
void fl_pool_answer(fl_pool *pool, size_t worker, bool known);
size_t fl_pool_busy(const fl_pool *pool);

/* Waits at most `milliseconds` for something to happen. */
fl_status fl_pool_wait(fl_pool *pool, int milliseconds, fl_pool_report *report, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
