/* What every memory engine shares: queues of blocks, and the cycles at which to look at them again.
 *
 * A model is a state (plain memory that starts with a mem_front), a function that advances it, and a bound on
 * what it can do. The state never runs ahead of what can still arrive, so nothing can spoil it: until a
 * block's completion is decided, the plan only says before which cycle it cannot be, and looks again then.
 * The bound holds whatever arrives, so each cycle is simulated once and nothing is ever taken back. A caller
 * that knows that nothing arrives for a while lets the plan look ahead until then, or until a completion is
 * decided. */
#ifndef MEM_ENGINE_PLAN_H
#define MEM_ENGINE_PLAN_H

#include "memory/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mem_job {
    mem_block block;
    uint64_t submit;    /* core cycle */
    uint64_t end_burst; /* bursts of the port up to the end of this block, counted since reset */
    uint64_t done;      /* core cycle; valid for jobs below front->decided */
} mem_job;

typedef struct mem_jobs {
    mem_job *items; /* job number n lies at n & (capacity - 1) */
    uint64_t taken, end, capacity;
    uint64_t bursts; /* of all jobs since reset */
} mem_jobs;

/* Of two cycles, or two clocks of the memory. */
static inline uint64_t mem_later(uint64_t a, uint64_t b) { return a > b ? a : b; }
static inline uint64_t mem_sooner(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline void mem_delay(uint64_t *free, uint64_t clock) { *free = mem_later(*free, clock); }

static inline unsigned mem_log2(uint64_t power_of_two) { return (unsigned)__builtin_ctzll(power_of_two); }

/* The first member of every model's state. */
typedef struct mem_front {
    uint64_t cycle;                  /* everything before this core cycle has been simulated */
    uint64_t decided[MEM_MAX_PORTS]; /* jobs whose completion time is known */
    bool pauses, paused;             /* asked to stop at a decision; has stopped there */
    mem_stats stats;                 /* up to `cycle` */
} mem_front;

typedef struct mem_plan mem_plan;

typedef struct mem_model {
    size_t (*state_bytes)(const mem_plan *plan);
    /* The state before cycle 0; the memory is zeroed. */
    void (*reset)(const mem_plan *plan, void *state);
    /* Simulates up to core cycle `until`. A model that can pause stops earlier, if it is asked to, as soon as
     * a completion is decided, before that completion's cycle. */
    void (*advance)(mem_plan *plan, void *state, uint64_t until);
    bool can_pause;
    /* A cycle before which the port's bursts up to number end_burst - 1 are not all over the bus, whatever
     * arrives; the state stands at cycle `from` or earlier, at `from` the port has burst end_burst - 1 still
     * before it. Later than `from`. The sharper, the fewer looks. */
    uint64_t (*soonest)(const mem_plan *plan, const void *state, unsigned port, uint64_t end_burst,
                        uint64_t from);
} mem_model;

struct mem_plan {
    const mem_model *model;
    mem_jobs jobs[MEM_MAX_PORTS];
    mem_port_params ports[MEM_MAX_PORTS];
    unsigned port_count;
    uint32_t most_outstanding; /* over the ports */
    uint32_t burst_bytes;
    uint64_t now;
    uint64_t look[MEM_MAX_PORTS]; /* the port's next block is not done before; UINT64_MAX: no block */
    mem_front *state;
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

/* False with a reason when the ports are not valid. */
bool mem_plan_check_ports(const mem_port_params *ports, unsigned port_count, const char **reason);
/* Fills in all but what the engine owns. */
void mem_plan_init(mem_plan *plan, const mem_model *model, const mem_port_params *ports, unsigned port_count,
                   uint32_t burst_bytes);
/* Brings the state to exactly `now` and returns it. */
const mem_front *mem_plan_state_at(mem_plan *plan, uint64_t now);

/* The choices of every engine's key `model`, and their names. */
enum { MEM_SPAN, MEM_PIN };
extern const char *const mem_model_names[];

/* Operations of mem_engine_ops that are the same for all engines whose struct starts with its plan. */
void mem_plan_destroy(mem_engine *engine); /* frees the struct too */
uint32_t mem_plan_burst_bytes(const mem_engine *engine);
void mem_plan_submit(mem_engine *engine, unsigned port, const mem_block *block, uint64_t now);
uint64_t mem_plan_next_done(mem_engine *engine);
uint64_t mem_plan_look_ahead(mem_engine *engine, uint64_t quiet);
bool mem_plan_take_done(mem_engine *engine, uint64_t now, unsigned *port);
/* All of them but destroy, for an engine's table. */
#define MEM_PLAN_OPS                                                                                         \
    .burst_bytes = mem_plan_burst_bytes, .submit = mem_plan_submit, .next_done = mem_plan_next_done,         \
    .look_ahead = mem_plan_look_ahead, .take_done = mem_plan_take_done

#ifdef __cplusplus
}
#endif
#endif
