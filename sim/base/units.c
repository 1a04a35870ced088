#include "sim/base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"

enum { MAX_NAMES = 6, MAX_EXPONENT = 400, MAX_NUMBER_BYTES = 4096 };

typedef struct scale {
    int shift, exponent; /* the unit is 2^shift * 10^exponent base units */
} scale;

typedef struct unit_row {
    const char *names[MAX_NAMES + 1]; /* smallest first */
    scale scales[MAX_NAMES];
    size_t base;    /* index of the base unit */
    size_t example; /* index of the unit to suggest when nothing is near */
} unit_row;

static const unit_row UNITS[] = {
    [FL_UNIT_NONE] = {{NULL}, {{0, 0}}, 0, 0},
    [FL_UNIT_BYTES] = {{"B", "KiB", "MiB", "GiB"}, {{0, 0}, {10, 0}, {20, 0}, {30, 0}}, 0, 1},
    [FL_UNIT_HERTZ] = {{"Hz", "kHz", "MHz", "GHz"}, {{0, 0}, {0, 3}, {0, 6}, {0, 9}}, 0, 2},
    [FL_UNIT_PICOSECONDS] = {{"ps", "ns", "us", "ms", "s"}, {{0, 0}, {0, 3}, {0, 6}, {0, 9}, {0, 12}}, 0, 1},
    [FL_UNIT_CYCLES] = {{"cycles"}, {{0, 0}}, 0, 0},
    [FL_UNIT_PICOJOULES] = {{"fJ", "pJ", "nJ", "uJ", "mJ"}, {{0, -3}, {0, 0}, {0, 3}, {0, 6}, {0, 9}}, 1, 1},
    [FL_UNIT_PJ_PER_BIT] = {{"fJ/bit", "pJ/bit", "nJ/bit"}, {{0, -3}, {0, 0}, {0, 3}}, 1, 1},
    [FL_UNIT_UM2] = {{"um2", "mm2"}, {{0, 0}, {0, 6}}, 0, 0},
    [FL_UNIT_UM2_PER_KIB] = {{"um2/KiB", "mm2/KiB"}, {{0, 0}, {0, 6}}, 0, 0},
    [FL_UNIT_MILLIWATTS] = {{"nW", "uW", "mW", "W"}, {{0, -6}, {0, -3}, {0, 0}, {0, 3}}, 2, 2},
    [FL_UNIT_MILLIAMPERES] = {{"uA", "mA", "A"}, {{0, -3}, {0, 0}, {0, 3}}, 1, 1},
    [FL_UNIT_MILLIVOLTS] = {{"mV", "V"}, {{0, 0}, {0, 3}}, 0, 1},
};

/* A decimal number and the unit written after it. */
typedef struct quantity {
    bool negative, too_long; /* too_long: more significant digits than any quantity has */
    uint64_t digits;         /* the number is digits * 10^exponent, no trailing zero in digits */
    int exponent;
    const char *unit;    /* points into the text; "" when there is none */
    size_t number_bytes; /* length of the number as written */
} quantity;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void add_digit(quantity *q, int digit, int *zeros)
{
    if (digit == 0) {
        (*zeros)++;
        return;
    }
    /* Zeros are added only once a later digit proves that they are significant. */
    for (int i = 0; i <= *zeros && q->digits != 0 && !q->too_long; i++) {
        q->too_long = q->digits > UINT64_C(100000000000000000);
        if (!q->too_long) q->digits *= 10;
    }
    q->digits += (uint64_t)digit;
    *zeros = 0;
}

/* Reads "e-12"; false when there is no exponent. */
static bool read_exponent(const char **at, int *exponent)
{
    const char *p = *at;
    if (*p != 'e' && *p != 'E') return false;
    p++;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    if (!is_digit(*p)) return false;
    int value = 0;
    for (; is_digit(*p); p++)
        if (value <= MAX_EXPONENT) value = value * 10 + (*p - '0');
    *exponent = negative ? -value : value;
    *at = p;
    return true;
}

static bool read_quantity(const char *text, quantity *q)
{
    *q = (quantity){0};
    const char *p = text;
    q->negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    int zeros = 0, decimals = 0, exponent = 0;
    bool any = false, point = false;
    for (; is_digit(*p) || (*p == '.' && !point); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        any = true;
        if (point) decimals++;
        add_digit(q, *p - '0', &zeros);
    }
    if (!any || p - text > MAX_NUMBER_BYTES) return false;
    read_exponent(&p, &exponent);
    q->number_bytes = (size_t)(p - text);
    q->exponent = q->digits == 0 ? 0 : exponent - decimals + zeros;
    while (*p == ' ' || *p == '\t') p++;
    q->unit = p;
    return !is_digit(*p) && *p != '.' && *p != '-' && *p != '+';
}

static fl_quantity_fault find_scale(const quantity *q, fl_unit unit, scale *found)
{
    const unit_row *row = &UNITS[unit];
    *found = (scale){0, 0};
    if (q->unit[0] == '\0')
        return unit == FL_UNIT_NONE || unit == FL_UNIT_CYCLES ? FL_QUANTITY_OK : FL_QUANTITY_NO_UNIT;
    for (size_t i = 0; row->names[i] != NULL; i++) {
        if (strcmp(q->unit, row->names[i]) != 0) continue;
        *found = row->scales[i];
        return FL_QUANTITY_OK;
    }
    return FL_QUANTITY_UNKNOWN_UNIT;
}

