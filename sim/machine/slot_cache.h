/* Which tiles the slots of one operand hold, so that a tile that is still there is not loaded again. */
#ifndef FL_MACHINE_SLOT_CACHE_H
#define FL_MACHINE_SLOT_CACHE_H

#include "sim/machine/hazards.h"
#include "sim/machine/mapping.h"

enum { FL_NO_SLOT = -1 };

/* A tile: tensor and coordinates. */
typedef struct fl_tile_id {
    uint32_t tensor, outer, item, row, column;
} fl_tile_id;

/* Of whole tiles; those at the edges of a tensor are smaller. */
typedef struct fl_tile_size {
    uint32_t items, rows, columns;
} fl_tile_size;

typedef struct fl_slot_cache {
    uint8_t buffer;
    fl_slots slots;
    fl_tile_size size; /* that the current operation cuts its operand into */
    struct {
        bool valid;
        fl_tile_id tile;
        fl_tile_size size;
        uint64_t used; /* generator step of the last use */
        fl_region region;
    } slot[FL_MAX_SLOTS];
} fl_slot_cache;

/* A new operation keeps what the slots hold when their geometry did not change (query, key and value share
 * their input), and finds what has been cut alike. */
void fl_slot_cache_shape(fl_slot_cache *cache, fl_buffer buffer, const fl_slots *slots, fl_tile_size size);

/* The slot that holds the tile, FL_NO_SLOT when none does. */
int fl_slot_cache_find(const fl_slot_cache *cache, const fl_tile_id *tile);

/* The slot to overwrite: an empty one whose banks were read longest ago, else the least recently used. */
uint32_t fl_slot_cache_victim(const fl_slot_cache *cache, const fl_hazards *hazards);

/* The whole slot number `slot` of `slots` in a buffer. */
fl_region fl_slot_region(uint8_t buffer, const fl_slots *slots, uint32_t slot);

#endif
