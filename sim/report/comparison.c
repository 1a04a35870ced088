#include "sim/report/comparison.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const MARKS[] = {"verified", "recalled", "derived", NULL};

enum { AREA, DELAY, ENERGY, POWER }; /* indices into QUANTITIES */
static const char *const QUANTITIES[] = {"area", "delay", "energy", "power", NULL};
static const char *const UNITS[] = {"um2", "ps", "pJ", "pJ/cycle"};

typedef struct row_keys {
    fl_compared compared;
    const char *computed;
    int quantity;
} row_keys;

/* clang-format off: a key per line */
static const fl_param HEAD[] = {
    {.key = "table", .type = FL_NAME, .help = "name of the table", .offset = offsetof(fl_comparison, name)},
    {.key = "title", .type = FL_NAME, .help = "what it compares", .offset = offsetof(fl_comparison, title)},
};
static const fl_param ROW[] = {
    {.key = "row",
     .type = FL_NAME,
     .help = "what the row compares",
     .offset = offsetof(row_keys, compared.row)},
    {.key = "quantity",
     .type = FL_CHOICE,
     .choices = QUANTITIES,
     .fallback = "area",
     .help = "what is summed over blocks",
     .offset = offsetof(row_keys, quantity)},
};
static const fl_param PUBLISHED[] = {
    {.key = "value",
     .type = FL_NAME,
     .help = "the figure as published",
     .offset = offsetof(fl_published, value)},
    {.key = "mark",
     .type = FL_CHOICE,
     .choices = MARKS,
     .help = "how the figure is known",
     .offset = offsetof(fl_published, mark)},
    {.key = "source",
     .type = FL_NAME,
     .help = "where it was published",
     .offset = offsetof(fl_published, source)},
};
/* clang-format on */

/* "" when the key is absent. */
static const char *optional(fl_node *node, const char *key)
{
    fl_node *value = fl_node_get(node, key);
    return value == NULL || fl_node_text(value) == NULL ? "" : fl_node_text(value);
}

static double of_gates(const fl_cost_block *block, const fl_cost_gates *gates, int quantity)
{
    switch (quantity) {
    case AREA:
        return gates->um2;
    case DELAY:
        return (double)gates->delay_ps;
    case ENERGY:
        return gates->operation_pj;
    case POWER:
        return block->cycle_pj;
    }
    return NAN;
}

/* A list of "COUNT BLOCK" or "BLOCK". */
static fl_status sum_of(fl_node *list, const fl_cost_blocks *blocks, int quantity, double *sum,
                        double *sum_28nm, fl_error *error)
{
    *sum = *sum_28nm = 0;
    for (size_t i = 0; i < fl_node_count(list); i++) {
        fl_node *item = fl_node_at(list, i);
        const char *text = fl_node_text(item);
        if (text == NULL) return fl_node_fail(item, error, "must look like \"128 decode_ant4\"");
        char *end;
        double count = strtod(text, &end);
        if (end == text) count = 1;
        const char *name = end + strspn(end, " ");
        const fl_cost_block *block = fl_cost_block_find(blocks, name);
        if (block == NULL)
            return fl_node_fail(item, error, "no block \"%s\" in the synthesised blocks", name);
        *sum += count * of_gates(block, &block->gates, quantity);
        *sum_28nm += count * of_gates(block, &block->gates_28nm, quantity);
    }
    return FL_OK;
}

/* A ratio is the same at each node, as far as the scaling goes: it is shown once. */
static fl_status ours(fl_node *node, const fl_cost_blocks *blocks, const row_keys *keys, fl_compared *row,
                      fl_error *error)
{
    row->ours = row->ours_28nm = NAN;
    fl_node *of = fl_node_get(node, "of"), *over = fl_node_get(node, "over");
    if (*keys->computed != '\0') {
        if (fl_computed_figure(keys->computed, &row->ours)) return FL_OK;
        return fl_node_fail(fl_node_get(node, "computed"), error, "no figure \"%s\" is computed",
                            keys->computed);
    }
    if (of == NULL) return FL_OK;
    fl_status status = sum_of(of, blocks, keys->quantity, &row->ours, &row->ours_28nm, error);
    if (status == FL_OK && over == NULL && strcmp(row->unit, UNITS[keys->quantity]) != 0)
        status = fl_node_fail(node, error, "the unit of this quantity is \"%s\"", UNITS[keys->quantity]);
    if (status != FL_OK || over == NULL) return status;
    double below, below_28nm;
    status = sum_of(over, blocks, keys->quantity, &below, &below_28nm, error);
    row->ours *= (strcmp(row->unit, "%") == 0 ? 100 : 1) / below;
    row->ours_28nm = NAN;
    return status;
}

