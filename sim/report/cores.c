#include "sim/report/cores.h"

#include <inttypes.h>
#include <stdio.h>

const char *fl_unit_name(const fl_run_result *result, uint32_t core, int unit, char text[FL_UNIT_NAME])
{
    if (result->core_count == 1)
        snprintf(text, FL_UNIT_NAME, "%s", fl_queue_names[unit]);
    else
        snprintf(text, FL_UNIT_NAME, "core%u.%s", core, fl_queue_names[unit]);
    return text;
}

/* --- cycles by cause
 * ------------------------------------------------------------------------------------------------- */

static bool happened(const fl_run_result *result, int cause)
{
    bool any = result->memory.clock.cycles[cause] != 0;
    for (uint32_t core = 0; core < result->core_count; core++)
        for (int u = 0; u < FL_QUEUE_COUNT; u++) any |= result->cores[core].units[u].cycles[cause] != 0;
    return any;
}

/* The memory's clocks stand beside core 0. */
static void table_core(const fl_run_result *result, uint32_t core, fl_text *out)
{
    const fl_account *units = result->cores[core].units, *memory = &result->memory.clock;
    if (result->core_count == 1)
        fl_text_printf(out, "\n  where the cycles went    ");
    else
        fl_text_printf(out, "\n  where core %u's cycles went", core);
    fl_text_printf(out, "%*s %12s %12s %12s", result->core_count == 1 ? 13 : 12, "load", "matrix", "vector",
                   "store");
    if (core == 0) fl_text_printf(out, " %15s", "dram (clocks)");
    for (int c = 0; c < FL_CAUSE_COUNT; c++) {
        if (!happened(result, c)) continue;
        fl_text_printf(out, "\n  %-25s", fl_cause_name((fl_cause)c));
        for (int u = 0; u < FL_QUEUE_COUNT; u++) fl_text_printf(out, " %12" PRIu64, units[u].cycles[c]);
        if (core == 0) fl_text_printf(out, " %15" PRIu64, memory->cycles[c]);
    }
    fl_text_printf(out, "\n  %-25s", "total");
    for (int u = 0; u < FL_QUEUE_COUNT; u++) fl_text_printf(out, " %12" PRIu64, units[u].until);
    if (core == 0) fl_text_printf(out, " %15" PRIu64, memory->until);
    fl_text_puts(out, "\n");
}

void fl_cores_table(const fl_report *report, fl_text *out)
{
    for (uint32_t core = 0; core < report->result->core_count; core++) table_core(report->result, core, out);
}

void fl_cores_account_json(const char *name, const fl_account *account, fl_text *out)
{
    fl_text_printf(out, "    \"%s\": {\"cycles\": {", name);
    for (int c = 0; c < FL_CAUSE_COUNT; c++)
        fl_text_printf(out, "%s\"%s\": %" PRIu64, c == 0 ? "" : ", ", fl_cause_name((fl_cause)c),
                       account->cycles[c]);
    fl_text_printf(out, "}, \"total_cycles\": %" PRIu64 "}", account->until);
}

void fl_cores_json(const fl_report *report, fl_text *out)
{
    const fl_run_result *result = report->result;
    fl_text_puts(out, "{\n");
    for (uint32_t core = 0; core < result->core_count; core++)
        for (int u = 0; u < FL_QUEUE_COUNT; u++) {
            char name[FL_UNIT_NAME];
            fl_cores_account_json(fl_unit_name(result, core, u, name), &result->cores[core].units[u], out);
            fl_text_puts(out, ",\n");
        }
    fl_cores_account_json("dram", &result->memory.clock, out);
    fl_text_puts(out, "\n  }");
}

/* --- waits for banks
 * ------------------------------------------------------------------------------------------------ */

/* Calls `show` for each pair of units of which one waited for the other; false when there is none. */
typedef void (*pair_show)(const fl_run_result *result, uint32_t core, int waiting, int holding, bool first,
                          fl_text *out);

static bool each_pair(const fl_report *report, pair_show show, fl_text *out)
{
    bool first = true;
    for (uint32_t core = 0; core < report->result->core_count; core++)
        for (int w = 0; w < FL_QUEUE_COUNT; w++)
            for (int h = 0; h < FL_QUEUE_COUNT; h++) {
                if (report->result->cores[core].waits.units[w][h] == 0) continue;
                show(report->result, core, w, h, first, out);
                first = false;
            }
    return !first;
}

static void table_pair(const fl_run_result *result, uint32_t core, int waiting, int holding, bool first,
                       fl_text *out)
{
    const fl_bank_waits *waits = &result->cores[core].waits;
    if (first)
        fl_text_printf(out, "\n  waits for banks%10s %-8s %-12s %12s  %s\n",
                       result->core_count > 1 ? "core" : "", "waited", "for", "cycles",
                       "at buffer bank: cycles");
    fl_text_printf(out, "  %25.0u %-8s %-12s %12" PRIu64 " ", result->core_count > 1 ? core : 0,
                   fl_queue_names[waiting], fl_queue_names[holding], waits->units[waiting][holding]);
    const char *comma = "";
    for (int b = 0; b < FL_BUFFER_COUNT; b++)
        for (int bank = 0; bank < MEM_SRAM_MAX_BANKS; bank++) {
            const uint64_t cycles = waits->banks[b][bank][waiting][holding];
            if (cycles == 0) continue;
            fl_text_printf(out, "%s %s %d: %" PRIu64, comma, fl_buffer_names[b], bank, cycles);
            comma = ",";
        }
    fl_text_puts(out, "\n");
}

void fl_banks_table(const fl_report *report, fl_text *out)
{
    if (!each_pair(report, table_pair, out)) fl_text_puts(out, "\n  waits for banks: none\n");
}

static void json_pair(const fl_run_result *result, uint32_t core, int waiting, int holding, bool first,
                      fl_text *out)
{
    const fl_bank_waits *waits = &result->cores[core].waits;
    fl_text_printf(out,
                   "%s\n    {\"core\": %u, \"waited\": \"%s\", \"for\": \"%s\", \"cycles\": %" PRIu64
                   ", \"banks\": [",
                   first ? "" : ",", core, fl_queue_names[waiting], fl_queue_names[holding],
                   waits->units[waiting][holding]);
    const char *comma = "";
    for (int b = 0; b < FL_BUFFER_COUNT; b++)
        for (int bank = 0; bank < MEM_SRAM_MAX_BANKS; bank++) {
            uint64_t cycles = waits->banks[b][bank][waiting][holding];
            if (cycles == 0) continue;
            fl_text_printf(out, "%s{\"buffer\": \"%s\", \"bank\": %d, \"cycles\": %" PRIu64 "}", comma,
                           fl_buffer_names[b], bank, cycles);
            comma = ", ";
        }
    fl_text_puts(out, "]}");
}

void fl_banks_json(const fl_report *report, fl_text *out)
{
    fl_text_puts(out, "[");
    each_pair(report, json_pair, out);
    fl_text_puts(out, "]");
}
