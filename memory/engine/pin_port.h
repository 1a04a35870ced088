/* A port of the per-cycle twins: it issues, waits and carries one core cycle at a time. */
#ifndef MEM_ENGINE_PIN_PORT_H
#define MEM_ENGINE_PIN_PORT_H

#include "memory/engine/cursor.h"
#include "memory/engine/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pin_burst {
    uint64_t address; /* of its first byte that belongs to the block */
    uint32_t bytes;
    bool write, last;
    uint64_t returns; /* core cycle; UINT64_MAX while the memory has not served it */
} pin_burst;

/* Bursts between issue and the end of their bus transfer, oldest first, in a ring of `outstanding` places.
 * Counted since reset: carried <= served <= taken <= issued. */
typedef struct pin_port {
    mem_cursor cursor;
    uint64_t job;
    bool open;                /* the cursor stands on a burst of `job` */
    uint64_t issued, taken;   /* taken: by the memory, which keeps served bursts in order */
    uint64_t served, carried; /* carried: over the bus */
    uint64_t bus_left;        /* cycles that the burst on the bus still needs, 0: bus free */
} pin_port;

static inline pin_burst *pin_port_burst(const mem_plan *plan, unsigned port, pin_burst *ring, uint64_t number)
{
    return &ring[port * plan->most_outstanding + number % plan->ports[port].outstanding];
}

/* Core cycle c, first half: a burst of a submitted block issues if there is a place for it. */
static inline void pin_port_issue(const mem_plan *plan, unsigned port, pin_port *q, pin_burst *ring,
                                  uint64_t c)
{
    if (q->issued - q->carried == plan->ports[port].outstanding) return;
    if (q->job == plan->jobs[port].end || mem_plan_job(plan, port, q->job)->submit > c) return;
    if (!q->open) mem_cursor_start(&q->cursor, &mem_plan_job(plan, port, q->job)->block, plan->burst_bytes);
    q->open = true;
    pin_burst *burst = pin_port_burst(plan, port, ring, q->issued++);
    *burst = (pin_burst){.address = q->cursor.address,
                         .bytes = mem_cursor_bytes(&q->cursor),
                         .write = q->cursor.write,
                         .returns = UINT64_MAX};
    mem_cursor_next(&q->cursor);
    burst->last = mem_cursor_at_end(&q->cursor);
    if (!burst->last) return;
    q->open = false;
    q->job++;
}

/* Core cycle c, second half: the bus carries data of the oldest returned burst. */
static inline void pin_port_carry(mem_plan *plan, mem_front *front, unsigned port, pin_port *q,
                                  pin_burst *ring, uint64_t c)
{
    if (q->carried == q->served) return;
    pin_burst *burst = pin_port_burst(plan, port, ring, q->carried);
    if (burst->returns > c) return;
    if (q->bus_left == 0) q->bus_left = mem_plan_bus_cycles(plan, port, burst->bytes);
    if (--q->bus_left > 0) return;
    q->carried++;
    if (!burst->last) return;
    mem_plan_job(plan, port, front->decided[port]++)->done = c + 1;
}

#ifdef __cplusplus
}
#endif
#endif
