/* flintlock report: runs and sweeps as one HTML page. */
#include <stdio.h>

#include "sim/base/file.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/report/html/page.h"
#include "sim/sweep/report_data.h"

fl_status cli_report(const cli_options *options, fl_error *error)
{
    fl_text data = {0}, page = {0};
    const char *path = options->out != NULL ? options->out : "report.html";
    fl_status status = fl_report_data(options->files, options->file_count, &data, error);
    if (status == FL_OK) {
        fl_report_page(&data, &page);
        status = fl_file_write_text(path, &page, error);
    }
    if (status == FL_OK) printf("wrote %s, %.1f MiB\n", path, (double)page.size / 1048576);
    fl_text_free(&data);
    fl_text_free(&page);
    return status;
}
