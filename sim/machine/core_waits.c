#include "sim/machine/core_waits.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/machine/hazards.h"

static fl_share share_of(const fl_core_waits *w, uint32_t chain, unsigned core)
{
    return fl_share_of(&w->workload->ops[chain], &w->mappings[chain], core, w->cores);
}

void fl_core_waits_init(fl_core_waits *w, const wl_workload *workload, const fl_mapping *mappings,
                        unsigned cores, uint32_t first_op, uint32_t last_op)
{
    *w = (fl_core_waits){workload, mappings, cores, first_op, NULL};
    if (cores == 1) return;
    w->stores_until = calloc(workload->op_count, sizeof *w->stores_until);
    assert(w->stores_until != NULL);
    uint32_t count[FL_MAX_CORES] = {0};
    for (uint32_t chain = first_op; chain < last_op; chain += mappings[chain].chain) {
        const fl_mapping *map = &mappings[chain];
        uint32_t stored = 0;
        for (uint32_t i = 0; i < map->chain; i++) stored += mappings[chain + i].stored;
        for (unsigned core = 0; core < cores; core++) {
            fl_share share = share_of(w, chain, core);
            count[core] += stored * fl_share_results(&workload->ops[chain], map, &share);
            w->stores_until[chain][core] = count[core];
        }
    }
}

void fl_core_waits_free(fl_core_waits *w)
{
    free(w->stores_until);
    w->stores_until = NULL;
}

static bool meet(fl_box a, fl_box b)
{
    return a.row < b.row_end && b.row < a.row_end && a.column < b.column_end && b.column < a.column_end;
}

/* What a share of the chain writes of the output of `op`; the rows are the same for the whole chain. */
static fl_box output_of(const fl_core_waits *w, uint32_t chain, uint32_t op, const fl_share *share)
{
    fl_box box = fl_share_output(w->workload, &w->workload->ops[chain], share);
    if (op == chain) return box;
    return (fl_box){box.row, box.row_end, 0, w->workload->ops[op].columns};
}

void fl_core_waits_add(const fl_core_waits *w, fl_command *load, uint32_t chain, uint32_t tensor, fl_box box)
{
    uint32_t op = w->workload->tensors[tensor].producer;
    if (op == WL_NONE || op < w->first_op) return;
    uint32_t made_in = op;
    while (w->mappings[made_in].chain == 0) made_in--;
    if (made_in == chain) return; /* inside a chain a core reads what it has made itself */
    for (unsigned core = 0; core < w->cores; core++) {
        fl_share share = share_of(w, made_in, core);
        if (core == load->core || fl_share_is_empty(&share) || !meet(output_of(w, made_in, op, &share), box))
            continue;
        fl_command_wait_core(load, core, w->stores_until[made_in][core] - 1);
    }
}
