#include "sim/sweep/point.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/sweep/metrics.h"

/* --- configuration ----------------------------------------------------------------------------------------
 */

/* The settings of the keys that start with "workload." or of those that do not, without the prefix, as for
 * --set. */
static size_t settings(const fl_sweep *sweep, const char *const *values, bool of_workload, fl_text *texts,
                       const char **sets)
{
    static const char PREFIX[] = "workload.";
    size_t count = 0, starts[FL_SWEEP_MAX_KEYS];
    for (size_t k = 0; k < sweep->key_count; k++) {
        const char *path = sweep->keys[k].path;
        bool workload = strncmp(path, PREFIX, sizeof PREFIX - 1) == 0;
        if (workload != of_workload) continue;
        starts[count++] = texts->size;
        fl_text_printf(texts, "%s=%s", workload ? path + sizeof PREFIX - 1 : path, values[k]);
        fl_text_append(texts, "", 1);
    }
    for (size_t i = 0; i < count && !texts->failed; i++) sets[i] = texts->bytes + starts[i];
    return texts->failed ? 0 : count;
}

static void read_configs(fl_point *point, const char *machine, const char *workload,
                         const char *const *values, fl_point_cache *cache)
{
    fl_error *error = &point->error;
    fl_text machine_texts = {0}, workload_texts = {0};
    const char *sets[FL_SWEEP_MAX_KEYS];
    size_t count = settings(point->sweep, values, false, &machine_texts, sets);
    point->status = fl_config_load(machine, sets, count, &point->machine_config, error);
    count = settings(point->sweep, values, true, &workload_texts, sets);
    point->workload = fl_point_cache_workload(cache, workload, sets, count);
    fl_text_free(&machine_texts);
    fl_text_free(&workload_texts);
    if (point->status == FL_OK && point->workload->config != NULL)
        point->status = fl_machine_config_read(point->machine_config, &point->machine, error);
    if (point->status == FL_OK && point->workload->status != FL_OK) {
        point->status = point->workload->status;
        *error = point->workload->error;
    }
    if (point->status != FL_OK && point->machine_config != NULL) /* all that is known of an illegal point */
        fl_config_use_all(fl_config_root(point->machine_config));
}

/* Settings of a point whose files cannot even be read with them. */
static void print_settings(const fl_point *point, const char *const *values, bool *first, fl_text *out)
{
    for (size_t k = 0; k < point->sweep->key_count; k++) {
        fl_text_puts(out, *first ? "" : ",");
        *first = false;
        fl_text_json(out, point->sweep->keys[k].path);
        fl_text_puts(out, ":");
        fl_text_json(out, values[k]);
    }
}

static void print_configuration(fl_point *point, const char *machine, const char *workload,
                                const char *const *values)
{
    bool first = true;
    if (point->machine_config != NULL && point->workload->config != NULL) {
        fl_config_print_flat(point->machine_config, "", &first, &point->config);
        fl_text_puts(&point->config, ",");
        fl_text_append(&point->config, point->workload->pairs.bytes, point->workload->pairs.size);
        return;
    }
    fl_text_puts(&point->config, "\"machine_file\":");
    fl_text_json(&point->config, machine);
    fl_text_puts(&point->config, ",\"workload_file\":");
    fl_text_json(&point->config, workload);
    first = false;
    print_settings(point, values, &first, &point->config);
}

/* --- constraints -------------------------------------------------------------------------------------------
 */

static const char *value_of(const fl_point *point, const char *path)
{
    static const char PREFIX[] = "workload.";
    if (strncmp(path, PREFIX, sizeof PREFIX - 1) == 0)
        return fl_config_value(point->workload->config, path + sizeof PREFIX - 1);
    return fl_config_value(point->machine_config, path);
}

/* Whether a constraint on the configuration holds; one on the result is not known yet (fl_store_add applies
 * it). */
static bool met(const fl_point *point, const fl_constraint *constraint)
{
    const fl_metric *metric = fl_metric_find(constraint->field);
    if (metric != NULL)
        return metric->of_machine == NULL ||
               fl_constraint_met_by_number(constraint, metric->of_machine(&point->machine));
    const char *text = value_of(point, constraint->field);
    return text != NULL && fl_constraint_met_by_text(constraint, text);
}

static void apply_constraints(fl_point *point)
{
    for (size_t c = 0; c < point->sweep->constraint_count && point->excluded == NULL; c++)
        if (!met(point, &point->sweep->constraints[c])) point->excluded = &point->sweep->constraints[c];
}

