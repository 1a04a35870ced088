/* Matrix products, tile by tile. */
#include "sim/machine/stream_state.h"

typedef struct tile_shape {
    uint32_t items, rows, columns, depth;
} tile_shape;

static tile_shape current_shape(const fl_generator *g)
{
    const fl_share *s = &g->share;
    const fl_mapping *map = fl_current_mapping(g);
    return (tile_shape){fl_minimum(map->items, s->item.end - g->item),
                        fl_minimum(map->rows, s->row.end - g->row),
                        fl_minimum(map->columns, s->column.end - g->column),
                        fl_minimum(map->depth, fl_current_op(g)->gemm.k - g->depth)};
}

static fl_region ensure_a(fl_generator *g, tile_shape t)
{
    const wl_gemm *gemm = &fl_current_op(g)->gemm;
    fl_tile_id id = {gemm->a.tensor, g->outer, g->item, g->row, g->depth};
    return fl_ensure(g, &g->input, &gemm->a, &id, t.items, t.rows, t.depth, t.depth == gemm->k);
}

static fl_region ensure_b(fl_generator *g, tile_shape t, uint32_t column, uint32_t depth)
{
    const wl_gemm *gemm = &fl_current_op(g)->gemm;
    t.columns = fl_minimum(fl_current_mapping(g)->columns, gemm->n - column);
    t.depth = fl_minimum(fl_current_mapping(g)->depth, gemm->k - depth);
    fl_tile_id id = {gemm->b.tensor, g->outer, g->item, gemm->b_k_major ? depth : column,
                     gemm->b_k_major ? column : depth};
    uint32_t rows = gemm->b_k_major ? t.depth : t.columns, columns = gemm->b_k_major ? t.columns : t.depth;
    return fl_ensure(g, &g->weight, &gemm->b, &id, t.items, rows, columns,
                     columns == (gemm->b_k_major ? gemm->n : gemm->k));
}

/* Operands that no earlier operation produces are fetched first, so that they do not queue behind one that
 * waits. */
static void prefetch_weights(fl_generator *g)
{
    const wl_gemm *gemm = &fl_current_op(g)->gemm;
    const fl_mapping *map = fl_current_mapping(g);
    if (fl_tensor(g, gemm->b.tensor)->producer != WL_NONE) return;
    tile_shape t = current_shape(g);
    uint32_t left = map->weight.slots;
    fl_range columns = g->share.column;
    if (map->order == FL_COLUMNS_OUTER) columns.end = fl_minimum(columns.end, columns.first + map->columns);
    for (uint32_t column = columns.first; column < columns.end && left > 0; column += map->columns)
        for (uint32_t depth = 0; depth < gemm->k && left > 0; depth += map->depth, left--)
            ensure_b(g, t, column, depth);
}

static fl_region emit_product(fl_generator *g, tile_shape t, fl_region a, fl_region b)
{
    const wl_gemm *gemm = &fl_current_op(g)->gemm;
    if (g->depth == 0) g->accumulator_turn++;
    uint32_t turn = g->accumulator_turn - 1;
    fl_region c = fl_next_turn(FL_ACCUMULATOR, &fl_current_mapping(g)->accumulator, &turn);
    c.stride_bytes = t.columns * 4;
    c.item_bytes = t.rows * c.stride_bytes;
    c.bytes = t.items * c.item_bytes;
    fl_command *product = fl_emit(g, FL_MATRIX);
    product->u.matrix = (fl_matrix_command){.items = t.items,
                                            .m = t.rows,
                                            .n = t.columns,
                                            .k = t.depth,
                                            .a_format = fl_tensor(g, gemm->a.tensor)->format,
                                            .b_format = fl_tensor(g, gemm->b.tensor)->format,
                                            .b_k_major = gemm->b_k_major,
                                            .accumulate = g->depth != 0,
                                            .a = a,
                                            .b = b,
                                            .c = c};
    uint32_t sequence = fl_sequence_of(g, product);
    fl_hazards_read(&g->hazards, product, sequence, &a);
    fl_hazards_read(&g->hazards, product, sequence, &b);
    fl_hazards_write(&g->hazards, product, sequence, &c);
    fl_close(g, product);
    return c;
}

/* Where the rows from number `row` on go: each sequence of a cache has its new ones behind the given ones.
 * `dma` describes them as if they were the first rows of the tensor, one behind the other. */
static fl_dma_command written_rows(const wl_tensor *t, uint64_t row, fl_dma_command dma)
{
    dma.block.address += (wl_written_row(t, row) - row) * t->row_stride_bytes;
    if (t->role == WL_CACHE && dma.block.rows > wl_new_rows(t)) {
        dma.block.planes = dma.block.rows / wl_new_rows(t);
        dma.block.rows = wl_new_rows(t);
        dma.block.plane_stride_bytes = t->sequence_rows * t->row_stride_bytes;
        dma.region.item_bytes = dma.block.rows * dma.region.stride_bytes;
    }
    return dma;
}

