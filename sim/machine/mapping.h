/* The mapper: how operations are cut into tiles, kept in the buffers and chained.
 *
 * Exhaustive closed-form search: every combination of item group, row, column and depth tile and of loop
 * order whose tiles fit the buffers is priced; the cheapest wins, ties fall to less DRAM traffic, then to the
 * earlier candidate. Operations that read each other's rows may run as a chain, tile by tile, so that a
 * tensor which only the chain reads never leaves the chip; chains are priced against their parts. The choice
 * is a pure function of workload, machine and memory. */
#ifndef FL_MACHINE_MAPPING_H
#define FL_MACHINE_MAPPING_H

#include "sim/machine/dram_profile.h"
#include "workloads/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which tile loop is outside; the operand that does not move with the inner loop stays in its buffer. */
typedef enum fl_loop_order { FL_ROWS_OUTER, FL_COLUMNS_OUTER } fl_loop_order;

/* Which dimension of an operation's tiles is dealt out to the cores (share.h). */
typedef enum fl_split {
    FL_SPLIT_NONE, /* core 0 has all */
    FL_SPLIT_BATCH,
    FL_SPLIT_ITEMS,
    FL_SPLIT_ROWS,
    FL_SPLIT_COLUMNS, /* output channels */
    FL_SPLIT_COUNT
} fl_split;

enum {
    FL_MAX_SLOTS = 8,
    FL_MAX_CHAIN = 4, /* operations in a chain */
};

/* The buffering of one operand: `slots` tiles of slot_bytes each (whole banks where they fit), 1 = single, 2
 * = double buffering, more keep tiles resident for reuse. */
typedef struct fl_slots {
    uint32_t slots;
    uint32_t slot_bytes;
    uint32_t base_bytes; /* offset of slot 0 in its buffer */
} fl_slots;

typedef struct fl_mapping {
    /* GEMM: items x rows x columns x depth per tile. Vector operation: `rows` rows of full width per tile. */
    uint32_t items, rows, columns, depth;
    fl_loop_order order;
    fl_split split;                               /* of a chain: in its first operation */
    fl_slots input, weight, accumulator;          /* GEMM */
    fl_slots source, source2, parameters, result; /* in the vector buffer */
    uint32_t chain;       /* operations in the chain that starts here; 0: inside a chain */
    bool weight_in_tiles; /* GEMM: the tiles of b lie in DRAM one after the other (weight_layout.h) */
    bool multicast;       /* GEMM: all cores read the same tiles of b in the same order, together */
    bool stored;          /* the output goes to DRAM; false: only the chain reads it */
    /* The terms of the price, in core cycles, as `flintlock map` prints them; of the whole chain, in its
     * first operation. */
    uint64_t matrix_cycles, vector_cycles, dram_cycles, dram_bytes;
    double slot_cycles; /* what the slots allow: a slot is taken from the start of its load to its last use */
    double fill_cycles; /* first loads and last results, not hidden by overlap */
    double command_cycles; /* of all commands, besides their work */
    double price_cycles;   /* max(matrix, vector, dram, slots) + fill + commands */
} fl_mapping;

/* One mapping per operation. mappings: op_count entries of the caller. Fails with an error that names the
 * operation and the buffers that are too small. */
fl_status fl_map_workload(const fl_machine_config *machine, const wl_workload *workload,
                          const fl_dram_profile *dram, fl_mapping *mappings, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
