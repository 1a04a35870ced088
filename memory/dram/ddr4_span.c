/* DDR4 from event to event: the twin of ddr4_pin.c. A burst costs O(1) events; a sequential run of row hits
 * is one event.
 *
 * Instead of stamps the state keeps for every resource the clock at which it is free. A clock is worth
 * visiting when a burst arrives and the window has room, when the refresh falls due, or when the next command
 * is allowed. */
#include "memory/dram/ddr4_span.h"

#include <string.h>

static size_t state_bytes(const mem_plan *plan)
{
    return sizeof(ddr4_span_state) + plan->port_count * plan->most_outstanding * sizeof(uint64_t);
}

static unsigned bank_count(const mem_ddr4 *d) { return 1u << (d->group_shift + d->bank_shift); }

static void reset(const mem_plan *plan, void *state)
{
    const mem_ddr4_params *t = &((const mem_ddr4 *)plan)->t;
    ddr4_span_state *s = state;
    s->refresh_due = t->refi == 0 ? UINT64_MAX : t->refresh_phase > 0 ? t->refresh_phase : t->refi;
    for (unsigned b = 0; b < DDR4_MAX_BANKS; b++) s->banks[b].row = CLOSED;
    for (unsigned p = 0; p < MEM_MAX_PORTS; p++) s->arrives[p] = UINT64_MAX;
}

static uint64_t next_arrival(const mem_ddr4 *d, const ddr4_span_state *s)
{
    uint64_t first = UINT64_MAX;
    for (unsigned p = 0; p < d->plan.port_count; p++) first = mem_sooner(first, s->arrives[p]);
    return first;
}

/* When a burst that needs a row command may have it. */
static inline uint64_t row_command_clock(const ddr4_span_state *s, const entry *e)
{
    const bank_state *b = &s->banks[e->bank];
    if (b->row != CLOSED) return mem_later(s->clock, b->precharge_free);
    const uint64_t any =
        mem_later(mem_later(s->clock, s->refresh_end), mem_later(s->activate_free, s->faw_free[s->faw]));
    return mem_later(any, mem_later(b->activate_free, s->groups[e->group].activate_free));
}

void mem_ddr4_find_row_command(ddr4_span_state *s)
{
    choice best = {.clock = UINT64_MAX};
    uint64_t used = 0, waiting = 0;
    for (unsigned i = 0; i < s->hits; i++) used |= UINT64_C(1) << window_at(s, i)->bank;
    for (unsigned i = s->hits; i < s->fill; i++) {
        entry *e = window_at(s, i);
        const uint64_t mask = UINT64_C(1) << e->bank;
        if (s->banks[e->bank].row != e->row) {
            waiting |= mask;
            if ((used & mask) == 0) {
                const uint64_t clock = row_command_clock(s, e);
                if (clock < best.clock) best = (choice){.clock = clock, .row = e};
            }
        }
        used |= mask;
    }
    s->row_command = best;
    s->row_command_known = true;
    s->waiting_banks = waiting;
}

static unsigned place_of(const ddr4_span_state *s, const entry *e)
{
    return ((unsigned)(e - s->window) - s->head) % DDR4_MAX_LOOKAHEAD;
}

void mem_ddr4_note_waiting(ddr4_span_state *s, unsigned bank)
{
    unsigned i = 0;
    while (window_at(s, i)->bank != bank) i++;
    entry *e = window_at(s, i);
    if (i < s->hits || s->banks[bank].row == e->row) return;
    const uint64_t clock = row_command_clock(s, e);
    const choice *best = &s->row_command;
    if (clock < best->clock || (clock == best->clock && i < place_of(s, best->row)))
        s->row_command = (choice){.clock = clock, .row = e};
}

/* The next command if nothing arrives: the column command wins a tie. A row command that was to come before
 * the present has lost one, and others may be allowed by now. */
static choice choose(ddr4_span_state *s)
{
    if (!s->row_command_known || s->row_command.clock < s->clock) mem_ddr4_find_row_command(s);
    if (s->hits == 0) return s->row_command;
    uint64_t column = head_column(s);
    return column <= s->row_command.clock ? (choice){.clock = column} : s->row_command;
}

void mem_ddr4_column(mem_ddr4 *d, ddr4_span_state *s)
{
    const entry *e = window_at(s, 0);
    const uint64_t clock = s->clock;
    s->head = (s->head + 1) % DDR4_MAX_LOOKAHEAD;
    s->fill--;
    s->hits--;
    tell(d, clock, e->write ? DDR4_WR : DDR4_RD, e);
    note_column(d, s, e->bank, e->group, e->write, clock);
    if (s->row_command_known && (s->waiting_banks >> e->bank & 1)) mem_ddr4_note_waiting(s, e->bank);
    s->busy_end = clock + d->data_clocks;
    count_columns(d, s, e->write, 1);
    count_row(&s->front.stats, e);
    mem_stream_return(&d->plan, &s->front, e->port, &s->streams[e->port], ring_of(d, s, e->port),
                      mem_clock_to_core(&d->clock, data_end(d, e->write, clock)), e->bus_cycles, e->last);
    if (s->arrives[e->port] == UINT64_MAX) see_next_arrival(d, s, e->port);
}

