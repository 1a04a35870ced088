#include "sim/machine/weight_layout.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool fl_weight_can_be_tiled(const wl_workload *workload, const wl_op *op, const uint32_t *readers)
{
    const wl_gemm *g = &op->gemm;
    return workload->tensors[g->b.tensor].role == WL_WEIGHT && readers[g->b.tensor] == 1 && g->outer == 1 &&
           g->inner == 1;
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* Rows [row, row + rows) of the tensor, cut into tiles of `width` codes. */
static void arrange_strip(const wl_tensor *t, uint32_t row, uint32_t rows, uint32_t width,
                          const uint8_t *strip, uint8_t *dram)
{
    for (uint32_t column = 0; column < t->columns; column += width) {
        uint8_t *tile = dram + fl_weight_tile_address(t, row, column, rows);
        size_t bytes = num_row_bytes(t->format, least(width, t->columns - column));
        for (uint32_t r = 0; r < rows; r++)
            memcpy(tile + r * bytes, strip + r * t->row_stride_bytes + (uint64_t)column * t->format.bits / 8,
                   bytes);
    }
}

static void arrange(const wl_tensor *t, uint32_t tile_rows, uint32_t tile_columns, uint8_t *dram)
{
    uint8_t *strip = malloc(tile_rows * t->row_stride_bytes);
    assert(strip != NULL);
    for (uint32_t row = 0; row < t->rows; row += tile_rows) {
        uint32_t rows = least(tile_rows, t->rows - row);
        memcpy(strip, dram + t->address + row * t->row_stride_bytes, rows * t->row_stride_bytes);
        arrange_strip(t, row, rows, tile_columns, strip, dram);
    }
    free(strip);
}

void fl_arrange_weights(const wl_workload *workload, const fl_mapping *mappings, uint8_t *dram)
{
    for (uint32_t i = 0; i < workload->op_count; i++) {
        const wl_gemm *g = &workload->ops[i].gemm;
        const fl_mapping *map = &mappings[i];
        if (!map->weight_in_tiles) continue;
        arrange(&workload->tensors[g->b.tensor], g->b_k_major ? map->depth : map->columns,
                g->b_k_major ? map->columns : map->depth, dram);
    }
}
