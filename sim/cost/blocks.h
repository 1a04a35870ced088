/* What synthesis says of each RTL block: configs/costs/osu018_blocks.yaml, which `make area` writes. */
#ifndef FL_COST_BLOCKS_H
#define FL_COST_BLOCKS_H

#include "sim/base/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* At one node. */
typedef struct fl_cost_gates {
    double um2, operation_pj;
    uint64_t delay_ps; /* longest path */
} fl_cost_gates;

typedef struct fl_cost_block {
    const char *name, *module, *parameters;
    uint64_t cells, registers;
    fl_cost_gates gates, gates_28nm; /* of the library's node; scaled */
    double cycle_pj, activity, leakage_mw;
} fl_cost_block;

typedef struct fl_cost_blocks {
    fl_config *config; /* owns the strings */
    const char *node, *tools, *setting;
    fl_cost_block *blocks; /* sorted by name */
    size_t count;
} fl_cost_blocks;

/* fl_cost_blocks_free after success. */
fl_status fl_cost_blocks_read(const char *path, fl_cost_blocks *blocks, fl_error *error);
void fl_cost_blocks_free(fl_cost_blocks *blocks);
/* NULL when there is none. */
const fl_cost_block *fl_cost_block_find(const fl_cost_blocks *blocks, const char *name);

#ifdef __cplusplus
}
#endif
#endif
