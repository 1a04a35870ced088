#include "memory/dma/dma_copy.h"

#include <string.h>

void mem_dma_copy(const mem_block *block, uint8_t *dram, uint8_t *scratchpad, uint64_t stride_bytes,
                  uint64_t item_bytes)
{
    uint64_t width = block->width_bytes, rows = block->rows;
    if (block->row_stride_bytes == width && stride_bytes == width) {
        width *= rows;
        rows = rows > 0;
    }
    for (uint64_t p = 0; p < block->planes; p++) {
        for (uint64_t r = 0; r < rows; r++) {
            uint8_t *outside =
                dram + block->address + p * block->plane_stride_bytes + r * block->row_stride_bytes;
            uint8_t *inside = scratchpad + p * item_bytes + r * stride_bytes;
            memcpy(block->write ? outside : inside, block->write ? inside : outside, width);
        }
    }
}
