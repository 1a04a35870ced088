#include "sim/report/l2.h"

#include <inttypes.h>

#include "sim/report/cores.h"

/* Cycles of the load ports (parity 0) or the store ports (1) of all cores. */
static uint64_t cycles_of(const mem_l2_stats *l2, unsigned parity, int cause)
{
    uint64_t sum = 0;
    for (unsigned p = parity; p < l2->port_count; p += 2) sum += l2->ports[p].cycles[cause];
    return sum;
}

/* Causes mean here: busy: data on the port's bus; fill: latency of the cache; bank: another access has the
 * bank; output_space: the bank has no MSHR or place in its write buffer left; dram: the line comes from
 * below. */
void fl_l2_table(const fl_report *report, fl_text *out)
{
    const mem_l2_stats *l2 = &report->result->memory.l2;
    if (l2->port_count == 0) return;
    fl_text_printf(out, "\n  %-25s %12s %12s", "where the L2 ports' cycles went", "loads", "stores");
    for (int c = 0; c < FL_CAUSE_COUNT; c++) {
        uint64_t loads = cycles_of(l2, 0, c), stores = cycles_of(l2, 1, c);
        if (loads + stores == 0) continue;
        fl_text_printf(out, "\n  %-31s %12" PRIu64 " %12" PRIu64, fl_cause_name((fl_cause)c), loads, stores);
    }
    uint64_t hits = l2->hits[0] + l2->hits[1], lines = hits + l2->misses[0] + l2->misses[1];
    fl_text_printf(out,
                   "\n\n  L2 %" PRIu64 " lines asked for, %.1f %% hits (%" PRIu64
                   " of lines under way); fetched %" PRIu64 ", written %" PRIu64 ", dirty at the end %" PRIu64
                   "; bank conflicts %" PRIu64 "\n",
                   lines, lines == 0 ? 0 : 100 * (double)hits / (double)lines, l2->merged, l2->fills,
                   l2->writes, l2->dirty_lines, l2->bank_conflicts);
}

void fl_l2_json(const fl_report *report, fl_text *out)
{
    const mem_l2_stats *l2 = &report->result->memory.l2;
    if (l2->port_count == 0) {
        fl_text_puts(out, "null");
        return;
    }
    fl_text_printf(out,
                   "{\"read_hits\": %" PRIu64 ", \"write_hits\": %" PRIu64 ", \"read_misses\": %" PRIu64
                   ", \"write_misses\": %" PRIu64 ", \"merged\": %" PRIu64 ", \"fills\": %" PRIu64
                   ", \"writes\": %" PRIu64 ", \"dirty_lines\": %" PRIu64 ", \"bank_conflicts\": %" PRIu64
                   ", \"read_bytes\": %" PRIu64 ", \"write_bytes\": %" PRIu64 ", \"ports\": {\n",
                   l2->hits[0], l2->hits[1], l2->misses[0], l2->misses[1], l2->merged, l2->fills, l2->writes,
                   l2->dirty_lines, l2->bank_conflicts, l2->read_bytes, l2->write_bytes);
    for (unsigned p = 0; p < l2->port_count; p++) {
        char name[FL_UNIT_NAME];
        fl_unit_name(report->result, p / 2, p % 2 == 0 ? FL_LOAD : FL_STORE, name);
        fl_cores_account_json(name, &l2->ports[p], out);
        fl_text_puts(out, p + 1 < l2->port_count ? ",\n" : "\n");
    }
    fl_text_puts(out, "  }}");
}
