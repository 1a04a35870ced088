/* Moves the bytes of a block between a DRAM image and a scratchpad. Function only; memory.h keeps the time.
 */
#ifndef MEM_DMA_DMA_COPY_H
#define MEM_DMA_DMA_COPY_H

#include "memory/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Row (p, r) of the block, at address + p * plane_stride + r * row_stride in `dram`, and its place in the
 * scratchpad, at p * item_bytes + r * stride_bytes from `scratchpad`. block->write: scratchpad to DRAM,
 * otherwise DRAM to scratchpad. The caller has checked that both lie inside their memories and that they do
 * not overlap. */
void mem_dma_copy(const mem_block *block, uint8_t *dram, uint8_t *scratchpad, uint64_t stride_bytes,
                  uint64_t item_bytes);

#ifdef __cplusplus
}
#endif
#endif
