#include "sim/sweep/sweep_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sweep/metrics.h"
#include "sim/sweep/quantity.h"

static const char *const STRATEGIES[] = {"grid", "random", "latin_hypercube", NULL};

#define FIELD(member) .offset = offsetof(fl_sweep, member)
static const fl_param PARAMS[] = {
    {.key = "sweep", .type = FL_NAME, .help = "name of the sweep, shown in the results", FIELD(name)},
    {.key = "strategy",
     .type = FL_CHOICE,
     .choices = STRATEGIES,
     .fallback = "grid",
     .help = "which points of the grid",
     FIELD(strategy)},
    {.key = "budget",
     .type = FL_UINT,
     .max = 1e8,
     .fallback = "0",
     .help = "number of points; 0: the whole grid",
     FIELD(budget)},
    {.key = "seed", .type = FL_UINT, .fallback = "1", .help = "of random and latin_hypercube", FIELD(seed)},
    {.key = "layers",
     .type = FL_BOOL,
     .fallback = "true",
     .help = "keep each point's table of operations",
     FIELD(layers)},
};

/* --- texts --------------------------------------------------------------------------------------------- */

/* Keeps a malloc'ed text until the sweep is freed. NULL when out of memory. */
static const char *own(fl_sweep *sweep, char *text)
{
    char **larger = text == NULL ? NULL : realloc(sweep->owned, (sweep->owned_count + 1) * sizeof *larger);
    if (larger == NULL) {
        free(text);
        return NULL;
    }
    sweep->owned = larger;
    return larger[sweep->owned_count++] = text;
}

/* A file name as seen from the working directory, given relative to the sweep file. */
static const char *beside(fl_sweep *sweep, const fl_node *item)
{
    const char *from = fl_node_where(item)->file, *path = fl_node_text(item), *slash = strrchr(from, '/');
    fl_text joined = {0};
    if (slash != NULL && path[0] != '/') fl_text_append(&joined, from, (size_t)(slash - from) + 1);
    fl_text_puts(&joined, path);
    return own(sweep, fl_text_take(&joined));
}

static fl_status out_of_memory(fl_error *error)
{
    return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
}

/* Scalars of a list, or a single one. */
static size_t scalar_count(const fl_node *node) { return fl_node_is_list(node) ? fl_node_count(node) : 1; }

static fl_status scalar_at(fl_node *node, size_t i, fl_node **item, fl_error *error)
{
    *item = fl_node_is_list(node) ? fl_node_at(node, i) : node;
    const char *text = fl_node_text(*item);
    if (text == NULL || *text == '\0') return fl_node_fail(*item, error, "expected a single value");
    return FL_OK;
}

/* --- machines and workloads -------------------------------------------------------------------------------
 */

static fl_status read_files(fl_sweep *sweep, const char *key, const char **files, fl_error *error)
{
    fl_node *root = fl_config_root(sweep->config), *node = fl_node_get(root, key), *item;
    if (node == NULL) return fl_node_fail(root, error, "%s: missing key (a file, or a list of files)", key);
    size_t count = scalar_count(node);
    if (count == 0 || count > FL_SWEEP_MAX_FILES)
        return fl_node_fail(node, error, "expected 1 to %d files", FL_SWEEP_MAX_FILES);
    for (size_t i = 0; i < count; i++) {
        fl_status status = scalar_at(node, i, &item, error);
        if (status != FL_OK) return status;
        if ((files[i] = beside(sweep, item)) == NULL) return out_of_memory(error);
        fl_config *config = NULL;
        fl_error inner;
        if (fl_config_load(files[i], NULL, 0, &config, &inner) != FL_OK)
            return fl_node_fail(item, error, "%s", inner.text);
        fl_config_free(config);
    }
    sweep->axes[sweep->axis_count++] = (fl_sweep_axis){.count = count};
    return FL_OK;
}

/* --- axes -------------------------------------------------------------------------------------------------
 */

