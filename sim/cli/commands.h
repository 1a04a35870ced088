/* The commands of the program. Each parses its own arguments, prints to stdout, and returns the exit code's
 * status. */
#ifndef FL_CLI_COMMANDS_H
#define FL_CLI_COMMANDS_H

#include "sim/base/error.h"

fl_status cli_run(int argc, char **argv, fl_error *error);
fl_status cli_check(int argc, char **argv, fl_error *error);
fl_status cli_map(int argc, char **argv, fl_error *error);
fl_status cli_lockstep(int argc, char **argv, fl_error *error);
fl_status cli_list(int argc, char **argv, fl_error *error);
fl_status cli_sweep(int argc, char **argv, fl_error *error);
fl_status cli_results(int argc, char **argv, fl_error *error);
fl_status cli_merge(int argc, char **argv, fl_error *error);
fl_status cli_report(int argc, char **argv, fl_error *error);
fl_status cli_schema(int argc, char **argv, fl_error *error);
fl_status cli_dram(int argc, char **argv, fl_error *error);
fl_status cli_quantize(int argc, char **argv, fl_error *error);
fl_status cli_accuracy(int argc, char **argv, fl_error *error);
fl_status cli_errors(int argc, char **argv, fl_error *error);

#endif
