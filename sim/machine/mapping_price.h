/* Placement and price of one candidate: a chain of operations with given tiles. */
#ifndef FL_MACHINE_MAPPING_PRICE_H
#define FL_MACHINE_MAPPING_PRICE_H

#include "sim/machine/mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a candidate is priced for. `readers` counts, per tensor, the operations of the workload that read it.
 */
typedef struct fl_pricing {
    const fl_machine_config *machine;
    const wl_workload *workload;
    const fl_dram_profile *dram;
    const uint32_t *readers;
} fl_pricing;

/* The vector function of an operation, NULL when it is not registered. */
const vec_function *fl_op_function(const wl_op *op);

/* maps[0].{items, rows, columns, depth, order} are set by the caller; fills the rest of maps[0..length):
 * slots, stored, and the price in maps[0]. False when the tiles do not fit the buffers. */
bool fl_price_chain(const fl_pricing *pricing, uint32_t first, uint32_t length, fl_mapping *maps);

#ifdef __cplusplus
}
#endif
#endif
