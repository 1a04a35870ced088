#include "sim/report/layer_causes.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/cores.h"

/* --- columns of layers.csv
 * ------------------------------------------------------------------------------------------------- */

void fl_layer_causes_head(const fl_report *report, fl_text *out)
{
    const fl_run_result *result = report->result;
    char unit[FL_UNIT_NAME];
    for (uint32_t core = 0; core < result->core_count; core++)
        for (int u = 0; u < FL_QUEUE_COUNT; u++)
            for (int c = 0; c < FL_CAUSE_COUNT; c++)
                if (result->cores[core].units[u].cycles[c] != 0)
                    fl_text_printf(out, ",%s.%s", fl_unit_name(result, core, u, unit),
                                   fl_cause_name((fl_cause)c));
}

/* Thousands of cells per run: not by printf. */
static void append_cell(uint64_t value, fl_text *out)
{
    char text[24];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    text[--at] = ',';
    fl_text_append(out, text + at, sizeof text - at);
}

void fl_layer_causes_cells(const fl_report *report, uint32_t op, fl_text *out)
{
    const fl_run_result *result = report->result;
    for (uint32_t core = 0; core < result->core_count; core++)
        for (int u = 0; u < FL_QUEUE_COUNT; u++)
            for (int c = 0; c < FL_CAUSE_COUNT; c++)
                if (result->cores[core].units[u].cycles[c] != 0)
                    append_cell(result->cores[core].layers[op].cycles[u][c], out);
}

/* --- terminal
 * ------------------------------------------------------------------------------------------------- */

bool fl_layer_matches(const char *pattern, const char *name)
{
    char below[256];
    int length = snprintf(below, sizeof below, "%s.*", pattern);
    return fnmatch(pattern, name, 0) == 0 || (length < (int)sizeof below && fnmatch(below, name, 0) == 0);
}

enum { NAME_WIDTH = 28, UNIT_WIDTH = 12, CYCLES_WIDTH = 12 };

typedef struct selection {
    const fl_report *report;
    const char *pattern;
    uint64_t causes[FL_CAUSE_COUNT]; /* of all units: which columns there are */
    uint32_t count;                  /* of operations */
} selection;

static bool selected(const selection *s, uint32_t op)
{
    return fl_layer_matches(s->pattern, s->report->workload->ops[op].name);
}

static selection select_operations(const fl_report *report, const char *pattern)
{
    selection s = {.report = report, .pattern = pattern};
    const fl_run_result *result = report->result;
    for (uint32_t op = 0; op < result->layer_count; op++) {
        if (!selected(&s, op)) continue;
        s.count++;
        for (uint32_t core = 0; core < result->core_count; core++)
            for (int u = 0; u < FL_QUEUE_COUNT; u++)
                for (int c = 0; c < FL_CAUSE_COUNT; c++)
                    s.causes[c] += result->cores[core].layers[op].cycles[u][c];
    }
    return s;
}

static uint64_t sum_of(const uint64_t *cycles)
{
    uint64_t sum = 0;
    for (int c = 0; c < FL_CAUSE_COUNT; c++) sum += cycles[c];
    return sum;
}

static void table_line(const selection *s, const char *name, const char *unit, const uint64_t *cycles,
                       fl_text *out)
{
    fl_text_printf(out, "  %-*s %-*s %*" PRIu64, NAME_WIDTH, name, UNIT_WIDTH, unit, CYCLES_WIDTH,
                   sum_of(cycles));
    for (int c = 0; c < FL_CAUSE_COUNT; c++) {
        if (s->causes[c] == 0) continue;
        if (cycles[c] == 0)
            fl_text_printf(out, " %*s", CYCLES_WIDTH, "-");
        else
            fl_text_printf(out, " %*" PRIu64, CYCLES_WIDTH, cycles[c]);
    }
    fl_text_puts(out, "\n");
}

/* A line for each unit that spent cycles on the selected ones of the operations [first, end). */
static void table_lines(const selection *s, const char *name, uint32_t first, uint32_t end, fl_text *out)
{
    const fl_run_result *result = s->report->result;
    char unit[FL_UNIT_NAME];
    for (uint32_t core = 0; core < result->core_count; core++)
        for (int u = 0; u < FL_QUEUE_COUNT; u++) {
            uint64_t sums[FL_CAUSE_COUNT] = {0};
            for (uint32_t op = first; op < end; op++)
                if (selected(s, op))
                    for (int c = 0; c < FL_CAUSE_COUNT; c++)
                        sums[c] += result->cores[core].layers[op].cycles[u][c];
            if (sum_of(sums) == 0) continue;
            table_line(s, name, fl_unit_name(result, core, u, unit), sums, out);
            name = "";
        }
}

void fl_layer_causes_table(const fl_report *report, const char *pattern, fl_text *out)
{
    selection s = select_operations(report, pattern);
    fl_text_printf(out, "\n  %-*s %-*s %*s", NAME_WIDTH, "where the cycles went", UNIT_WIDTH, "unit",
                   CYCLES_WIDTH, "cycles");
    for (int c = 0; c < FL_CAUSE_COUNT; c++)
        if (s.causes[c] != 0) fl_text_printf(out, " %*s", CYCLES_WIDTH, fl_cause_name((fl_cause)c));
    fl_text_puts(out, "\n");
    for (uint32_t op = 0; op < report->result->layer_count; op++)
        if (selected(&s, op)) table_lines(&s, report->workload->ops[op].name, op, op + 1, out);
    if (s.count < 2) return;
    char name[32];
    snprintf(name, sizeof name, "all %" PRIu32 " operations", s.count);
    table_lines(&s, name, 0, report->result->layer_count, out);
}
