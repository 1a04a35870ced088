#include "sim/report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/cores.h"
#include "sim/report/l2.h"
#include "sim/report/layer_causes.h"
#include "sim/report/layers.h"

fl_report fl_report_new(const fl_machine_config *machine, const wl_workload *workload,
                        const fl_mapping *mappings, const fl_run_result *result, double dram_bytes_per_cycle)
{
    fl_report report = {.machine = machine,
                        .workload = workload,
                        .mappings = mappings,
                        .result = result,
                        .dram_bytes_per_cycle = dram_bytes_per_cycle};
    report.seconds = (double)result->cycles * (double)machine->period_ps * 1e-12;
    fl_cost_structure structure = fl_machine_structure(machine);
    const mem_energy *dram = result->memory.has_energy ? &result->memory.energy : NULL;
    fl_cost_energy(&machine->costs, &structure, &result->actions, dram, report.seconds, &report.energy);
    fl_cost_area(&machine->costs, &structure, &report.area);
    return report;
}

double fl_report_utilization(const fl_report *report)
{
    double pe_cycles = (double)report->result->cycles * (double)fl_machine_structure(report->machine).pes;
    return pe_cycles == 0 ? 0 : (double)report->result->actions.pe_macs / pe_cycles;
}

/* --- terminal
 * -------------------------------------------------------------------------------------------------------- */

/* A row that stands for a chain says how many operations follow in it. */
static void table_row(const fl_report *report, const fl_row *row, fl_text *out)
{
    fl_bound bound = fl_row_bound(report, row);
    char name[64];
    int length = snprintf(name, sizeof name, "%.*s", (int)row->name_length, row->name);
    if (row->chained != 0 && length < (int)sizeof name)
        snprintf(name + length, sizeof name - (size_t)length, " +%u", row->chained);
    fl_text_printf(out, "  %-28s %12" PRIu64 " %6.1f %%  %-8s %4.0f %% %12.1f %12.1f\n", name, row->cycles,
                   100 * fl_row_utilization(report, row), bound.unit, 100 * bound.share,
                   (double)(row->actions.dram_read_bytes + row->actions.dram_write_bytes) / 1024,
                   fl_row_energy_pj(report, row) * 1e-6);
}

static void table_group(const fl_report *report, fl_grouping grouping, const char *title, fl_row *rows,
                        fl_text *out)
{
    fl_text_printf(out, "\n  %-28s %12s %8s  %-15s %12s %12s\n", title, "cycles", "PE util", "bound by, busy",
                   "DRAM KiB", "energy uJ");
    uint32_t count = fl_rows_group(report, grouping, rows);
    for (uint32_t r = 0; r < count; r++) table_row(report, &rows[r], out);
}

static void table_dram_energy(const fl_report *report, fl_text *out)
{
    const mem_energy *e = &report->energy.dram;
    if (report->result->memory.has_energy)
        fl_text_printf(out,
                       "  of the dram, by command: activate %.3g mJ, read %.3g, write %.3g, refresh %.3g, "
                       "background %.3g\n",
                       e->activate_pj * 1e-9, e->read_pj * 1e-9, e->write_pj * 1e-9, e->refresh_pj * 1e-9,
                       e->background_pj * 1e-9);
    else
        fl_text_printf(out, "  of the dram, per bit: read %.3g mJ, write %.3g; the rest of it is static\n",
                       e->read_pj * 1e-9, e->write_pj * 1e-9);
}

