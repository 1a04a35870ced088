/* The energy that a memory counted, as shares of the operations of a run. */
#ifndef FL_MACHINE_DRAM_ENERGY_H
#define FL_MACHINE_DRAM_ENERGY_H

#include "sim/machine/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Writes dram_energy of `layers`, whose cycles add up to `cycles`: reads and writes by the bytes that an
 * operation's DMAs read and wrote, activates by both together, refreshes and background by its cycles. The
 * shares of each component add up to that of `energy`, up to rounding. A cache may read or write where no
 * operation did; such a component goes by cycles. */
void fl_share_dram_energy(const mem_energy *energy, uint64_t cycles, fl_layer_result *layers,
                          uint32_t layer_count);

#ifdef __cplusplus
}
#endif
#endif
