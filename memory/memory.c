#include "memory/memory.h"

#include "memory/engine/cursor.h"

/* burst_bytes is a power of two: no divisions, which would dominate. */
static uint64_t in_burst(uint64_t address, uint32_t burst_bytes) { return address & (burst_bytes - 1); }
static uint64_t bursts_of(uint64_t bytes, uint32_t burst_bytes)
{
    return bytes >> __builtin_ctz(burst_bytes);
}

static uint64_t row_bursts(uint64_t address, uint64_t width_bytes, uint32_t burst_bytes)
{
    return bursts_of(in_burst(address, burst_bytes) + width_bytes + burst_bytes - 1, burst_bytes);
}

static uint64_t beats(uint64_t bytes, uint32_t bus_bytes) { return (bytes + bus_bytes - 1) / bus_bytes; }

/* A row is a first burst that may start late, whole ones, and a last one that may end early. */
static uint64_t row_bus_cycles(uint64_t address, uint64_t width_bytes, uint32_t burst_bytes,
                               uint32_t bus_bytes)
{
    uint64_t head = in_burst(-address, burst_bytes);
    if (head > width_bytes) head = width_bytes;
    uint64_t whole = bursts_of(width_bytes - head, burst_bytes),
             tail = in_burst(width_bytes - head, burst_bytes);
    return beats(head, bus_bytes) + whole * beats(burst_bytes, bus_bytes) + beats(tail, bus_bytes);
}

typedef struct row_cost {
    uint32_t burst_bytes, bus_bytes; /* bus_bytes 0: count bursts */
} row_cost;

static uint64_t cost_of_row(row_cost cost, uint64_t address, uint64_t width_bytes)
{
    return cost.bus_bytes == 0 ? row_bursts(address, width_bytes, cost.burst_bytes)
                               : row_bus_cycles(address, width_bytes, cost.burst_bytes, cost.bus_bytes);
}

/* Sum over rows; all rows cost the same when the strides are whole bursts. */
static uint64_t cost_of_block(row_cost cost, const mem_block *block)
{
    if (block->rows == 1 && block->planes == 1 && block->width_bytes > 0)
        return cost_of_row(cost, block->address, block->width_bytes);
    mem_cursor c; /* for its coalescing of rows only */
    mem_cursor_start(&c, block, cost.burst_bytes);
    if (c.left_bytes == 0) return 0;
    bool aligned = (in_burst(c.row_stride_bytes, cost.burst_bytes) == 0 || c.rows == 1) &&
                   (in_burst(c.plane_stride_bytes, cost.burst_bytes) == 0 || c.planes == 1);
    if (aligned) return cost_of_row(cost, c.address, c.width_bytes) * c.rows * c.planes;
    uint64_t sum = 0;
    for (uint32_t plane = 0; plane < c.planes; plane++)
        for (uint32_t row = 0; row < c.rows; row++)
            sum += cost_of_row(cost, c.address + plane * c.plane_stride_bytes + row * c.row_stride_bytes,
                               c.width_bytes);
    return sum;
}

uint64_t mem_block_bursts(const mem_block *block, uint32_t burst_bytes)
{
    return cost_of_block((row_cost){burst_bytes, 0}, block);
}

uint64_t mem_block_bus_cycles(const mem_block *block, uint32_t burst_bytes, uint32_t bus_bytes)
{
    return cost_of_block((row_cost){burst_bytes, bus_bytes}, block);
}
