#include "sim/sweep/slurm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/sweep/slurm_plan.h"

enum { POLL_MICROSECONDS = 500000, GRACE_POLLS = 20 }; /* network file systems show a new file late */

static fl_status too_long(const char *folder, fl_error *error) { return fl_fail(error, FL_BAD_INPUT, NULL, "%.200s: path too long", folder); }

/* --- Slurm's commands --------------------------------------------------------------------------------------------- */

/* Runs a program and gathers what it prints, errors included. Returns its exit status, -1 when it could not be run. */
static int command(char *const argv[], fl_text *out)
{
    int ends[2], status = 0;
    if (pipe(ends) != 0) return -1;
    pid_t process = fork();
    if (process == 0) {
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        execvp(argv[0], argv);
        dprintf(2, "%s: %s", argv[0], strerror(errno));
        _exit(127);
    }
    close(ends[1]);
    char bytes[4096];
    ssize_t got;
    while ((got = read(ends[0], bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0) fl_text_append(out, bytes, (size_t)got);
    close(ends[0]);
    if (process < 0) return -1;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
    fl_text_puts(out, "");
    return WIFEXITED(status) && !out->failed ? WEXITSTATUS(status) : -1;
}

static bool read_job(const char *folder, char job[32])
{
    char path[PATH_MAX];
    FILE *file = fl_slurm_path(path, folder, "job") ? fopen(path, "r") : NULL;
    bool ok = file != NULL && fscanf(file, "%31s", job) == 1;
    if (file != NULL) fclose(file);
    return ok;
}

/* Tasks of the folder's job in the queue. An id that Slurm has forgotten has none. */
static void ask_queue(const char *folder, fl_slurm_state *state)
{
    char job[32];
    state->known = true;
    if (!read_job(folder, job)) return;
    char *argv[] = {"squeue", "--noheader", "--array", "--jobs", job, "--format=%t", NULL};
    fl_text out = {0};
    int code = command(argv, &out);
    state->known = code == 0 || (out.bytes != NULL && strstr(out.bytes, "Invalid job id") != NULL);
    for (char *word = code == 0 && out.bytes != NULL ? strtok(out.bytes, " \n") : NULL; word != NULL; word = strtok(NULL, " \n")) {
        bool pending = strcmp(word, "PD") == 0 || strcmp(word, "RQ") == 0 || strcmp(word, "RH") == 0;
        bool running = strcmp(word, "R") == 0 || strcmp(word, "CF") == 0 || strcmp(word, "CG") == 0 || strcmp(word, "S") == 0;
        state->pending += pending;
        state->running += running;
    }
    fl_text_free(&out);
}

/* --- submitting ----------------------------------------------------------------------------------------------------- */

/* A word of a shell script. */
static void quote(const char *text, fl_text *out)
{
    fl_text_puts(out, "'");
    for (; *text != '\0'; text++) {
        if (*text == '\'') fl_text_puts(out, "'\\''");
        else fl_text_append(out, text, 1);
    }
    fl_text_puts(out, "'");
}

static fl_status write_script(const fl_slurm_options *options, const char *path, fl_error *error)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0) return fl_fail(error, FL_BAD_INPUT, NULL, "/proc/self/exe: %s", strerror(errno));
    program[length] = '\0';
    fl_text text = {0};
    fl_text_puts(&text, "#!/bin/sh\nexec ");
    quote(program, &text);
    fl_text_printf(&text, " sweep --jobs %zu --run-chunk ", options->jobs);
    quote(options->folder, &text);
    fl_text_puts(&text, " ");
    quote(options->sweep_file, &text);
    fl_text_puts(&text, "\n");
    fl_status status = fl_file_write_text(path, &text, error);
    fl_text_free(&text);
    return status;
}

/* "0-3,7" of the chunks without a shard. */
static uint64_t missing_chunks(const fl_slurm_plan *plan, const char *folder, fl_text *list)
{
    uint64_t missing = 0;
    for (uint64_t chunk = 0; chunk < plan->chunks; chunk++) {
        if (fl_slurm_has_shard(folder, chunk)) continue;
        uint64_t last = chunk;
        while (last + 1 < plan->chunks && !fl_slurm_has_shard(folder, last + 1)) last++;
        fl_text_printf(list, "%s%" PRIu64, missing == 0 ? "" : ",", chunk);
        if (last > chunk) fl_text_printf(list, "-%" PRIu64, last);
        missing += last - chunk + 1;
        chunk = last;
    }
    return missing;
}

