#include "sim/machine/slot_cache.h"

#include <string.h>

static bool same_tile(const fl_tile_id *a, const fl_tile_id *b)
{
    return a->tensor == b->tensor && a->outer == b->outer && a->item == b->item && a->row == b->row &&
           a->column == b->column;
}

static bool same_size(fl_tile_size a, fl_tile_size b)
{
    return a.items == b.items && a.rows == b.rows && a.columns == b.columns;
}

fl_region fl_slot_region(uint8_t buffer, const fl_slots *slots, uint32_t slot)
{
    return (fl_region){.buffer = buffer,
                       .offset_bytes = slots->base_bytes + slot * slots->slot_bytes,
                       .bytes = slots->slot_bytes};
}

void fl_slot_cache_shape(fl_slot_cache *cache, fl_buffer buffer, const fl_slots *slots, fl_tile_size size)
{
    if (cache->buffer != buffer || memcmp(&cache->slots, slots, sizeof *slots) != 0 || slots->slots == 0)
        memset(cache, 0, sizeof *cache);
    cache->buffer = (uint8_t)buffer;
    cache->slots = *slots;
    cache->size = size;
}

int fl_slot_cache_find(const fl_slot_cache *cache, const fl_tile_id *tile)
{
    for (uint32_t s = 0; s < cache->slots.slots; s++)
        if (cache->slot[s].valid && same_tile(&cache->slot[s].tile, tile) &&
            same_size(cache->slot[s].size, cache->size))
            return (int)s;
    return FL_NO_SLOT;
}

uint32_t fl_slot_cache_victim(const fl_slot_cache *cache, const fl_hazards *hazards)
{
    uint32_t best = 0;
    uint64_t best_key = UINT64_MAX;
    for (uint32_t s = 0; s < cache->slots.slots; s++) {
        fl_region region = fl_slot_region(cache->buffer, &cache->slots, s);
        uint64_t key = cache->slot[s].valid ? (1ull << 40) + cache->slot[s].used
                                            : fl_hazards_last_read(hazards, &region);
        if (key < best_key) best = s, best_key = key;
    }
    return best;
}
