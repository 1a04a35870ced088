/* flintlock lockstep: RTL blocks against their golden models, cycle by cycle. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/base/nearest.h"
#include "sim/base/registry.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/cli/session.h"
#include "sim/cosim/own_rtl.h"

enum { MAX_BLOCKS = 64 };

/* Writes <folder>/<block>.stimulus. */
static fl_status record_block(const fl_part *part, const fl_lockstep_options *options, fl_error *error)
{
    char path[PATH_MAX];
    options->record->size = 0;
    fl_status status = fl_lockstep(part->name, part->ops, options, NULL, error);
    if (status == FL_OK) status = fl_make_directory(options->folder, error);
    snprintf(path, sizeof path, "%.*s/%.64s.stimulus", PATH_MAX - 128, options->folder, part->name);
    return status == FL_OK ? fl_file_write_text(path, options->record, error) : status;
}

static double percent(unsigned part, unsigned whole) { return whole == 0 ? 100.0 : 100.0 * part / whole; }

static fl_status print_coverage(const char *name, const fl_lockstep_options *options, fl_error *error)
{
    char path[PATH_MAX];
    fl_rtl_coverage c;
    fl_lockstep_coverage_path(options->folder, name, path, sizeof path);
    fl_status status = fl_rtl_read_coverage(path, &c, error);
    if (status == FL_OK)
        printf(", lines %.1f %% of %u, toggles %.1f %% of %u", percent(c.lines, c.all_lines), c.all_lines,
               percent(c.toggles, c.all_toggles), c.all_toggles);
    return status;
}

/* Prints what came of a lockstep and hands its status on. */
static fl_status print_result(const char *name, fl_status status, const fl_lockstep_options *options,
                              fl_text *report, fl_error *error)
{
    if (status == FL_OK) {
        printf("%-18s %llu cycles, seed %llu%s: no difference", name, (unsigned long long)options->cycles,
               (unsigned long long)options->seed, options->variant & FL_RTL_NETLIST ? ", netlist" : "");
        if (options->variant & FL_RTL_COVERAGE) status = print_coverage(name, options, error);
        printf("\n");
    }
    if (report->size > 0) fputs(report->bytes, stdout);
    fl_text_free(report);
    return status;
}

static fl_status one_block(const fl_part *part, const fl_lockstep_options *options, fl_error *error)
{
    if (options->record != NULL) return record_block(part, options, error);
    fl_text report = {0};
    fl_status status = fl_lockstep(part->name, part->ops, options, &report, error);
    return print_result(part->name, status, options, &report, error);
}

static fl_status own_rtl(const char *path, const fl_lockstep_options *options, fl_error *error)
{
    fl_own_rtl own;
    fl_text report = {0};
    fl_status status = fl_own_rtl_load(path, &own, error);
    if (status == FL_OK) {
        status = fl_own_rtl_lockstep(&own, options, &report, error);
        status = print_result(own.design.top, status, options, &report, error);
    }
    fl_own_rtl_free(&own);
    return status;
}

/* Blocks have plain names; a path or a YAML file names RTL of the user's. */
static bool is_file(const char *argument) { return strpbrk(argument, "/.") != NULL; }

static fl_status no_such_block(const char *name, const fl_part *const *parts, size_t count, fl_error *error)
{
    const char *names[MAX_BLOCKS];
    fl_text list = {0};
    for (size_t i = 0; i < count; i++) {
        names[i] = parts[i]->name;
        fl_text_printf(&list, "%s%s", i == 0 ? "" : ", ", parts[i]->name);
    }
    char hint[FL_NEAREST_HINT];
    fl_status status = fl_fail(error, FL_BAD_INPUT, NULL, "flintlock lockstep: no block \"%s\"%s (known: %s)",
                               name, fl_nearest_hint(name, names, count, hint), list.bytes);
    fl_text_free(&list);
    return status;
}

fl_status cli_lockstep(const cli_options *options, fl_error *error)
{
    fl_lockstep_options lockstep = {.folder = "out/lockstep", .interrupted = &cli_interrupted};
    const fl_part *parts[MAX_BLOCKS];
    size_t count = fl_registry_list("rtl_block", parts, MAX_BLOCKS);
    fl_status status = cli_count("--cycles", options->cycles, 1, UINT64_MAX, 10000, &lockstep.cycles, error);
    if (status == FL_OK) status = cli_count("--seed", options->seed, 0, UINT64_MAX, 1, &lockstep.seed, error);
    if (status != FL_OK) return status;
    lockstep.random_stalls = options->random_stalls;
    lockstep.variant = (options->vcd ? FL_RTL_TRACE : 0u) | (options->coverage ? FL_RTL_COVERAGE : 0u) |
                       (options->netlist ? FL_RTL_NETLIST : 0u);
    if (options->out != NULL) lockstep.folder = options->out;
    if (options->file_count == 1 && is_file(options->files[0]))
        return own_rtl(options->files[0], &lockstep, error);
    fl_text record = {0};
    if (options->record) lockstep.record = &record;

    bool found = false, differs = false;
    for (size_t i = 0; i < count; i++) {
        if (options->file_count == 1 && strcmp(parts[i]->name, options->files[0]) != 0) continue;
        found = true;
        status = one_block(parts[i], &lockstep, error);
        if (status == FL_BAD_INPUT) break;
        differs = differs || status == FL_DIFFERENCE;
    }
    fl_text_free(&record);
    if (status == FL_BAD_INPUT) return status;
    if (!found && options->file_count == 1) return no_such_block(options->files[0], parts, count, error);
    return differs ? FL_DIFFERENCE : FL_OK;
}