void mem_ddr4_do_row_command(const mem_ddr4 *d, ddr4_span_state *s, entry *e)
{
    bank_state *b = &s->banks[e->bank];
    s->row_command_known = false;
    if (b->row != CLOSED) {
        tell(d, s->clock, DDR4_PRE, e);
        b->row = CLOSED;
        mem_delay(&b->activate_free, s->clock + d->t.rp);
        e->fate = CONFLICTED;
        return;
    }
    tell(d, s->clock, DDR4_ACT, e);
    b->row = e->row;
    b->column_free = s->clock + d->t.rcd;
    b->activate_free = s->clock + d->t.rc;
    mem_delay(&b->precharge_free, s->clock + d->t.ras);
    s->activate_free = s->clock + d->t.rrd_s;
    s->groups[e->group].activate_free = s->clock + d->t.rrd_l;
    s->faw_free[s->faw] = s->clock + d->t.faw;
    s->faw = (s->faw + 1) % 4;
    s->front.stats.activates++;
    if (e->fate == HIT) e->fate = MISSED;
    while (s->hits < s->fill) {
        const entry *first = window_at(s, s->hits);
        if (s->banks[first->bank].row != first->row) break;
        s->hits++;
    }
}

/* While nothing is queued and all banks are closed the refreshes that fall due before `horizon` but one are
 * one sum. */
static void skip_idle_refreshes(const mem_ddr4 *d, ddr4_span_state *s, uint64_t horizon)
{
    if (s->fill > 0 || d->trace != NULL || horizon <= s->refresh_due) return;
    uint64_t count = (horizon - 1 - s->refresh_due) / d->t.refi;
    if (count == 0) return;
    account(s, s->refresh_due);
    fl_account_add(&s->front.stats.clock, count * d->t.rfc, FL_CAUSE_REFRESH);
    fl_account_add(&s->front.stats.clock, count * (d->t.refi - d->t.rfc), FL_CAUSE_IDLE);
    s->front.stats.refreshes += count;
    s->refresh_due += count * d->t.refi;
    s->refresh_end = s->refresh_due - d->t.refi + d->t.rfc;
    s->clock = s->refresh_due;
}

/* Refresh is due: the next command closes all banks or refreshes. Returns its clock; does it when that is
 * s->clock. */
static uint64_t refresh(const mem_ddr4 *d, ddr4_span_state *s)
{
    bool any_open = false;
    uint64_t closes = s->clock, refreshes = mem_later(s->clock, s->refresh_end);
    for (unsigned b = 0; b < bank_count(d); b++) {
        if (s->banks[b].row != CLOSED) {
            any_open = true;
            closes = mem_later(closes, s->banks[b].precharge_free);
        }
        refreshes = mem_later(refreshes, s->banks[b].activate_free);
    }
    uint64_t clock = any_open ? closes : refreshes;
    if (clock != s->clock) return clock;
    tell(d, clock, any_open ? DDR4_PREA : DDR4_REF, NULL);
    s->row_command_known = false;
    if (any_open) {
        for (unsigned b = 0; b < bank_count(d); b++) {
            if (s->banks[b].row == CLOSED) continue;
            s->banks[b].row = CLOSED;
            mem_delay(&s->banks[b].activate_free, clock + d->t.rp);
        }
        s->hits = 0;
    } else {
        s->refresh_end = clock + d->t.rfc;
        s->refresh_due += d->t.refi;
        s->front.stats.refreshes++;
    }
    return clock;
}

static void open_streams(const mem_ddr4 *d, ddr4_span_state *s)
{
    for (unsigned p = 0; p < d->plan.port_count; p++) {
        mem_stream_open(&d->plan, p, &s->streams[p]);
        see_next_arrival(d, s, p);
    }
}

/* What one step of `advance` does while every burst in the window finds its row open, over and over up to
 * `limit`: nothing but columns and arrivals, the next of which ends it if it needs a row. */
