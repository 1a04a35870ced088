#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/cosim/rtl.h"

static size_t words_of(const fl_rtl_design *design, bool outputs)
{
    size_t words = 0;
    for (const fl_rtl_port *port = design->ports; port->name != NULL; port++)
        if (port->is_output == outputs) words += fl_rtl_words(port->width_bits);
    return words;
}

size_t fl_rtl_input_words(const fl_rtl_design *design) { return words_of(design, false); }
size_t fl_rtl_output_words(const fl_rtl_design *design) { return words_of(design, true); }

static bool is_root(const char *folder)
{
    char marker[PATH_MAX];
    int length = snprintf(marker, sizeof marker, "%s/rtl/common/fl_pkg.sv", folder);
    return length > 0 && (size_t)length < sizeof marker && access(marker, R_OK) == 0;
}

/* The program lies in build/ or below it, or is installed in bin/ beside share/. */
fl_status fl_rtl_root(char *path, size_t size, fl_error *error)
{
    static const char *const BESIDE[] = {"", "/..", "/../..", "/../share/flintlock"};
    if (is_root(".")) {
        if (getcwd(path, size) != NULL) return FL_OK;
        return fl_fail(error, FL_BAD_INPUT, NULL, "the current folder's path is too long");
    }
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        char *slash = strrchr(program, '/');
        if (slash != NULL) *slash = '\0';
        for (size_t i = 0; i < sizeof BESIDE / sizeof *BESIDE; i++) {
            int written = snprintf(path, size, "%s%s", program, BESIDE[i]);
            if (written > 0 && (size_t)written < size && is_root(path)) return FL_OK;
        }
    }
    return fl_fail(error, FL_BAD_INPUT, NULL,
                   "the RTL sources are not found (folder rtl/ in the current folder, beside the program, or "
                   "installed)");
}
