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

/* Whether all currents and the voltage are given (above 0), without which there is no energy. */
bool mem_dram_idd_given(const mem_dram_idd *idd);

mem_energy mem_dram_energy_of(const mem_dram_params *params, const mem_dram_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
