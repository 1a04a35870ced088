/* flintlock schema: every key of a machine file, of the parts it can name, and of workloads. */
#include <stdio.h>

#include "sim/base/schema_print.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/cost/cost.h"
#include "sim/machine/machine_config.h"
#include "workloads/quantize/recipe.h"
#include "workloads/workload.h"

enum { MAX_PARTS = 256 };

static void print_table(const char *title, const fl_param *params, size_t count, bool markdown)
{
    if (markdown)
        fl_schema_print_markdown(title, params, count, stdout);
    else
        fl_schema_print_text(title, params, count, stdout);
    printf("\n");
}

static void print_section(const fl_schema_section *s, bool markdown)
{
    char title[160];
    bool root = *s->section == '\0';
    snprintf(title, sizeof title, "%s%s%s%s", s->title, root ? "" : " (`", s->section, root ? "" : ":`)");
    print_table(title, s->params, s->count, markdown);
}

fl_status cli_schema(const cli_options *options, fl_error *error)
{
    (void)error;
    size_t count;
    const fl_schema_section *sections = fl_machine_schema(&count);
    for (size_t i = 0; i < count; i++) print_section(&sections[i], options->markdown);
    char title[160];
    const fl_part *parts[MAX_PARTS];
    size_t part_count = fl_registry_list(NULL, parts, MAX_PARTS);
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i]->param_count == 0) continue;
        snprintf(title, sizeof title, "Part: %s `%s`", parts[i]->kind, parts[i]->name);
        print_table(title, parts[i]->params, parts[i]->param_count, options->markdown);
    }
    fl_schema_section workload[32];
    size_t workload_count = wl_schema(workload, sizeof workload / sizeof *workload);
    for (size_t i = 0; i < workload_count; i++) print_section(&workload[i], options->markdown);
    for (const fl_schema_section *s = wl_tensor_recipe_schema; s->title != NULL; s++)
        print_section(s, options->markdown);
    print_table("Cost table (`costs:`)", fl_cost_params, fl_cost_param_count, options->markdown);
    return FL_OK;
}
