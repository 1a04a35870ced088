/* How an operation is split over cores: each core takes some of its tiles.
 *
 * The tiles are those of the whole operation, whoever computes them; a split deals one dimension of their
 * grid out in contiguous runs. So addresses, layouts and bytes do not depend on the number of cores. */
#ifndef FL_MACHINE_SHARE_H
#define FL_MACHINE_SHARE_H

#include "sim/machine/mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const char *const fl_split_names[FL_SPLIT_COUNT];

typedef struct fl_range {
    uint32_t first, end;
} fl_range;

/* What one core computes of a product: a range of each of its dimensions. A vector operation has rows only.
 */
typedef struct fl_share {
    fl_range outer, item, row, column;
} fl_share;

/* Tiles along the split dimension; 1 for FL_SPLIT_NONE. `map` is that of a chain's head. */
uint32_t fl_split_tiles(const wl_op *op, const fl_mapping *map);

/* Core 0 has the largest share. Of an operation that is not split core 0 has all; empty shares are legal. */
fl_share fl_share_of(const wl_op *op, const fl_mapping *map, unsigned core, unsigned cores);
bool fl_share_is_empty(const fl_share *share);

/* Result tiles in the share. */
uint32_t fl_share_results(const wl_op *op, const fl_mapping *map, const fl_share *share);

/* The smallest rectangle of the output tensor that holds what the share writes; the share is not empty. */
typedef struct fl_box {
    uint64_t row, row_end, column, column_end;
} fl_box;
fl_box fl_share_output(const wl_workload *workload, const wl_op *op, const fl_share *share);

#ifdef __cplusplus
}
#endif
#endif
