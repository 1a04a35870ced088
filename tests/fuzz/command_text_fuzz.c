/* Lines of saved streams: each gives a command or a located message, and a command that is printed reads back
 * to the same text. */
#include <stdlib.h>
#include <string.h>

#include "sim/machine/command_text.h"
#include "tests/fuzz/fuzz.h"

static char *printed(const fl_command *command)
{
    fl_text text = {0};
    fl_command_print(command, &text);
    return fl_text_take(&text);
}

static void read_line(const char *line)
{
    static const fl_where where = {"stream", 1, 1};
    static const char place[] = "stream:1:1: ";
    fl_error error = {.code = FL_OK};
    fl_command command, again;
    if (fl_command_parse(line, &where, &command, &error) != FL_OK) {
        require(strncmp(error.text, place, sizeof place - 1) == 0);
        return;
    }
    char *first = printed(&command);
    require(first != NULL);
    first[strlen(first) - 1] = '\0'; /* the end of the line */
    require(fl_command_parse(first, &where, &again, &error) == FL_OK);
    char *second = printed(&again);
    require(second != NULL);
    second[strlen(second) - 1] = '\0';
    require(strcmp(first, second) == 0);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    require(text != NULL);
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) read_line(line);
    free(text);
    return 0;
}
