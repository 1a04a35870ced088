#include "sim/sweep/constraint.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "sim/sweep/quantity.h"

/* Longer operators first: "<=" must not be read as "<". */
const char *const fl_compare_texts[] = {"<=", ">=", "!=", "<", ">", "=", NULL};

static bool copy_trimmed(const char *text, size_t length, char out[FL_CONSTRAINT_TEXT])
{
    while (length > 0 && *text == ' ') text++, length--;
    while (length > 0 && text[length - 1] == ' ') length--;
    if (length == 0 || length >= FL_CONSTRAINT_TEXT) return false;
    memcpy(out, text, length);
    out[length] = '\0';
    return true;
}

bool fl_constraint_parse(const char *text, fl_constraint *constraint, const char **reason)
{
    *reason = "expected FIELD OPERATOR VALUE with one of <= >= != < > =";
    size_t field = strcspn(text, "<>=!");
    int compare = 0;
    while (fl_compare_texts[compare] != NULL &&
           strncmp(text + field, fl_compare_texts[compare], strlen(fl_compare_texts[compare])) != 0)
        compare++;
    if (fl_compare_texts[compare] == NULL) return false;
    const char *value = text + field + strlen(fl_compare_texts[compare]);
    if (!copy_trimmed(text, field, constraint->field) ||
        !copy_trimmed(value, strlen(value), constraint->value))
        return false;
    if (strchr("<>=!", constraint->value[0]) != NULL) return false; /* as in "a => 2" */
    constraint->compare = (fl_compare)compare;
    constraint->numeric = fl_quantity_any(constraint->value, &constraint->number);
    if (!constraint->numeric && compare != FL_EQUAL && compare != FL_NOT_EQUAL) {
        *reason = "the value is not a quantity such as 64 KiB, so it can only be compared with = and !=";
        return false;
    }
    return true;
}

void fl_constraint_print(const fl_constraint *constraint, char text[FL_CONSTRAINT_PRINT])
{
    snprintf(text, FL_CONSTRAINT_PRINT, "%s %s %s", constraint->field, fl_compare_texts[constraint->compare],
             constraint->value);
}

static bool holds(fl_compare compare, int order)
{
    switch (compare) {
    case FL_LESS_EQUAL:
        return order <= 0;
    case FL_GREATER_EQUAL:
        return order >= 0;
    case FL_NOT_EQUAL:
        return order != 0;
    case FL_LESS:
        return order < 0;
    case FL_GREATER:
        return order > 0;
    case FL_EQUAL:
        return order == 0;
    }
    return false;
}

bool fl_constraint_met_by_number(const fl_constraint *constraint, double number)
{
    if (!constraint->numeric) return constraint->compare == FL_NOT_EQUAL;
    return holds(constraint->compare, (number > constraint->number) - (number < constraint->number));
}

bool fl_constraint_met_by_text(const fl_constraint *constraint, const char *text)
{
    double number;
    if (constraint->numeric && fl_quantity_any(text, &number))
        return fl_constraint_met_by_number(constraint, number);
    int order = strcmp(text, constraint->value);
    return constraint->numeric ? constraint->compare == FL_NOT_EQUAL : holds(constraint->compare, order);
}
