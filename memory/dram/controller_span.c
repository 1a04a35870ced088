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
        for (unsigned w = 0; w < 2; w++) bank->first[w] = bank->last[w] = DRAM_NONE;
    }
    for (unsigned r = 0; r < d->t.ranks; r++) {
        c->ranks[r].refresh_due = mem_dram_first_refresh(d, r);
        c->ranks[r].sleep_free = d->t.power_down;
    }
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

/* --- what the policy wants
 * -------------------------------------------------------------------------------------- */

static void choose_direction(const mem_dram *d, dram_channel *c, uint64_t now)
{
    const unsigned reads = c->fill[DRAM_READ], writes = c->fill[DRAM_WRITE];
    if (writes == 0 && c->direction == DRAM_READ) return;
    const bool aged = writes > 0 && now >= c->requests[c->oldest[DRAM_WRITE]].arrival + d->t.write_age;
    const bool turn_over = c->served >= d->t.turn;
    bool change;
    if (c->direction == DRAM_READ)
        change = reads == 0 || ((writes >= d->t.write_high || aged) && turn_over);
    else
        change = writes == 0 || (reads > 0 && ((writes <= d->t.write_low && !aged) || turn_over));
    if (!change) {
        if (c->direction == DRAM_READ && !aged)
            c->visit = dram_sooner(c->visit, c->requests[c->oldest[DRAM_WRITE]].arrival + d->t.write_age);
        return;
    }
    c->direction = 1 - c->direction;
    c->served = 0;
    for (uint64_t left = c->waiting[0] | c->waiting[1]; left != 0; left &= left - 1)
        dram_rethink(d, c, (unsigned)__builtin_ctzll(left));
}

static void demand_refreshes(const mem_dram *d, dram_channel *c, uint64_t now)
{
    for (unsigned r = 0; r < d->t.ranks; r++) {
        dram_rank *rank = &c->ranks[r];
        if (rank->refreshing) continue;
        uint64_t must = rank->refresh_due;
        if (d->t.refresh_postpone > 0) {
            const dram_bank *turn = &c->banks[r * d->rank_banks + rank->turn];
            bool wanted = d->t.refresh == DRAM_ALL_BANK
                              ? rank->requests > 0
                              : turn->first[0] != DRAM_NONE || turn->first[1] != DRAM_NONE;
            if (wanted) must += d->t.refresh_postpone * d->refresh_interval;
        }
        rank->refreshing = now >= must;
        if (!rank->refreshing) c->visit = dram_sooner(c->visit, must);
    }
}

/* --- when commands are allowed
 * ---------------------------------------------------------------------------------- */

/* What a rank's shared resources allow, at `now` or later. */
static uint64_t rank_activate_free(const dram_rank *r, uint64_t now)
{
    return dram_later(dram_later(now, r->activate_free), dram_later(r->ready, r->faw_free[r->faw]));
}

static uint64_t precharge_free(const dram_channel *c, const dram_bank *b)
{
    return dram_later(b->precharge_free, c->ranks[b->rank].ready);
}

/* The first clock at which the data bus takes a burst of the rank in the channel's direction. */
static uint64_t bus_free(const mem_dram *d, const dram_channel *c, unsigned rank)
{
    uint64_t gap = rank != c->bus_rank ? d->t.rtrs : 0, latency = d->latency[c->direction];
    if (c->direction == DRAM_WRITE && c->bus_direction == DRAM_READ && gap < 2) gap = 2;
    return c->bus_end == 0 || c->bus_end + gap < latency ? 0 : c->bus_end + gap - latency;
}

/* A REF of the rank, or the PREA before it. */
static uint64_t refresh_rank_free(const mem_dram *d, const dram_channel *c, unsigned rank)
{
    uint64_t closes = c->ranks[rank].ready, refreshes = closes;
    for (unsigned b = rank * d->rank_banks; b < (rank + 1) * d->rank_banks; b++) {
        if (c->banks[b].row != DRAM_CLOSED_ROW) closes = dram_later(closes, c->banks[b].precharge_free);
        refreshes = dram_later(refreshes, c->banks[b].activate_free);
    }
    return c->ranks[rank].open > 0 ? closes : refreshes;
}

