/* flintlock results: what sweeps found, as a table. flintlock merge: several results files into one. */
#include <stdio.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/sweep/query.h"

static fl_status find_format(const char *name, fl_table_format *format, fl_error *error)
{
    *format = FL_TABLE_TEXT;
    size_t count = 0;
    for (; name != NULL && fl_table_formats[count] != NULL; count++) {
        if (strcmp(fl_table_formats[count], name) != 0) continue;
        *format = (fl_table_format)count;
        return FL_OK;
    }
    char hint[FL_NEAREST_HINT];
    return name == NULL ? FL_OK
                        : fl_fail(error, FL_BAD_INPUT, NULL,
                                  "--format: unknown format \"%s\"%s (text, csv, jsonl, md, latex)", name,
                                  fl_nearest_hint(name, fl_table_formats, count, hint));
}

fl_status cli_results(const cli_options *options, fl_error *error)
{
    fl_table_format format = FL_TABLE_TEXT;
    fl_store *store = NULL;
    fl_table table = {0};
    fl_status status = find_format(options->format, &format, error);
    if (status == FL_OK) status = fl_store_open_readonly(options->files[0], &store, error);
    const fl_query query = {.columns = options->columns,
                            .filter = options->filter,
                            .sort = options->sort,
                            .pareto = options->pareto,
                            .limit = options->limit,
                            .all = options->all};
    if (status == FL_OK)
        status = options->sql != NULL ? fl_query_sql(store, options->sql, &table, error)
                                      : fl_query_run(store, &query, &table, error);
    if (status == FL_OK) {
        fl_text text = {0};
        fl_table_print(&table, format, &text);
        if (text.failed)
            status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
        else if (text.size > 0)
            fwrite(text.bytes, 1, text.size, stdout);
        fl_text_free(&text);
    }
    fl_table_free(&table);
    fl_store_close(store);
    return status;
}

fl_status cli_merge(const cli_options *options, fl_error *error)
{
    fl_store *store = NULL;
    fl_status status = fl_store_open(options->files[0], false, &store, error);
    for (size_t f = 1; f < options->file_count && status == FL_OK; f++)
        status = fl_store_merge(store, options->files[f], error);
    fl_table points = {0};
    if (status == FL_OK) status = fl_query_sql(store, "SELECT count(*) FROM point", &points, error);
    if (status == FL_OK) printf("%s holds %s points\n", options->files[0], points.cells[0].text);
    fl_table_free(&points);
    fl_store_close(store);
    return status;
}
