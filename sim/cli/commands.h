/* The commands of the program, one table row each: what the dispatcher runs and what `flintlock help` prints.
 */
#ifndef FL_CLI_COMMANDS_H
#define FL_CLI_COMMANDS_H

#include "sim/base/error.h"
#include "sim/cli/options.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A positional argument. The name says how often it may stand: FILE once, [FILE] at most once, FILE... once
 * or more, [FILE...] any number of times. */
typedef struct cli_argument {
    const char *name, *help;
} cli_argument;

enum { CLI_MAX_ARGUMENTS = 3, CLI_MAX_OPTIONS = 16, CLI_MAX_EXAMPLES = 4 };

struct cli_command {
    const char *name; /* one word, or two: a group and a member, as "dram run" */
    const char *help; /* a line, for the overview */
    const char *about;
    cli_argument arguments[CLI_MAX_ARGUMENTS]; /* up to a NULL name */
    cli_option options[CLI_MAX_OPTIONS];       /* up to CLI_NO_OPTION */
    /* Shell lines that work in a fresh clone, in this order; scripts/check_docs runs them. */
    const char *examples[CLI_MAX_EXAMPLES];
    /* Prints to stdout and returns the exit code's status. */
    fl_status (*run)(const cli_options *options, fl_error *error);
};

extern const cli_command cli_commands[];
extern const size_t cli_command_count;

/* The command that the first one or two of `words` name, and in *used how many; NULL with the error "unknown
 * command", which says the nearest one. */
const cli_command *cli_command_find(int count, const char *const *words, int *used, fl_error *error);

fl_status cli_run(const cli_options *options, fl_error *error);
fl_status cli_check(const cli_options *options, fl_error *error);
fl_status cli_map(const cli_options *options, fl_error *error);
fl_status cli_sweep(const cli_options *options, fl_error *error);
fl_status cli_results(const cli_options *options, fl_error *error);
fl_status cli_merge(const cli_options *options, fl_error *error);
fl_status cli_report(const cli_options *options, fl_error *error);
fl_status cli_lockstep(const cli_options *options, fl_error *error);
fl_status cli_dram_run(const cli_options *options, fl_error *error);
fl_status cli_dram_check(const cli_options *options, fl_error *error);
fl_status cli_dram_read(const cli_options *options, fl_error *error);
fl_status cli_dram_table(const cli_options *options, fl_error *error);
fl_status cli_tables(const cli_options *options, fl_error *error);
fl_status cli_list(const cli_options *options, fl_error *error);
fl_status cli_schema(const cli_options *options, fl_error *error);
fl_status cli_quantize(const cli_options *options, fl_error *error);
fl_status cli_accuracy(const cli_options *options, fl_error *error);
fl_status cli_errors(const cli_options *options, fl_error *error);
fl_status cli_help(const cli_options *options, fl_error *error);
fl_status cli_version(const cli_options *options, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
