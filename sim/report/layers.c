#include "sim/report/layers.h"

#include <string.h>

fl_row fl_row_of(const fl_report *report, uint32_t op)
{
    const fl_layer_result *layer = &report->result->layers[op];
    const char *name = report->workload->ops[op].name;
    return (fl_row){.name = name,
                    .name_length = strlen(name),
                    .cycles = layer->cycles,
                    .macs = layer->macs,
                    .matrix_busy = layer->busy[FL_MATRIX],
                    .vector_busy = layer->busy[FL_VECTOR],
                    .actions = layer->actions,
                    .dram_energy = layer->dram_energy};
}

static void add_row(fl_row *sum, const fl_row *row)
{
    sum->cycles += row->cycles;
    sum->macs += row->macs;
    sum->matrix_busy += row->matrix_busy;
    sum->vector_busy += row->vector_busy;
    fl_cost_actions_add(&sum->actions, &row->actions);
    mem_energy_add(&sum->dram_energy, &row->dram_energy);
}

fl_row fl_row_of_chain(const fl_report *report, uint32_t op)
{
    while (report->mappings[op].chain == 0) op--;
    fl_row sum = fl_row_of(report, op);
    sum.chained = report->mappings[op].chain - 1;
    for (uint32_t i = 1; i <= sum.chained; i++) {
        fl_row row = fl_row_of(report, op + i);
        add_row(&sum, &row);
    }
    return sum;
}

static void cut_name(fl_row *row, fl_grouping grouping)
{
    const char *dot = memchr(row->name, '.', row->name_length);
    if (dot == NULL) return;
    size_t head = (size_t)(dot - row->name);
    if (grouping == FL_BY_LAYER) {
        row->name_length = head;
    } else {
        row->name = dot + 1;
        row->name_length -= head + 1;
    }
}

uint32_t fl_rows_group(const fl_report *report, fl_grouping grouping, fl_row *rows)
{
    uint32_t count = 0;
    for (uint32_t op = 0; op < report->workload->op_count; op++) {
        if (grouping == FL_BY_KIND && report->mappings[op].chain == 0) continue;
        fl_row row = grouping == FL_BY_KIND ? fl_row_of_chain(report, op) : fl_row_of(report, op);
        cut_name(&row, grouping);
        uint32_t r = 0;
        while (r < count && (rows[r].name_length != row.name_length ||
                             memcmp(rows[r].name, row.name, row.name_length) != 0))
            r++;
        if (r == count)
            rows[count++] = row;
        else
            add_row(&rows[r], &row);
    }
    return count;
}

fl_bound fl_row_bound(const fl_report *report, const fl_row *row)
{
    if (row->cycles == 0) return (fl_bound){"-", 0};
    double dram_cycles =
        (double)(row->actions.dram_read_bytes + row->actions.dram_write_bytes) / report->dram_bytes_per_cycle;
    double cores = report->result->core_count;
    fl_bound bound = {"matrix", (double)row->matrix_busy / cores};
    if ((double)row->vector_busy / cores > bound.share)
        bound = (fl_bound){"vector", (double)row->vector_busy / cores};
    if (dram_cycles > bound.share) bound = (fl_bound){"dram", dram_cycles};
    bound.share /= (double)row->cycles;
    if (bound.share < 0.5) bound.unit = "latency";
    return bound;
}

double fl_row_utilization(const fl_report *report, const fl_row *row)
{
    double pe_cycles = (double)row->cycles * (double)fl_machine_structure(report->machine).pes;
    return pe_cycles == 0 ? 0 : (double)row->actions.pe_macs / pe_cycles;
}

double fl_row_energy_pj(const fl_report *report, const fl_row *row)
{
    fl_cost_structure structure = fl_machine_structure(report->machine);
    fl_energy energy;
    const mem_energy *dram = report->result->memory.has_energy ? &row->dram_energy : NULL;
    fl_cost_energy(&report->machine->costs, &structure, &row->actions, dram, 0, &energy);
    return fl_energy_total(&energy);
}
