/* Which stores of other cores a load waits for: docs/cores.md, "Waiting for each other". */
#ifndef FL_MACHINE_CORE_WAITS_H
#define FL_MACHINE_CORE_WAITS_H

#include "sim/machine/share.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_core_waits {
    const wl_workload *workload; /* borrowed, as the mappings */
    const fl_mapping *mappings;
    unsigned cores;
    uint32_t first_op;
    uint32_t (*stores_until)[FL_MAX_CORES]; /* per first operation of a chain: each core's stores from
                                               first_op up to the end of the chain; owned */
} fl_core_waits;

/* For streams of the operations [first_op, last_op). On a single core there is nothing to wait for and
 * nothing is allocated. */
void fl_core_waits_init(fl_core_waits *waits, const wl_workload *workload, const fl_mapping *mappings,
                        unsigned cores, uint32_t first_op, uint32_t last_op);
void fl_core_waits_free(fl_core_waits *waits);

/* `load`, complete with the waits for its own core, belongs to the chain that starts at operation `chain` and
 * reads `box` of the tensor. */
void fl_core_waits_add(const fl_core_waits *waits, fl_command *load, uint32_t chain, uint32_t tensor,
                       fl_box box);

#ifdef __cplusplus
}
#endif
#endif
