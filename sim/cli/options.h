/* Command-line options: one table row each. A command lists the rows that it takes (sim/cli/commands.c), and
 * both reading the command line and `flintlock help` walk that list, so help shows exactly what is accepted.
 */
#ifndef FL_CLI_OPTIONS_H
#define FL_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of cli_option_rows. One name may have several rows, which mean different things to different commands.
 */
typedef enum cli_option {
    CLI_NO_OPTION, /* ends a list */
    CLI_SET,
    CLI_PART_SET,
    CLI_RUN_OUT,
    CLI_DATA,
    CLI_TRACE,
    CLI_BANKS,
    CLI_LAYERS,
    CLI_PRINT_CONFIG,
    CLI_REPLAY,
    CLI_FULL,
    CLI_COMMANDS,
    CLI_MAP_SAVE,
    CLI_SWEEP_OUT,
    CLI_JOBS,
    CLI_RESUME,
    CLI_DRY_RUN,
    CLI_STATUS,
    CLI_SLURM,
    CLI_PARTITION,
    CLI_NODES,
    CLI_TIME,
    CLI_CHUNK,
    CLI_NO_WAIT,
    CLI_RUN_CHUNK,
    CLI_COLUMNS,
    CLI_FILTER,
    CLI_SORT,
    CLI_PARETO,
    CLI_LIMIT,
    CLI_ALL,
    CLI_FORMAT,
    CLI_SQL,
    CLI_REPORT_OUT,
    CLI_STANDARD,
    CLI_REQUESTS,
    CLI_DRAM_SAVE,
    CLI_CYCLES,
    CLI_SEED,
    CLI_STALLS,
    CLI_NETLIST,
    CLI_COVERAGE,
    CLI_VCD,
    CLI_RECORD,
    CLI_LOCKSTEP_OUT,
    CLI_RECIPE,
    CLI_QUANTIZE_OUT,
    CLI_RECIPES,
    CLI_FUNCTIONS,
    CLI_ALONE,
    CLI_SAMPLES,
    CLI_MARKDOWN,
    CLI_HELP, /* of every command, in no list */
    CLI_OPTION_COUNT
} cli_option;

typedef struct cli_option_row {
    const char *name;     /* "--out" */
    const char *letter;   /* "-o", or NULL */
    size_t offset;        /* in cli_options: of a bool, or of a const char * when the option takes a value */
    const char *value;    /* name of the value; NULL for a switch */
    const char *fallback; /* what holds without the option; NULL for a switch */
    const char *help;
} cli_option_row;

extern const cli_option_row cli_option_rows[CLI_OPTION_COUNT];

enum { CLI_MAX_SETS = 64, CLI_MAX_FILES = 64 };

/* What a command line said. Values are NULL when not given; the members have the names of the options. */
typedef struct cli_options {
    const char *files[CLI_MAX_FILES]; /* positional arguments */
    size_t file_count;
    const char *machine_sets[CLI_MAX_SETS]; /* --set key=value */
    size_t machine_set_count;
    const char *workload_sets[CLI_MAX_SETS]; /* --set workload.key=value, without the prefix */
    size_t workload_set_count;
    const char *out, *save, *replay, *recipe, *layers;
    bool data, full, commands, print_config, markdown, trace, banks;
    const char *jobs, *partition, *nodes, *time, *chunk, *chunks; /* of sweep; chunks: --run-chunk */
    bool dry_run, resume, slurm, status, no_wait;
    const char *columns, *filter, *sort, *pareto, *limit, *sql, *format; /* of results */
    bool all;
    const char *cycles, *seed; /* of lockstep */
    bool random_stalls, vcd, coverage, netlist, record;
    const char *standard, *requests; /* of dram; requests: --trace */
    const char *samples, *functions; /* of accuracy */
    bool alone;
    bool help; /* the command line asks for help; what follows was not read */
} cli_options;

typedef struct cli_command cli_command; /* sim/cli/commands.h */

/* Reads the arguments behind the command's name. Both "--name value" and "--name=value" do. Errors: an option
 * that the command does not take, with the nearest one that it does; a value that is missing; too few or too
 * many positional arguments. *options borrows from argv. */
fl_status cli_options_parse(int argc, char **argv, const cli_command *command, cli_options *options,
                            fl_error *error);

/* Reads the whole number `text`, the value of `option`; `fallback` when text is NULL. Errors: anything else,
 * and numbers outside least..most. */
fl_status cli_count(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t fallback,
                    uint64_t *value, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
