#include "sim/cli/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/cli/commands.h"

#define AT(member) offsetof(cli_options, member)
const cli_option_row cli_option_rows[CLI_OPTION_COUNT] = {
    [CLI_NO_OPTION] = {0},
    /* of machines */
    [CLI_SET] = {"--set", NULL, 0, "KEY=VALUE", "none",
                 "override a key of the machine (matrix.rows=32) or of the workload (workload.sequence=64); "
                 "may be repeated"},
    [CLI_PART_SET] = {"--set", NULL, 0, "KEY=VALUE", "none", "override a key of the part; may be repeated"},
    /* of run */
    [CLI_RUN_OUT] =
        {"--out", "-o", AT(out), "DIR", "nothing is written",
         "write summary.json, layers.csv, the effective configuration and meta.json into this folder"},
    [CLI_DATA] = {"--data", NULL, AT(data), NULL, NULL,
                  "move real tensors through the machine; the cycles stay the same"},
    [CLI_TRACE] = {"--trace", NULL, AT(trace), NULL, NULL,
                   "write timeline.json for Perfetto too; needs --out"},
    [CLI_BANKS] = {"--banks", NULL, AT(banks), NULL, NULL, "show who waited for whom at which bank"},
    [CLI_LAYERS] = {"--layers", NULL, AT(layers), "GLOB", "not shown",
                    "show where the cycles of each operation went whose name matches, as \"layer0.*\""},
    [CLI_PRINT_CONFIG] = {"--print-config", NULL, AT(print_config), NULL, NULL,
                          "print every effective value and where it came from, and simulate nothing"},
    [CLI_REPLAY] = {"--replay", NULL, AT(replay), "FILE", "the mapper's own commands",
                    "run a command stream that map --save wrote"},
    /* of check and map */
    [CLI_FULL] = {"--full", NULL, AT(full), NULL, NULL, "check the whole model, not only its first layer"},
    [CLI_COMMANDS] = {"--commands", NULL, AT(commands), NULL, NULL,
                      "print the command stream in place of the tiles"},
    [CLI_MAP_SAVE] = {"--save", NULL, AT(save), "FILE", "not saved",
                      "write the command stream, for run --replay"},
    /* of sweep */
    [CLI_SWEEP_OUT] = {"--out", "-o", AT(out), "FILE", "out/NAME.sqlite, NAME as in the sweep file",
                       "results file (SQLite)"},
    [CLI_JOBS] = {"--jobs", NULL, AT(jobs), "N", "one per processor, with --slurm 1",
                  "worker processes, with --slurm of each task"},
    [CLI_RESUME] = {"--resume", NULL, AT(resume), NULL, NULL,
                    "go on with a results file that must exist; points that it has are never run again"},
    [CLI_DRY_RUN] = {"--dry-run", NULL, AT(dry_run), NULL, NULL, "list the points and estimate the time"},
    [CLI_STATUS] = {"--status", NULL, AT(status), NULL, NULL, "print how far the sweep is"},
    [CLI_SLURM] = {"--slurm", NULL, AT(slurm), NULL, NULL,
                   "run the points as a job array of Slurm, and wait for it"},
    [CLI_PARTITION] = {"--partition", NULL, AT(partition), "NAME", "the cluster's", "Slurm: partition"},
    [CLI_NODES] = {"--nodes", NULL, AT(nodes), "N", "as many as Slurm gives",
                   "Slurm: most tasks at a time, each on one node"},
    [CLI_TIME] = {"--time", NULL, AT(time), "TIME", "the cluster's", "Slurm: time limit of a task, as 30:00"},
    [CLI_CHUNK] = {"--chunk", NULL, AT(chunk), "POINTS", "chosen by the number of points",
                   "Slurm: points of a task"},
    [CLI_NO_WAIT] = {"--no-wait", NULL, AT(no_wait), NULL, NULL,
                     "Slurm: return after the submission; --slurm --resume collects"},
    [CLI_RUN_CHUNK] = {"--run-chunk", NULL, AT(chunks), "DIR", "none", "what the tasks of a job array run"},
    /* of results */
    [CLI_COLUMNS] = {"--columns", NULL, AT(columns), "A,B", "the axes and the usual metrics",
                     "columns to print: metrics, paths of keys"},
    [CLI_FILTER] = {"--filter", NULL, AT(filter), "CONDITIONS", "all points",
                    "only these points, as \"area_mm2 <= 2, matrix.rows = 64\""},
    [CLI_SORT] = {"--sort", NULL, AT(sort), "A,-B", "in order of the sweep",
                  "sort by columns, with - from the largest down"},
    [CLI_PARETO] = {"--pareto", NULL, AT(pareto), "A,max B", "all points",
                    "only points that no other one beats; less is better unless max stands before"},
    [CLI_LIMIT] = {"--limit", NULL, AT(limit), "N", "all rows", "print at most N rows"},
    [CLI_ALL] = {"--all", NULL, AT(all), NULL, NULL, "show points that the sweep's constraints exclude too"},
    [CLI_FORMAT] = {"--format", NULL, AT(format), "NAME", "text", "text, csv, jsonl, md or latex"},
    [CLI_SQL] = {"--sql", NULL, AT(sql), "SELECT", "none", "print what a SELECT on the table results finds"},
    /* of report */
    [CLI_REPORT_OUT] = {"--out", "-o", AT(out), "FILE", "report.html", "page to write"},
    /* of dram run */
    [CLI_STANDARD] = {"--standard", NULL, AT(standard), "NAME", "none",
                      "take configs/parts/dram/NAME.yaml for PART"},
    [CLI_REQUESTS] = {"--trace", NULL, AT(requests), "FILE", "none", "take this file for TRACE"},
    [CLI_DRAM_SAVE] = {"--save", NULL, AT(save), "FILE", "not saved",
                       "write the DRAM commands, for dram check"},
    /* of lockstep */
    [CLI_CYCLES] = {"--cycles", NULL, AT(cycles), "N", "10000", "cycles to compare"},
    [CLI_SEED] = {"--seed", NULL, AT(seed), "S", "1", "seed of the stimulus"},
    [CLI_STALLS] = {"--random-stalls", NULL, AT(random_stalls), NULL, NULL,
                    "hold valid and ready back at random"},
    [CLI_NETLIST] = {"--netlist", NULL, AT(netlist), NULL, NULL,
                     "simulate the gates that Yosys makes of the block"},
    [CLI_COVERAGE] = {"--coverage", NULL, AT(coverage), NULL, NULL,
                      "print which share of lines and bits the stimulus reached"},
    [CLI_VCD] = {"--vcd", NULL, AT(vcd), NULL, NULL,
                 "write waves; after a difference those of the ports are written anyway"},
    [CLI_RECORD] = {"--record", NULL, AT(record), NULL, NULL,
                    "write stimulus and golden outputs as text, and build no RTL"},
    [CLI_LOCKSTEP_OUT] = {"--out", "-o", AT(out), "DIR", "out/lockstep",
                          "folder of waves, coverage and records"},
    /* of quantize and accuracy */
    [CLI_RECIPE] = {"--recipe", NULL, AT(recipe), "FILE", "none, it must be given",
                    "recipe, as in configs/quantize/"},
    [CLI_QUANTIZE_OUT] = {"--out", "-o", AT(out), "DIR", "nothing is written",
                          "write the packed tensors, tensors.csv and summary.json into this folder"},
    [CLI_RECIPES] = {"--recipe", NULL, AT(recipe), "FILE,...", "the workload's",
                     "recipes to compare, configs/quantize/model_*.yaml"},
    [CLI_FUNCTIONS] = {"--functions", NULL, AT(functions), "GLOB", "the machine's only",
                       "put each matching form of softmax, GELU and LayerNorm in the place of the machine's"},
    [CLI_ALONE] = {"--alone", NULL, AT(alone), NULL, NULL,
                   "with --functions: the other functions are float64"},
    [CLI_SAMPLES] = {"--samples", NULL, AT(samples), "N", "all", "take the first N test samples"},
    /* of several */
    [CLI_MARKDOWN] = {"--markdown", NULL, AT(markdown), NULL, NULL, "print Markdown tables"},
    [CLI_HELP] = {"--help", "-h", AT(help), NULL, NULL, "print this"},
};

