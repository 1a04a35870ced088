/* flintlock report: runs and sweeps as one HTML page. */
#include <stdio.h>

#include "sim/base/file.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/report/html/page.h"
#include "sim/sweep/report_data.h"

fl_status cli_report(int argc, char **argv, fl_error *error)
{
    cli_options options;
    fl_text data = {0}, page = {0};
    fl_status status = cli_options_parse(argc, argv, "report", CLI_OUT, &options, error);
    if (status == FL_OK && options.file_count == 0)
        return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock report: takes folders of runs and results files of sweeps");
    const char *path = status == FL_OK && options.out != NULL ? options.out : "report.html";
    if (status == FL_OK) status = fl_report_data(options.files, options.file_count, &data, error);
    if (status == FL_OK) {
        fl_report_page(&data, &page);
        status = fl_file_write_text(path, &page, error);
    }
    if (status == FL_OK) printf("wrote %s, %.1f MiB\n", path, (double)page.size / 1048576);
    fl_text_free(&data);
    fl_text_free(&page);
    return status;
}
