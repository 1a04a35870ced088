/* Walks the bursts of a block in the contract's order: plane, row, address.
 *
 * Rows that follow one another without a gap are one row, as in any DMA that coalesces: a tensor of 64 rows
 * of 384 bytes stored densely is one run of 24 KiB and no burst of it is fetched twice. */
#ifndef MEM_ENGINE_CURSOR_H
#define MEM_ENGINE_CURSOR_H

#include "memory/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mem_cursor {
    uint64_t address;    /* first byte of the current burst that belongs to the block */
    uint64_t left_bytes; /* of the current row, from address on; 0: the block is exhausted */
    uint64_t row_address, plane_address;
    uint64_t width_bytes, row_stride_bytes, plane_stride_bytes;
    uint32_t row, rows, plane, planes;
    uint32_t burst_bytes;
    bool write;
} mem_cursor;

/* burst_bytes: a power of two. A block without bytes is exhausted at once. */
void mem_cursor_start(mem_cursor *cursor, const mem_block *block, uint32_t burst_bytes);

static inline bool mem_cursor_at_end(const mem_cursor *c) { return c->left_bytes == 0; }

/* Bytes of the current burst that belong to the block: burst_bytes unless it is a partial one. */
static inline uint32_t mem_cursor_bytes(const mem_cursor *c)
{
    uint64_t room = c->burst_bytes - (c->address & (c->burst_bytes - 1));
    return (uint32_t)(c->left_bytes < room ? c->left_bytes : room);
}

/* Whole bursts from the current one on that follow one another in memory and are not the row's last one. */
static inline uint64_t mem_cursor_run(const mem_cursor *c)
{
    if (c->left_bytes == 0 || (c->address & (c->burst_bytes - 1)) != 0) return 0;
    return (c->left_bytes - 1) / c->burst_bytes;
}

/* mem_cursor_next behind a row's last burst. */
static inline void mem_cursor_next_row(mem_cursor *c)
{
    if (++c->row < c->rows) {
        c->row_address += c->row_stride_bytes;
    } else {
        if (++c->plane >= c->planes) return;
        c->row = 0;
        c->plane_address += c->plane_stride_bytes;
        c->row_address = c->plane_address;
    }
    c->address = c->row_address;
    c->left_bytes = c->width_bytes;
}

/* Steps over the current burst, which has `bytes` bytes of the block. */
static inline void mem_cursor_step(mem_cursor *c, uint32_t bytes)
{
    c->address += bytes;
    c->left_bytes -= bytes;
    if (c->left_bytes == 0) mem_cursor_next_row(c);
}

static inline void mem_cursor_next(mem_cursor *c) { mem_cursor_step(c, mem_cursor_bytes(c)); }

/* Steps over `count` bursts of the current run; count <= mem_cursor_run. */
static inline void mem_cursor_skip(mem_cursor *c, uint64_t count)
{
    c->address += count * c->burst_bytes;
    c->left_bytes -= count * c->burst_bytes;
}

#ifdef __cplusplus
}
#endif
#endif
