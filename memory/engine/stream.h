/* A port as the span models see it: the next burst, when it can issue, and when its predecessors leave the
 * bus.
 *
 * issue(i) = max(issue(i-1) + 1, bus_end(i - outstanding), submit of its block); bus_end(i) = max(return(i),
 * bus_end(i-1)) + ceil(bytes(i) / bus_bytes). bus_end of the last `outstanding` bursts lies in a ring that
 * the state of the model owns. */
#ifndef MEM_ENGINE_STREAM_H
#define MEM_ENGINE_STREAM_H

#include "memory/engine/cursor.h"
#include "memory/engine/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mem_stream {
    mem_cursor cursor;
    uint64_t job;          /* of the cursor */
    uint64_t next_issue;   /* earliest issue by the one-per-cycle rule and the block's submit */
    uint64_t first, count; /* bursts that have left the bus (as far as decided), bursts issued */
    uint64_t bus_end;      /* of the last decided burst */
    uint32_t slot;         /* of the next burst to issue: count % outstanding */
    uint32_t done_slot;    /* of the next burst to be decided: first % outstanding */
    bool active;           /* the cursor stands on a burst of `job` */
} mem_stream;

/* Puts the cursor on the next block, if one has been submitted. */
static inline void mem_stream_open(const mem_plan *plan, unsigned port, mem_stream *s)
{
    if (s->active || s->job >= plan->jobs[port].end) return;
    const mem_job *job = mem_plan_job(plan, port, s->job);
    mem_cursor_start(&s->cursor, &job->block, plan->burst_bytes);
    if (s->next_issue < job->submit) s->next_issue = job->submit;
    s->active = true;
}

/* Core cycle at which the current burst issues; UINT64_MAX when there is none or that is not known yet. */
static inline uint64_t mem_stream_issue(const mem_plan *plan, unsigned port, const mem_stream *s,
                                        const uint64_t *ring)
{
    if (!s->active) return UINT64_MAX;
    uint32_t outstanding = plan->ports[port].outstanding;
    if (s->count < outstanding) return s->next_issue;
    if (s->count - s->first >= outstanding) return UINT64_MAX;
    return ring[s->slot] > s->next_issue ? ring[s->slot] : s->next_issue;
}

/* The current burst issues at `cycle`; true when it was the block's last. */
static inline bool mem_stream_pop(const mem_plan *plan, unsigned port, mem_stream *s, uint64_t cycle)
{
    s->next_issue = cycle + 1;
    s->count++;
    if (++s->slot == plan->ports[port].outstanding) s->slot = 0;
    mem_cursor_next(&s->cursor);
    if (!mem_cursor_at_end(&s->cursor)) return false;
    s->active = false;
    s->job++;
    mem_stream_open(plan, port, s);
    return true;
}

/* The oldest issued burst returns at core cycle `returns` with `bus_cycles` of data. */
static inline void mem_stream_return(mem_plan *plan, mem_front *front, unsigned port, mem_stream *s,
                                     uint64_t *ring, uint64_t returns, uint64_t bus_cycles, bool last)
{
    s->bus_end = (returns > s->bus_end ? returns : s->bus_end) + bus_cycles;
    ring[s->done_slot] = s->bus_end;
    s->first++;
    if (++s->done_slot == plan->ports[port].outstanding) s->done_slot = 0;
    if (!last) return;
    mem_plan_job(plan, port, front->decided[port]++)->done = s->bus_end;
    front->paused = front->pauses;
}

/* `entered` bursts of the block have issued, each as early as the rules allow, and the cursor has been moved.
 * The last one issued when its place was freed or by the one-per-cycle rule since the first; as bus_end grows
 * by at least one per burst, no place in between counts. The last one has not left the bus. */
static inline void mem_stream_entered(const mem_plan *plan, unsigned port, mem_stream *s, uint64_t entered,
                                      const uint64_t *ring)
{
    if (entered == 0) return;
    uint32_t outstanding = plan->ports[port].outstanding;
    uint64_t issue = s->next_issue + entered - 1;
    s->count += entered;
    uint64_t last = (s->count - 1) % outstanding;
    if (s->count > outstanding && ring[last] > issue) issue = ring[last];
    s->next_issue = issue + 1;
    s->slot = last + 1 == outstanding ? 0 : (uint32_t)(last + 1);
}

/* A run is served at once: `issued` bursts of the current run issue, the last one at `issue`, and `served` of
 * the port's issued bursts leave the bus, the last one at `bus_end`. The caller has written bus_end of the
 * last min(served, outstanding) of them into the ring. */
static inline void mem_stream_skip(const mem_plan *plan, unsigned port, mem_stream *s, uint64_t issued,
                                   uint64_t served, uint64_t issue, uint64_t bus_end)
{
    uint32_t outstanding = plan->ports[port].outstanding;
    mem_cursor_skip(&s->cursor, issued);
    s->count += issued;
    s->first += served;
    s->slot = (uint32_t)(s->count % outstanding);
    s->done_slot = (uint32_t)(s->first % outstanding);
    s->next_issue = issue + 1;
    s->bus_end = bus_end;
}

#ifdef __cplusplus
}
#endif
#endif
