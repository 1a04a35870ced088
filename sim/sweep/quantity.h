/* Quantities whose unit is not known beforehand: values of a sweep's axes, limits of its constraints. */
#ifndef FL_SWEEP_QUANTITY_H
#define FL_SWEEP_QUANTITY_H

#include <stdbool.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The number a text stands for, in base units ("64 KiB" is 65536), whatever its unit. False when it is none.
 */
bool fl_quantity_any(const char *text, double *number);

/* The values from `from` to `to`, both included when they are hit, as texts that parse back exactly: each one
 * is the last plus `step`, or times `factor` (one of the two is NULL). All three share a kind of unit ("64
 * KiB" to "1 MiB"). Texts are appended to *out, each ended by a zero byte; *count becomes their number, at
 * most FL_RANGE_MAX. On error *reason says what is wrong (a static string). */
enum { FL_RANGE_MAX = 100000 };
bool fl_quantity_range(const char *from, const char *to, const char *step, const char *factor, fl_text *out,
                       size_t *count, const char **reason);

#ifdef __cplusplus
}
#endif
#endif