/* True when `argument` is the option `name`, alone or as "--name=value". */
static bool names(const char *argument, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(argument, name, length) == 0 &&
           (argument[length] == '\0' || (argument[length] == '=' && strncmp(name, "--", 2) == 0));
}

static const cli_option_row *find_row(const cli_command *command, const char *argument)
{
    for (const cli_option *o = command->options; *o != CLI_NO_OPTION; o++) {
        const cli_option_row *row = &cli_option_rows[*o];
        if (names(argument, row->name) || (row->letter != NULL && names(argument, row->letter))) return row;
    }
    const cli_option_row *help = &cli_option_rows[CLI_HELP];
    return strcmp(argument, help->name) == 0 || strcmp(argument, help->letter) == 0 ? help : NULL;
}

/* The first command that takes the option; NULL when none does. */
static const char *owner_of(const char *option)
{
    for (size_t c = 0; c < cli_command_count; c++)
        if (find_row(&cli_commands[c], option) != NULL) return cli_commands[c].name;
    return NULL;
}

static fl_status unknown_option(const cli_command *command, const char *argument, fl_error *error)
{
    const char *known[CLI_MAX_OPTIONS];
    size_t count = 0;
    char name[64], list[512] = "";
    snprintf(name, sizeof name, "%.*s", (int)strcspn(argument, "="), argument);
    for (; command->options[count] != CLI_NO_OPTION; count++) {
        known[count] = cli_option_rows[command->options[count]].name;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s, ", known[count]);
    }
    char hint[FL_NEAREST_HINT];
    if (*fl_nearest_hint(name, known, count, hint) == '\0' && owner_of(name) != NULL)
        snprintf(hint, sizeof hint, ", but of flintlock %s", owner_of(name));
    return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock %s: unknown option \"%s\"%s (allowed: %s%s)",
                   command->name, name, hint, list, cli_option_rows[CLI_HELP].name);
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

