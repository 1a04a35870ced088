/* flintlock list: the registered parts. */
#include <stdio.h>
#include <string.h>

#include "sim/base/registry.h"
#include "sim/base/schema_print.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"

enum { MAX_PARTS = 256 };

static void print_text(const fl_part *part, const char *last_kind)
{
    if (last_kind == NULL || part->kind != last_kind) printf("%s\n", part->kind);
    printf("  %-24s %s\n", part->name, part->help);
    int width = 0;
    for (size_t p = 0; p < part->param_count; p++)
        if ((int)strlen(part->params[p].key) > width) width = (int)strlen(part->params[p].key);
    for (size_t p = 0; p < part->param_count; p++)
        printf("    %-*s  %s\n", width, part->params[p].key, part->params[p].help);
}

static void print_markdown(const fl_part *part)
{
    printf("| %s | `%s` | %s | ", part->kind, part->name, part->help);
    for (size_t p = 0; p < part->param_count; p++) printf("%s`%s`", p == 0 ? "" : ", ", part->params[p].key);
    printf(" |\n");
}

fl_status cli_list(const cli_options *options, fl_error *error)
{
    (void)error;
    const fl_part *parts[MAX_PARTS];
    size_t count = fl_registry_list(NULL, parts, MAX_PARTS);
    if (options->markdown) printf("| kind | name | what | parameters |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < count; i++) {
        if (options->markdown)
            print_markdown(parts[i]);
        else
            print_text(parts[i], i == 0 ? NULL : parts[i - 1]->kind);
    }
    return FL_OK;
}