static fl_status read_list(fl_sweep *sweep, fl_node *node, bool files, fl_sweep_key *key, fl_error *error)
{
    key->count = scalar_count(node);
    if (key->count == 0) return fl_node_fail(node, error, "empty list of values");
    key->values = (const char **)(void *)own(sweep, calloc(key->count, sizeof *key->values));
    if (key->values == NULL) return out_of_memory(error);
    for (size_t i = 0; i < key->count; i++) {
        fl_node *item;
        fl_status status = scalar_at(node, i, &item, error);
        if (status != FL_OK) return status;
        key->values[i] = files ? beside(sweep, item) : fl_node_text(item);
        if (key->values[i] == NULL) return out_of_memory(error);
    }
    return FL_OK;
}

typedef struct range_keys {
    const char *from, *to, *step, *factor;
} range_keys;

static const fl_param RANGE[] = {
    {.key = "from", .type = FL_NAME, .offset = offsetof(range_keys, from)},
    {.key = "to", .type = FL_NAME, .offset = offsetof(range_keys, to)},
};

static fl_status read_range(fl_sweep *sweep, fl_node *node, fl_sweep_key *key, fl_error *error)
{
    range_keys range = {0};
    fl_status status = fl_schema_read(sweep->config, node, node, RANGE, 2, &range, error);
    if (status != FL_OK) return status;
    fl_node *step = fl_node_get(node, "step"), *factor = fl_node_get(node, "factor");
    if ((step == NULL) == (factor == NULL))
        return fl_node_fail(node, error, "a range needs either step or factor");
    range.step = step == NULL ? NULL : fl_node_text(step);
    range.factor = factor == NULL ? NULL : fl_node_text(factor);
    if (range.step == NULL && range.factor == NULL)
        return fl_node_fail(step != NULL ? step : factor, error, "expected a single value");
    fl_text texts = {0};
    const char *reason = NULL;
    if (!fl_quantity_range(range.from, range.to, range.step, range.factor, &texts, &key->count, &reason)) {
        fl_text_free(&texts);
        return fl_node_fail(node, error, "%s", reason);
    }
    const char *text = own(sweep, fl_text_take(&texts));
    key->values = (const char **)(void *)own(sweep, calloc(key->count, sizeof *key->values));
    if (text == NULL || key->values == NULL) return out_of_memory(error);
    for (size_t i = 0; i < key->count; i++, text += strlen(text) + 1) key->values[i] = text;
    return FL_OK;
}

static fl_status read_key(fl_sweep *sweep, fl_node *node, fl_error *error)
{
    if (!fl_node_is_map(node))
        return fl_node_fail(node, error, "expected a map with key and values, files or from");
    if (sweep->key_count == FL_SWEEP_MAX_KEYS)
        return fl_node_fail(node, error, "more than %d keys", FL_SWEEP_MAX_KEYS);
    fl_node *name = fl_node_get(node, "key"), *values = fl_node_get(node, "values"),
            *files = fl_node_get(node, "files");
    if (name == NULL || fl_node_text(name) == NULL)
        return fl_node_fail(node, error, "key: missing key (a configuration path such as matrix.rows)");
    fl_sweep_key *key = &sweep->keys[sweep->key_count++];
    *key = (fl_sweep_key){.path = fl_node_text(name), .where = fl_node_where(name)};
    for (size_t k = 0; k + 1 < sweep->key_count; k++)
        if (strcmp(sweep->keys[k].path, key->path) == 0)
            return fl_node_fail(name, error, "%s has an axis already", key->path);
    if (values != NULL && files != NULL) return fl_node_fail(files, error, "values are given already");
    if (values != NULL || files != NULL)
        return read_list(sweep, values != NULL ? values : files, files != NULL, key, error);
    if (fl_node_get(node, "from") == NULL)
        return fl_node_fail(node, error, "%s needs values, or files, or from and to with step or factor",
                            key->path);
    return read_range(sweep, node, key, error);
}

