/* Vector operations, alone or in a chain. */
#include <assert.h>
#include <string.h>

#include "sim/machine/stream_state.h"

uint16_t fl_function_index(const fl_generator *g, const char *name)
{
    for (size_t i = 0; i < g->function_count; i++)
        if (strcmp(g->functions[i]->name, name) == 0) return (uint16_t)i;
    assert(!"mapped operations name registered functions");
    return 0;
}

void fl_finish_vector(fl_generator *g, fl_command *command)
{
    fl_vector_command *v = &command->u.vector;
    uint32_t sequence = fl_sequence_of(g, command);
    fl_hazards_read(&g->hazards, command, sequence, &v->in);
    if (v->inputs == 2) fl_hazards_read(&g->hazards, command, sequence, &v->in2);
    if (v->has_columns) fl_hazards_read(&g->hazards, command, sequence, &v->column_params);
    fl_hazards_write(&g->hazards, command, sequence, &v->out);
    fl_close(g, command);
}

void fl_emit_store(fl_generator *g, uint32_t op, fl_dma_command dma, uint32_t t, uint64_t row, uint64_t rows)
{
    fl_command *store = fl_emit(g, FL_STORE);
    store->layer = op;
    dma.block.write = true;
    store->u.dma = dma;
    uint32_t sequence = fl_sequence_of(g, store);
    fl_hazards_read(&g->hazards, store, sequence, &dma.region);
    fl_close(g, store);
    fl_mark_stored(g, t, row, rows, sequence);
}

static fl_region ensure_rows(fl_generator *g, fl_slot_cache *cache, uint32_t t, uint32_t row, uint32_t rows)
{
    wl_view view = {.tensor = t};
    fl_tile_id id = {t, 0, 0, row, 0};
    return fl_ensure(g, cache, &view, &id, 1, rows, fl_tensor(g, t)->columns, true);
}

/* Rows [row, row + rows) of the chain's operation number `position`. `chained` is the tensor that the
 * operation before has left in `made`, WL_NONE at the head. Returns where the result is. */
static fl_region emit_vector_op(fl_generator *g, uint32_t position, uint32_t chained, fl_region made,
                                uint32_t row, uint32_t rows)
{
    uint32_t index = g->op + position;
    const wl_op *op = &g->workload->ops[index];
    const fl_mapping *map = &g->mappings[index];
    fl_stage *own = &g->stages[position];
    fl_region parameters = {0}, first = made, second = made;
    if (op->column_params != WL_NONE)
        parameters = fl_ensure_parameters(g, &own->parameters, op->column_params, 0, op->columns);
    if (op->in != chained) first = ensure_rows(g, &own->source, op->in, row, rows);
    if (op->in2 != WL_NONE && op->in2 != chained) second = ensure_rows(g, &own->source2, op->in2, row, rows);
    wl_view view = {.tensor = op->out};
    fl_tile_id id = {op->out, 0, 0, row, 0};
    fl_dma_command dma = {0};
    fl_view_block(g, &view, &id, 1, rows, op->columns, true, &dma);
    fl_region result = fl_next_turn(FL_VECTOR_BUFFER, &map->result, &own->result_turn);
    dma.region.buffer = result.buffer;
    dma.region.offset_bytes = result.offset_bytes;
    fl_command *command = fl_emit(g, FL_VECTOR);
    command->layer = index;
    command->u.vector =
        (fl_vector_command){.function = fl_function_index(g, op->function),
                            .inputs = op->in2 == WL_NONE ? 1 : 2,
                            .has_columns = op->column_params != WL_NONE,
                            .rows = rows,
                            .columns = op->columns,
                            .prefix = op->causal ? op->context + row % (op->columns - op->context) + 1 : 0,
                            .context = op->context,
                            .in_format = fl_tensor(g, op->in)->format,
                            .in2_format = fl_tensor(g, op->in2 == WL_NONE ? op->in : op->in2)->format,
                            .out_format = fl_tensor(g, op->out)->format,
                            .immediates = op->immediates,
                            .in = first,
                            .in2 = second,
                            .column_params = parameters,
                            .out = dma.region};
    fl_finish_vector(g, command);
    if (map->stored) fl_emit_store(g, index, dma, op->out, row, rows);
    return dma.region;
}

void fl_emit_chain(fl_generator *g, uint32_t done, fl_region made, uint32_t row, uint32_t rows)
{
    for (uint32_t position = done + 1; position < fl_current_mapping(g)->chain; position++) {
        const wl_op *before = &g->workload->ops[g->op + position - 1];
        uint32_t chained = wl_op_output(before);
        made = emit_vector_op(g, position, chained, made, row, rows);
    }
}

void fl_start_stages(fl_generator *g)
{
    memset(g->stages, 0, sizeof g->stages);
    for (uint32_t position = 0; position < fl_current_mapping(g)->chain; position++) {
        const fl_mapping *map = &g->mappings[g->op + position];
        const fl_tile_size row = {1, 1, map->columns}, rows = {1, map->rows, map->columns};
        fl_slot_cache_shape(&g->stages[position].parameters, FL_VECTOR_BUFFER, &map->parameters, row);
        fl_slot_cache_shape(&g->stages[position].source, FL_VECTOR_BUFFER, &map->source, rows);
        fl_slot_cache_shape(&g->stages[position].source2, FL_VECTOR_BUFFER, &map->source2, rows);
    }
}

bool fl_step_vector(fl_generator *g)
{
    uint32_t rows = fl_minimum(fl_current_mapping(g)->rows, g->share.row.end - g->row);
    fl_region made = emit_vector_op(g, 0, WL_NONE, (fl_region){0}, g->row, rows);
    fl_emit_chain(g, 0, made, g->row, rows);
    return !fl_advance(&g->row, fl_current_mapping(g)->rows, g->share.row);
}
