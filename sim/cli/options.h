/* Command-line options: one table row each, shared by all commands. */
#ifndef FL_CLI_OPTIONS_H
#define FL_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/error.h"

enum { CLI_MAX_SETS = 64, CLI_MAX_FILES = 64 };

typedef struct cli_options {
    const char *files[CLI_MAX_FILES]; /* positional arguments */
    size_t file_count;
    const char *machine_sets[CLI_MAX_SETS]; /* --set key=value */
    size_t machine_set_count;
    const char *workload_sets[CLI_MAX_SETS]; /* --set workload.key=value, without the prefix */
    size_t workload_set_count;
    const char *out;                                                     /* --out DIR */
    const char *save;                                                    /* --save FILE */
    const char *replay;                                                  /* --replay FILE */
    const char *recipe;                                                  /* --recipe FILE */
    const char *jobs;                                                    /* --jobs N */
    const char *columns, *filter, *sort, *pareto, *limit, *sql, *format; /* of results */
    const char *partition, *nodes, *time, *chunk, *chunks;               /* of --slurm */
    bool dry_run, resume, slurm, status, no_wait, all;
    const char *cycles; /* --cycles N */
    const char *seed;   /* --seed S */
    const char *standard, *requests; /* --standard NAME, --trace FILE */
    const char *samples; /* --samples N */
    const char *functions; /* --functions GLOB */
    bool alone;            /* --alone */
    const char *layers; /* --layers GLOB */
    bool data, full, commands, print_config, markdown, trace, random_stalls, vcd, coverage, netlist, record,
        banks;
} cli_options;

/* Flags a command accepts, for usage errors that name what is allowed. */
typedef enum cli_flag {
    CLI_SET = 1 << 0,
    CLI_OUT = 1 << 1,
    CLI_DATA = 1 << 2,
    CLI_FULL = 1 << 3,
    CLI_COMMANDS = 1 << 4,
    CLI_PRINT_CONFIG = 1 << 5,
    CLI_MARKDOWN = 1 << 6,
    CLI_SAVE = 1 << 7,
    CLI_REPLAY = 1 << 8,
    CLI_TRACE = 1 << 9,
    CLI_SWEEP = 1 << 20,   /* --jobs, --dry-run, --resume, --slurm and its own */
    CLI_RESULTS = 1 << 21, /* --columns, --filter, ... */
    CLI_CYCLES = 1 << 10,
    CLI_SEED = 1 << 11,
    CLI_STALLS = 1 << 12,
    CLI_VCD = 1 << 13,
    CLI_COVERAGE = 1 << 14,
    CLI_RECIPE = 1 << 15,
    CLI_NETLIST = 1 << 16,
    CLI_RECORD = 1 << 17,
    CLI_ACCURACY = 1 << 18, /* --samples, --functions, --alone */
    CLI_BANKS = 1 << 19,
    CLI_LAYERS = 1 << 22,
    CLI_DRAM = 1 << 20, /* --standard NAME, --trace FILE */
} cli_flag;

/* argv[0] is the first argument behind the command's name. */
fl_status cli_options_parse(int argc, char **argv, const char *command, unsigned allowed,
                            cli_options *options, fl_error *error);

#endif