static fl_status add_file(const cli_command *command, const char *file, cli_options *options, fl_error *error)
{
    if (*file == '\0')
        return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock %s: argument %zu is empty", command->name,
                       options->file_count + 1);
    if (options->file_count == CLI_MAX_FILES)
        return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock %s: too many arguments at \"%s\"", command->name,
                       file);
    options->files[options->file_count++] = file;
    return FL_OK;
}

/* Reads the option `row` at argv[*i] and leaves *i at its last word. */
static fl_status take_option(const cli_command *command, const cli_option_row *row, int argc, char **argv,
                             int *i, cli_options *options, fl_error *error)
{
    const char *value = strncmp(argv[*i], "--", 2) == 0 ? strchr(argv[*i], '=') : NULL;
    char *field = (char *)options + row->offset;
    if (row->value == NULL) {
        if (value != NULL)
            return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock %s: %s takes no value", command->name,
                           row->name);
        *(bool *)(void *)field = true;
        return FL_OK;
    }
    if (value != NULL)
        value++;
    else if (*i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0)
        value = argv[++*i];
    if (value == NULL || *value == '\0')
        return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock %s: %s needs a value (%s)", command->name,
                       row->name, row->value);
    if (strcmp(row->name, "--set") == 0) return add_set(value, options, error);
    *(const char **)(void *)field = value;
    return FL_OK;
}

/* How many positional arguments are missing or too many shows in the names of the command's. */
static fl_status check_count(const cli_command *command, size_t given, fl_error *error)
{
    size_t least = 0, most = 0, a = 0;
    char list[80] = "";
    for (; a < CLI_MAX_ARGUMENTS && command->arguments[a].name != NULL; a++) {
        const char *name = command->arguments[a].name;
        least += *name != '[';
        most = strstr(name, "...") != NULL ? CLI_MAX_FILES : most + 1;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", a == 0 ? "" : " ", name);
    }
    if (given >= least && given <= most) return FL_OK;
    return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock %s: takes %s, but %zu argument%s given",
                   command->name, a == 0 ? "no arguments" : list, given, given == 1 ? " was" : "s were");
}

fl_status cli_options_parse(int argc, char **argv, const cli_command *command, cli_options *options,
                            fl_error *error)
{
    *options = (cli_options){0};
    for (int i = 0; i < argc && !options->help; i++) {
        const bool dashed = argv[i][0] == '-' && argv[i][1] != '\0';
        const cli_option_row *row = dashed ? find_row(command, argv[i]) : NULL;
        if (dashed && row == NULL) return unknown_option(command, argv[i], error);
        fl_status status = row == NULL ? add_file(command, argv[i], options, error)
                                       : take_option(command, row, argc, argv, &i, options, error);
        if (status != FL_OK) return status;
    }
    return options->help ? FL_OK : check_count(command, options->file_count, error);
}

fl_status cli_count(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t fallback,
                    uint64_t *value, fl_error *error)
{
    *value = fallback;
    if (text == NULL) return FL_OK;
    errno = 0;
    *value = strtoull(text, NULL, 10);
    const size_t digits = strspn(text, "0123456789");
    if (digits > 0 && text[digits] == '\0' && errno == 0 && *value >= least && *value <= most) return FL_OK;
    char range[64] = "";
    if (most < UINT64_MAX)
        snprintf(range, sizeof range, " from %" PRIu64 " to %" PRIu64, least, most);
    else if (least > 0)
        snprintf(range, sizeof range, " above %" PRIu64, least - 1);
    return fl_fail(error, FL_BAD_INPUT, NULL, "%s: \"%s\" is not a whole number%s", option, text, range);
}
