#include "sim/base/error.h"

#include <stdarg.h>
#include <stdio.h>

fl_status fl_fail(fl_error *error, fl_status code, const fl_where *where, const char *format, ...)
{
    if (error == NULL) return code;
    error->code = code;
    size_t used = 0;
    if (where != NULL && where->file != NULL) {
        int n = where->line > 0 ? snprintf(error->text, sizeof error->text, "%s:%d:%d: ", where->file,
                                           where->line, where->column)
                                : snprintf(error->text, sizeof error->text, "%s: ", where->file);
        used = n < 0 ? 0 : (size_t)n;
        if (used >= sizeof error->text) return code;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(error->text + used, sizeof error->text - used, format, args);
    va_end(args);
    return code;
}
