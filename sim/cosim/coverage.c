/* Verilator's coverage files. A point is a line
 *
 *   C '\1f\2<file>\1l\2<line>\1page\2v_<line|branch|toggle>/<module>\1o\2<what>\1S\2<lines>\1h\2<hierarchy>'
 * <count>
 *
 * in any order of its fields. S lists the source lines of the point's statements ("47-50,52"); the instances
 * of a module have points of their own. */
#include "sim/cosim/coverage.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"

enum { MAX_LINES = 65536, MAX_FILES = 64, FIELD_BYTES = 512 };

void fl_lockstep_coverage_path(const char *folder, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%.*s/%.64s.coverage", PATH_MAX - 128, folder, name);
}

fl_status fl_lockstep_write_coverage(fl_rtl_model *model, const char *name,
                                     const fl_lockstep_options *options, fl_error *error)
{
    if (options->folder == NULL || !(options->variant & FL_RTL_COVERAGE)) return FL_OK;
    char path[PATH_MAX];
    fl_lockstep_coverage_path(options->folder, name, path, sizeof path);
    fl_status status = fl_make_directory(options->folder, error);
    if (status == FL_OK) fl_rtl_write_coverage(model, path);
    return status;
}

/* A source line: does it hold statements, and did any instance run them? */
typedef enum seen { NO_STATEMENT, NOT_RUN, RUN } seen;
typedef struct lines {
    char file[MAX_FILES][FIELD_BYTES];
    size_t files;
    unsigned char state[MAX_FILES][MAX_LINES]; /* seen */
} lines;

static bool field(const char *point, const char *key, char value[FIELD_BYTES])
{
    char mark[16];
    snprintf(mark, sizeof mark, "\1%s\2", key);
    const char *start = strstr(point, mark);
    if (start == NULL) return false;
    start += strlen(mark);
    snprintf(value, FIELD_BYTES, "%.*s", (int)strcspn(start, "\1'"), start);
    return true;
}

static size_t file_index(lines *all, const char *name)
{
    size_t i = 0;
    while (i < all->files && strcmp(all->file[i], name) != 0) i++;
    if (i == MAX_FILES) return MAX_FILES - 1;
    if (i == all->files) snprintf(all->file[all->files++], FIELD_BYTES, "%s", name);
    return i;
}

static void mark_lines(unsigned char *state, const char *ranges, bool ran)
{
    while (*ranges != '\0') {
        char *end;
        unsigned long first = strtoul(ranges, &end, 10), last = first;
        if (*end == '-') last = strtoul(end + 1, &end, 10);
        for (unsigned long i = first; i <= last && i < MAX_LINES; i++)
            if (ran || state[i] == NO_STATEMENT) state[i] = ran ? RUN : NOT_RUN;
        ranges = *end == ',' ? end + 1 : "";
    }
}

static void read_point(const char *point, lines *all, fl_rtl_coverage *coverage)
{
    char page[FIELD_BYTES], file[FIELD_BYTES], ranges[FIELD_BYTES];
    const char *count = strrchr(point, ' ');
    if (*point != 'C' || count == NULL || !field(point, "page", page)) return;
    const bool ran = strtoull(count, NULL, 10) > 0;
    if (strncmp(page, "v_toggle", 8) == 0) {
        coverage->all_toggles++;
        coverage->toggles += ran;
    } else if (field(point, "S", ranges) && field(point, "f", file))
        mark_lines(all->state[file_index(all, file)], ranges, ran);
}

fl_status fl_rtl_read_coverage(const char *path, fl_rtl_coverage *coverage, fl_error *error)
{
    *coverage = (fl_rtl_coverage){0};
    lines *all = calloc(1, sizeof *all);
    FILE *file = fopen(path, "r");
    int failure = errno;
    if (file != NULL && all != NULL) {
        char point[4096];
        while (fgets(point, sizeof point, file) != NULL) read_point(point, all, coverage);
        for (size_t i = 0; i < all->files; i++)
            for (size_t line = 0; line < MAX_LINES; line++) {
                coverage->all_lines += all->state[i][line] != NO_STATEMENT;
                coverage->lines += all->state[i][line] == RUN;
            }
    }
    fl_status status = FL_OK;
    if (all == NULL) status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    if (file == NULL)
        status = fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot read: %s", path, strerror(failure));
    if (file != NULL) fclose(file);
    free(all);
    return status;
}