static void serve_hits(mem_ddr4 *d, ddr4_span_state *s, uint64_t limit)
{
    const unsigned lookahead = (unsigned)d->t.lookahead;
    while (s->clock < limit && !s->front.paused) {
        if (s->fill < lookahead) arbitrate(d, s, s->clock, lookahead);
        if (s->hits != s->fill) return;
        uint64_t visit = s->fill < lookahead ? mem_sooner(limit, next_arrival(d, s)) : limit;
        uint64_t clock = s->fill > 0 ? head_column(s) : UINT64_MAX;
        if (clock >= visit) {
            account(s, visit);
            s->clock = visit;
            continue;
        }
        if (mem_ddr4_serve_backlog(d, s, limit) || mem_ddr4_serve_run(d, s, limit)) continue;
        account(s, clock);
        s->clock = clock;
        mem_ddr4_column(d, s);
        s->clock++;
    }
    account(s, s->clock);
}

static void advance(mem_plan *plan, void *state, uint64_t until)
{
    mem_ddr4 *d = (mem_ddr4 *)plan;
    ddr4_span_state *s = state;
    uint64_t end = mem_clock_from_core(&d->clock, until);
    open_streams(d, s);
    while (s->clock < end && !s->front.paused) {
        if (s->fill < d->t.lookahead) arbitrate(d, s, s->clock, (unsigned)d->t.lookahead);
        uint64_t arrival = next_arrival(d, s);
        uint64_t horizon = mem_sooner(end, arrival);
        uint64_t visit = s->fill < d->t.lookahead ? horizon : end;
        if (s->clock >= s->refresh_due) {
            uint64_t clock = s->clock, due = s->refresh_due, at = refresh(d, s);
            if (at == clock) {
                account(s, ++s->clock);
                if (due != s->refresh_due) skip_idle_refreshes(d, s, horizon);
                continue;
            }
            s->clock = mem_sooner(at, visit);
            account(s, s->clock);
            continue;
        }
        if (s->hits == s->fill) {
            serve_hits(d, s, mem_sooner(end, s->refresh_due));
            continue;
        }
        if (mem_ddr4_serve_backlog(d, s, mem_sooner(end, s->refresh_due))) continue;
        choice next = choose(s);
        if (next.clock >= mem_sooner(visit, s->refresh_due)) {
            s->clock = mem_sooner(visit, s->refresh_due);
            account(s, s->clock);
            continue;
        }
        s->clock = next.clock;
        account(s, s->clock);
        if (next.row != NULL) {
            mem_ddr4_do_row_command(d, s, next.row);
        } else {
            mem_ddr4_column(d, s);
        }
        account(s, ++s->clock);
    }
    s->front.cycle = s->front.paused ? mem_sooner(until, mem_clock_to_core(&d->clock, s->clock) - 1) : until;
}

/* A clock before which the head's successors up to number `count` of the window do not get their columns:
 * these go in order, at least tCCD apart, and a row that is not open needs an activate. */
static uint64_t soonest_column(const mem_ddr4 *d, const ddr4_span_state *s, unsigned count)
{
    uint64_t clock = 0, group_free[DDR4_MAX_GROUPS][2];
    for (unsigned g = 0; g < 1u << d->group_shift; g++)
        memcpy(group_free[g], s->groups[g].column_free, sizeof group_free[g]);
    for (unsigned i = 0; i < count; i++) {
        const entry *e = &s->window[(s->head + i) % DDR4_MAX_LOOKAHEAD];
        const bank_state *b = &s->banks[e->bank];
        uint64_t *free = &group_free[e->group][e->write];
        uint64_t row =
            b->row == e->row ? b->column_free : s->clock + d->t.rcd + (b->row == CLOSED ? 0 : d->t.rp);
        clock =
            mem_later(mem_later(clock, *free), mem_later(row, mem_later(s->clock, s->column_free[e->write])));
        *free = clock + d->t.ccd_l;
        clock += d->t.ccd_s;
    }
    return clock;
}

static uint64_t soonest(const mem_plan *plan, const void *state, unsigned port, uint64_t end_burst,
                        uint64_t from)
{
    const mem_ddr4 *d = (const mem_ddr4 *)plan;
    const ddr4_span_state *s = state;
    const mem_stream *stream = &s->streams[port];
    uint64_t left = end_burst - stream->first, ready = s->refresh_end + d->t.rcd;
    if (s->front.cycle < from) return mem_ddr4_soonest(d, (int64_t)left, from, ready, s->refresh_due);
    unsigned ahead = 0;
    for (uint64_t mine = 0; mine < left && ahead < s->fill; ahead++)
        mine += s->window[(s->head + ahead) % DDR4_MAX_LOOKAHEAD].port == port;
    uint64_t last = soonest_column(d, s, ahead);
    if (end_burst > stream->count)
        return mem_ddr4_soonest(d, (int64_t)(end_burst - stream->count), from, mem_later(ready, last),
                                s->refresh_due);
    return mem_ddr4_soonest(d, 1, from, mem_later(ready, last - d->t.ccd_s), s->refresh_due);
}

const mem_model mem_ddr4_span = {
    .state_bytes = state_bytes, .reset = reset, .advance = advance, .can_pause = true, .soonest = soonest};