static fl_status read_axis(fl_sweep *sweep, fl_node *node, fl_error *error)
{
    if (sweep->axis_count == FL_SWEEP_MAX_AXES)
        return fl_node_fail(node, error, "more than %d axes", FL_SWEEP_MAX_AXES - 2);
    fl_sweep_axis *axis = &sweep->axes[sweep->axis_count++];
    axis->first_key = sweep->key_count;
    fl_node *zip = fl_node_is_map(node) ? fl_node_get(node, "zip") : NULL;
    if (zip != NULL && (!fl_node_is_list(zip) || fl_node_count(zip) == 0))
        return fl_node_fail(zip, error, "expected a list of keys with values");
    fl_status status = zip == NULL ? read_key(sweep, node, error) : FL_OK;
    for (size_t i = 0; zip != NULL && i < fl_node_count(zip) && status == FL_OK; i++) {
        fl_node *item = fl_node_at(zip, i);
        status = read_key(sweep, item, error);
        const fl_sweep_key *first = &sweep->keys[axis->first_key], *last = &sweep->keys[sweep->key_count - 1];
        if (status == FL_OK && last->count != first->count)
            status =
                fl_node_fail(item, error, "%s has %zu values, but %s has %zu; zipped keys change together",
                             last->path, last->count, first->path, first->count);
    }
    if (status != FL_OK) return status;
    axis->key_count = sweep->key_count - axis->first_key;
    axis->count = sweep->keys[axis->first_key].count;
    return FL_OK;
}

static fl_status read_axes(fl_sweep *sweep, fl_error *error)
{
    fl_node *axes = fl_node_get(fl_config_root(sweep->config), "axes");
    if (axes == NULL) return FL_OK;
    if (!fl_node_is_list(axes)) return fl_node_fail(axes, error, "expected a list of axes");
    fl_status status = FL_OK;
    for (size_t i = 0; i < fl_node_count(axes) && status == FL_OK; i++)
        status = read_axis(sweep, fl_node_at(axes, i), error);
    return status;
}

/* --- constraints and objectives
 * ------------------------------------------------------------------------------ */

static fl_status read_constraints(fl_sweep *sweep, fl_error *error)
{
    fl_node *node = fl_node_get(fl_config_root(sweep->config), "constraints"), *item;
    if (node == NULL) return FL_OK;
    size_t count = scalar_count(node);
    if (count > FL_SWEEP_MAX_CONSTRAINTS)
        return fl_node_fail(node, error, "more than %d constraints", FL_SWEEP_MAX_CONSTRAINTS);
    for (size_t i = 0; i < count; i++) {
        const char *reason;
        fl_status status = scalar_at(node, i, &item, error);
        if (status != FL_OK) return status;
        if (!fl_constraint_parse(fl_node_text(item), &sweep->constraints[i], &reason))
            return fl_node_fail(item, error, "\"%s\": %s", fl_node_text(item), reason);
        sweep->constraint_where[i] = fl_node_where(item);
    }
    sweep->constraint_count = count;
    return FL_OK;
}

static fl_status unknown_metric(const fl_node *item, fl_error *error)
{
    fl_text text = {0};
    fl_metric_unknown(fl_node_text(item), &text);
    fl_status status = fl_node_fail(item, error, "%s", text.failed ? "unknown metric" : text.bytes);
    fl_text_free(&text);
    return status;
}

static fl_status read_pareto(fl_sweep *sweep, fl_error *error)
{
    fl_node *node = fl_node_get(fl_config_root(sweep->config), "pareto"), *item;
    if (node == NULL) return FL_OK;
    size_t count = scalar_count(node);
    if (count > FL_SWEEP_MAX_PARETO)
        return fl_node_fail(node, error, "more than %d metrics", FL_SWEEP_MAX_PARETO);
    for (size_t i = 0; i < count; i++) {
        fl_status status = scalar_at(node, i, &item, error);
        if (status != FL_OK) return status;
        if (!fl_objective_parse(fl_node_text(item), &sweep->pareto[i])) return unknown_metric(item, error);
    }
    sweep->pareto_count = count;
    return FL_OK;
}

/* --- whole file -------------------------------------------------------------------------------------------
 */

static fl_status count_points(fl_sweep *sweep, fl_error *error)
{
    fl_node *root = fl_config_root(sweep->config);
    sweep->grid_points = 1;
    for (size_t a = 0; a < sweep->axis_count; a++)
        if (__builtin_mul_overflow(sweep->grid_points, sweep->axes[a].count, &sweep->grid_points))
            return fl_node_fail(root, error, "the grid has more than 2^64 points");
    sweep->point_count = sweep->budget == 0 ? sweep->grid_points : sweep->budget;
    if (sweep->strategy != FL_LATIN_HYPERCUBE && sweep->point_count > sweep->grid_points)
        sweep->point_count = sweep->grid_points;
    if (sweep->strategy == FL_GRID && sweep->budget != 0 && sweep->grid_points > sweep->budget)
        return fl_node_fail(fl_node_get(root, "budget"), error,
                            "the grid has %" PRIu64
                            " points; take strategy random or latin_hypercube to sample it",
                            sweep->grid_points);
    if (sweep->point_count > FL_SWEEP_MAX_POINTS)
        return fl_node_fail(root, error, "%" PRIu64 " points (at most %" PRIu64 "); give a budget",
                            sweep->point_count, FL_SWEEP_MAX_POINTS);
    return FL_OK;
}

