/* Reading what CACTI 5 to 7 print: lines "label: value" in a results section per run. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cost/sram_model.h"

typedef struct cacti_run {
    double size_bytes, banks, block_bytes;
    double read_nj, write_nj; /* per access */
    double leakage_mw;        /* of a bank */
    double height_mm, width_mm;
    int line;      /* where it starts */
    unsigned seen; /* bit per label */
} cacti_run;

struct fl_cacti {
    cacti_run *runs;
    size_t count;
};

/* The first label starts a run. `second`: the value is "A x B". */
static const struct label {
    const char *text;
    size_t offset, second;
} LABELS[] = {
    {"Total cache size (bytes)", offsetof(cacti_run, size_bytes), 0},
    {"Number of banks", offsetof(cacti_run, banks), 0},
    {"Block size (bytes)", offsetof(cacti_run, block_bytes), 0},
    {"Total dynamic read energy per access (nJ)", offsetof(cacti_run, read_nj), 0},
    {"Total dynamic write energy per access (nJ)", offsetof(cacti_run, write_nj), 0},
    {"Total leakage power of a bank (mW)", offsetof(cacti_run, leakage_mw), 0},
    {"Cache height x width (mm)", offsetof(cacti_run, height_mm), offsetof(cacti_run, width_mm)},
};
enum { LABEL_COUNT = sizeof LABELS / sizeof *LABELS };

static double *field(cacti_run *run, size_t offset) { return (double *)(void *)((char *)run + offset); }

static bool number(const char **text, double *value)
{
    char *end;
    *value = strtod(*text, &end);
    bool valid = end != *text && *value >= 0 && *value < 1e15;
    *text = end;
    return valid;
}

static bool read_values(const struct label *label, const char *text, cacti_run *run)
{
    if (!number(&text, field(run, label->offset))) return false;
    if (label->second == 0) return true;
    text += strspn(text, " ");
    if (*text++ != 'x') return false;
    return number(&text, field(run, label->second));
}

/* The label that the line starts with, behind spaces; NULL when none. *value: behind its colon. */
static const struct label *label_of(const char *line, const char **value)
{
    line += strspn(line, " \t");
    for (const struct label *l = LABELS; l < LABELS + LABEL_COUNT; l++) {
        size_t length = strlen(l->text);
        if (strncmp(line, l->text, length) != 0 || line[length] != ':') continue;
        *value = line + length + 1;
        return l;
    }
    return NULL;
}

static fl_status finish_run(const char *path, const cacti_run *run, fl_error *error)
{
    fl_where where = {path, run->line, 1};
    for (unsigned l = 0; l < LABEL_COUNT; l++)
        if ((run->seen & 1u << l) == 0)
            return fl_fail(error, FL_BAD_INPUT, &where, "the CACTI results that start here have no \"%s\"",
                           LABELS[l].text);
    if (run->size_bytes >= 1 && run->banks >= 1 && run->block_bytes >= 1) return FL_OK;
    return fl_fail(error, FL_BAD_INPUT, &where, "a CACTI result without bytes or banks");
}

static fl_status add_line(const char *path, int number_of_line, const char *line, fl_cacti *cacti,
                          fl_error *error)
{
    const char *value;
    const struct label *label = label_of(line, &value);
    if (label == NULL) return FL_OK;
    fl_where where = {path, number_of_line, 1};
    if (label == LABELS) {
        cacti_run *runs = realloc(cacti->runs, (cacti->count + 1) * sizeof *runs);
        if (runs == NULL) return fl_fail(error, FL_BAD_INPUT, &where, "out of memory");
        cacti->runs = runs;
        runs[cacti->count++] = (cacti_run){.line = number_of_line};
    }
    if (cacti->count == 0)
        return fl_fail(error, FL_BAD_INPUT, &where, "\"%s\" before \"%s\"", label->text, LABELS->text);
    cacti_run *run = &cacti->runs[cacti->count - 1];
    if (!read_values(label, value, run))
        return fl_fail(error, FL_BAD_INPUT, &where, "\"%s\": expected %s", label->text,
                       label->second != 0 ? "two numbers with an x between them" : "a number");
    run->seen |= 1u << (label - LABELS);
    return FL_OK;
}

static fl_status read_lines(const char *path, FILE *file, fl_cacti *cacti, fl_error *error)
{
    char *line = NULL;
    size_t capacity = 0;
    fl_status status = FL_OK;
    for (int n = 1; status == FL_OK && getline(&line, &capacity, file) >= 0; n++)
        status = add_line(path, n, line, cacti, error);
    free(line);
    fl_where where = {path, 1, 1};
    if (status == FL_OK && ferror(file))
        status = fl_fail(error, FL_BAD_INPUT, &where, "cannot read: %s", strerror(errno));
    if (status == FL_OK && cacti->count == 0)
        status = fl_fail(error, FL_BAD_INPUT, &where, "no CACTI results (no line \"%s: ...\")", LABELS->text);
    for (size_t r = 0; r < cacti->count && status == FL_OK; r++)
        status = finish_run(path, &cacti->runs[r], error);
    return status;
}

fl_status fl_cacti_read(const char *path, fl_cacti **cacti, fl_error *error)
{
    *cacti = NULL;
    fl_where where = {path, 1, 1};
    FILE *file = fopen(path, "r");
    if (file == NULL) return fl_fail(error, FL_BAD_INPUT, &where, "cannot read: %s", strerror(errno));
    fl_cacti *made = calloc(1, sizeof *made);
    fl_status status = made == NULL ? fl_fail(error, FL_BAD_INPUT, &where, "out of memory")
                                    : read_lines(path, file, made, error);
    fclose(file);
    if (status == FL_OK)
        *cacti = made;
    else
        fl_cacti_free(made);
    return status;
}

void fl_cacti_free(fl_cacti *cacti)
{
    if (cacti == NULL) return;
    free(cacti->runs);
    free(cacti);
}

bool fl_cacti_find(const fl_cacti *cacti, const fl_sram_shape *shape, fl_sram_figures *figures)
{
    for (const cacti_run *r = cacti->runs; r < cacti->runs + cacti->count; r++) {
        if (r->size_bytes != (double)shape->bank_bytes * r->banks ||
            r->block_bytes != (double)shape->width_bytes)
            continue;
        double bits = 8 * r->block_bytes, banks = (double)shape->banks;
        *figures = (fl_sram_figures){.read_pj_per_bit = 1e3 * r->read_nj / bits,
                                     .write_pj_per_bit = 1e3 * r->write_nj / bits,
                                     .um2 = 1e6 * r->height_mm * r->width_mm * banks / r->banks,
                                     .static_mw = r->leakage_mw * banks};
        return true;
    }
    return false;
}
