/* Parameter tables as text, for `flintlock schema`, the docs and messages. */
#ifndef FL_BASE_SCHEMA_PRINT_H
#define FL_BASE_SCHEMA_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "sim/base/schema.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Prints the table under `title`, one aligned line per key: key, type, unit, bounds, default or "required",
 * help. Write errors are left in `file` (ferror). */
void fl_schema_print_text(const char *title, const fl_param *params, size_t count, FILE *file);
/* The same as a Markdown section with a table. */
void fl_schema_print_markdown(const char *title, const fl_param *params, size_t count, FILE *file);

/* Bounds of a number for messages, with units: "1..64", "64 B..1 MiB", "at least 1", "any". Returns `out`. */
enum { FL_BOUNDS_TEXT = 112 };
char *fl_bounds_print(char *out, size_t size, const fl_param *param);
bool fl_param_has_max(const fl_param *param);

#ifdef __cplusplus
}
#endif
#endif
