#include "sim/sweep/run.h"

#include <string.h>

#include "sim/sweep/point.h"
#include "sim/sweep/pool.h"

enum { MAX_DEATHS = 3, MAX_RETRIES = 64, WAIT_MILLISECONDS = 200 };

typedef struct retry {
    uint64_t point;
    int deaths;
    bool waiting; /* to be run again */
} retry;

typedef struct runner {
    const fl_sweep *sweep;
    const fl_sink *sink;
    fl_pool *pool;
    uint64_t low, high; /* points that nobody was given: [low, high) */
    bool descending;    /* taken from the high end */
    retry retries[MAX_RETRIES];
    size_t retry_count;
    fl_sweep_progress *progress;
} runner;

static fl_status store_has(void *context, const char *hash, bool *has, fl_error *error)
{
    return fl_store_has(context, hash, has, error);
}
static fl_status store_add(void *context, const char *record, size_t size, fl_added *added, fl_error *error)
{
    return fl_store_add(context, record, size, added, error);
}
fl_sink fl_store_sink(fl_store *store) { return (fl_sink){store, store_has, store_add}; }

static bool next_point(runner *r, uint64_t *point)
{
    for (size_t i = 0; i < r->retry_count; i++) {
        if (!r->retries[i].waiting) continue;
        r->retries[i].waiting = false;
        *point = r->retries[i].point;
        return true;
    }
    if (r->low == r->high) return false;
    *point = r->descending ? --r->high : r->low++;
    return true;
}

static void hand_out(runner *r, size_t jobs)
{
    uint64_t point;
    while (fl_pool_busy(r->pool) < jobs && next_point(r, &point)) fl_pool_start(r->pool, point);
}

/* Somebody else runs the same points in the same order when a result is there already once it is finished: go
 * on at the other end. */
static fl_status keep(runner *r, const char *record, size_t size, fl_error *error)
{
    fl_added added = FL_PLACED;
    fl_status status = r->sink->add(r->sink->context, record, size, &added, error);
    if (status != FL_OK) return status;
    if (added == FL_DUPLICATE) r->descending = !r->descending;
    r->progress->ran += added != FL_PLACED;
    r->progress->done++;
    return FL_OK;
}

static fl_status answer(runner *r, const fl_pool_report *report, fl_error *error)
{
    bool known = false;
    fl_status status = r->sink->has(r->sink->context, report->text, &known, error);
    if (status != FL_OK) return status;
    r->progress->known += known;
    fl_pool_answer(r->pool, report->worker, known);
    return FL_OK;
}

/* The record of a point that ends every worker that tries it. */
static fl_status keep_dead(runner *r, const fl_pool_report *report, fl_error *error)
{
    fl_point point;
    fl_point_cache cache = {0};
    fl_text line = {0};
    fl_point_open(&point, r->sweep, report->point, &cache);
    if (point.status == FL_OK)
        point.status = fl_fail(&point.error, FL_BAD_INPUT, NULL, "%s, %d times", report->text, MAX_DEATHS);
    fl_point_record(&point, &line);
    fl_status status = line.failed ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory")
                                   : keep(r, line.bytes, line.size, error);
    fl_point_close(&point);
    fl_point_cache_free(&cache);
    fl_text_free(&line);
    return status;
}

static fl_status bury(runner *r, const fl_pool_report *report, fl_error *error)
{
    size_t i = 0;
    while (i < r->retry_count && r->retries[i].point != report->point) i++;
    if (i == MAX_RETRIES)
        return fl_fail(error, FL_BAD_INPUT, NULL, "%d points ended their workers; the last: %s", MAX_RETRIES,
                       report->text);
    if (i == r->retry_count) r->retries[r->retry_count++] = (retry){.point = report->point};
    if (++r->retries[i].deaths >= MAX_DEATHS) return keep_dead(r, report, error);
    r->retries[i].waiting = true;
    return FL_OK;
}

static fl_status handle(runner *r, const fl_pool_report *report, fl_error *error)
{
    switch (report->event) {
    case FL_POOL_ASKS:
        return answer(r, report, error);
    case FL_POOL_RECORD:
        return keep(r, report->text, report->size, error);
    case FL_POOL_DIED:
        return bury(r, report, error);
    case FL_POOL_IDLE:
        return FL_OK;
    }
    return FL_OK;
}

fl_status fl_sweep_run(const fl_sweep *sweep, const fl_sweep_run_options *options, const fl_sink *sink,
                       fl_sweep_progress *progress, fl_error *error)
{
    runner r = {.sweep = sweep,
                .sink = sink,
                .low = options->first,
                .high = options->first + options->count,
                .progress = progress};
    *progress = (fl_sweep_progress){.points = options->count};
    fl_status status = fl_pool_new(sweep, options->jobs, &r.pool, error);
    if (status != FL_OK) return status;
    while (status == FL_OK && *options->interrupted == 0) {
        fl_pool_report report;
        hand_out(&r, options->jobs);
        if (fl_pool_busy(r.pool) == 0) break;
        status = fl_pool_wait(r.pool, WAIT_MILLISECONDS, &report, error);
        if (status == FL_OK) status = handle(&r, &report, error);
        if (options->progress != NULL) options->progress(options->progress_context, progress);
    }
    fl_pool_free(r.pool);
    return status;
}
