/* flintlock: command line. Exit codes: 0 done, 1 a difference was found, 2 bad input or usage, 130
 * interrupted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"
#include "sim/base/registry.h"
#include "sim/cli/commands.h"
#include "sim/cli/session.h"
#include "sim/report/report.h"

/* clang-format off: a command per line */
static const struct command {
    const char *name, *arguments, *help;
    fl_status (*run)(int argc, char **argv, fl_error *error);
} COMMANDS[] = {
    {"run", "MACHINE WORKLOAD [--set k=v] [--data] [--out DIR] [--trace] [--banks] [--layers GLOB] [--replay FILE]",
     "simulate; print the table, write the results", cli_run},
    {"check", "MACHINE WORKLOAD [--full] [--set k=v]",
     "run real bytes and compare them with the reference executor", cli_check},
    {"map", "MACHINE WORKLOAD [--commands] [--save FILE] [--set k=v]",
     "print the tiling of each operation, and the command stream", cli_map},
    {"sweep",
     "FILE [--jobs N] [--out FILE] [--resume] [--dry-run] [--status] [--slurm [--partition P] [--nodes N] "
     "[--time T] [--chunk N] [--no-wait]]",
     "simulate the points of a design space, on this machine or through Slurm", cli_sweep},
    {"results",
     "FILE [--columns a,b] [--filter \"a <= 1\"] [--sort a,-b] [--pareto a,b] [--limit N] [--all] [--format "
     "text|csv|jsonl|md|latex] [--sql S]",
     "print what sweeps found", cli_results},
    {"merge", "OUT FILE...", "bring several results files into one", cli_merge},
    {"lockstep",
     "[BLOCK | FILE] [--cycles N] [--seed S] [--random-stalls] [--netlist] [--coverage] [--vcd] [--record] "
     "[--out DIR]",
     "compare RTL blocks, or your own RTL, with their models in every cycle", cli_lockstep},
    {"report", "PATH... [-o FILE]", "one HTML page of runs (folders of run --out) and sweeps (results files)",
     cli_report},
    {"dram", "run PART TRACE [--save COMMANDS] [--set k=v] | check PART COMMANDS | read PART BYTES | table PART...",
     "replay requests on a DRAM part; check commands against its timing; bandwidth", cli_dram},
    {"tables", "[NAME]", "print area, speed and energy of the RTL blocks, and ours beside published figures",
     cli_tables},
    {"list", "[--markdown]", "print the registered parts: kinds, names, parameters", cli_list},
    {"schema", "[--markdown]", "print every configuration key with type, unit, bounds, default", cli_schema},
    {"quantize", "MODEL --recipe FILE [--out DIR]",
     "quantise the tensors of a .safetensors, .npz or .npy file; print a report, write them packed",
     cli_quantize},
    {"accuracy", "MODEL... [--recipe FILE[,FILE...]] [--functions GLOB [--alone]] [--samples N] [--markdown]",
     "run a trained model in integers on its test samples; print how many answers are right, against float", cli_accuracy},
    {"errors", "[--markdown]", "print the error of each softmax, GELU, LayerNorm ... variant against float64",
     cli_errors},
};
/* clang-format on */
enum { COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS };

static void print_usage(FILE *file)
{
    fprintf(file, "flintlock %s: a cycle-accurate simulator of low-bit transformer accelerators\n\n",
            FL_VERSION);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(file, "  flintlock %s %s\n      %s\n", COMMANDS[i].name, COMMANDS[i].arguments,
                COMMANDS[i].help);
    fprintf(file, "  flintlock help | version\n\n"
                  "--set a.b=c overrides a key of the machine, --set workload.a=c one of the workload.\n"
                  "Exit codes: 0 done, 1 a difference was found, 2 bad input or usage, 130 interrupted.\n");
}

static int unknown_command(const char *name)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) names[i] = COMMANDS[i].name;
    const char *near = fl_nearest(name, names, COMMAND_COUNT);
    fprintf(stderr, "flintlock: unknown command \"%s\"%s%s%s; try flintlock help\n", name,
            near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return FL_BAD_INPUT;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    fl_error error = {.code = FL_OK};
    fl_status status = command->run(argc, argv, &error);
    if (status != FL_OK && *error.text != '\0') fprintf(stderr, "%s\n", error.text);
    if (cli_interrupted) return 130;
    if (status == FL_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        perror("flintlock: standard output");
        return FL_BAD_INPUT;
    }
    return (int)status;
}

int main(int argc, char **argv)
{
    if (fl_registry_fault() != NULL) {
        fprintf(stderr, "flintlock: %s\n", fl_registry_fault());
        return FL_BAD_INPUT;
    }
    if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0) {
        print_usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? FL_BAD_INPUT : FL_OK;
    }
    if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
        printf("flintlock %s\n", FL_VERSION);
        return FL_OK;
    }
    cli_catch_interrupt();
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], COMMANDS[i].name) == 0) return run_command(&COMMANDS[i], argc - 2, argv + 2);
    return unknown_command(argv[1]);
}

/* libsystemc refers to it; this program starts its simulations itself. */
int sc_main(int argc, char **argv);
int sc_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}