fl_status fl_sweep_load(const char *path, fl_sweep **loaded, fl_error *error)
{
    *loaded = NULL;
    fl_sweep *sweep = calloc(1, sizeof *sweep);
    if (sweep == NULL) return out_of_memory(error);
    fl_status status = fl_config_load(path, NULL, 0, &sweep->config, error);
    fl_node *root = status == FL_OK ? fl_config_root(sweep->config) : NULL;
    if (status == FL_OK) status = fl_schema_read(sweep->config, root, root, FL_ROWS(PARAMS), sweep, error);
    if (status == FL_OK) status = read_files(sweep, "machine", sweep->machines, error);
    if (status == FL_OK) status = read_files(sweep, "workload", sweep->workloads, error);
    if (status == FL_OK) status = read_axes(sweep, error);
    if (status == FL_OK) status = read_constraints(sweep, error);
    if (status == FL_OK) status = read_pareto(sweep, error);
    if (status == FL_OK) status = fl_config_check_used(sweep->config, error);
    if (status == FL_OK) status = count_points(sweep, error);
    if (status == FL_OK)
        *loaded = sweep;
    else
        fl_sweep_free(sweep);
    return status;
}

void fl_sweep_free(fl_sweep *sweep)
{
    if (sweep == NULL) return;
    for (size_t i = 0; i < sweep->owned_count; i++) free(sweep->owned[i]);
    free(sweep->owned);
    if (sweep->config != NULL) fl_config_free(sweep->config);
    free(sweep);
}

static void print_texts(const char *const *texts, size_t count, fl_text *out)
{
    fl_text_puts(out, "[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) fl_text_puts(out, ",");
        fl_text_json(out, texts[i]);
    }
    fl_text_puts(out, "]");
}

void fl_sweep_print(const fl_sweep *sweep, fl_text *out)
{
    fl_text_puts(out, "{\"sweep\":");
    fl_text_json(out, sweep->name);
    fl_text_printf(out,
                   ",\"strategy\":\"%s\",\"budget\":%" PRIu64 ",\"seed\":%" PRIu64 ",\"points\":%" PRIu64
                   ",\"machines\":",
                   STRATEGIES[sweep->strategy], sweep->budget, sweep->seed, sweep->point_count);
    print_texts(sweep->machines, sweep->axes[0].count, out);
    fl_text_puts(out, ",\"workloads\":");
    print_texts(sweep->workloads, sweep->axes[1].count, out);
    fl_text_puts(out, ",\"axes\":[");
    for (size_t k = 0, a = 2; k < sweep->key_count; k++) {
        const fl_sweep_key *key = &sweep->keys[k];
        while (k >= sweep->axes[a].first_key + sweep->axes[a].key_count) a++;
        fl_text_printf(out, "%s{\"axis\":%zu,\"key\":", k == 0 ? "" : ",", a - 2);
        fl_text_json(out, key->path);
        fl_text_puts(out, ",\"values\":");
        print_texts(key->values, key->count, out);
        fl_text_puts(out, "}");
    }
    fl_text_puts(out, "],\"constraints\":[");
    for (size_t c = 0; c < sweep->constraint_count; c++) {
        char text[FL_CONSTRAINT_PRINT];
        fl_constraint_print(&sweep->constraints[c], text);
        fl_text_puts(out, c == 0 ? "" : ",");
        fl_text_json(out, text);
    }
    fl_text_puts(out, "],\"pareto\":[");
    for (size_t p = 0; p < sweep->pareto_count; p++)
        fl_text_printf(out, "%s\"%s%s\"", p == 0 ? "" : ",", sweep->pareto[p].maximise ? "max " : "",
                       sweep->pareto[p].metric);
    fl_text_puts(out, "]}");
}
