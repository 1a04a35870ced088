/* Memory contract: blocks in, completions out, time as an argument (kind "memory" in the registry).
 *
 * An engine serves bursts of `burst_bytes` for a few ports (load DMA, store DMA). A port hands over strided
 * blocks; the engine times every burst of every block. Time is counted in core cycles at the boundary; an
 * engine with a clock of its own converts (a request that arrives at core cycle c is seen at the engine
 * clock's next edge at or after it; a completion is seen at the next core edge). An engine advances lazily
 * and is exact at every cycle: mem_next_done tells before which cycle no block completes, whatever arrives;
 * asked again at that cycle, the engine hands out a completion or names a later cycle. The same contract is
 * obeyed by the engine's per-cycle twin.
 *
 * Port behaviour (the DMA side, part of the contract): a port's bursts go out in block order, one burst
 * address per core cycle at most, with at most `outstanding` bursts between issue and the end of their bus
 * transfer (the DMA's buffer); returned (or written) data crosses a bus of `bus_bytes` per core cycle, in
 * order; a block is done one cycle after the bus carried its last byte. Partial bursts occupy a whole burst
 * in memory and on the bus ceil(bytes / bus_bytes) cycles. */
#ifndef MEM_MEMORY_H
#define MEM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/account.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MEM_MAX_PORTS = 16 }; /* a load and a store DMA for each of eight cores */

/* A strided block: planes x rows x width_bytes. Burst order: plane, row, address. */
typedef struct mem_block {
    uint64_t address;
    uint32_t width_bytes, rows, planes;
    uint64_t row_stride_bytes, plane_stride_bytes;
    bool write;
    bool multicast; /* every core asks for it, and it is read once for all of them (memory/dma/multicast.h) */
} mem_block;

static inline uint64_t mem_block_bytes(const mem_block *b)
{
    return (uint64_t)b->width_bytes * b->rows * b->planes;
}
/* burst_bytes: a power of two. Bursts that the block touches, each row rounded out to burst boundaries; rows
 * without a gap between them are one row. */
uint64_t mem_block_bursts(const mem_block *block, uint32_t burst_bytes);
/* Cycles that those bursts occupy a bus of bus_bytes per cycle: ceil(bytes / bus_bytes) each. */
uint64_t mem_block_bus_cycles(const mem_block *block, uint32_t burst_bytes, uint32_t bus_bytes);

typedef struct mem_port_params {
    uint32_t outstanding; /* bursts between issue and the end of their bus transfer, >= 1 */
    uint32_t bus_bytes;   /* per core cycle */
} mem_port_params;

/* What a cache in front of a memory did (docs/contracts/l2.md); all 0 without one. [0]: reads, [1]: writes.
 */
typedef struct mem_l2_stats {
    uint64_t hits[2], misses[2]; /* lines asked for; partial ones count */
    uint64_t merged;             /* of the hits, those on a line that is still on its way */
    uint64_t fills, writes;      /* what went to the memory below: lines fetched, lines or parts written */
    uint64_t bank_conflicts;     /* accesses that waited for a busy bank or behind another port */
    uint64_t read_bytes, write_bytes; /* of the banks: read hits and lines written back; writes and fills */
    uint64_t dirty_lines;             /* still to be written when the statistics were taken */
    fl_account ports[MEM_MAX_PORTS];  /* core cycles of each port by cause */
    unsigned port_count;              /* 0: no cache */
} mem_l2_stats;

/* What a memory spent its energy on; of all its channels and devices. */
typedef struct mem_energy {
    double activate_pj, read_pj, write_pj, refresh_pj, background_pj;
} mem_energy;

static inline double mem_energy_total(const mem_energy *e)
{
    return e->activate_pj + e->read_pj + e->write_pj + e->refresh_pj + e->background_pj;
}

static inline void mem_energy_add(mem_energy *sum, const mem_energy *e)
{
    sum->activate_pj += e->activate_pj;
    sum->read_pj += e->read_pj;
    sum->write_pj += e->write_pj;
    sum->refresh_pj += e->refresh_pj;
    sum->background_pj += e->background_pj;
}

/* Of the memory itself: below a cache, of what the cache asks it for. */
typedef struct mem_stats {
    uint64_t read_bursts, write_bursts;
    uint64_t read_bytes, write_bytes; /* whole bursts: what the memory moved */
    uint64_t row_hits, row_misses, row_conflicts, activates, refreshes; /* 0 for kinds without rows */
    fl_account clock; /* cycles of the engine's own clock by cause */
    uint64_t clock_hz;
    bool has_energy; /* the memory counts its energy itself; else it costs what a cost table says */
    mem_energy energy;
    mem_l2_stats l2;
} mem_stats;

typedef struct mem_engine mem_engine;

/* SRAM that a memory keeps on the chip. */
typedef struct mem_sram_shape {
    uint64_t bank_bytes, banks, width_bytes; /* width: that a bank moves at once */
} mem_sram_shape;

typedef struct mem_engine_ops {
    /* params: the part's parameter struct as read by the schema. Returns NULL and a static reason when the
     * parameters contradict each other. */
    mem_engine *(*create)(const void *params, uint64_t core_clock_hz, const mem_port_params *ports,
                          unsigned port_count, const char **reason);
    void (*destroy)(mem_engine *engine);
    uint32_t (*burst_bytes)(const mem_engine *engine);
    uint64_t (*capacity_bytes)(const mem_engine *engine);
    /* Peak bytes per second, for the mapper's and the reports' bounds. */
    double (*peak_bytes_per_second)(const mem_engine *engine);
    /* Appends a block to a port's queue at core cycle `now` (never decreasing over calls). */
    void (*submit)(mem_engine *engine, unsigned port, const mem_block *block, uint64_t now);
    /* When to call take_done next: no block completes before this core cycle, whatever arrives. Later than
     * the last take_done that found none; UINT64_MAX when all ports are idle. */
    uint64_t (*next_done)(mem_engine *engine);
    /* The same when nothing is submitted, and stats are not asked for, before core cycle `quiet` or before a
     * block completes: the engine looks for completions until then itself, so that fewer calls find none. */
    uint64_t (*look_ahead)(mem_engine *engine, uint64_t quiet);
    /* Takes one block that is done at or before `now`, lowest port first; false when there is none. */
    bool (*take_done)(mem_engine *engine, uint64_t now, unsigned *port);
    /* Advances to core cycle `now` and reports what happened so far; the account sums to the engine clocks
     * until then. */
    void (*stats)(mem_engine *engine, uint64_t now, mem_stats *stats);
    /* What energy and area of the machine have to count; NULL: the memory has no SRAM. params: as for create.
     */
    mem_sram_shape (*sram)(const void *params);
} mem_engine_ops;

#ifdef __cplusplus
}
#endif
#endif