fl_quantity_fault fl_quantity_uint(const char *text, fl_unit unit, uint64_t *value)
{
    quantity q;
    scale s;
    if (!read_quantity(text, &q)) return FL_QUANTITY_NOT_A_NUMBER;
    fl_quantity_fault fault = find_scale(&q, unit, &s);
    if (fault != FL_QUANTITY_OK) return fault;
    if (q.digits == 0) {
        *value = 0;
        return FL_QUANTITY_OK;
    }
    if (q.negative) return FL_QUANTITY_NEGATIVE;
    int exponent = q.exponent + s.exponent;
    if (q.too_long) return exponent < 0 ? FL_QUANTITY_FRACTION : FL_QUANTITY_TOO_LARGE;
    /* 18 digits times 2^30 stay far below 2^128; only a positive power of ten has to be watched. */
    unsigned __int128 wide = (unsigned __int128)q.digits << s.shift;
    for (; exponent < 0; exponent++) {
        if (wide % 10 != 0) return FL_QUANTITY_FRACTION;
        wide /= 10;
    }
    for (; exponent > 0 && wide <= FL_UINT_MAX; exponent--) wide *= 10;
    if (wide > FL_UINT_MAX) return FL_QUANTITY_TOO_LARGE;
    *value = (uint64_t)wide;
    return FL_QUANTITY_OK;
}

fl_quantity_fault fl_quantity_real(const char *text, fl_unit unit, double *value)
{
    quantity q;
    scale s;
    if (!read_quantity(text, &q)) return FL_QUANTITY_NOT_A_NUMBER;
    fl_quantity_fault fault = find_scale(&q, unit, &s);
    if (fault != FL_QUANTITY_OK) return fault;
    if (q.too_long) return FL_QUANTITY_TOO_LONG;
    /* One conversion of the scaled decimal, so that 0.14 nJ is the double nearest to 140 pJ. */
    char decimal[64];
    snprintf(decimal, sizeof decimal, "%s%llue%d", q.negative ? "-" : "", (unsigned long long)q.digits,
             q.exponent + s.exponent);
    *value = strtod(decimal, NULL);
    return isfinite(*value) ? FL_QUANTITY_OK : FL_QUANTITY_TOO_LARGE;
}

static const char *space_before(const char *name) { return name[0] == '\0' ? "" : " "; }

char *fl_quantity_print_uint(char *out, size_t size, uint64_t value, fl_unit unit)
{
    const unit_row *row = &UNITS[unit];
    size_t count = 0;
    while (row->names[count] != NULL) count++;
    for (size_t i = count; value > 0 && i-- > 0;) {
        uint64_t one = UINT64_C(1) << row->scales[i].shift;
        for (int e = row->scales[i].exponent; e > 0; e--) one *= 10;
        unsigned __int128 thousandths = (unsigned __int128)(value % one) * 1000;
        if (value < one || thousandths % one != 0) continue;
        int n = snprintf(out, size, "%llu.%03llu", (unsigned long long)(value / one),
                         (unsigned long long)(thousandths / one));
        while (n > 0 && out[n - 1] == '0') n--;
        if (n > 0 && out[n - 1] == '.') n--;
        snprintf(out + n, size - (size_t)n, " %s", row->names[i]);
        return out;
    }
    snprintf(out, size, "%llu%s%s", (unsigned long long)value, space_before(fl_unit_base(unit)),
             fl_unit_base(unit));
    return out;
}

/* A short decimal that reads back as `value`. */
static void print_shortest(char *out, size_t size, double value)
{
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(out, size, "%.*g", precision, value);
        if (strtod(out, NULL) == value) return;
    }
}

char *fl_quantity_print_real(char *out, size_t size, double value, fl_unit unit)
{
    const unit_row *row = &UNITS[unit];
    size_t at = row->base;
    for (size_t i = 0; row->names[i] != NULL && value != 0; i++)
        if (i == 0 || fabs(value) >= pow(10, row->scales[i].exponent)) at = i;
    const char *name = row->names[at] == NULL ? "" : row->names[at];
    char number[32];
    print_shortest(number, sizeof number, value);
    if (row->scales[at].exponent != 0) {
        /* Rescaling may cost the last digit; then the base unit is the honest choice. */
        print_shortest(number, sizeof number, value / pow(10, row->scales[at].exponent));
        snprintf(out, size, "%s %s", number, name);
        double back;
        if (fl_quantity_real(out, unit, &back) == FL_QUANTITY_OK && back == value) return out;
        print_shortest(number, sizeof number, value);
        name = fl_unit_base(unit);
    }
    snprintf(out, size, "%s%s%s", number, space_before(name), name);
    return out;
}

const char *const *fl_unit_names(fl_unit unit) { return UNITS[unit].names; }

const char *fl_unit_base(fl_unit unit)
{
    const char *name = UNITS[unit].names[UNITS[unit].base];
    return name == NULL ? "" : name;
}

char *fl_quantity_suggest(char *out, size_t size, const char *text, fl_unit unit)
{
    const unit_row *row = &UNITS[unit];
    size_t count = 0;
    while (row->names[count] != NULL) count++;
    quantity q;
    bool number = read_quantity(text, &q) && q.number_bytes <= 20;
    const char *name = row->names[row->example];
    if (number && q.unit[0] == '\0') name = fl_unit_base(unit);
    const char *near = number ? fl_nearest(q.unit, row->names, count) : NULL;
    if (near != NULL) name = near;
    if (name == NULL) name = "";
    snprintf(out, size, "%.*s%s%s", number ? (int)q.number_bytes : 1, number ? text : "1", space_before(name),
             name);
    return out;
}
