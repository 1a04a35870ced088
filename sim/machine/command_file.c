/* A file of commands as a stream. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/command_check.h"
#include "sim/machine/command_text.h"

typedef struct saved_stream {
    fl_stream stream;
    fl_command *commands;
    size_t count, capacity, position;
} saved_stream;

static bool saved_next(fl_stream *stream, fl_command *command)
{
    saved_stream *saved = (saved_stream *)stream;
    if (saved->position == saved->count) return false;
    *command = saved->commands[saved->position++];
    return true;
}

static void saved_free(fl_stream *stream)
{
    saved_stream *saved = (saved_stream *)stream;
    free(saved->commands);
    free(saved);
}

static fl_status append_line(saved_stream *saved, const char *line, const fl_where *where,
                             const fl_machine_config *machine, const wl_workload *workload, fl_error *error)
{
    if (saved->count == saved->capacity) {
        size_t capacity = saved->capacity == 0 ? 1024 : 2 * saved->capacity;
        fl_command *commands = realloc(saved->commands, capacity * sizeof *commands);
        if (commands == NULL) return fl_fail(error, FL_BAD_INPUT, where, "out of memory");
        saved->commands = commands;
        saved->capacity = capacity;
    }
    fl_command *command = &saved->commands[saved->count];
    fl_status status = fl_command_parse(line, where, command, error);
    if (status == FL_OK) status = fl_command_check(machine, workload, command, where, error);
    if (status == FL_OK) saved->count++;
    return status;
}

fl_status fl_command_stream_load(const char *path, const fl_machine_config *machine,
                                 const wl_workload *workload, fl_stream **stream, fl_error *error)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot read: %s", path, strerror(errno));
    saved_stream *saved = calloc(1, sizeof *saved);
    fl_status status = saved == NULL ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory") : FL_OK;
    char *line = NULL;
    size_t size = 0;
    fl_where where = {.file = path, .line = 0, .column = 1};
    for (ssize_t length; status == FL_OK && (length = getline(&line, &size, file)) >= 0;) {
        where.line++;
        while (length > 0 && isspace((unsigned char)line[length - 1])) line[--length] = '\0';
        if (length == 0 || line[0] == '#') continue;
        status = append_line(saved, line, &where, machine, workload, error);
    }
    if (status == FL_OK && ferror(file))
        status = fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot read: %s", path, strerror(errno));
    if (status == FL_OK && saved->count == 0)
        status = fl_fail(error, FL_BAD_INPUT, NULL, "%s: no commands", path);
    free(line);
    fclose(file);
    if (status == FL_OK) {
        saved->stream = (fl_stream){.next = saved_next, .free = saved_free};
        *stream = &saved->stream;
    } else if (saved != NULL) {
        saved_free(&saved->stream);
    }
    return status;
}
