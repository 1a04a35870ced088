#include "sim/machine/share.h"

const char *const fl_split_names[FL_SPLIT_COUNT] = {"none", "batch", "items", "rows", "columns"};

static uint32_t ceil_div(uint32_t a, uint32_t b) { return (a + b - 1) / b; }
static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }
static uint32_t length(fl_range range) { return range.end - range.first; }

static fl_share whole(const wl_op *op)
{
    if (op->kind == WL_VECTOR) return (fl_share){{0, 1}, {0, 1}, {0, op->rows}, {0, op->columns}};
    const wl_gemm *g = &op->gemm;
    return (fl_share){{0, g->outer}, {0, g->inner}, {0, g->m}, {0, g->n}};
}

/* The range of the share that is split, and the tile in that dimension. */
static fl_range *split_range(const fl_mapping *map, fl_share *share, uint32_t *tile)
{
    switch (map->split) {
    case FL_SPLIT_BATCH:
        *tile = 1;
        return &share->outer;
    case FL_SPLIT_ITEMS:
        *tile = map->items;
        return &share->item;
    case FL_SPLIT_COLUMNS:
        *tile = map->columns;
        return &share->column;
    default:
        *tile = map->rows;
        return &share->row;
    }
}

uint32_t fl_split_tiles(const wl_op *op, const fl_mapping *map)
{
    fl_share share = whole(op);
    uint32_t tile;
    const fl_range *range = split_range(map, &share, &tile);
    return map->split == FL_SPLIT_NONE ? 1 : ceil_div(range->end, tile);
}

fl_share fl_share_of(const wl_op *op, const fl_mapping *map, unsigned core, unsigned cores)
{
    fl_share share = whole(op);
    if (cores == 1) return share;
    uint32_t tile;
    fl_range *range = split_range(map, &share, &tile);
    if (map->split == FL_SPLIT_NONE) {
        if (core != 0) range->end = 0;
        return share;
    }
    uint32_t tiles = ceil_div(range->end, tile), each = tiles / cores, more = tiles % cores;
    uint32_t first = core * each + least(core, more), count = each + (core < more);
    *range = (fl_range){least(first * tile, range->end), least((first + count) * tile, range->end)};
    return share;
}

bool fl_share_is_empty(const fl_share *s)
{
    return length(s->outer) == 0 || length(s->item) == 0 || length(s->row) == 0 || length(s->column) == 0;
}

uint32_t fl_share_results(const wl_op *op, const fl_mapping *map, const fl_share *s)
{
    uint32_t rows = ceil_div(length(s->row), map->rows);
    if (op->kind == WL_VECTOR) return rows;
    return length(s->outer) * ceil_div(length(s->item), map->items) * rows *
           ceil_div(length(s->column), map->columns);
}

fl_box fl_share_output(const wl_workload *workload, const wl_op *op, const fl_share *s)
{
    if (op->kind == WL_VECTOR)
        return (fl_box){s->row.first, s->row.end, 0, workload->tensors[op->out].columns};
    const wl_view *out = &op->gemm.out;
    uint64_t item = s->item.first, last_item = s->item.end - 1, outer = s->outer.first,
             last_outer = s->outer.end - 1;
    const wl_tensor *t = &workload->tensors[out->tensor];
    uint64_t row = outer * out->outer_rows + item * out->inner_rows + s->row.first,
             last_row = last_outer * out->outer_rows + last_item * out->inner_rows + s->row.end - 1;
    return (fl_box){.row = wl_written_row(t, row),
                    .row_end = wl_written_row(t, last_row) + 1,
                    .column = item * out->inner_columns + s->column.first,
                    .column_end = last_item * out->inner_columns + s->column.end};
}
