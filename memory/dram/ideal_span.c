/* The ideal memory in O(1) per burst, and in O(1) per run while the pipe is the bottleneck of the only busy
 * port. */
#include "memory/dram/ideal.h"
#include "memory/engine/stream.h"

typedef struct ideal_state {
    mem_front front;
    uint64_t slot; /* next free byte slot of the pipe */
    unsigned last; /* port served last */
    mem_stream streams[MEM_MAX_PORTS];
    uint64_t rings[]; /* most_outstanding per port */
} ideal_state;

static size_t state_bytes(const mem_plan *plan)
{
    return sizeof(ideal_state) + plan->port_count * plan->most_outstanding * sizeof(uint64_t);
}

static void reset(const mem_plan *plan, void *state) { ((ideal_state *)state)->last = plan->port_count - 1; }

static void book(ideal_state *s, const mem_ideal *m, uint64_t start, uint64_t bursts, bool write)
{
    mem_stats *stats = &s->front.stats;
    uint64_t b = m->params.bytes_per_cycle;
    fl_account_until(&stats->clock, start / b, FL_CAUSE_IDLE);
    fl_account_until(&stats->clock, (s->slot - 1) / b + 1, FL_CAUSE_BUSY);
    *(write ? &stats->write_bursts : &stats->read_bursts) += bursts;
    *(write ? &stats->write_bytes : &stats->read_bytes) += bursts * m->params.burst_bytes;
}

static uint64_t returns(const mem_ideal *m, uint64_t end_slot)
{
    return (end_slot + m->params.bytes_per_cycle - 1) / m->params.bytes_per_cycle + m->params.latency_cycles;
}

/* Serves as many bursts of the port's run as the closed form covers; the pipe has just served a burst of it.
 * With burst >= B the pipe takes at most one burst per cycle, as many as the port issues; with
 * (outstanding - 1) * burst >= (2 + latency + bus) * B a burst's slot in the window is free before the pipe
 * wants it; with a bus no slower than the pipe no burst waits for the bus. Then burst k starts at slot + k *
 * burst. */
static void serve_run(mem_ideal *m, ideal_state *s, unsigned port, uint64_t horizon_cycle)
{
    mem_stream *stream = &s->streams[port];
    uint64_t *ring = s->rings + port * m->plan.most_outstanding;
    uint64_t b = m->params.bytes_per_cycle, burst = m->params.burst_bytes;
    uint64_t bus = mem_plan_bus_cycles(&m->plan, port, (uint32_t)burst);
    uint32_t outstanding = m->plan.ports[port].outstanding;
    uint64_t count = stream->active ? mem_cursor_run(&stream->cursor) : 0;
    if (count == 0) return;
    if (burst < bus * b || (outstanding - 1) * burst < (2 + m->params.latency_cycles + bus) * b) return;
    uint64_t issue = mem_stream_issue(&m->plan, port, stream, ring);
    if (issue > s->slot / b) return;
    uint64_t horizon_slot = horizon_cycle > UINT64_MAX / b ? UINT64_MAX : horizon_cycle * b;
    if (s->slot >= horizon_slot) return;
    uint64_t most = (horizon_slot - 1 - s->slot) / burst + 1;
    if (count > most) count = most;

    uint64_t start = s->slot, end = start + count * burst;
    uint64_t kept = count < outstanding ? count : outstanding;
    uint64_t last_issue = issue + count - 1;
    uint64_t last_slot =
        (stream->count + count - 1) % outstanding; /* the last burst takes over this one's place */
    uint64_t freed = count > outstanding                   ? returns(m, end - outstanding * burst) + bus
                     : stream->count + count > outstanding ? ring[last_slot]
                                                           : 0;
    if (freed > last_issue) last_issue = freed;
    for (uint64_t k = count - kept; k < count; k++)
        ring[(stream->count + k) % outstanding] = returns(m, start + (k + 1) * burst) + bus;
    s->slot = end;
    book(s, m, start, count, stream->cursor.write);
    mem_stream_skip(&m->plan, port, stream, count, count, last_issue, returns(m, end) + bus);
}

static void advance(mem_plan *plan, void *state, uint64_t until)
{
    mem_ideal *m = (mem_ideal *)plan;
    ideal_state *s = state;
    uint64_t b = m->params.bytes_per_cycle;
    for (unsigned p = 0; p < plan->port_count; p++) mem_stream_open(plan, p, &s->streams[p]);
    for (;;) {
        uint64_t issues[MEM_MAX_PORTS], earliest = UINT64_MAX;
        for (unsigned p = 0; p < plan->port_count; p++) {
            issues[p] = mem_stream_issue(plan, p, &s->streams[p], s->rings + p * plan->most_outstanding);
            if (issues[p] < earliest) earliest = issues[p];
        }
        if (earliest == UINT64_MAX) break;
        uint64_t cycle = earliest > s->slot / b ? earliest : s->slot / b;
        if (cycle >= until) break;
        unsigned port = s->last;
        do port = port + 1 == plan->port_count ? 0 : port + 1;
        while (issues[port] > cycle);

        uint64_t start = s->slot > cycle * b ? s->slot : cycle * b;
        mem_stream *stream = &s->streams[port];
        uint64_t *ring = s->rings + port * plan->most_outstanding;
        uint64_t bus = mem_plan_bus_cycles(plan, port, mem_cursor_bytes(&stream->cursor));
        bool write = stream->cursor.write;
        s->slot = start + plan->burst_bytes;
        s->last = port;
        bool last = mem_stream_pop(plan, port, stream, issues[port]);
        book(s, m, start, 1, write);
        mem_stream_return(plan, &s->front, port, stream, ring, returns(m, s->slot), bus, last);

        uint64_t horizon = until;
        for (unsigned p = 0; p < plan->port_count; p++)
            if (p != port && issues[p] < horizon) horizon = issues[p];
        serve_run(m, s, port, horizon);
    }
    s->front.cycle = until;
}

static uint64_t soonest(const mem_plan *plan, const void *state, unsigned port, uint64_t end_burst,
                        uint64_t from)
{
    return mem_ideal_soonest((const mem_ideal *)plan,
                             (int64_t)(end_burst - ((const ideal_state *)state)->streams[port].first), from);
}

const mem_model mem_ideal_span = {
    .state_bytes = state_bytes, .reset = reset, .advance = advance, .soonest = soonest};
