#include "sim/cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/nearest.h"

/* clang-format off */
#define TINY "configs/machines/tiny_8.yaml workloads/tiny_encoder.yaml"
#define MACHINE {"MACHINE", "YAML file of the machine, as in configs/machines/"}
#define WORKLOAD {"WORKLOAD", "YAML file of the workload, as in workloads/"}
#define PART {"PART", "YAML file of a DRAM part, as in configs/parts/dram/"}

const cli_command cli_commands[] = {
    {"run", "simulate; print the table, write the results",
     "Simulates every operation of the workload on the machine. Prints cycles, utilisation, traffic and "
     "energy of each layer and operation, where the cycles of every unit went, and the totals.",
     {MACHINE, WORKLOAD},
     {CLI_SET, CLI_RUN_OUT, CLI_TRACE, CLI_LAYERS, CLI_BANKS, CLI_DATA, CLI_REPLAY, CLI_PRINT_CONFIG},
     {"build/flintlock run " TINY " --out out/tiny",
      "build/flintlock run " TINY " --set matrix.rows=4 --set workload.sequence=32"},
     cli_run},
    {"check", "compare real bytes with the reference executor's",
     "Runs the workload with real tensors, packed as the hardware reads them, and compares every tensor "
     "that reaches DRAM with an untiled reference executor, bit for bit. Runs it without data too: the "
     "cycles must be the same. Exit code 1 when anything differs.",
     {MACHINE, WORKLOAD},
     {CLI_SET, CLI_FULL},
     {"build/flintlock check " TINY " --full"},
     cli_check},
    {"map", "print the tiles of each operation, or the commands",
     "Prints the tiles, loop order and buffer slots that the mapper chose for each operation, with the "
     "terms of their price in cycles. Nothing is simulated.",
     {MACHINE, WORKLOAD},
     {CLI_SET, CLI_COMMANDS, CLI_MAP_SAVE},
     {"build/flintlock map " TINY, "build/flintlock map " TINY " --save commands.txt",
      "build/flintlock run " TINY " --replay commands.txt"},
     cli_map},
    {"sweep", "simulate the points of a design space",
     "Simulates every point that the sweep file describes: machines and workloads, any of their keys over "
     "lists and ranges, on this machine or through Slurm. Each finished point is kept in one SQLite file; "
     "the same command goes on where a stopped sweep stood.",
     {{"FILE", "sweep file, as in configs/sweeps/"}},
     {CLI_SWEEP_OUT, CLI_JOBS, CLI_RESUME, CLI_DRY_RUN, CLI_STATUS, CLI_SLURM, CLI_PARTITION, CLI_NODES,
      CLI_TIME, CLI_CHUNK, CLI_NO_WAIT, CLI_RUN_CHUNK},
     {"build/flintlock sweep configs/sweeps/formats.yaml --dry-run",
      "build/flintlock sweep configs/sweeps/formats.yaml"},
     cli_sweep},
    {"results", "print what sweeps found",
     "Prints the points of a results file as a table, a row per point: the keys that the sweep changes and "
     "the usual metrics, or the columns asked for. Filters and sorting know units.",
     {{"FILE", "results file of sweep"}},
     {CLI_COLUMNS, CLI_FILTER, CLI_SORT, CLI_PARETO, CLI_LIMIT, CLI_ALL, CLI_FORMAT, CLI_SQL},
     {"build/flintlock sweep configs/sweeps/formats.yaml",
      "build/flintlock results out/formats.sqlite --filter \"latency_ms < 10\" --sort energy_mj --limit 5",
      "build/flintlock results out/formats.sqlite --columns workload,workload.quant,cycles --format csv"},
     cli_results},
    {"merge", "bring several results files into one",
     "Adds the sweeps and points of every FILE to OUT, which is made when it is missing. A point that OUT "
     "has already is not added again.",
     {{"OUT", "results file to write"}, {"FILE...", "results files to bring in"}},
     {0},
     {"build/flintlock sweep configs/sweeps/formats.yaml",
      "build/flintlock merge all.sqlite out/formats.sqlite"},
     cli_merge},
    {"report", "one HTML page of runs and sweeps",
     "Writes one HTML page with charts, filters and a sortable table. It opens from disk and loads nothing "
     "else.",
     {{"PATH...", "folders that run --out wrote, results files of sweeps"}},
     {CLI_REPORT_OUT},
     {"build/flintlock run " TINY " --out out/tiny", "build/flintlock report out/tiny -o report.html"},
     cli_report},
    {"lockstep", "compare RTL blocks with their models, cycle by cycle",
     "Runs the SystemVerilog of a block under Verilator beside its model, on the same seeded stimulus, and "
     "compares every output in every cycle. Exit code 1 and the cycles around it at the first difference. "
     "The first run of a block builds it, which takes a while.",
     {{"[BLOCK | FILE]",
       "name of a block, or YAML file that describes RTL of yours (docs/own_rtl.md); all blocks when left out"}},
     {CLI_CYCLES, CLI_SEED, CLI_STALLS, CLI_NETLIST, CLI_COVERAGE, CLI_VCD, CLI_RECORD, CLI_LOCKSTEP_OUT},
     {"build/flintlock lockstep requantize --cycles 100000 --random-stalls",
      "build/flintlock lockstep tests/data/own_rtl/my_requantize.yaml"},
     cli_lockstep},
    {"dram run", "replay requests on a DRAM part",
     "Sends the requests of a trace to the memory controller and prints bandwidth, row hits, latency, the "
     "clocks by cause and energy. A line of the trace is a byte address, R or W, and the clock at which "
     "the request comes.",
     {{"[PART]", "YAML file of a DRAM part, as in configs/parts/dram/"}, {"[TRACE]", "requests"}},
     {CLI_STANDARD, CLI_REQUESTS, CLI_DRAM_SAVE, CLI_PART_SET},
     {"printf '0 R 0\\n64 R 4\\n8192 W 8\\n' >trace.txt",
      "build/flintlock dram run configs/parts/dram/ddr4_2400.yaml trace.txt"},
     cli_dram_run},
    {"dram check", "check DRAM commands against the timing of a part",
     "Checks every DRAM command of a file, from dram run --save or from another simulator, against the "
     "timing of the part. Exit code 1 and the rule at the first violation.",
     {PART, {"COMMANDS", "DRAM commands, a line each"}},
     {CLI_PART_SET},
     {"printf '0 R 0\\n64 R 4\\n8192 W 8\\n' >trace.txt",
      "build/flintlock dram run configs/parts/dram/ddr4_2400.yaml trace.txt --save dram_commands.txt",
      "build/flintlock dram check configs/parts/dram/ddr4_2400.yaml dram_commands.txt"},
     cli_dram_check},
    {"dram read", "time a sequential read of any size",
     "Reads the amount from address 0 on and prints time, bandwidth and energy.",
     {PART, {"BYTES", "amount with its unit, as \"64 MiB\""}},
     {CLI_PART_SET},
     {"build/flintlock dram read configs/parts/dram/hbm2_2000_stack.yaml \"1 GiB\""},
     cli_dram_read},
    {"dram table", "bandwidth of DRAM parts next to their limits",
     "Measures 100,000 sequential and as many random reads of one burst on each part, and prints the share "
     "of the peak bandwidth that they reach next to the closed forms of the limits.",
     {{"PART...", "YAML files of DRAM parts, as in configs/parts/dram/"}},
     {CLI_PART_SET},
     {"build/flintlock dram table configs/parts/dram/ddr4_2400.yaml configs/parts/dram/gddr6_16.yaml"},
     cli_dram_table},
    {"tables", "area and energy of RTL blocks, and published ones",
     "Prints area, speed and energy of the RTL blocks, measured from gates, and tables that set them "
     "beside published figures.",
     {{"[NAME]", "one table: blocks, or a file of configs/tables/ without .yaml; all when left out"}},
     {0},
     {"build/flintlock tables decoder"},
     cli_tables},
    {"list", "the registered parts: kinds, names, parameters",
     "Prints the parts that a machine, a workload or lockstep can name: memories, PE types, vector "
     "functions, RTL blocks.",
     {{0}},
     {CLI_MARKDOWN},
     {"build/flintlock list"},
     cli_list},
    {"schema", "every configuration key: type, unit, bounds, default",
     "Prints every key of machines, parts, workloads, recipes and cost tables with its type, unit, bounds "
     "and default.",
     {{0}},
     {CLI_MARKDOWN},
     {"build/flintlock schema | grep -A8 '^Scratchpads'"},
     cli_schema},
    {"quantize", "quantise the tensors of .safetensors, .npz, .npy",
     "Chooses a number format and a scale for each tensor by the recipe and prints type, scale and error "
     "of each. With --out it writes the packed tensors too.",
     {{"MODEL", ".safetensors, .npz or .npy file"}},
     {CLI_RECIPE, CLI_QUANTIZE_OUT},
     {"build/flintlock quantize workloads/models/sorter.safetensors --recipe configs/quantize/ant4.yaml --out out/ant4"},
     cli_quantize},
    {"accuracy", "answers of trained models, integers against float",
     "Runs a trained model in integers on its test samples, with the functions that the machine has, and "
     "prints how many answers are right, against its float form.",
     {{"MODEL...", "workloads with builder: trained_encoder (glyph_vit, sorter, recall in workloads/)"}},
     {CLI_RECIPES, CLI_FUNCTIONS, CLI_ALONE, CLI_SAMPLES, CLI_MARKDOWN},
     {"build/flintlock accuracy workloads/sorter.yaml --samples 20",
      "build/flintlock accuracy workloads/sorter.yaml --samples 20 --functions 'softmax*' --alone"},
     cli_accuracy},
    {"errors", "error of each integer function against float64",
     "Prints the largest and the mean error of each integer function of pe/num against float64, on the "
     "same inputs.",
     {{0}},
     {CLI_MARKDOWN},
     {"build/flintlock errors"},
     cli_errors},
    {"help", "this overview, or all about one command",
     "Prints the commands, or usage, arguments, options and examples of one. flintlock COMMAND --help "
     "prints the same.",
     {{"[COMMAND...]", "name of a command, as run or dram read; dram alone shows all of its members"}},
     {0},
     {"build/flintlock help run"},
     cli_help},
    {"version", "the version of the program",
     "Prints the version, which is part of all results.",
     {{0}},
     {0},
     {"build/flintlock version"},
     cli_version},
};
/* clang-format on */
const size_t cli_command_count = sizeof cli_commands / sizeof *cli_commands;

