/* Energy of a DRAM from the currents of its data sheet, by component.
 *
 * The usual model (Micron TN-41-01; Chandrasekar et al., DRAMPower): a current above the one that flows
 * anyway, times supply voltage and time, for each command; and the standby currents for the time in each
 * state. Devices of the rank that is not addressed only stand by. Interface, termination and data-dependent
 * energy are not modelled. */
#ifndef MEM_DRAM_ENERGY_H
#define MEM_DRAM_ENERGY_H

#include "memory/dram/controller.h"

#ifdef __cplusplus
extern "C" {
#endif

/* pJ */
typedef struct mem_dram_energy {
    double activate, read, write, refresh, background;
} mem_dram_energy;

mem_dram_energy mem_dram_energy_of(const mem_dram_params *params, const mem_dram_counts *counts);

static inline double mem_dram_energy_sum(const mem_dram_energy *e)
{
    return e->activate + e->read + e->write + e->refresh + e->background;
}

#ifdef __cplusplus
}
#endif
#endif