/* --- a point -----------------------------------------------------------------------------------------------
 */

void fl_point_open(fl_point *point, const fl_sweep *sweep, uint64_t index, fl_point_cache *cache)
{
    *point = (fl_point){.sweep = sweep, .index = index, .cache = cache};
    uint64_t choice[FL_SWEEP_MAX_AXES];
    const char *values[FL_SWEEP_MAX_KEYS];
    fl_sweep_choose(sweep, index, choice);
    fl_sweep_values(sweep, choice, values);
    const char *machine = sweep->machines[choice[0]], *workload = sweep->workloads[choice[1]];
    read_configs(point, machine, workload, values, cache);
    print_configuration(point, machine, workload, values);
    fl_hash hash = fl_hash_new();
    fl_hash_add(&hash, FL_VERSION, sizeof FL_VERSION);
    fl_hash_add(&hash, point->config.bytes, point->config.size);
    fl_hash_print(&hash, point->hash);
    if (point->status == FL_OK) apply_constraints(point);
}

/* Where the sweep file names the key of a message "--set: KEY=VALUE: ..."; NULL when it is about another
 * thing. */
static const fl_where *key_of_message(const fl_sweep *sweep, const char *message)
{
    static const char SET[] = "--set: ", PREFIX[] = "workload.";
    if (strncmp(message, SET, sizeof SET - 1) != 0) return NULL;
    message += sizeof SET - 1;
    for (size_t k = 0; k < sweep->key_count; k++) {
        const char *path = sweep->keys[k].path;
        if (strncmp(path, PREFIX, sizeof PREFIX - 1) == 0) path += sizeof PREFIX - 1;
        const size_t length = strlen(path);
        if (strncmp(message, path, length) == 0 && message[length] == '=') return sweep->keys[k].where;
    }
    return NULL;
}

/* Opens points until one is legal. When none is, the error of the first one tells of a mistake in the sweep
 * file. Sweeps that are too large to say so of all points get the benefit of the doubt: *point has the failed
 * status then.
 */
static fl_status open_legal(const fl_sweep *sweep, fl_point_cache *cache, fl_point *point, fl_error *error)
{
    enum { MOST = 4096 };
    fl_error first = {0};
    for (uint64_t p = 0; p < sweep->point_count && p < MOST; p++) {
        fl_point_close(point);
        fl_point_open(point, sweep, p, cache);
        if (point->status == FL_OK) return FL_OK;
        if (p == 0) first = point->error;
    }
    if (sweep->point_count > MOST) return FL_OK;
    return fl_fail(error, FL_BAD_INPUT, key_of_message(sweep, first.text), "no point is legal: %s",
                   first.text);
}

static fl_status unknown_field(const fl_sweep *sweep, size_t constraint, fl_error *error)
{
    const char *names[FL_SWEEP_MAX_KEYS + 64], *field = sweep->constraints[constraint].field;
    char hint[FL_NEAREST_HINT];
    size_t count = 0;
    for (size_t m = 0; m < fl_metric_count && m < 64; m++) names[count++] = fl_metrics[m].name;
    for (size_t k = 0; k < sweep->key_count; k++) names[count++] = sweep->keys[k].path;
    return fl_fail(error, FL_BAD_INPUT, sweep->constraint_where[constraint],
                   "constraints: unknown field \"%s\"%s (a metric or a path of the configuration)", field,
                   fl_nearest_hint(field, names, count, hint));
}

fl_status fl_sweep_check(const fl_sweep *sweep, fl_error *error)
{
    fl_point point = {0};
    fl_point_cache cache = {0};
    fl_status status = open_legal(sweep, &cache, &point, error);
    for (size_t c = 0; c < sweep->constraint_count && status == FL_OK && point.status == FL_OK; c++)
        if (fl_metric_find(sweep->constraints[c].field) == NULL &&
            value_of(&point, sweep->constraints[c].field) == NULL)
            status = unknown_field(sweep, c, error);
    fl_point_close(&point);
    fl_point_cache_free(&cache);
    return status;
}

