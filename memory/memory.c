#include "memory/memory.h"

#include "memory/dram/cursor.h"

static uint64_t row_bursts(uint64_t address, uint64_t width_bytes, uint32_t burst_bytes)
{
    return (address % burst_bytes + width_bytes + burst_bytes - 1) / burst_bytes;
}

uint64_t mem_block_bursts(const mem_block *block, uint32_t burst_bytes)
{
    mem_cursor c; /* for its coalescing of rows only */
    mem_cursor_start(&c, block, burst_bytes);
    if (c.left_bytes == 0) return 0;
    bool aligned = (c.row_stride_bytes % burst_bytes == 0 || c.rows == 1) &&
                   (c.plane_stride_bytes % burst_bytes == 0 || c.planes == 1);
    if (aligned) return row_bursts(c.address, c.width_bytes, burst_bytes) * c.rows * c.planes;
    uint64_t count = 0;
    for (uint32_t plane = 0; plane < c.planes; plane++)
        for (uint32_t row = 0; row < c.rows; row++)
            count += row_bursts(c.address + plane * c.plane_stride_bytes + row * c.row_stride_bytes,
                                c.width_bytes, burst_bytes);
    return count;
}