static void table_totals(const fl_report *report, fl_text *out)
{
    const fl_run_result *r = report->result;
    const fl_energy *e = &report->energy;
    const fl_area *a = &report->area;
    char cores[24] = "";
    if (r->core_count > 1) snprintf(cores, sizeof cores, "%u cores of ", r->core_count);
    fl_text_printf(out,
                   "\n  %" PRIu64 " cycles at %.4g MHz = %.4g ms; %" PRIu64
                   " MACs, PE utilisation %.1f %% of %s%u x %u\n",
                   r->cycles, (double)report->machine->clock_hz * 1e-6, report->seconds * 1e3, r->macs,
                   100 * fl_report_utilization(report), cores, report->machine->array.rows,
                   report->machine->array.columns);
    fl_text_printf(out,
                   "  DRAM %.2f MiB read, %.2f MiB written; row hits %" PRIu64 ", misses %" PRIu64
                   ", conflicts %" PRIu64 ", refreshes %" PRIu64 "\n",
                   (double)r->memory.read_bytes / 1048576, (double)r->memory.write_bytes / 1048576,
                   r->memory.row_hits, r->memory.row_misses, r->memory.row_conflicts, r->memory.refreshes);
    const bool has_l2 = r->memory.l2.port_count > 0;
    char l2_energy[24] = "", l2_area[24] = "";
    if (has_l2) snprintf(l2_energy, sizeof l2_energy, " l2 %.3g,", e->l2_pj * 1e-9);
    if (has_l2) snprintf(l2_area, sizeof l2_area, ", l2 %.4g", a->l2_um2 * 1e-6);
    fl_text_printf(
        out, "  energy %.4g mJ: matrix %.3g, vector %.3g, buffers %.3g,%s dram %.3g, static %.3g (%s, %s)\n",
        fl_energy_total(e) * 1e-9, e->matrix_pj * 1e-9, e->vector_pj * 1e-9, e->buffers_pj * 1e-9, l2_energy,
        e->dram_pj * 1e-9, e->static_pj * 1e-9, report->machine->costs.name, report->machine->costs.node);
    fl_text_printf(out, "  area %.4g mm2: array %.4g, decoders %.3g, vector %.3g, buffers %.4g%s\n",
                   fl_area_total(a) * 1e-6, a->matrix_um2 * 1e-6, a->decoders_um2 * 1e-6,
                   a->vector_um2 * 1e-6, a->buffers_um2 * 1e-6, l2_area);
    fl_text_puts(out, "  of the buffers:");
    for (int b = 0; b < FL_BUFFER_COUNT; b++)
        fl_text_printf(out, "%s %s %.3g mJ, %.3g mm2", b == 0 ? "" : ";", fl_buffer_names[b],
                       e->buffer_pj[b] * 1e-9, a->buffer_um2[b] * 1e-6);
    fl_text_puts(out, "\n");
    table_dram_energy(report, out);
}

void fl_report_table(const fl_report *report, fl_text *out)
{
    fl_row *rows = calloc(report->workload->op_count, sizeof *rows);
    if (rows == NULL) {
        out->failed = true;
        return;
    }
    fl_text_printf(out, "\n  %s on %s\n", report->workload->name, report->machine->name);
    table_group(report, FL_BY_LAYER, "layer", rows, out);
    table_group(report, FL_BY_KIND, "operation (+ its chain)", rows, out);
    fl_cores_table(report, out);
    fl_l2_table(report, out);
    table_totals(report, out);
    free(rows);
}

/* --- files
 * -----------------------------------------------------------------------------------------------------------
 */

/* Energy and area of each buffer, of all cores together, with the figures behind them. */
static void json_buffers(const fl_report *report, fl_text *out)
{
    const fl_cost_table *costs = &report->machine->costs;
    fl_text_puts(out, "  \"buffers\": {\n");
    for (int b = 0; b < FL_BUFFER_COUNT; b++)
        fl_text_printf(out,
                       "    \"%s\": {\"energy_pj\": %.12g, \"area_um2\": %.12g, \"read_pj_per_bit\": %.9g, "
                       "\"write_pj_per_bit\": %.9g}%s\n",
                       fl_buffer_names[b], report->energy.buffer_pj[b], report->area.buffer_um2[b],
                       costs->read_pj_per_bit[b], costs->write_pj_per_bit[b],
                       b + 1 < FL_BUFFER_COUNT ? "," : "");
    fl_text_puts(out, "  },\n");
}

static void json_dram_energy(const fl_report *report, fl_text *out)
{
    const mem_energy *e = &report->energy.dram;
    fl_text_printf(out,
                   "  \"dram_energy_pj\": {\"model\": \"%s\", \"activate\": %.12g, \"read\": %.12g, "
                   "\"write\": %.12g, \"refresh\": %.12g, \"background\": %.12g},\n",
                   report->result->memory.has_energy ? "by_command" : "per_bit", e->activate_pj, e->read_pj,
                   e->write_pj, e->refresh_pj, e->background_pj);
}

static uint64_t commands(const fl_run_result *result, int queue)
{
    uint64_t sum = 0;
    for (uint32_t core = 0; core < result->core_count; core++) sum += result->cores[core].commands[queue];
    return sum;
}

