/* flintlock sweep: the points of a design space, simulated in worker processes and kept in a results file. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/cli/commands.h"
#include "sim/cli/session.h"
#include "sim/sweep/point.h"
#include "sim/sweep/query.h"
#include "sim/sweep/run.h"
#include "sim/sweep/slurm.h"

enum { MAX_JOBS = 1024, MAX_COUNT = 1000000000, SAMPLES = 3, DRY_RUN_LINES = 100 };

/* --- progress
 * ------------------------------------------------------------------------------------------------- */

typedef struct watcher {
    bool terminal;
    double start, next_print;
} watcher;

static void print_progress(void *context, const fl_sweep_progress *p)
{
    watcher *w = context;
    double now = cli_seconds();
    if (!w->terminal || now < w->next_print) return;
    w->next_print = now + 0.2;
    double rate = (double)p->done / (now - w->start);
    fprintf(stderr, "\r  %" PRIu64 " of %" PRIu64 " points, %.1f per second, %.0f s left\033[K", p->done,
            p->points, rate, rate > 0 ? (double)(p->points - p->done) / rate : 0);
}

/* --- options
 * -------------------------------------------------------------------------------------------------- */

static fl_status count_jobs(const char *text, size_t *jobs, fl_error *error)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t value;
    fl_status status =
        cli_count("--jobs", text, 1, MAX_JOBS, processors < 1 ? 1 : (uint64_t)processors, &value, error);
    *jobs = (size_t)value;
    return status;
}

/* The results file: --out, or out/NAME.sqlite. */
static fl_status results_path(const fl_sweep *sweep, const char *out, char *path, size_t size,
                              fl_error *error)
{
    if (out == NULL && strpbrk(sweep->name, "/") != NULL)
        return fl_fail(error, FL_BAD_INPUT, NULL, "sweep %s: give --out FILE, the name holds a slash",
                       sweep->name);
    int length =
        out != NULL ? snprintf(path, size, "%s", out) : snprintf(path, size, "out/%s.sqlite", sweep->name);
    if (length >= (int)size) return fl_fail(error, FL_BAD_INPUT, NULL, "--out: path too long");
    return out == NULL ? fl_make_directory("out", error) : FL_OK;
}

/* --- dry run
 * -------------------------------------------------------------------------------------------------- */

static void list_point(const fl_sweep *sweep, uint64_t index)
{
    uint64_t choice[FL_SWEEP_MAX_AXES];
    const char *values[FL_SWEEP_MAX_KEYS];
    fl_sweep_choose(sweep, index, choice);
    fl_sweep_values(sweep, choice, values);
    printf("%8" PRIu64 "  %s  %s", index, sweep->machines[choice[0]], sweep->workloads[choice[1]]);
    for (size_t k = 0; k < sweep->key_count; k++) printf("  %s=%s", sweep->keys[k].path, values[k]);
    printf("\n");
}

/* Seconds of a few points spread over the sweep, simulated here. */
static double sample_seconds(const fl_sweep *sweep)
{
    double start = cli_seconds();
    uint64_t samples = sweep->point_count < SAMPLES ? sweep->point_count : SAMPLES;
    fl_point_cache cache = {0};
    for (uint64_t s = 0; s < samples; s++) {
        fl_point point;
        fl_point_open(&point, sweep, samples == 1 ? 0 : s * (sweep->point_count - 1) / (samples - 1), &cache);
        fl_point_simulate(&point, &cli_interrupted);
        fl_point_close(&point);
    }
    fl_point_cache_free(&cache);
    return (cli_seconds() - start) / (double)samples;
}

static fl_status dry_run(const fl_sweep *sweep, size_t jobs)
{
    uint64_t lines = sweep->point_count < DRY_RUN_LINES ? sweep->point_count : DRY_RUN_LINES;
    for (uint64_t i = 0; i < lines; i++) list_point(sweep, i);
    if (lines < sweep->point_count) printf("     ...  %" PRIu64 " more\n", sweep->point_count - lines);
    double seconds = sample_seconds(sweep);
    printf("%" PRIu64 " points; about %.3g ms each, %.3g s with %zu jobs\n", sweep->point_count,
           seconds * 1e3, seconds * (double)sweep->point_count / (double)jobs, jobs);
    return FL_OK;
}

/* --- run
 * ------------------------------------------------------------------------------------------------------- */

