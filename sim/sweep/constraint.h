/* Conditions on a point, "FIELD OPERATOR VALUE": of a sweep file (`area_mm2 <= 2`) and of `flintlock results
 * --filter`. */
#ifndef FL_SWEEP_CONSTRAINT_H
#define FL_SWEEP_CONSTRAINT_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum fl_compare {
    FL_LESS_EQUAL,
    FL_GREATER_EQUAL,
    FL_NOT_EQUAL,
    FL_LESS,
    FL_GREATER,
    FL_EQUAL
} fl_compare;

enum { FL_CONSTRAINT_TEXT = 128 };
typedef struct fl_constraint {
    char field[FL_CONSTRAINT_TEXT];
    fl_compare compare;
    char value[FL_CONSTRAINT_TEXT];
    bool numeric; /* value is a quantity; `number` is it in base units */
    double number;
} fl_constraint;

extern const char
    *const fl_compare_texts[]; /* as SQL and sweep files write them, in the order of fl_compare */

/* False when `text` is none; *reason, a static string, says why. Texts that are no quantities can only be
 * (un)equal. */
bool fl_constraint_parse(const char *text, fl_constraint *constraint, const char **reason);

enum { FL_CONSTRAINT_PRINT = 3 * FL_CONSTRAINT_TEXT };
void fl_constraint_print(const fl_constraint *constraint, char text[FL_CONSTRAINT_PRINT]);

/* Whether a field whose value is written as `text` meets the condition: as quantities when both are ones. */
bool fl_constraint_met_by_text(const fl_constraint *constraint, const char *text);
bool fl_constraint_met_by_number(const fl_constraint *constraint, double number);

#ifdef __cplusplus
}
#endif
#endif
