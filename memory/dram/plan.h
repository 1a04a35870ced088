/* What every memory engine shares: queues of blocks, and planning ahead with a way back.
 *
 * A model is a state (plain memory that starts with a mem_front) and a function that advances it. Asked for
 * the next completion, the plan advances the state into the future; when a block arrives before that, it
 * returns to the safe copy, which never lies in the future, and advances to the present. A decision at cycle
 * c depends on nothing that arrives after c, so what lies before the present is never planned wrongly. */
#ifndef MEM_DRAM_PLAN_H
#define MEM_DRAM_PLAN_H

#include "memory/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mem_job {
    mem_block block;
    uint64_t submit; /* core cycle */
    uint64_t done;   /* core cycle; valid for jobs below front->decided */
} mem_job;

typedef struct mem_jobs {
    mem_job *items; /* job number n lies at n & (capacity - 1) */
    uint64_t taken, end, capacity;
} mem_jobs;

/* The first member of every model's state. */
typedef struct mem_front {
    uint64_t cycle;                  /* everything before this core cycle has been simulated */
    uint64_t decided[MEM_MAX_PORTS]; /* jobs whose completion time is known */
    mem_stats stats;                 /* up to `cycle` */
} mem_front;

typedef struct mem_plan mem_plan;

typedef struct mem_model {
    size_t (*state_bytes)(const mem_plan *plan);
    /* The state before cycle 0; the memory is zeroed. */
    void (*reset)(const mem_plan *plan, void *state);
    /* Simulates up to core cycle `until`. Returns early when it has determined a completion before `until`;
     * the state is then at or before that completion. Returns at once when `until` is UINT64_MAX and nothing
     * is to be done. */
    void (*advance)(mem_plan *plan, void *state, uint64_t until);
} mem_model;

struct mem_plan {
    const mem_model *model;
    mem_jobs jobs[MEM_MAX_PORTS];
    mem_port_params ports[MEM_MAX_PORTS];
    unsigned port_count;
    uint32_t most_outstanding; /* over the ports */
    uint32_t burst_bytes;
    uint64_t now;
    mem_front *state, *safe;
    size_t state_bytes;
};

static inline mem_job *mem_plan_job(const mem_plan *plan, unsigned port, uint64_t number)
{
    const mem_jobs *jobs = &plan->jobs[port];
    return &jobs->items[number & (jobs->capacity - 1)];
}

/* Core cycles that `bytes` occupy the port's bus. */
static inline uint64_t mem_plan_bus_cycles(const mem_plan *plan, unsigned port, uint32_t bytes)
{
    return (bytes + plan->ports[port].bus_bytes - 1) / plan->ports[port].bus_bytes;
}

/* Fills in all but what the engine owns; false with a reason when the ports are not valid. */
bool mem_plan_check_ports(const mem_port_params *ports, unsigned port_count, const char **reason);
void mem_plan_init(mem_plan *plan, const mem_model *model, const mem_port_params *ports, unsigned port_count,
                   uint32_t burst_bytes);
void mem_plan_free(mem_plan *plan);

void mem_plan_submit(mem_plan *plan, unsigned port, const mem_block *block, uint64_t now);
uint64_t mem_plan_next_done(mem_plan *plan);
bool mem_plan_take_done(mem_plan *plan, uint64_t now, unsigned *port);
/* Brings the state to exactly `now` and returns it. */
const mem_front *mem_plan_state_at(mem_plan *plan, uint64_t now);

#ifdef __cplusplus
}
#endif
#endif