static fl_status print_pareto(const fl_sweep *sweep, fl_store *store, fl_error *error)
{
    if (sweep->pareto_count == 0) return FL_OK;
    fl_text objectives = {0}, text = {0};
    for (size_t p = 0; p < sweep->pareto_count; p++)
        fl_text_printf(&objectives, "%s%s%s", p == 0 ? "" : ",", sweep->pareto[p].maximise ? "max " : "",
                       sweep->pareto[p].metric);
    fl_table table;
    fl_query query = {.pareto = objectives.bytes, .sort = sweep->pareto[0].metric, .filter = "status = done"};
    fl_status status = fl_query_run(store, &query, &table, error);
    if (status == FL_OK) {
        fl_table_print(&table, FL_TABLE_TEXT, &text);
        printf("\nPareto set of %s:\n%s", objectives.bytes,
               text.failed || text.bytes == NULL ? "" : text.bytes);
        fl_table_free(&table);
    }
    fl_text_free(&text);
    fl_text_free(&objectives);
    return status;
}

/* The first few messages of this sweep's failed points; the file may hold others. */
static fl_status print_failures(fl_store *store, fl_error *error)
{
    char sql[200];
    fl_table table;
    snprintf(sql, sizeof sql,
             "SELECT message FROM sweep_point JOIN point USING(hash) WHERE sweep=%lld AND status='failed' "
             "GROUP BY message ORDER BY min(idx) LIMIT 3",
             (long long)fl_store_sweep_id(store));
    fl_status status = fl_query_sql(store, sql, &table, error);
    if (status != FL_OK) return status;
    for (size_t r = 0; r < table.row_count; r++) printf("  failed: %s\n", table.cells[r].text);
    fl_table_free(&table);
    return FL_OK;
}

static fl_status print_outcome(const fl_sweep *sweep, fl_store *store, const fl_sweep_progress *p,
                               double seconds, const char *path, fl_error *error)
{
    fl_store_counts counts = {0};
    fl_status status = fl_store_count(store, &counts, error);
    if (status != FL_OK) return status;
    printf("%" PRIu64 " points: %" PRIu64 " run, %" PRIu64 " there already; in all %" PRIu64
           " failed, %" PRIu64 " excluded by constraints\n",
           p->points, p->ran, p->known, counts.failed, counts.excluded);
    printf("%.3g s, %.1f points per second; results in %s\n", seconds, (double)p->done / seconds, path);
    if (counts.failed > 0) status = print_failures(store, error);
    if (status != FL_OK) return status;
    if (p->done < p->points) {
        printf("stopped with %" PRIu64 " points to go; the same command goes on\n", p->points - p->done);
        return FL_OK;
    }
    if (counts.failed == p->points)
        return fl_fail(error, FL_BAD_INPUT, NULL, "sweep %s: every point failed", sweep->name);
    return print_pareto(sweep, store, error);
}

static fl_status run_here(const fl_sweep *sweep, const char *path, bool resume, size_t jobs, fl_error *error)
{
    fl_store *store = NULL;
    fl_sweep_progress progress;
    watcher watch = {.terminal = isatty(2) != 0, .start = cli_seconds()};
    fl_sweep_run_options run = {.count = sweep->point_count,
                                .jobs = jobs,
                                .interrupted = &cli_interrupted,
                                .progress = print_progress,
                                .progress_context = &watch};
    fl_status status = fl_store_open(path, resume, &store, error);
    if (status == FL_OK) status = fl_store_begin_sweep(store, sweep, error);
    if (status == FL_OK) {
        fl_sink sink = fl_store_sink(store);
        status = fl_sweep_run(sweep, &run, &sink, &progress, error);
        if (watch.next_print > 0) fprintf(stderr, "\r\033[K");
    }
    if (status == FL_OK)
        status = print_outcome(sweep, store, &progress, cli_seconds() - watch.start, path, error);
    fl_store_close(store);
    return status;
}

/* --- Slurm
 * ----------------------------------------------------------------------------------------------------- */

