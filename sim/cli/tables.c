/* flintlock tables: ours beside what was published. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/cosim/rtl.h"
#include "sim/report/comparison.h"

enum { MAX_TABLES = 64 };
static const char BLOCKS[] = "blocks"; /* the table of all blocks; the others are files */

static int is_table(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return end != NULL && strcmp(end, ".yaml") == 0;
}

static fl_status print_file(const char *folder, const char *name, const fl_cost_blocks *blocks,
                            fl_error *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.*s/%.255s.yaml", PATH_MAX - 512, folder, name);
    fl_comparison comparison;
    fl_status status = fl_comparison_read(path, blocks, &comparison, error);
    if (status != FL_OK) return status;
    fl_text text = {0};
    fl_comparison_print(&comparison, blocks->node, &text);
    if (text.bytes != NULL) fputs(text.bytes, stdout);
    fl_text_free(&text);
    fl_comparison_free(&comparison);
    return FL_OK;
}

static void print_blocks(const fl_cost_blocks *blocks)
{
    fl_text text = {0};
    fl_cost_blocks_print(blocks, &text);
    if (text.bytes != NULL) fputs(text.bytes, stdout);
    fl_text_free(&text);
}

static fl_status no_such_table(const char *name, const char *const *names, size_t count, fl_error *error)
{
    fl_text list = {0};
    for (size_t i = 0; i < count; i++) fl_text_printf(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
    char hint[FL_NEAREST_HINT];
    fl_status status = fl_fail(error, FL_BAD_INPUT, NULL, "flintlock tables: no table \"%s\"%s (known: %s)",
                               name, fl_nearest_hint(name, names, count, hint), list.bytes);
    fl_text_free(&list);
    return status;
}

/* Prints the wanted one of `names`, or all when `wanted` is NULL. */
static fl_status print_tables(const char *folder, const char *wanted, const char *const *names, size_t count,
                              const fl_cost_blocks *blocks, fl_error *error)
{
    bool found = false;
    fl_status status = FL_OK;
    for (size_t i = 0; i < count && status == FL_OK; i++) {
        if (wanted != NULL && strcmp(wanted, names[i]) != 0) continue;
        found = true;
        if (names[i] == BLOCKS)
            print_blocks(blocks);
        else
            status = print_file(folder, names[i], blocks, error);
    }
    return found || wanted == NULL ? status : no_such_table(wanted, names, count, error);
}

static fl_status read_and_print(const char *root, const char *wanted, fl_error *error)
{
    char folder[PATH_MAX], path[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s/configs/tables", PATH_MAX - 64, root);
    snprintf(path, sizeof path, "%.*s/configs/costs/osu018_blocks.yaml", PATH_MAX - 64, root);
    fl_cost_blocks blocks;
    fl_status status = fl_cost_blocks_read(path, &blocks, error);
    if (status != FL_OK) return status;
    struct dirent **entries = NULL;
    const int files = scandir(folder, &entries, is_table, alphasort);
    const char *names[MAX_TABLES] = {BLOCKS};
    size_t count = 1;
    for (int i = 0; i < files; i++) {
        *strrchr(entries[i]->d_name, '.') = '\0';
        if (count < MAX_TABLES) names[count++] = entries[i]->d_name;
    }
    status = print_tables(folder, wanted, names, count, &blocks, error);
    for (int i = 0; i < files; i++) free(entries[i]);
    free(entries);
    fl_cost_blocks_free(&blocks);
    return status;
}

fl_status cli_tables(const cli_options *options, fl_error *error)
{
    char root[PATH_MAX];
    fl_status status = fl_rtl_root(root, sizeof root, error);
    return status == FL_OK ? read_and_print(root, options->files[0], error) : status;
}
