/* What `flintlock help` prints, all of it from the tables of commands and options. */
#ifndef FL_CLI_HELP_H
#define FL_CLI_HELP_H

#include <stdio.h>

#include "sim/cli/commands.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The commands, a line each. */
void cli_print_overview(FILE *file);
/* All about one command: usage, purpose, arguments, options, examples. Lines keep to 80 columns but for
 * examples. */
void cli_print_help(const cli_command *command, FILE *file);

#ifdef __cplusplus
}
#endif
#endif