void fl_report_summary_json(const fl_report *report, fl_text *out)
{
    const fl_run_result *r = report->result;
    const fl_energy *e = &report->energy;
    fl_text_puts(out, "{\n  \"machine\": ");
    fl_text_json(out, report->machine->name);
    fl_text_puts(out, ",\n  \"workload\": ");
    fl_text_json(out, report->workload->name);
    fl_text_printf(out,
                   ",\n  \"version\": \"%s\",\n  \"clock_hz\": %" PRIu64 ",\n  \"period_ps\": %" PRIu64 ",\n",
                   FL_VERSION, report->machine->clock_hz, report->machine->period_ps);
    fl_text_printf(out,
                   "  \"cycles\": %" PRIu64 ",\n  \"seconds\": %.12g,\n  \"macs\": %" PRIu64
                   ",\n  \"utilization\": %.9g,\n",
                   r->cycles, report->seconds, r->macs, fl_report_utilization(report));
    fl_text_printf(
        out, "  \"peak\": {\"pe_operations_per_cycle\": %" PRIu64 ", \"dram_bytes_per_cycle\": %.9g},\n",
        fl_machine_structure(report->machine).pes, report->dram_bytes_per_cycle);
    fl_text_printf(out,
                   "  \"dram\": {\"read_bytes\": %" PRIu64 ", \"write_bytes\": %" PRIu64
                   ", \"row_hits\": %" PRIu64 ", \"row_misses\": %" PRIu64 ", \"row_conflicts\": %" PRIu64
                   ", \"activates\": %" PRIu64 ", \"refreshes\": %" PRIu64 ", \"clock_hz\": %" PRIu64 "},\n",
                   r->memory.read_bytes, r->memory.write_bytes, r->memory.row_hits, r->memory.row_misses,
                   r->memory.row_conflicts, r->memory.activates, r->memory.refreshes, r->memory.clock_hz);
    fl_text_printf(out,
                   "  \"energy_pj\": {\"matrix\": %.12g, \"vector\": %.12g, \"buffers\": %.12g, \"l2\": "
                   "%.12g, \"dram\": %.12g, \"static\": %.12g, \"total\": %.12g},\n",
                   e->matrix_pj, e->vector_pj, e->buffers_pj, e->l2_pj, e->dram_pj, e->static_pj,
                   fl_energy_total(e));
    json_dram_energy(report, out);
    fl_text_printf(out,
                   "  \"area_um2\": %.12g,\n  \"areas_um2\": {\"matrix\": %.12g, \"decoders\": %.12g, "
                   "\"vector\": %.12g, \"buffers\": %.12g, \"l2\": %.12g},\n",
                   fl_area_total(&report->area), report->area.matrix_um2, report->area.decoders_um2,
                   report->area.vector_um2, report->area.buffers_um2, report->area.l2_um2);
    fl_text_puts(out, "  \"costs\": {\"table\": ");
    fl_text_json(out, report->machine->costs.name);
    fl_text_puts(out, ", \"node\": ");
    fl_text_json(out, report->machine->costs.node);
    fl_text_puts(out, "},\n");
    json_buffers(report, out);
    fl_text_puts(out, "  \"l2\": ");
    fl_l2_json(report, out);
    fl_text_puts(out, ",\n  \"bank_waits\": ");
    fl_banks_json(report, out);
    fl_text_puts(out, ",\n  \"units\": ");
    fl_cores_json(report, out);
    fl_text_puts(out, ",\n");
    fl_text_puts(out, "  \"commands\": {");
    for (int q = 0; q < FL_QUEUE_COUNT; q++)
        fl_text_printf(out, "%s\"%s\": %" PRIu64, q == 0 ? "" : ", ", fl_queue_names[q], commands(r, q));
    fl_text_puts(out, "}\n}\n");
}

/* Operation names hold letters, digits, dots and underscores only, so a CSV field needs no quotes. The bound
 * is that of the whole chain, whose operations share their cycles. */
void fl_report_layers_csv(const fl_report *report, fl_text *out)
{
    fl_text_puts(out,
                 "operation,chain_head,cycles,macs,pe_utilization,bound_by,bound_share,matrix_busy_cycles,"
                 "vector_busy_cycles,"
                 "load_busy_cycles,store_busy_cycles,dram_read_bytes,dram_write_bytes,dynamic_energy_pj");
    fl_layer_causes_head(report, out);
    fl_text_puts(out, "\n");
    for (uint32_t op = 0; op < report->workload->op_count; op++) {
        fl_row row = fl_row_of(report, op), chain = fl_row_of_chain(report, op);
        fl_bound bound = fl_row_bound(report, &chain);
        const fl_layer_result *layer = &report->result->layers[op];
        fl_text_printf(out,
                       "%s,%s,%" PRIu64 ",%" PRIu64 ",%.6f,%s,%.6f,%" PRIu64 ",%" PRIu64 ",%" PRIu64
                       ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.9g",
                       row.name, chain.name, row.cycles, row.macs, fl_row_utilization(report, &row),
                       bound.unit, bound.share, row.matrix_busy, row.vector_busy, layer->busy[FL_LOAD],
                       layer->busy[FL_STORE], row.actions.dram_read_bytes, row.actions.dram_write_bytes,
                       fl_row_energy_pj(report, &row));
        fl_layer_causes_cells(report, op, out);
        fl_text_puts(out, "\n");
    }
}

void fl_report_meta_json(const fl_report *report, double wall_seconds, double process_seconds, fl_text *out)
{
    fl_text_printf(out,
                   "{\n  \"version\": \"%s\",\n  \"simulation_wall_seconds\": %.6f,\n  "
                   "\"process_wall_seconds\": %.6f,\n  \"simulated_cycles_per_second\": %.6g\n}\n",
                   FL_VERSION, wall_seconds, process_seconds,
                   wall_seconds > 0 ? (double)report->result->cycles / wall_seconds : 0);
}
