/* The DMA's own side of a port when the memory does not take whole blocks: which burst goes out when, and
 * when its data has crossed the bus. The rules are those of memory.h; all times are core cycles. */
#ifndef MEM_DMA_DMA_BURSTS_H
#define MEM_DMA_DMA_BURSTS_H

#include "memory/engine/cursor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mem_dma_slot {
    uint64_t returned; /* UINT64_MAX: not yet */
    uint64_t bus_end;  /* valid once carried */
    uint32_t bus_cycles;
    bool last; /* of its block */
} mem_dma_slot;

/* Bursts are numbered in order of issue; number n lies in slot n % outstanding. */
typedef struct mem_dma_bursts {
    mem_port_params port;
    mem_cursor cursor; /* on the next burst of the open block */
    bool open;
    uint64_t issued, carried, next_issue, bus_end;
    mem_dma_slot *slots; /* owned */
} mem_dma_bursts;

void mem_dma_bursts_init(mem_dma_bursts *b, const mem_port_params *port);
void mem_dma_bursts_free(mem_dma_bursts *b);

/* Goes on with `block` from core cycle `now` on; the last block's bursts have all been issued. */
void mem_dma_bursts_open(mem_dma_bursts *b, const mem_block *block, uint32_t burst_bytes, uint64_t now);

/* Takes the burst just issued back and closes its block: a memory took it whole. */
void mem_dma_bursts_take_back(mem_dma_bursts *b);

/* Earliest cycle for the next burst; UINT64_MAX while no block is open or no place is known to become free.
 */
uint64_t mem_dma_bursts_next_issue(const mem_dma_bursts *b);

/* The cursor's burst issues at `now`; returns its number. The block closes after its last one. */
uint64_t mem_dma_bursts_issue(mem_dma_bursts *b, uint64_t now);

/* Burst `number` returned at core cycle `now`, in any order. Calls done(owner, cycle) for every block whose
 * end on the bus is thereby known. */
void mem_dma_bursts_return(mem_dma_bursts *b, uint64_t number, uint64_t now,
                           void (*done)(void *owner, uint64_t cycle), void *owner);

#ifdef __cplusplus
}
#endif
#endif
