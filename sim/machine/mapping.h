/* The mapper: how one operation is cut into tiles and kept in the buffers.
 *
 * Exhaustive closed-form search per operation: every combination of item group, row, column and depth tile
 * and of loop order whose tiles fit the buffers is priced, the cheapest wins, ties fall to less DRAM traffic, then to
 * the earlier candidate. The choice is a pure function of operation, machine and overrides. */
#ifndef FL_MACHINE_MAPPING_H
#define FL_MACHINE_MAPPING_H

#include "sim/machine/machine_config.h"
#include "workloads/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which tile loop is outside; the operand that does not move with the inner loop stays in its buffer. */
typedef enum fl_loop_order { FL_ROWS_OUTER, FL_COLUMNS_OUTER } fl_loop_order;

enum { FL_MAX_SLOTS = 8 };

/* The buffering of one operand: `slots` tiles of slot_bytes each (whole banks), 1 = single, 2 = double buffering, more keep
 * tiles resident for reuse. */
typedef struct fl_slots {
    uint32_t slots;
    uint32_t slot_bytes;
    uint32_t base_bytes; /* offset of slot 0 in its buffer */
} fl_slots;

typedef struct fl_mapping {
    /* GEMM: items x rows x columns x depth per tile. Vector operation: `rows` rows of full width per tile. */
    uint32_t items, rows, columns, depth;
    fl_loop_order order;
    fl_slots input, weight, accumulator;        /* GEMM */
    fl_slots source, source2, parameters, result; /* in the vector buffer */
    /* The terms of the price, in core cycles, as `flintlock map` prints them. */
    uint64_t matrix_cycles, vector_cycles, dram_cycles, dram_bytes;
    double fill_cycles;    /* first loads and last results, not hidden by overlap */
    double price_cycles;   /* max(matrix, vector, dram) + fill */
} fl_mapping;

/* Chooses the mapping of one operation. Fails with an error that names the operation and the buffer that is too small. */
fl_status fl_map_op(const fl_machine_config *machine, const wl_workload *workload, const wl_op *op,
                    double dram_bytes_per_cycle, fl_mapping *mapping, fl_error *error);

/* One mapping per operation; operations of the same shape share one search. mappings: op_count entries of the caller. */
fl_status fl_map_workload(const fl_machine_config *machine, const wl_workload *workload, fl_mapping *mappings,
                          fl_error *error);

/* Peak DRAM bytes per core cycle of the machine's memory behind its load DMA. */
fl_status fl_dram_bytes_per_cycle(const fl_machine_config *machine, double *bytes_per_cycle, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
