/* The ideal memory one core cycle at a time: the twin of ideal_span.c. */
#include "memory/dram/ideal.h"
#include "memory/engine/pin_port.h"

typedef struct ideal_pin_state {
    mem_front front;
    unsigned last; /* port served last */
    uint32_t left; /* byte slots that the burst in the pipe still needs, 0: pipe free */
    pin_port ports[MEM_MAX_PORTS];
    pin_burst ring[];
} ideal_pin_state;

static size_t state_bytes(const mem_plan *plan)
{
    return sizeof(ideal_pin_state) + plan->port_count * plan->most_outstanding * sizeof(pin_burst);
}

static void reset(const mem_plan *plan, void *state)
{
    ((ideal_pin_state *)state)->last = plan->port_count - 1;
}

/* Takes the next port's oldest burst into the pipe; false when no port has one. */
static bool choose(const mem_ideal *m, ideal_pin_state *s)
{
    for (unsigned k = 1; k <= m->plan.port_count; k++) {
        unsigned port = (s->last + k) % m->plan.port_count;
        pin_port *q = &s->ports[port];
        if (q->taken == q->issued) continue;
        s->last = port;
        s->left = m->plan.burst_bytes;
        bool write = pin_port_burst(&m->plan, port, s->ring, q->taken++)->write;
        mem_stats *stats = &s->front.stats;
        *(write ? &stats->write_bursts : &stats->read_bursts) += 1;
        *(write ? &stats->write_bytes : &stats->read_bytes) += m->params.burst_bytes;
        return true;
    }
    return false;
}

/* The pipe in cycle c: bytes_per_cycle slots. */
static void pipe(const mem_ideal *m, ideal_pin_state *s, uint64_t c)
{
    bool moved = false;
    for (uint64_t slots = m->params.bytes_per_cycle; slots > 0;) {
        if (s->left == 0 && !choose(m, s)) break;
        uint64_t now = s->left < slots ? s->left : slots;
        s->left -= (uint32_t)now;
        slots -= now;
        moved = true;
        if (s->left > 0) continue;
        pin_port *q = &s->ports[s->last];
        pin_port_burst(&m->plan, s->last, s->ring, q->served++)->returns = c + 1 + m->params.latency_cycles;
    }
    fl_account_add(&s->front.stats.clock, 1, moved ? FL_CAUSE_BUSY : FL_CAUSE_IDLE);
}

static void advance(mem_plan *plan, void *state, uint64_t until)
{
    ideal_pin_state *s = state;
    for (; s->front.cycle < until; s->front.cycle++) {
        uint64_t c = s->front.cycle;
        for (unsigned p = 0; p < plan->port_count; p++) pin_port_issue(plan, p, &s->ports[p], s->ring, c);
        pipe((mem_ideal *)plan, s, c);
        for (unsigned p = 0; p < plan->port_count; p++)
            pin_port_carry(plan, &s->front, p, &s->ports[p], s->ring, c);
    }
}

static uint64_t soonest(const mem_plan *plan, const void *state, unsigned port, uint64_t end_burst,
                        uint64_t from)
{
    return mem_ideal_soonest((const mem_ideal *)plan,
                             (int64_t)(end_burst - ((const ideal_pin_state *)state)->ports[port].taken),
                             from);
}

const mem_model mem_ideal_pin = {
    .state_bytes = state_bytes, .reset = reset, .advance = advance, .soonest = soonest};
