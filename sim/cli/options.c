#include "sim/cli/options.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/nearest.h"

typedef struct option_row {
    const char *name;
    unsigned flag;
    size_t offset;     /* of a bool, or of a const char * when it takes a value */
    const char *value; /* name of the value, NULL for a switch */
} option_row;

#define AT(member) offsetof(cli_options, member)
/* clang-format off: an option per line */
static const option_row OPTIONS[] = {
    {"--set", CLI_SET, 0, "key=value"},
    {"--out", CLI_OUT, AT(out), "DIR"},
    {"-o", CLI_OUT, AT(out), "FILE"},
    {"--save", CLI_SAVE, AT(save), "FILE"},
    {"--replay", CLI_REPLAY, AT(replay), "FILE"},
    {"--recipe", CLI_RECIPE, AT(recipe), "FILE"},
    {"--samples", CLI_ACCURACY, AT(samples), "N"},
    {"--functions", CLI_ACCURACY, AT(functions), "GLOB"},
    {"--alone", CLI_ACCURACY, AT(alone), NULL},
    {"--cycles", CLI_CYCLES, AT(cycles), "N"},
    {"--seed", CLI_SEED, AT(seed), "S"},
    {"--random-stalls", CLI_STALLS, AT(random_stalls), NULL},
    {"--vcd", CLI_VCD, AT(vcd), NULL},
    {"--netlist", CLI_NETLIST, AT(netlist), NULL},
    {"--coverage", CLI_COVERAGE, AT(coverage), NULL},
    {"--record", CLI_RECORD, AT(record), NULL},
    {"--data", CLI_DATA, AT(data), NULL},
    {"--full", CLI_FULL, AT(full), NULL},
    {"--trace", CLI_TRACE, AT(trace), NULL},
    {"--standard", CLI_DRAM, AT(standard), "NAME"},
    {"--trace", CLI_DRAM, AT(requests), "FILE"},
    {"--banks", CLI_BANKS, AT(banks), NULL},
    {"--layers", CLI_LAYERS, AT(layers), "GLOB"},
    {"--commands", CLI_COMMANDS, AT(commands), NULL},
    {"--print-config", CLI_PRINT_CONFIG, AT(print_config), NULL},
    {"--markdown", CLI_MARKDOWN, AT(markdown), NULL},
    {"--jobs", CLI_SWEEP, AT(jobs), "N"},
    {"--dry-run", CLI_SWEEP, AT(dry_run), NULL},
    {"--resume", CLI_SWEEP, AT(resume), NULL},
    {"--slurm", CLI_SWEEP, AT(slurm), NULL},
    {"--status", CLI_SWEEP, AT(status), NULL},
    {"--no-wait", CLI_SWEEP, AT(no_wait), NULL},
    {"--partition", CLI_SWEEP, AT(partition), "NAME"},
    {"--nodes", CLI_SWEEP, AT(nodes), "N"},
    {"--time", CLI_SWEEP, AT(time), "TIME"},
    {"--chunk", CLI_SWEEP, AT(chunk), "POINTS"},
    {"--run-chunk", CLI_SWEEP, AT(chunks), "DIR"},
    {"--columns", CLI_RESULTS, AT(columns), "a,b"},
    {"--filter", CLI_RESULTS, AT(filter), "\"a <= 1, b = x\""},
    {"--sort", CLI_RESULTS, AT(sort), "a,-b"},
    {"--pareto", CLI_RESULTS, AT(pareto), "a,b"},
    {"--limit", CLI_RESULTS, AT(limit), "N"},
    {"--all", CLI_RESULTS, AT(all), NULL},
    {"--sql", CLI_RESULTS, AT(sql), "SELECT"},
    {"--format", CLI_RESULTS, AT(format), "text|csv|jsonl|md|latex"},
};
/* clang-format on */
enum { OPTION_COUNT = sizeof OPTIONS / sizeof *OPTIONS };

static fl_status unknown_option(const char *command, const char *name, unsigned allowed, fl_error *error)
{
    const char *names[OPTION_COUNT];
    size_t count = 0;
    char list[512] = "";
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!(OPTIONS[i].flag & allowed)) continue;
        names[count++] = OPTIONS[i].name;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "", OPTIONS[i].name);
    }
    const char *near = fl_nearest(name, names, count);
    return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock %s: unknown option \"%s\"%s%s%s (allowed: %s)",
                   command, name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "",
                   *list ? list : "none");
}

static fl_status add_set(const char *set, cli_options *options, fl_error *error)
{
    static const char prefix[] = "workload.";
    bool workload = strncmp(set, prefix, sizeof prefix - 1) == 0;
    const char **sets = workload ? options->workload_sets : options->machine_sets;
    size_t *count = workload ? &options->workload_set_count : &options->machine_set_count;
    if (*count == CLI_MAX_SETS)
        return fl_fail(error, FL_BAD_INPUT, NULL, "--set: more than %d of them", CLI_MAX_SETS);
    sets[(*count)++] = workload ? set + sizeof prefix - 1 : set;
    return FL_OK;
}

fl_status cli_options_parse(int argc, char **argv, const char *command, unsigned allowed,
                            cli_options *options, fl_error *error)
{
    *options = (cli_options){0};
    for (int i = 0; i < argc; i++) {
        const option_row *row = NULL;
        for (size_t o = 0; o < OPTION_COUNT; o++)
            if ((OPTIONS[o].flag & allowed) && strcmp(argv[i], OPTIONS[o].name) == 0) row = &OPTIONS[o];
        if (row == NULL && argv[i][0] == '-' && argv[i][1] != '\0')
            return unknown_option(command, argv[i], allowed, error);
        if (row == NULL) {
            if (options->file_count == CLI_MAX_FILES)
                return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock %s: too many arguments at \"%s\"",
                               command, argv[i]);
            options->files[options->file_count++] = argv[i];
            continue;
        }
        if (row->value != NULL && i + 1 == argc)
            return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock %s: %s needs a value (%s)", command,
                           row->name, row->value);
        char *field = (char *)options + row->offset;
        if (row->flag == CLI_SET) {
            fl_status status = add_set(argv[++i], options, error);
            if (status != FL_OK) return status;
        } else if (row->value != NULL) {
            *(const char **)(void *)field = argv[++i];
        } else {
            *(bool *)(void *)field = true;
        }
    }
    return FL_OK;
}