/* A REFB of the bank whose turn it is, or the PRE before it. */
static uint64_t refresh_bank_free(const mem_dram *d, const dram_channel *c, unsigned rank)
{
    const dram_rank *r = &c->ranks[rank];
    const dram_bank *b = &c->banks[rank * d->rank_banks + r->turn];
    if (b->row != DRAM_CLOSED_ROW) return precharge_free(c, b);
    return dram_later(dram_later(b->activate_free, r->bank_refresh_free), r->ready);
}

static void consider_ranks(const mem_dram *d, dram_channel *c, uint64_t now, dram_choice *best)
{
    for (unsigned r = 0; r < d->t.ranks; r++) {
        const dram_rank *rank = &c->ranks[r];
        if (rank->down) {
            if (rank->refreshing || rank->requests > 0)
                dram_consider(best, dram_later(now, rank->wake_free), DRAM_DO_WAKE, r, r);
        } else if (rank->refreshing) {
            uint64_t free =
                d->t.refresh == DRAM_PER_BANK ? refresh_bank_free(d, c, r) : refresh_rank_free(d, c, r);
            dram_consider(best, dram_later(now, free), DRAM_DO_REFRESH, r, r);
        } else if (d->t.power_down > 0 && rank->requests == 0) {
            dram_consider(best, dram_later(now, dram_later(rank->ready, rank->sleep_free)), DRAM_DO_SLEEP, r,
                          r);
        }
    }
}

/* Banks that may not be used: of ranks in power-down, or under a refresh that must be done now. */
static uint64_t blocked_banks(const mem_dram *d, const dram_channel *c)
{
    const uint64_t all = d->rank_banks == 64 ? UINT64_MAX : (UINT64_C(1) << d->rank_banks) - 1;
    uint64_t blocked = 0;
    for (unsigned r = 0; r < d->t.ranks; r++) {
        const unsigned first = r * d->rank_banks;
        if (c->ranks[r].down || (c->ranks[r].refreshing && d->t.refresh == DRAM_ALL_BANK))
            blocked |= all << first;
        else if (c->ranks[r].refreshing)
            blocked |= UINT64_C(1) << (first + c->ranks[r].turn);
    }
    return blocked;
}

static uint64_t rank_column_free(const mem_dram *d, const dram_channel *c, unsigned rank, uint64_t now)
{
    const dram_rank *r = &c->ranks[rank];
    return dram_later(dram_later(now, r->ready),
                      dram_later(r->column_free[c->direction], bus_free(d, c, rank)));
}

/* Commands for requests compare as numbers: by clock from `now` on (no timing reaches 2^31 clocks ahead),
 * columns before rows, older requests first (the row-hit cap keeps them close). The lowest bits say which
 * bank it is. */
enum { KEY_CLOCK = 32, KEY_ROW = 31, KEY_ORDER = 6 };

static inline uint64_t key_of(const dram_bank *b, unsigned bank, uint64_t clocks, uint64_t oldest)
{
    return clocks << KEY_CLOCK | (b->order - oldest) << KEY_ORDER | bank;
}

/* The first command, as a key, for the requests of the direction that is served, in `banks`; UINT64_MAX:
 * none. */
static uint64_t first_command(const mem_dram *d, const dram_channel *c, uint64_t banks, uint64_t now)
{
    const unsigned direction = c->direction;
    const dram_request *head = &c->requests[c->oldest[direction]];
    uint64_t best = UINT64_MAX, shared[DRAM_MAX_RANKS];
    uint64_t columns = c->wants[DRAM_WANT_COLUMN] & banks;
    if (d->t.scheduler == DRAM_FCFS) columns &= UINT64_C(1) << head->bank;
    if (columns != 0)
        for (unsigned r = 0; r < d->t.ranks; r++) shared[r] = rank_column_free(d, c, r, now);
    for (; columns != 0; columns &= columns - 1) {
        const unsigned bank = (unsigned)__builtin_ctzll(columns);
        const dram_bank *b = &c->banks[bank];
        uint64_t clock = dram_later(b->column_free, c->groups[b->group].column_free[direction]);
        best = dram_sooner(best, key_of(b, bank, dram_later(clock, shared[b->rank]) - now, head->order));
    }
    if (best >> KEY_CLOCK == 0) return best; /* no row comes before that */

    uint64_t activates = c->wants[DRAM_WANT_ACTIVATE] & banks,
             precharges = c->wants[DRAM_WANT_PRECHARGE] & banks;
    const uint64_t is_row = UINT64_C(1) << KEY_ROW;
    if (activates != 0)
        for (unsigned r = 0; r < d->t.ranks; r++) shared[r] = rank_activate_free(&c->ranks[r], now);
    for (; activates != 0; activates &= activates - 1) {
        const unsigned bank = (unsigned)__builtin_ctzll(activates);
        const dram_bank *b = &c->banks[bank];
        uint64_t clock = dram_later(b->activate_free, c->groups[b->group].activate_free);
        best = dram_sooner(best,
                           is_row | key_of(b, bank, dram_later(clock, shared[b->rank]) - now, head->order));
    }
    for (; precharges != 0; precharges &= precharges - 1) {
        const unsigned bank = (unsigned)__builtin_ctzll(precharges);
        const dram_bank *b = &c->banks[bank];
        best = dram_sooner(
            best, is_row | key_of(b, bank, dram_later(precharge_free(c, b), now) - now, head->order));
    }
    return best;
}