static fl_status read_row(fl_config *config, fl_node *list, fl_node *node, const fl_cost_blocks *blocks,
                          fl_compared *row, fl_error *error)
{
    row_keys keys = {.computed = optional(node, "computed"),
                     .compared = {.unit = optional(node, "unit"),
                                  .note = optional(node, "note"),
                                  .published = {"", "", "", 0}}};
    fl_status status = fl_schema_read(config, node, list, FL_ROWS(ROW), &keys, error);
    fl_node *published = fl_node_get(node, "published");
    keys.compared.published.node = optional(published, "node");
    if (status == FL_OK && published != NULL)
        status = fl_schema_read(config, published, node, FL_ROWS(PUBLISHED), &keys.compared.published, error);
    *row = keys.compared;
    return status == FL_OK ? ours(node, blocks, &keys, row, error) : status;
}

fl_status fl_comparison_read(const char *path, const fl_cost_blocks *blocks, fl_comparison *comparison,
                             fl_error *error)
{
    *comparison = (fl_comparison){0};
    fl_status status = fl_config_load(path, NULL, 0, &comparison->config, error);
    if (status != FL_OK) return status;
    fl_node *root = fl_config_root(comparison->config), *list = fl_node_get(root, "rows");
    status = fl_schema_read(comparison->config, root, root, FL_ROWS(HEAD), comparison, error);
    comparison->count = fl_node_count(list);
    comparison->rows = calloc(comparison->count + 1, sizeof *comparison->rows);
    if (status == FL_OK && comparison->rows == NULL)
        status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    for (size_t i = 0; status == FL_OK && i < comparison->count; i++)
        status = read_row(comparison->config, list, fl_node_at(list, i), blocks, &comparison->rows[i], error);
    if (status == FL_OK) status = fl_config_check_used(comparison->config, error);
    if (status != FL_OK) fl_comparison_free(comparison);
    return status;
}

void fl_comparison_free(fl_comparison *comparison)
{
    free(comparison->rows);
    fl_config_free(comparison->config);
    *comparison = (fl_comparison){0};
}

static void print_figure(double value, const char *unit, int width, fl_text *out)
{
    char text[64] = "";
    if (!isnan(value))
        snprintf(text, sizeof text, fabs(value) < 1e4 ? "%.4g%s%s" : "%.0f%s%s", value, *unit ? " " : "",
                 unit);
    fl_text_printf(out, " %*s", width, text);
}

void fl_comparison_print(const fl_comparison *comparison, const char *node, fl_text *out)
{
    char title[64];
    int width = 0;
    for (size_t i = 0; i < comparison->count; i++)
        if ((int)strlen(comparison->rows[i].row) > width) width = (int)strlen(comparison->rows[i].row);
    snprintf(title, sizeof title, "ours, %s", node);
    fl_text_printf(out, "\n  %s: %s\n\n  %-*s %14s %14s %14s  %-9s %-9s %s\n", comparison->name,
                   comparison->title, width, "", title, "at 28 nm", "published", "node", "mark", "source");
    for (size_t i = 0; i < comparison->count; i++) {
        const fl_compared *row = &comparison->rows[i];
        const fl_published *p = &row->published;
        char value[64] = "";
        if (*p->value != '\0')
            snprintf(value, sizeof value, "%s%s%s", p->value, *row->unit ? " " : "", row->unit);
        fl_text_printf(out, "  %-*s", width, row->row);
        print_figure(row->ours, row->unit, 14, out);
        if (!isnan(row->ours_28nm) || *value != '\0') print_figure(row->ours_28nm, row->unit, 14, out);
        if (*value != '\0')
            fl_text_printf(out, " %14s  %-9s %-9s %s", value, p->node, MARKS[p->mark], p->source);
        fl_text_puts(out, "\n");
    }
    for (size_t i = 0; i < comparison->count; i++)
        if (*comparison->rows[i].note != '\0')
            fl_text_printf(out, "  %s: %s\n", comparison->rows[i].row, comparison->rows[i].note);
}

void fl_cost_blocks_print(const fl_cost_blocks *blocks, fl_text *out)
{
    fl_text_printf(out, "\n  blocks: synthesis at %s, and scaled to 28 nm\n  %s; %s\n\n", blocks->node,
                   blocks->tools, blocks->setting);
    fl_text_printf(out, "  %-26s %7s %9s %12s %11s %9s %9s %10s %10s %9s\n", "", "cells", "registers",
                   "area um2", "28 nm um2", "fmax MHz", "28 nm MHz", "energy pJ", "28 nm pJ", "activity");
    for (size_t i = 0; i < blocks->count; i++) {
        const fl_cost_block *b = &blocks->blocks[i];
        fl_text_printf(out, "  %-26s %7llu %9llu %12.0f %11.1f %9.0f %9.0f %10.4g %10.3g %9.2f\n", b->name,
                       (unsigned long long)b->cells, (unsigned long long)b->registers, b->gates.um2,
                       b->gates_28nm.um2, 1e6 / (double)b->gates.delay_ps,
                       1e6 / (double)b->gates_28nm.delay_ps, b->gates.operation_pj,
                       b->gates_28nm.operation_pj, b->activity);
    }
}
