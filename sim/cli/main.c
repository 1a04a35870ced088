/* flintlock: command line. Exit codes: 0 done, 1 a difference was found, 2 bad input or usage, 130
 * interrupted. */
#include <stdio.h>
#include <string.h>

#include "sim/base/registry.h"
#include "sim/cli/help.h"
#include "sim/cli/session.h"

/* What `arguments` ask for, the command's name first. */
static fl_status run_command(int count, char **arguments, fl_error *error)
{
    int used;
    cli_options options;
    const cli_command *command = cli_command_find(count, (const char *const *)arguments, &used, error);
    if (command == NULL) return FL_BAD_INPUT;
    fl_status status = cli_options_parse(count - used, arguments + used, command, &options, error);
    if (status != FL_OK) return status;
    if (!options.help) return command->run(&options, error);
    cli_print_help(command, stdout);
    return FL_OK;
}

static bool is_help(const char *word) { return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0; }

/* What people type in the place of a command. "X --help" is "help X", so that X can be a group of commands
 * too. */
static void expand_aliases(int count, char **arguments)
{
    static char help[] = "help", version[] = "version";
    if (is_help(arguments[0])) arguments[0] = help;
    if (strcmp(arguments[0], "--version") == 0) arguments[0] = version;
    if (count == 2 && is_help(arguments[1])) {
        arguments[1] = arguments[0];
        arguments[0] = help;
    }
}

int main(int argc, char **argv)
{
    if (fl_registry_fault() != NULL) {
        fprintf(stderr, "flintlock: %s\n", fl_registry_fault());
        return FL_BAD_INPUT;
    }
    if (argc < 2) {
        cli_print_overview(stderr);
        return FL_BAD_INPUT;
    }
    cli_catch_interrupt();
    expand_aliases(argc - 1, argv + 1);
    fl_error error = {.code = FL_OK};
    fl_status status = run_command(argc - 1, argv + 1, &error);
    if (status != FL_OK && *error.text != '\0') fprintf(stderr, "%s\n", error.text);
    if (cli_interrupted) return 130;
    if (status == FL_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        perror("flintlock: standard output");
        return FL_BAD_INPUT;
    }
    return (int)status;
}

/* libsystemc refers to it; this program starts its simulations itself. */
int sc_main(int argc, char **argv);
int sc_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}