static void consider_requests(const mem_dram *d, dram_channel *c, uint64_t banks, uint64_t now)
{
    const uint64_t key = first_command(d, c, banks, now);
    if (key == UINT64_MAX) return;
    const dram_bank *b = &c->banks[key & ((1u << KEY_ORDER) - 1)];
    dram_consider(&c->choice, now + (key >> KEY_CLOCK), key >> KEY_ROW & 1 ? DRAM_DO_ROW : DRAM_DO_COLUMN,
                  b->order, b->chosen);
}

void dram_consider_bank(const mem_dram *d, dram_channel *c, unsigned bank, uint64_t now)
{
    consider_requests(d, c, UINT64_C(1) << bank, now);
}

static void consider_closing(const mem_dram *d, dram_channel *c, uint64_t now, dram_choice *best)
{
    for (uint64_t left = c->opened & ~c->waiting[c->direction]; left != 0; left &= left - 1) {
        const unsigned bank = (unsigned)__builtin_ctzll(left);
        const dram_bank *b = &c->banks[bank];
        if (b->hits[1 - c->direction] > 0 || c->ranks[b->rank].down || !dram_usable(d, c, bank)) continue;
        uint64_t clock = dram_later(b->close_due, precharge_free(c, b));
        dram_consider(best, dram_later(clock, now), DRAM_DO_CLOSE, bank, bank);
    }
}

static void settle(const mem_dram *d, dram_channel *c, uint64_t now)
{
    dram_account(d, c, now);
    c->visit = UINT64_MAX;
    choose_direction(d, c, now);
    demand_refreshes(d, c, now);
    c->choice = (dram_choice){.clock = UINT64_MAX};
    if (c->waiting[c->direction] != 0) consider_requests(d, c, ~blocked_banks(d, c), now);
    if (d->close_after != UINT64_MAX) consider_closing(d, c, now, &c->choice);
    consider_ranks(d, c, now, &c->choice);
    c->settled = true;
}

/* --- time
 * ------------------------------------------------------------------------------------------------------- */

static bool has_room(const mem_dram *d, const dram_span_state *s, unsigned port)
{
    const dram_port *p = &s->ports[port];
    bool write = p->stream.cursor.write;
    return s->channels[p->place.channel].fill[write] < (write ? d->t.write_queue : d->t.read_queue);
}

/* Bursts that are there enter their queues, port by port. Returns the next arrival to come. */
static uint64_t arbitrate(const mem_dram *d, dram_span_state *s)
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
    uint64_t next = UINT64_MAX;
    for (unsigned p = 0; p < count; p++)
        if (s->ports[p].arrives > s->clock) next = dram_sooner(next, s->ports[p].arrives);
    return next;
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
    while (s->clock < end) {
        uint64_t next = dram_sooner(arbitrate(d, s), end);
        for (unsigned n = 0; n < d->t.channels; n++) {
            dram_channel *c = &s->channels[n];
            if (!c->settled || s->clock >= c->visit) settle(d, c, s->clock);
            if (c->choice.clock == s->clock) {
                if (!dram_serve_run(d, s, c, end)) dram_give(d, s, c);
                next = s->clock + 1;
            } else {
                next = dram_sooner(next, dram_sooner(c->visit, c->choice.clock));
            }
        }
        s->clock = next;
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
