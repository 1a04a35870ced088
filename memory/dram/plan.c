#include "memory/dram/plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool mem_plan_check_ports(const mem_port_params *ports, unsigned port_count, const char **reason)
{
    *reason = "a memory has 1 to 4 ports";
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
    plan->state_bytes = model->state_bytes(plan);
    plan->state = need(calloc(1, plan->state_bytes));
    plan->safe = need(calloc(1, plan->state_bytes));
    model->reset(plan, plan->state);
    memcpy(plan->safe, plan->state, plan->state_bytes);
}

void mem_plan_free(mem_plan *plan)
{
    for (unsigned p = 0; p < plan->port_count; p++) free(plan->jobs[p].items);
    free(plan->state);
    free(plan->safe);
}

static void advance_to(mem_plan *plan, uint64_t cycle)
{
    while (plan->state->cycle < cycle) plan->model->advance(plan, plan->state, cycle);
}

/* Afterwards the state is not in the future and the safe copy is as young as it can be. */
static void return_to(mem_plan *plan, uint64_t now)
{
    if (plan->state->cycle > now) {
        memcpy(plan->state, plan->safe, plan->state_bytes);
        advance_to(plan, now);
    }
    if (plan->safe->cycle != plan->state->cycle) memcpy(plan->safe, plan->state, plan->state_bytes);
}

/* Jobs from the safe copy's first undecided one on may be simulated again and stay. */
static void push_job(mem_plan *plan, unsigned port, const mem_job *job)
{
    mem_jobs *jobs = &plan->jobs[port];
    uint64_t first = plan->safe->decided[port] < jobs->taken ? plan->safe->decided[port] : jobs->taken;
    if (jobs->end - first == jobs->capacity) {
        mem_job *bigger = need(calloc(2 * jobs->capacity, sizeof *bigger));
        for (uint64_t n = first; n != jobs->end; n++)
            bigger[n & (2 * jobs->capacity - 1)] = jobs->items[n & (jobs->capacity - 1)];
        free(jobs->items);
        jobs->items = bigger;
        jobs->capacity *= 2;
    }
    jobs->items[jobs->end++ & (jobs->capacity - 1)] = *job;
}

void mem_plan_submit(mem_plan *plan, unsigned port, const mem_block *block, uint64_t now)
{
    assert(port < plan->port_count && now >= plan->now && mem_block_bytes(block) > 0);
    plan->now = now;
    return_to(plan, now);
    push_job(plan, port, &(mem_job){.block = *block, .submit = now});
}

static uint64_t earliest_decided(const mem_plan *plan)
{
    uint64_t earliest = UINT64_MAX;
    for (unsigned p = 0; p < plan->port_count; p++) {
        uint64_t taken = plan->jobs[p].taken;
        if (taken >= plan->state->decided[p]) continue;
        uint64_t done = mem_plan_job(plan, p, taken)->done;
        if (done < earliest) earliest = done;
    }
    return earliest;
}

uint64_t mem_plan_next_done(mem_plan *plan)
{
    bool pending = false;
    for (unsigned p = 0; p < plan->port_count; p++) pending |= plan->jobs[p].taken < plan->jobs[p].end;
    if (!pending) return UINT64_MAX;
    if (plan->state->cycle <= plan->now) {
        advance_to(plan, plan->now);
        return_to(plan, plan->now);
    }
    uint64_t done = earliest_decided(plan);
    while (plan->state->cycle < done) {
        plan->model->advance(plan, plan->state, done);
        done = earliest_decided(plan);
    }
    return done;
}

bool mem_plan_take_done(mem_plan *plan, uint64_t now, unsigned *port)
{
    assert(now >= plan->now);
    plan->now = now;
    advance_to(plan, now);
    for (unsigned p = 0; p < plan->port_count; p++) {
        mem_jobs *jobs = &plan->jobs[p];
        if (jobs->taken >= plan->state->decided[p] || mem_plan_job(plan, p, jobs->taken)->done > now)
            continue;
        jobs->taken++;
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
    return_to(plan, now);
    return plan->state;
}