/* The epilogue turns the tile's sums into output codes. Items that lie side by side in the output get a
 * command each, so that their rows interleave in the buffer and leave as full-width rows. Returns where the
 * codes are. */
static fl_region emit_epilogue(fl_generator *g, tile_shape t, fl_region sums, fl_region parameters)
{
    const wl_op *op = fl_current_op(g);
    const wl_gemm *gemm = &op->gemm;
    fl_tile_id id = {gemm->out.tensor, g->outer, g->item, g->row, g->column};
    fl_dma_command dma = {0};
    fl_view_block(g, &gemm->out, &id, t.items, t.rows, t.columns, t.columns == gemm->n, &dma);
    fl_region result =
        fl_next_turn(FL_VECTOR_BUFFER, &fl_current_mapping(g)->result, &g->stages[0].result_turn);
    dma.region.buffer = result.buffer;
    dma.region.offset_bytes = result.offset_bytes;
    bool interleaved = dma.block.planes != t.items;
    uint32_t commands = interleaved ? t.items : 1;
    for (uint32_t i = 0; i < commands; i++) {
        fl_command *epilogue = fl_emit(g, FL_VECTOR);
        fl_vector_command *v = &epilogue->u.vector;
        *v = (fl_vector_command){.function = fl_function_index(g, op->function),
                                 .inputs = 1,
                                 .has_columns = op->column_params != WL_NONE,
                                 .rows = interleaved ? t.rows : t.items * t.rows,
                                 .columns = t.columns,
                                 .in_format = {NUM_INT, 32, true},
                                 .out_format = fl_tensor(g, gemm->out.tensor)->format,
                                 .immediates = op->immediates,
                                 .in = sums,
                                 .column_params = parameters,
                                 .out = dma.region};
        v->in2_format = v->in_format;
        if (interleaved) {
            v->in.offset_bytes += i * sums.item_bytes;
            v->in.bytes = sums.item_bytes;
            v->out.offset_bytes += i * dma.region.item_bytes;
            v->out.bytes = dma.region.bytes - i * dma.region.item_bytes;
        }
        fl_finish_vector(g, epilogue);
    }
    uint64_t row =
        (uint64_t)g->outer * gemm->out.outer_rows + (uint64_t)g->item * gemm->out.inner_rows + g->row;
    if (fl_current_mapping(g)->stored)
        fl_emit_store(g, g->op, written_rows(fl_tensor(g, gemm->out.tensor), row, dma), gemm->out.tensor, row,
                      (uint64_t)(t.items - 1) * gemm->out.inner_rows + t.rows);
    return dma.region;
}

void fl_start_gemm(fl_generator *g)
{
    const fl_mapping *map = fl_current_mapping(g);
    const bool k_major = fl_current_op(g)->gemm.b_k_major;
    const fl_tile_size a = {map->items, map->rows, map->depth},
                       b = {map->items, k_major ? map->depth : map->columns,
                            k_major ? map->columns : map->depth};
    fl_slot_cache_shape(&g->input, FL_INPUT, &map->input, a);
    fl_slot_cache_shape(&g->weight, FL_WEIGHT, &map->weight, b);
    g->outer = g->share.outer.first;
    g->item = g->share.item.first;
    g->column = g->share.column.first;
    g->depth = 0;
    prefetch_weights(g);
}

/* Steps depth, then the inner and outer tile loop, then items; false when the operation is through. */
static bool advance_gemm(fl_generator *g)
{
    const fl_share *s = &g->share;
    const fl_mapping *map = fl_current_mapping(g);
    if (!fl_advance(&g->depth, map->depth, (fl_range){0, fl_current_op(g)->gemm.k})) return true;
    bool rows_outer = map->order == FL_ROWS_OUTER;
    bool wrapped =
        rows_outer ? fl_advance(&g->column, map->columns, s->column) : fl_advance(&g->row, map->rows, s->row);
    if (!wrapped) return true;
    wrapped =
        rows_outer ? fl_advance(&g->row, map->rows, s->row) : fl_advance(&g->column, map->columns, s->column);
    if (!wrapped) return true;
    if (!fl_advance(&g->item, map->items, s->item)) return true;
    return !fl_advance(&g->outer, 1, s->outer);
}

bool fl_step_gemm(fl_generator *g)
{
    const wl_op *op = fl_current_op(g);
    tile_shape t = current_shape(g);
    fl_region b = ensure_b(g, t, g->column, g->depth);
    fl_region parameters = {0};
    bool last = g->depth + t.depth == op->gemm.k;
    if (last && op->column_params != WL_NONE)
        parameters =
            fl_ensure_parameters(g, &g->stages[0].parameters, op->column_params, g->column, t.columns);
    fl_region a = ensure_a(g, t);
    fl_region sums = emit_product(g, t, a, b);
    if (last) {
        fl_region made = emit_epilogue(g, t, sums, parameters);
        uint32_t row = g->outer * op->gemm.out.outer_rows + g->item * op->gemm.out.inner_rows + g->row;
        fl_emit_chain(g, 0, made, row, t.items * t.rows);
    }
    return advance_gemm(g);
}