static fl_status run_on_slurm(const fl_sweep *sweep, const cli_options *options, const char *path,
                              size_t jobs, fl_error *error)
{
    char folder[4200];
    uint64_t chunk, nodes;
    fl_store *store = NULL;
    double start = cli_seconds();
    snprintf(folder, sizeof folder, "%s.slurm", path);
    fl_slurm_options slurm = {.sweep_file = options->files[0],
                              .folder = folder,
                              .partition = options->partition,
                              .nodes = options->nodes,
                              .time = options->time,
                              .jobs = options->jobs == NULL ? 1 : jobs,
                              .resume = options->resume,
                              .interrupted = &cli_interrupted};
    fl_status status = cli_count("--chunk", options->chunk, 1, MAX_COUNT, 0, &chunk, error);
    if (status == FL_OK) status = cli_count("--nodes", options->nodes, 1, MAX_COUNT, 0, &nodes, error);
    slurm.chunk = chunk;
    if (status == FL_OK) status = fl_store_open(path, false, &store, error);
    if (status == FL_OK) status = fl_store_begin_sweep(store, sweep, error);
    if (status == FL_OK) status = fl_slurm_submit(sweep, store, &slurm, error);
    if (status == FL_OK && options->no_wait) {
        printf("submitted; flintlock sweep %s --status tells how far it is, --slurm --resume collects the "
               "results\n",
               options->files[0]);
    } else if (status == FL_OK) {
        status = fl_slurm_collect(sweep, store, &slurm, error);
        fl_store_counts counts = {0};
        if (status == FL_OK) status = fl_store_count(store, &counts, error);
        fl_sweep_progress progress = {
            .points = sweep->point_count, .done = counts.points, .ran = counts.points};
        if (status == FL_OK)
            status = print_outcome(sweep, store, &progress, cli_seconds() - start, path, error);
    }
    fl_store_close(store);
    return status;
}

static fl_status print_status(const fl_sweep *sweep, const char *path, fl_error *error)
{
    char folder[4200];
    snprintf(folder, sizeof folder, "%s.slurm", path);
    fl_slurm_state state;
    fl_store_counts counts = {0};
    fl_store *store = NULL;
    fl_status status = fl_slurm_state_read(sweep, folder, &state, error);
    if (status == FL_OK && access(path, F_OK) == 0) {
        status = fl_store_open(path, true, &store, error);
        if (status == FL_OK) status = fl_store_begin_sweep(store, sweep, error);
        if (status == FL_OK) status = fl_store_count(store, &counts, error);
        fl_store_close(store);
    }
    if (status != FL_OK) return status;
    printf("%" PRIu64 " of %" PRIu64 " points in %s; %" PRIu64 " failed, %" PRIu64
           " excluded by constraints\n",
           counts.points, sweep->point_count, path, counts.failed, counts.excluded);
    if (state.chunks == 0) return FL_OK;
    printf("Slurm: %" PRIu64 " of %" PRIu64 " chunks finished", state.finished, state.chunks);
    if (state.known)
        printf(", %" PRIu64 " running, %" PRIu64 " waiting\n", state.running, state.pending);
    else
        printf("; the queue cannot be asked\n");
    return FL_OK;
}

static fl_status run_chunk(const fl_sweep *sweep, const cli_options *options, size_t jobs, fl_error *error)
{
    uint64_t chunk = 0;
    const char *task = getenv("SLURM_ARRAY_TASK_ID");
    if (task == NULL || sscanf(task, "%" SCNu64, &chunk) != 1)
        return fl_fail(error, FL_BAD_INPUT, NULL,
                       "--run-chunk is what the tasks of a job array run (SLURM_ARRAY_TASK_ID is not set)");
    return fl_slurm_run_chunk(sweep, options->chunks, chunk, jobs, &cli_interrupted, error);
}

static fl_status run_sweep(const fl_sweep *sweep, const cli_options *options, fl_error *error)
{
    size_t jobs = 1;
    char path[4096];
    fl_status status = count_jobs(options->jobs, &jobs, error);
    if (status == FL_OK && options->chunks != NULL) return run_chunk(sweep, options, jobs, error);
    if (status == FL_OK) status = fl_sweep_check(sweep, error);
    if (status == FL_OK && options->dry_run) return dry_run(sweep, jobs);
    if (status == FL_OK) status = results_path(sweep, options->out, path, sizeof path, error);
    if (status != FL_OK) return status;
    if (options->status) return print_status(sweep, path, error);
    if (options->slurm) return run_on_slurm(sweep, options, path, jobs, error);
    return run_here(sweep, path, options->resume, jobs, error);
}

/* An option that means nothing on this machine; NULL when none is given. */
static const char *option_of_slurm(const cli_options *options)
{
    return options->partition != NULL ? "--partition"
           : options->nodes != NULL   ? "--nodes"
           : options->time != NULL    ? "--time"
           : options->chunk != NULL   ? "--chunk"
           : options->no_wait         ? "--no-wait"
                                      : NULL;
}

fl_status cli_sweep(const cli_options *options, fl_error *error)
{
    fl_sweep *sweep = NULL;
    const char *stray = options->slurm || options->chunks != NULL ? NULL : option_of_slurm(options);
    if (stray != NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock sweep: %s needs --slurm", stray);
    fl_status status = fl_sweep_load(options->files[0], &sweep, error);
    if (status == FL_OK) status = run_sweep(sweep, options, error);
    fl_sweep_free(sweep);
    return status;
}