static fl_status submit_array(const fl_slurm_options *options, const char *list, fl_error *error)
{
    char script[PATH_MAX], job_path[PATH_MAX], array[8192], cpus[64], output[PATH_MAX + 32], partition[256], time_limit[256];
    if (!fl_slurm_path(script, options->folder, "job.sh") || !fl_slurm_path(job_path, options->folder, "job")) return too_long(options->folder, error);
    snprintf(array, sizeof array, "--array=%s%s%s", list, options->nodes != NULL ? "%" : "", options->nodes != NULL ? options->nodes : "");
    snprintf(cpus, sizeof cpus, "--cpus-per-task=%zu", options->jobs);
    snprintf(output, sizeof output, "--output=%s/log-%%a.txt", options->folder);
    snprintf(partition, sizeof partition, "--partition=%s", options->partition != NULL ? options->partition : "");
    snprintf(time_limit, sizeof time_limit, "--time=%s", options->time != NULL ? options->time : "");
    char *argv[16] = {"sbatch", "--parsable", "--requeue", "--nodes=1", "--ntasks=1", "--job-name=flintlock", array, cpus, output};
    int count = 9;
    if (options->partition != NULL) argv[count++] = partition;
    if (options->time != NULL) argv[count++] = time_limit;
    argv[count++] = script;
    fl_status status = write_script(options, script, error);
    fl_text out = {0};
    int code = status == FL_OK ? command(argv, &out) : -1;
    if (status == FL_OK && (code != 0 || out.bytes == NULL || strspn(out.bytes, "0123456789") == 0))
        status = fl_fail(error, FL_BAD_INPUT, NULL, "sbatch: %s", out.bytes == NULL ? "cannot be run" : out.bytes);
    if (status == FL_OK) {
        out.size = strspn(out.bytes, "0123456789");
        out.bytes[out.size] = '\0';
        status = fl_file_write_text(job_path, &out, error);
    }
    fl_text_free(&out);
    return status;
}

