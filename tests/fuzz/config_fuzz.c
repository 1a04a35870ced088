/* The configuration reader on arbitrary bytes: it must give a result or an error, and what it prints must
 * read back to the same text. The first line, when it starts with "--set ", is an argument instead of YAML.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/support/test_machine.h"

static char *read_and_print(const char *text, size_t size, const char *const *sets, size_t set_count)
{
    fl_config *config;
    fl_error error = {FL_OK, ""};
    test_machine machine;
    fl_status status = fl_config_parse("fuzz.yaml", text, size, sets, set_count, &config, &error);
    if (status == FL_OK) {
        status = test_machine_read(config, &machine, &error);
    } else {
        require(config == NULL);
        config = NULL;
    }
    require(status == FL_OK || error.text[0] != '\0');
    char *printed = status == FL_OK ? fl_config_print(config, false) : NULL;
    fl_config_free(config);
    return printed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *newline = size > 0 ? memchr(text, '\n', size) : NULL;
    char *set = NULL;
    if (newline != NULL && size > 6 && memcmp(text, "--set ", 6) == 0) {
        set = strndup(text + 6, (size_t)(newline - text) - 6);
        size -= (size_t)(newline + 1 - text);
        text = newline + 1;
    }
    const char *sets[] = {set};
    char *printed = read_and_print(text, size, sets, set != NULL);
    if (printed != NULL) {
        char *again = read_and_print(printed, strlen(printed), NULL, 0);
        require(again != NULL && strcmp(printed, again) == 0);
        free(again);
    }
    free(printed);
    free(set);
    return 0;
}