enum { MAX_COMMANDS = 64 };

static fl_status unknown_command(const char *name, fl_error *error)
{
    const char *names[MAX_COMMANDS];
    size_t count = 0;
    for (; count < cli_command_count && count < MAX_COMMANDS; count++)
        names[count] = cli_commands[count].name;
    char hint[FL_NEAREST_HINT];
    return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock: unknown command \"%s\"%s; try flintlock help", name,
                   fl_nearest_hint(name, names, count, hint));
}

/* A group without one of its members: "flintlock dram: takes run, check, read, table, not "walk"". */
static fl_status unknown_member(const char *group, const char *member, fl_error *error)
{
    const char *names[MAX_COMMANDS];
    char list[256] = "";
    size_t count = 0;
    const size_t length = strlen(group);
    for (size_t c = 0; c < cli_command_count && count < MAX_COMMANDS; c++) {
        if (strncmp(cli_commands[c].name, group, length) != 0 || cli_commands[c].name[length] != ' ')
            continue;
        const char *name = cli_commands[c].name + length + 1;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", count == 0 ? "" : ", ", name);
        names[count++] = name;
    }
    if (count == 0) return unknown_command(group, error);
    if (member == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock %s: takes %s", group, list);
    char hint[FL_NEAREST_HINT];
    return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock %s: takes %s, not \"%s\"%s", group, list, member,
                   fl_nearest_hint(member, names, count, hint));
}

/* How many of the words are the command's name; 0 when they are not. */
static int words_of(const cli_command *command, int count, const char *const *words)
{
    const size_t first = strcspn(command->name, " ");
    if (count < 1 || strlen(words[0]) != first || strncmp(words[0], command->name, first) != 0) return 0;
    if (command->name[first] == '\0') return 1;
    return count > 1 && strcmp(words[1], command->name + first + 1) == 0 ? 2 : 0;
}

const cli_command *cli_command_find(int count, const char *const *words, int *used, fl_error *error)
{
    for (size_t c = 0; c < cli_command_count; c++)
        if ((*used = words_of(&cli_commands[c], count, words)) > 0) return &cli_commands[c];
    unknown_member(words[0], count > 1 ? words[1] : NULL, error);
    return NULL;
}
