#include "sim/cost/blocks.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off: a key per line */
#define ROW(field_key, field_type, field_unit, field, what)                                                  \
    {                                                                                                        \
        .key = field_key, .type = field_type, .unit = field_unit, .help = what,                              \
        .offset = offsetof(fl_cost_block, field)                                                             \
    }
static const fl_param BLOCK[] = {
    ROW("module", FL_NAME, FL_UNIT_NONE, module, "SystemVerilog module"),
    ROW("parameters", FL_NAME, FL_UNIT_NONE, parameters, "its parameters"),
    ROW("cells", FL_UINT, FL_UNIT_NONE, cells, "library cells"),
    ROW("registers", FL_UINT, FL_UNIT_NONE, registers, "of them flip-flops"),
    ROW("area", FL_REAL, FL_UNIT_UM2, gates.um2, "area of the cells"),
    ROW("delay", FL_UINT, FL_UNIT_PICOSECONDS, gates.delay_ps, "longest path"),
    ROW("energy", FL_REAL, FL_UNIT_PICOJOULES, gates.operation_pj, "dynamic energy of an operation"),
    ROW("cycle_energy", FL_REAL, FL_UNIT_PICOJOULES, cycle_pj, "dynamic energy of a cycle"),
    ROW("activity", FL_REAL, FL_UNIT_NONE, activity, "share of the cells' outputs that toggle in a cycle"),
    ROW("leakage", FL_REAL, FL_UNIT_MILLIWATTS, leakage_mw, "leakage power"),
    ROW("at_28nm.area", FL_REAL, FL_UNIT_UM2, gates_28nm.um2, "scaled to 28 nm"),
    ROW("at_28nm.delay", FL_UINT, FL_UNIT_PICOSECONDS, gates_28nm.delay_ps, "scaled to 28 nm"),
    ROW("at_28nm.energy", FL_REAL, FL_UNIT_PICOJOULES, gates_28nm.operation_pj, "scaled to 28 nm"),
};
static const fl_param HEAD[] = {
    {.key = "node", .type = FL_NAME, .help = "technology node", .offset = offsetof(fl_cost_blocks, node)},
    {.key = "tools",
     .type = FL_NAME,
     .help = "versions of what measured",
     .offset = offsetof(fl_cost_blocks, tools)},
    {.key = "setting",
     .type = FL_NAME,
     .help = "of the measurement",
     .offset = offsetof(fl_cost_blocks, setting)},
};
/* clang-format on */

static fl_status read_blocks(fl_cost_blocks *blocks, fl_error *error)
{
    fl_node *root = fl_config_root(blocks->config), *list = fl_node_get(root, "blocks");
    fl_status status = fl_schema_read(blocks->config, root, root, FL_ROWS(HEAD), blocks, error);
    blocks->count = fl_node_count(list);
    blocks->blocks = calloc(blocks->count + 1, sizeof *blocks->blocks);
    if (status == FL_OK && blocks->blocks == NULL)
        status = fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    for (size_t i = 0; status == FL_OK && i < blocks->count; i++) {
        fl_node *node = fl_node_at(list, i);
        blocks->blocks[i].name = fl_node_key(node);
        status = fl_schema_read(blocks->config, node, list, FL_ROWS(BLOCK), &blocks->blocks[i], error);
    }
    return status == FL_OK ? fl_config_check_used(blocks->config, error) : status;
}

fl_status fl_cost_blocks_read(const char *path, fl_cost_blocks *blocks, fl_error *error)
{
    *blocks = (fl_cost_blocks){0};
    fl_status status = fl_config_load(path, NULL, 0, &blocks->config, error);
    if (status == FL_OK) status = read_blocks(blocks, error);
    if (status != FL_OK) fl_cost_blocks_free(blocks);
    return status;
}

void fl_cost_blocks_free(fl_cost_blocks *blocks)
{
    free(blocks->blocks);
    fl_config_free(blocks->config);
    *blocks = (fl_cost_blocks){0};
}

const fl_cost_block *fl_cost_block_find(const fl_cost_blocks *blocks, const char *name)
{
    for (size_t i = 0; i < blocks->count; i++)
        if (strcmp(blocks->blocks[i].name, name) == 0) return &blocks->blocks[i];
    return NULL;
}
