#include "sim/base/schema_print.h"

#include <string.h>

#include "sim/base/units.h"

enum { CELL = 160 };

bool fl_param_has_max(const fl_param *param) { return param->max != 0 || param->min < 0; }

static char *print_bound(char *out, size_t size, double bound, const fl_param *param)
{
    if (param->type == FL_UINT) return fl_quantity_print_uint(out, size, (uint64_t)bound, param->unit);
    return fl_quantity_print_real(out, size, bound, param->unit);
}

char *fl_bounds_print(char *out, size_t size, const fl_param *param)
{
    char low[FL_QUANTITY_TEXT], high[FL_QUANTITY_TEXT];
    double min = param->power_of_two && param->min < 1 ? 1 : param->min;
    print_bound(low, sizeof low, min, param);
    if (fl_param_has_max(param))
        snprintf(out, size, "%s..%s", low, print_bound(high, sizeof high, param->max, param));
    else
        snprintf(out, size, "at least %s", low);
    return out;
}

/* --- tables ----------------------------------------------------------------------------------------------
 */

typedef struct row {
    char key[CELL], type[CELL], allowed[CELL], fallback[CELL];
    const char *help;
} row;

static const char *TYPE_NAMES[] = {
    [FL_BOOL] = "true or false", [FL_UINT] = "whole number", [FL_REAL] = "number",  [FL_CHOICE] = "choice",
    [FL_NAME] = "name",          [FL_PART] = "part",         [FL_SUBPART] = "part",
};

static void list_choices(char *out, size_t size, const char *const *choices)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; choices[i] != NULL && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", choices[i]);
}

static void fill_row(row *r, const fl_param *param)
{
    *r = (row){.help = param->help != NULL ? param->help : ""};
    const char *base = fl_unit_base(param->unit);
    snprintf(r->key, CELL, "%s", param->key);
    if (param->type == FL_PART || param->type == FL_SUBPART)
        snprintf(r->type, CELL, "part: %s", param->part_kind);
    else
        snprintf(r->type, CELL, "%s%s%s%s", TYPE_NAMES[param->type], base[0] != '\0' ? " [" : "", base,
                 base[0] != '\0' ? "]" : "");
    if (param->type == FL_CHOICE) list_choices(r->allowed, CELL, param->choices);
    if (param->type == FL_UINT || param->type == FL_REAL) {
        char bounds[FL_BOUNDS_TEXT];
        snprintf(r->allowed, CELL, "%s%s", fl_bounds_print(bounds, sizeof bounds, param),
                 param->power_of_two ? ", power of two" : "");
    }
    snprintf(r->fallback, CELL, "%s", param->fallback != NULL ? param->fallback : "required");
}

static int wider(int width, const char *cell)
{
    int length = (int)strlen(cell);
    return length > width ? length : width;
}

void fl_schema_print_text(const char *title, const fl_param *params, size_t count, FILE *file)
{
    row r;
    int key = 3, type = 4, allowed = 7, fallback = 7;
    for (size_t i = 0; i < count; i++) {
        fill_row(&r, &params[i]);
        key = wider(key, r.key);
        type = wider(type, r.type);
        allowed = wider(allowed, r.allowed);
        fallback = wider(fallback, r.fallback);
    }
    fprintf(file, "%s\n", title);
    fprintf(file, "  %-*s  %-*s  %-*s  %-*s  %s\n", key, "key", type, "type", allowed, "allowed", fallback,
            "default", "meaning");
    for (size_t i = 0; i < count; i++) {
        fill_row(&r, &params[i]);
        fprintf(file, "  %-*s  %-*s  %-*s  %-*s  %s\n", key, r.key, type, r.type, allowed, r.allowed,
                fallback, r.fallback, r.help);
    }
}

/* A cell of a Markdown table: a bar would end it. */
static void put_cell(FILE *file, const char *mark, const char *text)
{
    fprintf(file, " %s", mark);
    for (; *text != '\0'; text++) {
        if (*text == '|') fputc('\\', file);
        fputc(*text, file);
    }
    fprintf(file, "%s |", mark);
}

void fl_schema_print_markdown(const char *title, const fl_param *params, size_t count, FILE *file)
{
    fprintf(file, "### %s\n\n| key | type | allowed | default | meaning |\n| --- | --- | --- | --- | --- |\n",
            title);
    for (size_t i = 0; i < count; i++) {
        row r;
        fill_row(&r, &params[i]);
        fputc('|', file);
        put_cell(file, "`", r.key);
        put_cell(file, "", r.type);
        put_cell(file, "", r.allowed);
        put_cell(file, params[i].fallback != NULL ? "`" : "", r.fallback);
        put_cell(file, "", r.help);
        fputc('\n', file);
    }
    fputc('\n', file);
}
