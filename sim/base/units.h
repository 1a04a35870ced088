/* Quantities with units: "192 KiB", "14.06 ns", "0.14 pJ".
 *
 * Every unit is 2^shift * 10^exponent of its base unit, so that a quantity is converted without rounding
 * (integers) or with the single rounding of its last step (reals). */
#ifndef FL_BASE_UNITS_H
#define FL_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/schema.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FL_UINT_MAX (UINT64_C(1) << 53) /* largest whole number a configuration may hold */

typedef enum fl_quantity_fault {
    FL_QUANTITY_OK,
    FL_QUANTITY_NOT_A_NUMBER,
    FL_QUANTITY_NO_UNIT,      /* a bare number where a unit is needed */
    FL_QUANTITY_UNKNOWN_UNIT, /* or a unit where none is allowed */
    FL_QUANTITY_NEGATIVE,     /* a negative whole number */
    FL_QUANTITY_FRACTION,     /* not a whole number of base units */
    FL_QUANTITY_TOO_LARGE,    /* over FL_UINT_MAX base units, or not a finite double */
    FL_QUANTITY_TOO_LONG,     /* a real number with over 18 significant digits */
} fl_quantity_fault;

/* Parses a whole number of base units, exactly. Written as [+-]digits[.digits][e[+-]digits] [unit]. */
fl_quantity_fault fl_quantity_uint(const char *text, fl_unit unit, uint64_t *value);
/* Parses a real number of base units, rounded once to the nearest double. Not for units of FL_UINT. */
fl_quantity_fault fl_quantity_real(const char *text, fl_unit unit, double *value);

/* Prints a quantity in the largest unit that needs at most three decimals: 196608 B as "192 KiB". The text
 * parses back to the same value. Returns `out`; FL_QUANTITY_TEXT bytes are enough. */
enum { FL_QUANTITY_TEXT = 48 };
char *fl_quantity_print_uint(char *out, size_t size, uint64_t value, fl_unit unit);
/* The same for reals, in the largest unit of which there is at least one. */
char *fl_quantity_print_real(char *out, size_t size, double value, fl_unit unit);

/* Names of the units that `unit` takes, smallest first, NULL-terminated; empty for FL_UNIT_NONE. */
const char *const *fl_unit_names(fl_unit unit);
/* Name of the base unit ("B", "ps"), "" for FL_UNIT_NONE. */
const char *fl_unit_base(fl_unit unit);

/* The quantity to suggest for a text whose unit is missing or unknown: its number with the nearest unit
 * ("128 KB" gives "128 KiB"), a bare number with the base unit. Returns `out`. */
char *fl_quantity_suggest(char *out, size_t size, const char *text, fl_unit unit);

#ifdef __cplusplus
}
#endif
#endif