static fl_status write_known(fl_store *store, const char *folder, fl_error *error)
{
    char path[PATH_MAX];
    if (!fl_slurm_path(path, folder, "known")) return too_long(folder, error);
    sqlite3_stmt *statement = NULL;
    fl_text text = {0};
    if (sqlite3_prepare_v2(fl_store_sqlite(store), "SELECT hash FROM point ORDER BY hash", -1, &statement, NULL) != SQLITE_OK) return fl_store_fail(store, error);
    while (sqlite3_step(statement) == SQLITE_ROW) fl_text_printf(&text, "%s\n", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    fl_status status = fl_file_write_text(path, &text, error);
    fl_text_free(&text);
    return status;
}

static fl_status make_plan(const fl_sweep *sweep, const fl_slurm_options *options, fl_slurm_plan *plan, fl_error *error)
{
    if (options->resume) return fl_fail(error, FL_BAD_INPUT, NULL, "--resume: %s has no plan", options->folder);
    *plan = fl_slurm_plan_new(sweep, options->chunk);
    if (plan->chunks > FL_SLURM_MAX_CHUNKS)
        return fl_fail(error, FL_BAD_INPUT, NULL, "--chunk %" PRIu64 ": %" PRIu64 " chunks are more than a job array takes (%d); at least %" PRIu64 " points a chunk",
                       plan->chunk, plan->chunks, FL_SLURM_MAX_CHUNKS, (plan->points + FL_SLURM_MAX_CHUNKS - 1) / FL_SLURM_MAX_CHUNKS);
    fl_status status = fl_make_directory(options->folder, error);
    return status == FL_OK ? fl_slurm_plan_write(plan, options->folder, error) : status;
}

fl_status fl_slurm_submit(const fl_sweep *sweep, fl_store *store, const fl_slurm_options *options, fl_error *error)
{
    fl_slurm_plan plan = {0};
    fl_slurm_state state = {0};
    bool found = false;
    fl_status status = fl_slurm_plan_read(sweep, options->folder, &plan, &found, error);
    if (status == FL_OK && !found) status = make_plan(sweep, options, &plan, error);
    if (status != FL_OK) return status;
    if (found) ask_queue(options->folder, &state);
    if (state.pending + state.running > 0) return FL_OK; /* still at it */
    fl_text list = {0};
    if (missing_chunks(&plan, options->folder, &list) > 0) {
        status = list.failed ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory") : write_known(store, options->folder, error);
        if (status == FL_OK) status = submit_array(options, list.bytes, error);
    }
    fl_text_free(&list);
    return status;
}

/* --- collecting ------------------------------------------------------------------------------------------------------ */

static fl_status merge_shard(fl_store *store, const char *folder, uint64_t chunk, fl_error *error)
{
    char path[PATH_MAX], *line = NULL;
    size_t capacity = 0;
    if (!fl_slurm_shard_path(path, folder, chunk)) return too_long(folder, error);
    FILE *file = fopen(path, "r");
    if (file == NULL) return fl_fail(error, FL_BAD_INPUT, &(fl_where){path, 0, 0}, "cannot read: %s", strerror(errno));
    fl_status status = FL_OK;
    ssize_t length;
    fl_added added;
    while (status == FL_OK && (length = getline(&line, &capacity, file)) > 0) status = fl_store_add(store, line, (size_t)length, &added, error);
    free(line);
    fclose(file);
    return status;
}

/* Merges the shards that are there and not yet marked; *missing becomes how many are not there. */
static fl_status merge_new(fl_store *store, const fl_slurm_plan *plan, const char *folder, bool *merged, uint64_t *missing, fl_error *error)
{
    fl_status status = FL_OK;
    *missing = 0;
    for (uint64_t chunk = 0; chunk < plan->chunks && status == FL_OK; chunk++) {
        if (merged[chunk]) continue;
        if (!fl_slurm_has_shard(folder, chunk)) {
            ++*missing;
            continue;
        }
        status = merge_shard(store, folder, chunk, error);
        merged[chunk] = status == FL_OK;
    }
    return status;
}

/* Everything is in the results file: the folder has done its service. */
static void remove_folder(const fl_slurm_plan *plan, const char *folder)
{
    static const char *const NAMES[] = {"plan", "known", "job", "job.sh"};
    char path[PATH_MAX], log[64];
    for (uint64_t chunk = 0; chunk < plan->chunks; chunk++) {
        if (fl_slurm_shard_path(path, folder, chunk)) unlink(path);
        snprintf(log, sizeof log, "log-%" PRIu64 ".txt", chunk);
        if (fl_slurm_path(path, folder, log)) unlink(path);
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (fl_slurm_path(path, folder, NAMES[i])) unlink(path);
    rmdir(folder);
}

static fl_status collect(fl_store *store, const fl_slurm_plan *plan, const fl_slurm_options *options, bool *merged, fl_error *error)
{
    uint64_t missing = 0;
    for (int idle = 0; *options->interrupted == 0;) {
        fl_slurm_state state = {0};
        fl_status status = merge_new(store, plan, options->folder, merged, &missing, error);
        if (status != FL_OK) return status;
        if (missing == 0) {
            remove_folder(plan, options->folder);
            return FL_OK;
        }
        ask_queue(options->folder, &state);
        idle = state.known && state.pending + state.running == 0 ? idle + 1 : 0;
        if (idle > GRACE_POLLS)
            return fl_fail(error, FL_BAD_INPUT, NULL, "%" PRIu64 " of %" PRIu64 " chunks ended without a result; see %s/log-*.txt; --slurm --resume submits them again",
                           missing, plan->chunks, options->folder);
        usleep(POLL_MICROSECONDS);
    }
    return FL_OK;
}

fl_status fl_slurm_collect(const fl_sweep *sweep, fl_store *store, const fl_slurm_options *options, fl_error *error)
{
    fl_slurm_plan plan = {0};
    bool found = false;
    fl_status status = fl_slurm_plan_read(sweep, options->folder, &plan, &found, error);
    if (status != FL_OK || !found) return status;
    bool *merged = calloc(plan.chunks, sizeof *merged);
    status = merged == NULL ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory") : collect(store, &plan, options, merged, error);
    free(merged);
    return status;
}

fl_status fl_slurm_state_read(const fl_sweep *sweep, const char *folder, fl_slurm_state *state, fl_error *error)
{
    fl_slurm_plan plan = {0};
    bool found = false;
    *state = (fl_slurm_state){0};
    fl_status status = fl_slurm_plan_read(sweep, folder, &plan, &found, error);
    if (status != FL_OK || !found) return status;
    state->chunks = plan.chunks;
    for (uint64_t chunk = 0; chunk < plan.chunks; chunk++) state->finished += fl_slurm_has_shard(folder, chunk);
    ask_queue(folder, state);
    return FL_OK;
}
