#include "sim/sweep/quantity.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/units.h"

static const fl_unit WHOLE_UNITS[] = {FL_UNIT_NONE, FL_UNIT_BYTES, FL_UNIT_HERTZ, FL_UNIT_PICOSECONDS,
                                      FL_UNIT_CYCLES};
static const fl_unit REAL_UNITS[] = {FL_UNIT_NONE, FL_UNIT_PICOJOULES,  FL_UNIT_PJ_PER_BIT,
                                     FL_UNIT_UM2,  FL_UNIT_UM2_PER_KIB, FL_UNIT_MILLIWATTS};
#define COUNT(table) (sizeof(table) / sizeof *(table))

bool fl_quantity_any(const char *text, double *number)
{
    uint64_t whole;
    for (size_t u = 0; u < COUNT(WHOLE_UNITS); u++) {
        if (fl_quantity_uint(text, WHOLE_UNITS[u], &whole) != FL_QUANTITY_OK) continue;
        *number = (double)whole;
        return true;
    }
    for (size_t u = 0; u < COUNT(REAL_UNITS); u++)
        if (fl_quantity_real(text, REAL_UNITS[u], number) == FL_QUANTITY_OK) return true;
    return false;
}

static bool range_fault(const char **reason, const char *text)
{
    *reason = text;
    return false;
}

static void append_value(const char *text, fl_text *out, size_t *count)
{
    fl_text_append(out, text, strlen(text) + 1);
    ++*count;
}

static bool whole_range(fl_unit unit, uint64_t from, uint64_t to, uint64_t step, double factor, fl_text *out,
                        size_t *count, const char **reason)
{
    char text[FL_QUANTITY_TEXT];
    for (uint64_t value = from; value <= to;) {
        if (*count == FL_RANGE_MAX) return range_fault(reason, "more than 100000 values");
        append_value(fl_quantity_print_uint(text, sizeof text, value, unit), out, count);
        double next = step != 0 ? (double)value + (double)step : round((double)value * factor);
        if (next <= (double)value)
            return range_fault(reason, "the factor does not lead on to another whole number");
        value = (uint64_t)next;
    }
    return true;
}

static bool real_range(fl_unit unit, double from, double to, double step, double factor, fl_text *out,
                       size_t *count, const char **reason)
{
    const double slack = 1 + 1e-9; /* so that 0.1, 0.2, ... hits 0.3 */
    for (size_t i = 0;; i++) {
        double value = step > 0 ? from + (double)i * step : from * pow(factor, (double)i);
        if (value > to * slack) return true;
        if (*count == FL_RANGE_MAX) return range_fault(reason, "more than 100000 values");
        char text[FL_QUANTITY_TEXT];
        snprintf(text, sizeof text, "%.10g%s%s", value, unit == FL_UNIT_NONE ? "" : " ", fl_unit_base(unit));
        append_value(text, out, count);
    }
}

bool fl_quantity_range(const char *from, const char *to, const char *step, const char *factor, fl_text *out,
                       size_t *count, const char **reason)
{
    *count = 0;
    double times = 0;
    if (factor != NULL && (!fl_quantity_any(factor, &times) || times <= 1))
        return range_fault(reason, "factor must be a number over 1");
    uint64_t a, b, plus = 0;
    for (size_t u = 0; u < COUNT(WHOLE_UNITS); u++) {
        fl_unit unit = WHOLE_UNITS[u];
        if (fl_quantity_uint(from, unit, &a) != FL_QUANTITY_OK ||
            fl_quantity_uint(to, unit, &b) != FL_QUANTITY_OK)
            continue;
        if (step != NULL && fl_quantity_uint(step, unit, &plus) != FL_QUANTITY_OK) continue;
        if (a > b) return range_fault(reason, "from is over to");
        if (step != NULL && plus == 0) return range_fault(reason, "step must be over 0");
        return whole_range(unit, a, b, plus, times, out, count, reason);
    }
    double x, y, by = 0;
    for (size_t u = 0; u < COUNT(REAL_UNITS); u++) {
        fl_unit unit = REAL_UNITS[u];
        if (fl_quantity_real(from, unit, &x) != FL_QUANTITY_OK ||
            fl_quantity_real(to, unit, &y) != FL_QUANTITY_OK)
            continue;
        if (step != NULL && fl_quantity_real(step, unit, &by) != FL_QUANTITY_OK) continue;
        if (x > y || x < 0) return range_fault(reason, "from is over to, or negative");
        if (step != NULL && by <= 0) return range_fault(reason, "step must be over 0");
        if (factor != NULL && x == 0) return range_fault(reason, "a range with a factor cannot start at 0");
        return real_range(unit, x, y, by, times, out, count, reason);
    }
    return range_fault(reason, "from, to and step must be numbers of the same kind of unit");
}
