/* flintlock help: the tables of commands and options as text. */
#include "sim/cli/help.h"

#include <string.h>

#include "sim/report/report.h"

enum { COLUMNS = 80, MARGIN = 2, MAX_LEFT = 26 };

/* Prints `text` from column `at` on in words; lines after the first start at `indent`. */
static void print_wrapped(FILE *file, const char *text, int at, int indent)
{
    bool first = true;
    for (const char *word = text; *word != '\0'; word += strspn(word, " ")) {
        const int length = (int)strcspn(word, " ");
        if (!first && at + 1 + length > COLUMNS) {
            fprintf(file, "\n%*s", indent, "");
            at = indent;
        } else if (!first) {
            fputc(' ', file);
            at++;
        }
        fprintf(file, "%.*s", length, word);
        at += length;
        word += length;
        first = false;
    }
    fputc('\n', file);
}

/* "  NAME   text", the texts of a list below each other. */
static void print_entry(FILE *file, const char *left, int width, const char *text)
{
    const int indent = MARGIN + width + 2;
    int at = fprintf(file, "%*s%-*s  ", MARGIN, "", width, left);
    if (at > indent) {
        fprintf(file, "\n%*s", indent, "");
        at = indent;
    }
    print_wrapped(file, text, at, indent);
}

static int wider(int width, const char *left)
{
    const int length = (int)strlen(left);
    return length > width && length <= MAX_LEFT ? length : width;
}

/* "run MACHINE WORKLOAD" */
static const char *synopsis(const cli_command *command, char *text, size_t bytes)
{
    snprintf(text, bytes, "%s", command->name);
    for (size_t a = 0; a < CLI_MAX_ARGUMENTS && command->arguments[a].name != NULL; a++)
        snprintf(text + strlen(text), bytes - strlen(text), " %s", command->arguments[a].name);
    return text;
}

void cli_print_overview(FILE *file)
{
    char text[80];
    int width = 0;
    for (size_t c = 0; c < cli_command_count; c++)
        width = wider(width, synopsis(&cli_commands[c], text, sizeof text));
    fprintf(file,
            "flintlock %s: a cycle-accurate simulator of low-bit transformer accelerators\n\n"
            "Usage: flintlock COMMAND [ARGUMENT...] [OPTION...]\n\n",
            FL_VERSION);
    for (size_t c = 0; c < cli_command_count; c++)
        print_entry(file, synopsis(&cli_commands[c], text, sizeof text), width, cli_commands[c].help);
    fprintf(file, "\nflintlock help COMMAND shows all of its options, with examples.\n"
                  "Exit codes: 0 done, 1 difference found, 2 bad input or usage, 130 interrupted.\n");
}

/* "-o, --out DIR" */
static const char *option_text(const cli_option_row *row, char *text, size_t bytes)
{
    snprintf(text, bytes, "%s%s%s%s%s", row->letter == NULL ? "" : row->letter,
             row->letter == NULL ? "" : ", ", row->name, row->value == NULL ? "" : " ",
             row->value == NULL ? "" : row->value);
    return text;
}

static void print_option(FILE *file, const cli_option_row *row, int width)
{
    char left[64], text[512];
    snprintf(text, sizeof text, "%s%s%s%s", row->help,
             row->fallback == NULL ? "" : " (default: ", row->fallback == NULL ? "" : row->fallback,
             row->fallback == NULL ? "" : ")");
    print_entry(file, option_text(row, left, sizeof left), width, text);
}

static void print_options(FILE *file, const cli_option *options)
{
    const cli_option_row *help = &cli_option_rows[CLI_HELP];
    char text[64];
    int width = wider(0, option_text(help, text, sizeof text));
    for (const cli_option *o = options; *o != CLI_NO_OPTION; o++)
        width = wider(width, option_text(&cli_option_rows[*o], text, sizeof text));
    fprintf(file, "\nOptions:\n");
    for (const cli_option *o = options; *o != CLI_NO_OPTION; o++)
        print_option(file, &cli_option_rows[*o], width);
    print_option(file, help, width);
}

static void print_arguments(FILE *file, const cli_argument *arguments)
{
    int width = 0;
    if (arguments[0].name == NULL) return;
    for (size_t a = 0; a < CLI_MAX_ARGUMENTS && arguments[a].name != NULL; a++)
        width = wider(width, arguments[a].name);
    fprintf(file, "\nArguments:\n");
    for (size_t a = 0; a < CLI_MAX_ARGUMENTS && arguments[a].name != NULL; a++)
        print_entry(file, arguments[a].name, width, arguments[a].help);
}

void cli_print_help(const cli_command *command, FILE *file)
{
    char text[80];
    fprintf(file, "Usage: flintlock %s [OPTION...]\n\n", synopsis(command, text, sizeof text));
    print_wrapped(file, command->about, 0, 0);
    print_arguments(file, command->arguments);
    print_options(file, command->options);
    fprintf(file, "\nExamples:\n");
    for (size_t e = 0; e < CLI_MAX_EXAMPLES && command->examples[e] != NULL; e++)
        fprintf(file, "%*s%s\n", MARGIN, "", command->examples[e]);
}

/* True for a command of the group `name`: "dram run" of "dram". */
static bool is_member(const cli_command *command, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(command->name, name, length) == 0 && command->name[length] == ' ';
}

/* All members of a group; false when there is no such group. */
static bool print_group(const char *name)
{
    bool found = false;
    for (size_t c = 0; c < cli_command_count; c++) {
        if (!is_member(&cli_commands[c], name)) continue;
        if (found) printf("\n");
        cli_print_help(&cli_commands[c], stdout);
        found = true;
    }
    return found;
}

fl_status cli_help(const cli_options *options, fl_error *error)
{
    if (options->file_count == 0) {
        cli_print_overview(stdout);
        return FL_OK;
    }
    if (options->file_count == 1 && print_group(options->files[0])) return FL_OK;
    int used;
    const cli_command *command = cli_command_find((int)options->file_count, options->files, &used, error);
    if (command == NULL) return FL_BAD_INPUT;
    if (used < (int)options->file_count)
        return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock help: takes one command");
    cli_print_help(command, stdout);
    return FL_OK;
}

fl_status cli_version(const cli_options *options, fl_error *error)
{
    (void)options, (void)error;
    printf("flintlock %s\n", FL_VERSION);
    return FL_OK;
}
