#include "sim/sweep/slurm_plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/sweep/point.h"

enum { SMALLEST_CHUNK = 10 };

bool fl_slurm_path(char path[PATH_MAX], const char *folder, const char *name)
{
    return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX;
}

bool fl_slurm_shard_path(char path[PATH_MAX], const char *folder, uint64_t chunk)
{
    return snprintf(path, PATH_MAX, "%s/shard-%06" PRIu64 ".jsonl", folder, chunk) < PATH_MAX;
}

bool fl_slurm_has_shard(const char *folder, uint64_t chunk)
{
    char path[PATH_MAX];
    return fl_slurm_shard_path(path, folder, chunk) && access(path, R_OK) == 0;
}

/* The first, middle and last point stand for the files that all of them come from. */
static void fingerprint(const fl_sweep *sweep, char text[FL_HASH_TEXT])
{
    fl_hash hash = fl_hash_new();
    fl_text spec = {0};
    fl_sweep_print(sweep, &spec);
    fl_hash_add(&hash, spec.bytes, spec.size);
    fl_text_free(&spec);
    const uint64_t samples[] = {0, sweep->point_count / 2, sweep->point_count - 1};
    fl_point_cache cache = {0};
    for (size_t i = 0; i < 3; i++) {
        fl_point point;
        fl_point_open(&point, sweep, samples[i], &cache);
        fl_hash_add(&hash, point.hash, sizeof point.hash);
        fl_point_close(&point);
    }
    fl_point_cache_free(&cache);
    fl_hash_print(&hash, text);
}

fl_slurm_plan fl_slurm_plan_new(const fl_sweep *sweep, uint64_t chunk)
{
    fl_slurm_plan plan = {.points = sweep->point_count, .chunk = chunk};
    fingerprint(sweep, plan.fingerprint);
    if (chunk == 0) plan.chunk = (plan.points + FL_SLURM_MAX_CHUNKS - 1) / FL_SLURM_MAX_CHUNKS;
    if (chunk == 0 && plan.chunk < SMALLEST_CHUNK) plan.chunk = SMALLEST_CHUNK;
    plan.chunks = (plan.points + plan.chunk - 1) / plan.chunk;
    return plan;
}

fl_status fl_slurm_plan_read(const fl_sweep *sweep, const char *folder, fl_slurm_plan *plan, bool *found,
                             fl_error *error)
{
    char path[PATH_MAX], now[FL_HASH_TEXT];
    *found = false;
    if (!fl_slurm_path(path, folder, "plan"))
        return fl_fail(error, FL_BAD_INPUT, NULL, "%.200s: path too long", folder);
    FILE *file = fopen(path, "r");
    if (file == NULL && errno == ENOENT) return FL_OK;
    if (file == NULL)
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "cannot read: %s", strerror(errno));
    int fields = fscanf(file, "fingerprint %32s points %" SCNu64 " chunk %" SCNu64, plan->fingerprint,
                        &plan->points, &plan->chunk);
    fclose(file);
    if (fields != 3 || plan->chunk == 0)
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "it is not the plan of a sweep");
    plan->chunks = (plan->points + plan->chunk - 1) / plan->chunk;
    fingerprint(sweep, now);
    if (plan->points != sweep->point_count || strcmp(now, plan->fingerprint) != 0)
        return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0},
                       "the sweep or a file it uses was changed since; remove the folder to start anew");
    *found = true;
    return FL_OK;
}

fl_status fl_slurm_plan_write(const fl_slurm_plan *plan, const char *folder, fl_error *error)
{
    char path[PATH_MAX];
    if (!fl_slurm_path(path, folder, "plan"))
        return fl_fail(error, FL_BAD_INPUT, NULL, "%.200s: path too long", folder);
    fl_text text = {0};
    fl_text_printf(&text, "fingerprint %s points %" PRIu64 " chunk %" PRIu64 "\n", plan->fingerprint,
                   plan->points, plan->chunk);
    fl_status status = fl_file_write_text(path, &text, error);
    fl_text_free(&text);
    return status;
}
