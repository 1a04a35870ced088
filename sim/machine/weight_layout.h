/* Weights in tile order: where the tiles of a product's second operand lie in DRAM.
 *
 * A tile of a row-major weight matrix is many short pieces of rows, each of which fetches whole bursts. Since
 * weights are constant, they are stored as the product reads them, tile by tile, as compilers for such
 * machines do (weight pre-packing). A strip of tiles takes the place of the tensor rows it covers, and in it
 * each tile is one piece, row after row without padding; so the tensor keeps its place and its size. */
#ifndef FL_MACHINE_WEIGHT_LAYOUT_H
#define FL_MACHINE_WEIGHT_LAYOUT_H

#include "sim/machine/mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Only a weight that no other operation reads, and that all products of the operation share, is a candidate.
 * readers: per tensor. */
bool fl_weight_can_be_tiled(const wl_workload *workload, const wl_op *op, const uint32_t *readers);

/* Byte address of the tile of `rows` rows from (row, column); its rows follow one another. Rows are those of
 * the tensor: n, or k when it is stored k-major. column * bits is a multiple of 8. */
static inline uint64_t fl_weight_tile_address(const wl_tensor *t, uint32_t row, uint32_t column,
                                              uint32_t rows)
{
    return t->address + row * t->row_stride_bytes + (uint64_t)rows * column * t->format.bits / 8;
}

/* Rearranges a DRAM image that wl_fill has filled: each weight whose mapping says so goes from rows into
 * tiles. */
void fl_arrange_weights(const wl_workload *workload, const fl_mapping *mappings, uint8_t *dram);

#ifdef __cplusplus
}
#endif
#endif
