/* A task of the array: one chunk of points, one shard. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/sweep/slurm_plan.h"

typedef struct shard {
    fl_text records;
    char (*known)[FL_HASH_TEXT]; /* sorted */
    size_t known_count;
} shard;

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

static fl_status shard_has(void *context, const char *hash, bool *has, fl_error *error)
{
    (void)error;
    const shard *s = context;
    *has = s->known_count > 0 && bsearch(hash, s->known, s->known_count, FL_HASH_TEXT, by_text) != NULL;
    return FL_OK;
}

static fl_status shard_add(void *context, const char *record, size_t size, fl_added *added, fl_error *error)
{
    shard *s = context;
    fl_text_append(&s->records, record, size);
    *added = FL_ADDED;
    return s->records.failed ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory") : FL_OK;
}

/* One hash a line, sorted; no file: none. */
static fl_status read_known(const char *folder, shard *s, fl_error *error)
{
    char path[PATH_MAX], hash[FL_HASH_TEXT];
    FILE *file = fl_slurm_path(path, folder, "known") ? fopen(path, "r") : NULL;
    fl_status status = FL_OK;
    size_t capacity = 0;
    while (file != NULL && status == FL_OK && fscanf(file, "%32s", hash) == 1) {
        if (s->known_count == capacity) {
            capacity = capacity == 0 ? 1024 : 2 * capacity;
            void *larger = realloc(s->known, capacity * sizeof *s->known);
            if (larger == NULL) status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
            else s->known = larger;
        }
        if (status == FL_OK) memcpy(s->known[s->known_count++], hash, sizeof hash);
    }
    if (file != NULL) fclose(file);
    return status;
}

static fl_status run_chunk(const fl_sweep *sweep, const fl_slurm_plan *plan, const char *folder, uint64_t chunk, size_t jobs,
                           const volatile int *interrupted, fl_error *error)
{
    shard s = {0};
    fl_sink sink = {&s, shard_has, shard_add};
    fl_sweep_progress progress = {0};
    uint64_t first = chunk * plan->chunk, rest = plan->points - first;
    fl_sweep_run_options run = {.first = first, .count = rest < plan->chunk ? rest : plan->chunk, .jobs = jobs, .interrupted = interrupted};
    char path[PATH_MAX];
    fl_status status = fl_slurm_shard_path(path, folder, chunk) ? FL_OK : fl_fail(error, FL_BAD_INPUT, NULL, "%.200s: path too long", folder);
    if (status == FL_OK) status = read_known(folder, &s, error);
    if (status == FL_OK) status = fl_sweep_run(sweep, &run, &sink, &progress, error);
    if (status == FL_OK && progress.done < run.count) status = fl_fail(error, FL_BAD_INPUT, NULL, "chunk %" PRIu64 ": interrupted; no shard was written", chunk);
    if (status == FL_OK) status = fl_file_write_text(path, &s.records, error);
    fl_text_free(&s.records);
    free(s.known);
    return status;
}

fl_status fl_slurm_run_chunk(const fl_sweep *sweep, const char *folder, uint64_t chunk, size_t jobs, const volatile int *interrupted, fl_error *error)
{
    fl_slurm_plan plan = {0};
    bool found = false;
    fl_status status = fl_slurm_plan_read(sweep, folder, &plan, &found, error);
    if (status != FL_OK) return status;
    if (!found || chunk >= plan.chunks) return fl_fail(error, FL_BAD_INPUT, NULL, "%s: no plan with a chunk %" PRIu64, folder, chunk);
    if (fl_slurm_has_shard(folder, chunk)) return FL_OK; /* a task that was requeued after its work was done */
    return run_chunk(sweep, &plan, folder, chunk, jobs, interrupted, error);
}
