/* The DRAM controller from event to event: the twin of controller_pin.c.
 *
 * Instead of stamps the state keeps for every resource the clock at which it is free. A clock is worth
 * visiting when a burst arrives, when a channel may give its next command, or when a refresh or the age of a
 * write changes what it wants. Channels meet only in the ports, so each is looked at only when something
 * happens to it. */
#include "memory/dram/controller_span.h"

static size_t ring_places(const mem_plan *plan) { return (size_t)plan->port_count * plan->most_outstanding; }

static size_t state_bytes(const mem_plan *plan)
{
    return sizeof(dram_span_state) + mem_dram_of(plan)->t.channels * sizeof(dram_channel) +
           ring_places(plan) * (sizeof(uint64_t) + sizeof(dram_flight));
}

static void reset_channel(const mem_dram *d, dram_channel *c)
{
    for (unsigned b = 0; b < d->banks; b++) {
        dram_bank *bank = &c->banks[b];
        bank->row = DRAM_CLOSED_ROW;
        bank->rank = (uint8_t)dram_rank_of(d, b);
        bank->group = (uint8_t)(b / d->t.banks_per_group);
        bank->want = DRAM_WANT_NOTHING;
        for (unsigned w = 0; w < 2; w++) bank->first[w] = bank->last[w] = DRAM_NONE;
    }
    for (unsigned r = 0; r < d->t.ranks; r++) {
        c->ranks[r].refresh_due = mem_dram_first_refresh(d, r);
        c->ranks[r].sleep_free = d->t.power_down;
    }
    c->stale = DRAM_ALL_STALE;
    for (unsigned w = 0; w < 2; w++) c->oldest[w] = c->youngest[w] = DRAM_NONE;
    for (unsigned i = 0; i < 2 * DRAM_MAX_QUEUE; i++) c->requests[i].next = (uint16_t)(i + 1);
}

static void reset(const mem_plan *plan, void *state)
{
    const mem_dram *d = mem_dram_of(plan);
    dram_span_state *s = state;
    s->rings = (uint64_t *)&s->channels[d->t.channels];
    s->flights = (dram_flight *)(s->rings + ring_places(plan));
    for (unsigned c = 0; c < d->t.channels; c++) {
        s->channels[c].number = c;
        reset_channel(d, &s->channels[c]);
    }
    for (unsigned p = 0; p < MEM_MAX_PORTS; p++) s->ports[p].arrives = UINT64_MAX;
}

/* --- time
 * ------------------------------------------------------------------------------------------------------- */

static bool has_room(const mem_dram *d, const dram_span_state *s, unsigned port)
{
    const dram_port *p = &s->ports[port];
    bool write = p->stream.cursor.write;
    return s->channels[p->place.channel].fill[write] < (write ? d->t.write_queue : d->t.read_queue);
}

/* Bursts that are there enter their queues, port by port. */
static void arbitrate(const mem_dram *d, dram_span_state *s)
{
    const unsigned count = d->plan.port_count;
    for (unsigned k = 1, port = s->last_port; k <= count;) {
        if (++port == count) port = 0;
        if (s->ports[port].arrives > s->clock || !has_room(d, s, port)) {
            k++;
            continue;
        }
        dram_enter(d, s, port);
        s->last_port = port;
        k = 1;
    }
    s->arrives = UINT64_MAX;
    s->full = false;
    for (unsigned p = 0; p < count; p++)
        if (s->ports[p].arrives > s->clock)
            s->arrives = mem_sooner(s->arrives, s->ports[p].arrives);
        else
            s->full = true;
}

static void decide(const mem_dram *d, dram_channel *c, uint64_t now)
{
    if (!c->settled || now >= c->visit)
        dram_settle(d, c, now);
    else if (now > c->choice.clock)
        dram_choose(d, c, now);
}

/* What the channel does at s->clock. Returns when to look at it again. */
static uint64_t step(mem_dram *d, dram_span_state *s, dram_channel *c, uint64_t end)
{
    decide(d, c, s->clock);
    if (c->choice.clock == s->clock) {
        if (c->choice.priority != DRAM_DO_COLUMN || !dram_serve_run(d, s, c, end)) dram_give(d, s, c);
        /* another channel's column may let bursts of a full port in, a later call bring new ones */
        if (s->full || s->arrives <= s->clock + 1 || s->clock + 1 >= end) return s->clock + 1;
        decide(d, c, s->clock + 1);
    }
    return mem_sooner(c->visit, c->choice.clock);
}

/* One clock that something happens at, and on to the next one. */
static inline __attribute__((always_inline)) void visit(mem_dram *d, dram_span_state *s, uint64_t end)
{
    if (s->clock >= s->arrives) arbitrate(d, s);
    uint64_t next = mem_sooner(s->arrives, end);
    for (unsigned n = 0; n < d->t.channels; n++) {
        dram_channel *c = &s->channels[n];
        if (c->look <= s->clock) c->look = step(d, s, c, end);
        next = mem_sooner(next, c->look);
    }
    s->clock = mem_later(s->clock + 1, mem_sooner(next, s->arrives));
}

void dram_go(mem_dram *d, dram_span_state *s, uint64_t end)
{
    while (s->clock < end) visit(d, s, end);
}

/* No burst waits for its column and all rows are closed: nothing happens but what repeats. */
static bool is_idle(const mem_dram *d, const dram_span_state *s)
{
    for (unsigned n = 0; n < d->t.channels; n++)
        if (s->channels[n].opened != 0) return false;
    for (unsigned p = 0; p < d->plan.port_count; p++)
        if (s->ports[p].columns != s->ports[p].stream.count) return false;
    return true;
}

static void advance(mem_plan *plan, void *state, uint64_t until)
{
    mem_dram *d = (mem_dram *)plan;
    dram_span_state *s = state;
    const uint64_t end = mem_clock_from_core(&d->clock, until);
    for (unsigned p = 0; p < plan->port_count; p++) {
        mem_stream_open(plan, p, &s->ports[p].stream);
        if (s->ports[p].arrives == UINT64_MAX) dram_see_next(d, s, p);
    }
    const uint64_t worth = d->trace != NULL ? 0 : DRAM_IDLE_PERIODS * dram_idle_period(d);
    while (s->clock < end) {
        const uint64_t before = s->clock;
        visit(d, s, end);
        if (s->clock - before < DRAM_CALM) continue;
        if (worth > 0 && mem_sooner(s->arrives, end) > s->clock + worth && is_idle(d, s))
            dram_pass_idle(d, s, mem_sooner(s->arrives, end));
    }
    s->front.cycle = until;
}

static uint64_t soonest(const mem_plan *plan, const void *state, unsigned port, uint64_t end_burst,
                        uint64_t from)
{
    const dram_span_state *s = state;
    return mem_dram_soonest(mem_dram_of(plan), (int64_t)(end_burst - s->ports[port].columns), from);
}

const mem_model mem_dram_span = {
    .state_bytes = state_bytes, .reset = reset, .advance = advance, .soonest = soonest};