static void keep_result(fl_point *point, const fl_mapping *mappings, const fl_run_result *result,
                        double dram_bytes_per_cycle)
{
    fl_report report =
        fl_report_new(&point->machine, point->workload->built, mappings, result, dram_bytes_per_cycle);
    for (size_t m = 0; m < fl_metric_count; m++)
        fl_text_printf(&point->metrics, "%s\"%s\":%.15g", m == 0 ? "" : ",", fl_metrics[m].name,
                       fl_metric_value(&fl_metrics[m], &report));
    fl_report_summary_json(&report, &point->summary);
    for (size_t i = 0; i < point->summary.size;
         i++) /* line feeds stand between values only; a record is one line */
        if (point->summary.bytes[i] == '\n') point->summary.bytes[i] = ' ';
    if (point->sweep->layers) fl_report_layers_csv(&report, &point->layers);
}

static fl_status simulate(fl_point *point, fl_mapping *mappings, const volatile int *interrupted)
{
    fl_dram_profile dram;
    const wl_workload *workload = point->workload->built;
    uint32_t op_count = workload->op_count;
    fl_status status = fl_point_cache_probe(point->cache, &point->machine, &dram, &point->error);
    if (status == FL_OK) status = fl_map_workload(&point->machine, workload, &dram, mappings, &point->error);
    if (status != FL_OK) return status;
    fl_stream *stream = fl_stream_new(&point->machine, workload, mappings, 0, op_count);
    fl_run_options options = {.dram_bytes = workload->dram_bytes, .interrupted = interrupted};
    fl_run_result result = {0};
    status = fl_machine_run(&point->machine, stream, op_count, &options, &result, &point->error);
    if (status == FL_OK) keep_result(point, mappings, &result, dram.peak_bytes_per_cycle);
    fl_run_result_free(&result);
    stream->free(stream);
    return status;
}

bool fl_point_simulate(fl_point *point, const volatile int *interrupted)
{
    if (point->status != FL_OK || point->excluded != NULL) return true;
    fl_mapping *mappings = calloc(point->workload->built->op_count, sizeof *mappings);
    point->status = mappings == NULL ? fl_fail(&point->error, FL_BAD_INPUT, NULL, "out of memory")
                                     : simulate(point, mappings, interrupted);
    free(mappings);
    return *interrupted == 0;
}

static const char *name_of(const fl_config *config, const char *key)
{
    const char *name = config == NULL ? NULL : fl_config_value(config, key);
    return name == NULL ? "" : name;
}

static void print_outcome(const fl_point *point, fl_text *line)
{
    bool failed = point->status != FL_OK;
    fl_text_printf(line, ",\"version\":\"%s\",\"machine\":", FL_VERSION);
    fl_text_json(line, name_of(point->machine_config, "machine"));
    fl_text_puts(line, ",\"workload\":");
    fl_text_json(line, name_of(point->workload->config, "workload"));
    fl_text_printf(line, ",\"status\":\"%s\",\"message\":", failed ? "failed" : "done");
    fl_text_json(line, failed ? point->error.text : "");
    fl_text_printf(line, ",\"config\":{%s},\"metrics\":{%s}", point->config.bytes,
                   failed ? "" : point->metrics.bytes);
    fl_text_printf(line, ",\"summary\":%s,\"layers\":", failed ? "{}" : point->summary.bytes);
    fl_text_json(line, failed || point->layers.bytes == NULL ? "" : point->layers.bytes);
}

void fl_point_record(const fl_point *point, fl_text *line)
{
    const fl_constraint *excluded = point->excluded;
    fl_text_printf(line, "{\"index\":%" PRIu64 ",\"hash\":\"%s\"", point->index, point->hash);
    if (excluded != NULL) {
        char text[FL_CONSTRAINT_PRINT];
        fl_constraint_print(excluded, text);
        fl_text_puts(line, ",\"excluded\":");
        fl_text_json(line, text);
    }
    bool outcome = !point->known && (point->status != FL_OK || point->metrics.size > 0);
    if (outcome) print_outcome(point, line);
    fl_text_puts(line, "}\n");
    line->failed |=
        point->config.failed || point->metrics.failed || point->summary.failed || point->layers.failed;
}

bool fl_record_has_result(const char *record, size_t size)
{
    static const char MARK[] = ",\"version\":\""; /* inside of a text the quotes would be escaped */
    return memmem(record, size, MARK, sizeof MARK - 1) != NULL;
}

void fl_point_close(fl_point *point)
{
    if (point->machine_config != NULL) fl_config_free(point->machine_config);
    fl_text *texts[] = {&point->config, &point->metrics, &point->summary, &point->layers};
    for (size_t i = 0; i < 4; i++) fl_text_free(texts[i]);
}
