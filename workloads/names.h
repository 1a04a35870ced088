/* Names in workload files: located errors that offer the nearest known one. Internal. */
#ifndef WL_NAMES_H
#define WL_NAMES_H

#include <stddef.h>

#include "pe/num/format.h"
#include "sim/base/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fails at `node`: "unknown WHAT "name" (did you mean "nearest"?)", or, when no name is near, the list of
 * names. */
fl_status wl_fail_unknown(const fl_node *node, const char *what, const char *name, const char *const *names,
                          size_t count, fl_error *error);

/* Reads a format that tensors in memory may have (codes of 4, 8, 16 or 32 bits); errors are located at
 * `node`. */
fl_status wl_parse_format(const fl_node *node, const char *name, num_format *format, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
