/* flintlock errors: how far the integer functions are from float64. */
#include <stdio.h>

#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/report/deviation.h"

fl_status cli_errors(const cli_options *options, fl_error *error)
{
    (void)error;
    fl_deviations_print(options->markdown, stdout);
    return FL_OK;
}
