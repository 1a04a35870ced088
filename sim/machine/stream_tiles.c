/* Tiles of operands and the loads that bring them. */
#include <assert.h>

#include "sim/machine/stream_state.h"
#include "sim/machine/weight_layout.h"

void fl_view_block(const fl_generator *g, const wl_view *view, const fl_tile_id *id, uint32_t items,
                   uint32_t rows, uint32_t columns, bool whole_width, fl_dma_command *dma)
{
    const wl_tensor *t = fl_tensor(g, view->tensor);
    unsigned bits = t->format.bits;
    uint64_t row = (uint64_t)id->outer * view->outer_rows + (uint64_t)id->item * view->inner_rows + id->row;
    uint64_t column = (uint64_t)id->item * view->inner_columns + id->column;
    assert(column * bits % 8 == 0);
    uint32_t width = (uint32_t)num_row_bytes(t->format, columns);
    bool merge = items > 1 && view->inner_rows == 0 && whole_width &&
                 (uint64_t)view->inner_columns * bits == 8ull * width;
    dma->block = (mem_block){.address = t->address + row * t->row_stride_bytes + column * bits / 8,
                             .width_bytes = merge ? items * width : width,
                             .rows = rows,
                             .planes = merge ? 1 : items,
                             .row_stride_bytes = t->row_stride_bytes,
                             .plane_stride_bytes = view->inner_rows * t->row_stride_bytes +
                                                   (uint64_t)view->inner_columns * bits / 8};
    dma->region.stride_bytes = dma->block.width_bytes;
    dma->region.item_bytes = merge ? width : rows * width;
    dma->region.bytes = items * rows * width;
}

static void finish_load(fl_generator *g, fl_command *load, fl_slot_cache *cache, uint32_t s,
                        const fl_tile_id *id)
{
    fl_hazards_write(&g->hazards, load, fl_sequence_of(g, load), &load->u.dma.region);
    fl_close(g, load);
    cache->slot[s].valid = true;
    cache->slot[s].tile = *id;
    cache->slot[s].size = cache->size;
    cache->slot[s].used = ++g->step;
    cache->slot[s].region = load->u.dma.region;
}

/* The slot that holds the tile, as its latest use; FL_NO_SLOT when none does. */
static int use_tile(fl_generator *g, fl_slot_cache *cache, const fl_tile_id *id)
{
    int found = fl_slot_cache_find(cache, id);
    if (found != FL_NO_SLOT) cache->slot[found].used = ++g->step;
    return found;
}

fl_region fl_ensure(fl_generator *g, fl_slot_cache *cache, const wl_view *view, const fl_tile_id *id,
                    uint32_t items, uint32_t rows, uint32_t columns, bool whole_width)
{
    int found = use_tile(g, cache, id);
    if (found != FL_NO_SLOT) return cache->slot[found].region;
    uint32_t s = fl_slot_cache_victim(cache, &g->hazards);
    fl_command *load = fl_emit(g, FL_LOAD);
    fl_dma_command *dma = &load->u.dma;
    fl_view_block(g, view, id, items, rows, columns, whole_width, dma);
    dma->region.buffer = cache->buffer;
    dma->region.offset_bytes = cache->slots.base_bytes + s * cache->slots.slot_bytes;
    if (cache == &g->weight && fl_current_mapping(g)->weight_in_tiles) {
        dma->block.address = fl_weight_tile_address(fl_tensor(g, view->tensor), id->row, id->column, rows);
        dma->block.row_stride_bytes = dma->block.width_bytes;
    }
    dma->block.multicast = cache == &g->weight && fl_current_mapping(g)->multicast;
    uint64_t row = (uint64_t)id->outer * view->outer_rows + (uint64_t)id->item * view->inner_rows + id->row,
             column = (uint64_t)id->item * view->inner_columns + id->column;
    fl_box box = {row, row + (uint64_t)(items - 1) * view->inner_rows + rows, column,
                  column + (uint64_t)(items - 1) * view->inner_columns + columns};
    fl_wait_stored(g, load, view->tensor, box);
    finish_load(g, load, cache, s, id);
    if (g->cores > 1) fl_core_waits_add(&g->core_waits, load, g->op, view->tensor, box);
    return dma->region;
}

fl_region fl_ensure_parameters(fl_generator *g, fl_slot_cache *cache, uint32_t t, uint32_t column,
                               uint32_t columns)
{
    fl_tile_id id = {t, 0, 0, 0, column};
    int found = use_tile(g, cache, &id);
    if (found != FL_NO_SLOT) return cache->slot[found].region;
    uint32_t s = fl_slot_cache_victim(cache, &g->hazards), width = columns * VEC_COLUMN_BYTES;
    fl_command *load = fl_emit(g, FL_LOAD);
    fl_dma_command *dma = &load->u.dma;
    dma->block = (mem_block){.address = fl_tensor(g, t)->address + (uint64_t)column * VEC_COLUMN_BYTES,
                             .width_bytes = width,
                             .rows = 1,
                             .planes = 1,
                             .row_stride_bytes = width,
                             .plane_stride_bytes = width};
    dma->region = fl_slot_region(cache->buffer, &cache->slots, s);
    dma->region.bytes = dma->region.stride_bytes = dma->region.item_bytes = width;
    finish_load(g, load, cache, s, &id);
    return dma->region;
}

fl_region fl_next_turn(fl_buffer buffer, const fl_slots *slots, uint32_t *turn)
{
    fl_region region = fl_slot_region((uint8_t)buffer, slots, *turn % slots->slots);
    ++*turn;
    return region;
}
