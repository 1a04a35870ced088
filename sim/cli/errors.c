/* flintlock errors: how far the integer functions are from float64. */
#include <stdio.h>

#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/report/deviation.h"

fl_status cli_errors(int argc, char **argv, fl_error *error)
{
    cli_options options;
    fl_status status = cli_options_parse(argc, argv, "errors", CLI_MARKDOWN, &options, error);
    if (status != FL_OK) return status;
    if (options.file_count != 0)
        return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock errors: takes no arguments");
    fl_deviations_print(options.markdown, stdout);
    return FL_OK;
}
