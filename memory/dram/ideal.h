/* The ideal memory: fixed latency, fixed bandwidth, no rows (docs/contracts/dram.md gives the formulas).
 *
 * Cycle c offers the byte slots c*B .. c*B+B-1 (B: bytes_per_cycle). The pipe serves one burst after the
 * other; whenever it is free it takes the oldest burst of the next port, in cyclic order after the one served
 * last, that has issued one by this cycle, and the burst occupies the next burst_bytes slots; without such a
 * burst the rest of the cycle's slots is lost. A burst whose last slot lies in cycle e returns at cycle e + 1
 * + latency. */
#ifndef MEM_DRAM_IDEAL_H
#define MEM_DRAM_IDEAL_H

#include "memory/engine/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mem_ideal_params {
    uint64_t latency_cycles, bytes_per_cycle, capacity_bytes, burst_bytes;
    int model; /* MEM_SPAN, MEM_PIN */
} mem_ideal_params;

typedef struct mem_ideal {
    mem_plan plan; /* first: models get the plan and cast */
    mem_ideal_params params;
    uint64_t core_clock_hz;
} mem_ideal;

/* A bound for the port's `bursts`th burst from now that the pipe has not begun: all of them start at cycle
 * `from` or later. */
uint64_t mem_ideal_soonest(const mem_ideal *m, int64_t bursts, uint64_t from);

extern const mem_engine_ops mem_ideal_ops;
extern const mem_model mem_ideal_span, mem_ideal_pin;

#ifdef __cplusplus
}
#endif
#endif
