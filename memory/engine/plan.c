#include "memory/engine/plan.h"

#include <assert.h>
#include <stdlib.h>

enum { FAR_CYCLES = 1 << 20 }; /* as far as is looked ahead at once */

const char *const mem_model_names[] = {"span", "pin", NULL};

static mem_plan *plan_of(mem_engine *engine) { return (mem_plan *)engine; }

bool mem_plan_check_ports(const mem_port_params *ports, unsigned port_count, const char **reason)
{
    *reason = "a memory has 1 to 16 ports";
    if (port_count < 1 || port_count > MEM_MAX_PORTS) return false;
    *reason = "a port needs at least one outstanding burst and a bus of at least one byte";
    for (unsigned p = 0; p < port_count; p++)
        if (ports[p].outstanding < 1 || ports[p].bus_bytes < 1) return false;
    *reason = NULL;
    return true;
}

/* Memory of a few kilobytes at construction: failing to get it is not an input fault. */
static void *need(void *memory)
{
    if (memory == NULL) abort();
    return memory;
}

void mem_plan_init(mem_plan *plan, const mem_model *model, const mem_port_params *ports, unsigned port_count,
                   uint32_t burst_bytes)
{
    plan->model = model;
    plan->port_count = port_count;
    plan->burst_bytes = burst_bytes;
    for (unsigned p = 0; p < port_count; p++) {
        plan->ports[p] = ports[p];
        if (ports[p].outstanding > plan->most_outstanding) plan->most_outstanding = ports[p].outstanding;
        plan->jobs[p].capacity = 8;
        plan->jobs[p].items = need(calloc(plan->jobs[p].capacity, sizeof(mem_job)));
    }
    plan->state = need(calloc(1, model->state_bytes(plan)));
    model->reset(plan, plan->state);
    for (unsigned p = 0; p < MEM_MAX_PORTS; p++) plan->look[p] = UINT64_MAX;
}

void mem_plan_destroy(mem_engine *engine)
{
    mem_plan *plan = plan_of(engine);
    for (unsigned p = 0; p < plan->port_count; p++) free(plan->jobs[p].items);
    free(plan->state);
    free(plan);
}

uint32_t mem_plan_burst_bytes(const mem_engine *engine) { return ((const mem_plan *)engine)->burst_bytes; }

static void advance_to(mem_plan *plan, uint64_t cycle)
{
    if (plan->state->cycle < cycle) plan->model->advance(plan, plan->state, cycle);
}

/* When to look at the port's next block: at its completion if that is decided. */
static uint64_t next_look(const mem_plan *plan, unsigned port)
{
    const mem_jobs *jobs = &plan->jobs[port];
    if (jobs->taken == jobs->end) return UINT64_MAX;
    const mem_job *job = mem_plan_job(plan, port, jobs->taken);
    if (jobs->taken < plan->state->decided[port]) return job->done;
    return plan->model->soonest(plan, plan->state, port, job->end_burst, plan->now);
}

static void push_job(mem_plan *plan, unsigned port, const mem_job *job)
{
    mem_jobs *jobs = &plan->jobs[port];
    if (jobs->end - jobs->taken == jobs->capacity) {
        mem_job *bigger = need(calloc(2 * jobs->capacity, sizeof *bigger));
        for (uint64_t n = jobs->taken; n != jobs->end; n++)
            bigger[n & (2 * jobs->capacity - 1)] = jobs->items[n & (jobs->capacity - 1)];
        free(jobs->items);
        jobs->items = bigger;
        jobs->capacity *= 2;
    }
    jobs->items[jobs->end++ & (jobs->capacity - 1)] = *job;
}

void mem_plan_submit(mem_engine *engine, unsigned port, const mem_block *block, uint64_t now)
{
    mem_plan *plan = plan_of(engine);
    assert(port < plan->port_count && now >= plan->now && mem_block_bytes(block) > 0);
    plan->now = now;
    mem_jobs *jobs = &plan->jobs[port];
    jobs->bursts += mem_block_bursts(block, plan->burst_bytes);
    push_job(plan, port, &(mem_job){.block = *block, .submit = now, .end_burst = jobs->bursts});
    if (jobs->taken + 1 == jobs->end) plan->look[port] = next_look(plan, port);
}

/* The port to look at first. */
static unsigned first_port(const mem_plan *plan)
{
    unsigned first = 0;
    for (unsigned p = 1; p < plan->port_count; p++)
        if (plan->look[p] < plan->look[first]) first = p;
    return first;
}

/* The completion itself once it is decided. */
uint64_t mem_plan_next_done(mem_engine *engine)
{
    const mem_plan *plan = plan_of(engine);
    return plan->look[first_port(plan)];
}

/* A completion is known that nobody has taken. */
static bool has_decided(const mem_plan *plan)
{
    for (unsigned p = 0; p < plan->port_count; p++)
        if (plan->jobs[p].taken < plan->state->decided[p]) return true;
    return false;
}

static void advance_to_decision(mem_plan *plan, uint64_t cycle)
{
    plan->state->pauses = true;
    advance_to(plan, cycle);
    plan->state->pauses = plan->state->paused = false;
}

/* No block is done before the first look, and none while no completion is known: until then nothing is
 * submitted either. */
uint64_t mem_plan_look_ahead(mem_engine *engine, uint64_t quiet)
{
    mem_plan *plan = plan_of(engine);
    for (;;) {
        const unsigned port = first_port(plan);
        const uint64_t look = plan->look[port];
        if (look >= quiet) return look;
        if (plan->model->can_pause && !has_decided(plan))
            advance_to_decision(plan, quiet - look < FAR_CYCLES ? quiet : look + FAR_CYCLES);
        else
            advance_to(plan, look);
        if (plan->now < plan->state->cycle) plan->now = plan->state->cycle;
        plan->look[port] = next_look(plan, port);
        if (plan->look[port] == look) return look;
    }
}

bool mem_plan_take_done(mem_engine *engine, uint64_t now, unsigned *port)
{
    mem_plan *plan = plan_of(engine);
    assert(now >= plan->now);
    plan->now = now;
    for (unsigned p = 0; p < plan->port_count; p++) {
        if (plan->look[p] > now) continue;
        advance_to(plan, now);
        plan->look[p] = next_look(plan, p);
        if (plan->look[p] > now) continue;
        plan->jobs[p].taken++;
        plan->look[p] = next_look(plan, p);
        *port = p;
        return true;
    }
    return false;
}

const mem_front *mem_plan_state_at(mem_plan *plan, uint64_t now)
{
    assert(now >= plan->now);
    plan->now = now;
    advance_to(plan, now);
    return plan->state;
}
