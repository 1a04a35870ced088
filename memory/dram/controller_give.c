/* What arrivals and commands do to the state of the controller's span model. */
#include "memory/dram/controller_span.h"

void dram_tell(const mem_dram *d, const dram_channel *c, uint64_t clock, mem_dram_kind kind, mem_place place)
{
    if (d->trace == NULL) return;
    place.channel = (uint16_t)c->number;
    d->trace(d->trace_owner, &(mem_dram_command){.clock = clock, .kind = kind, .place = place});
}

static void tell_bank(const mem_dram *d, const dram_channel *c, uint64_t clock, mem_dram_kind kind,
                      unsigned bank, uint32_t row)
{
    if (d->trace == NULL) return;
    dram_tell(d, c, clock, kind,
              (mem_place){.row = row,
                          .rank = c->banks[bank].rank,
                          .group = (uint8_t)dram_group_of(d, bank),
                          .bank = (uint8_t)bank});
}

void dram_account(const mem_dram *d, dram_channel *c, uint64_t end)
{
    fl_account *a = &c->account;
    if (end <= a->until) return;
    fl_account_until(a, mem_sooner(end, c->busy_end), FL_CAUSE_BUSY);
    if (end <= a->until) return;
    if (c->oldest[c->direction] == DRAM_NONE) {
        for (unsigned r = 0; r < d->t.ranks; r++) {
            bool whole = d->t.refresh == DRAM_ALL_BANK && c->ranks[r].refreshing;
            fl_account_until(a, whole ? end : mem_sooner(end, c->ranks[r].refreshed), FL_CAUSE_REFRESH);
        }
        fl_account_until(a, end, FL_CAUSE_IDLE);
        return;
    }
    const dram_request *e = &c->requests[c->oldest[c->direction]];
    const dram_bank *b = &c->banks[e->bank];
    uint64_t refreshed = mem_later(c->ranks[b->rank].refreshed, b->refreshed);
    fl_account_until(a, dram_usable(d, c, e->bank) ? mem_sooner(end, refreshed) : end, FL_CAUSE_REFRESH);
    fl_account_until(a, b->row == e->row ? mem_sooner(end, b->column_free) : end, FL_CAUSE_ROW);
    fl_account_until(a, end, FL_CAUSE_TURNAROUND);
}

/* The same, before a change of the bank's row. */
static void account_row(const mem_dram *d, dram_channel *c, unsigned bank, uint64_t clock)
{
    const uint16_t head = c->oldest[c->direction];
    if (head != DRAM_NONE && c->requests[head].bank == bank) dram_account(d, c, clock);
}

/* --- standby: clocks of a rank by state
 * ------------------------------------------------------------------------- */

/* The rank's state changes with the command at s->clock. */
static void note_standby(dram_span_state *s, dram_rank *r)
{
    unsigned standby = (r->down ? DRAM_PRECHARGED_DOWN : DRAM_PRECHARGED) + (r->open > 0 ? 1u : 0u);
    s->counts.standby[standby] += s->clock - r->standby_since;
    r->standby_since = s->clock;
}

/* Power-down comes power_down clocks after the last command. */
static void note_command(const mem_dram *d, dram_rank *r, uint64_t clock)
{
    mem_delay(&r->sleep_free, clock + d->t.power_down);
}

/* --- commands
 * --------------------------------------------------------------------------------------------------- */

static void close_bank(const mem_dram *d, dram_span_state *s, dram_channel *c, unsigned bank)
{
    dram_bank *b = &c->banks[bank];
    dram_rank *r = &c->ranks[b->rank];
    account_row(d, c, bank, s->clock);
    b->row = DRAM_CLOSED_ROW;
    for (unsigned w = 0; w < 2; w++) {
        c->hits[w] -= b->hits[w];
        b->hits[w] = 0;
    }
    mem_delay(&b->activate_free, s->clock + d->t.rp);
    c->opened &= ~(UINT64_C(1) << bank);
    if (r->open == 1) note_standby(s, r);
    r->open--;
    dram_rethink(d, c, bank, s->clock + 1);
}

void dram_precharge(const mem_dram *d, dram_span_state *s, dram_channel *c, unsigned bank)
{
    tell_bank(d, c, s->clock, DRAM_PRE, bank, (uint32_t)c->banks[bank].row);
    close_bank(d, s, c, bank);
    note_command(d, &c->ranks[c->banks[bank].rank], s->clock);
}

static uint16_t count_hits(const dram_channel *c, const dram_bank *b, unsigned direction)
{
    uint16_t hits = 0;
    for (uint16_t slot = b->first[direction]; slot != DRAM_NONE; slot = c->requests[slot].next)
        hits = (uint16_t)(hits + (c->requests[slot].row == b->row));
    return hits;
}

void dram_activate(const mem_dram *d, dram_span_state *s, dram_channel *c, unsigned bank, uint32_t row)
{
    dram_bank *b = &c->banks[bank];
    dram_rank *r = &c->ranks[b->rank];
    const uint64_t clock = s->clock;
    tell_bank(d, c, clock, DRAM_ACT, bank, row);
    account_row(d, c, bank, clock);
    b->row = row;
    b->bypassed = 0;
    b->column_free = clock + d->t.rcd;
    mem_delay(&b->activate_free, clock + d->t.rc);
    mem_delay(&b->precharge_free, clock + d->t.ras);
    if (d->close_after != UINT64_MAX) b->close_due = clock + d->close_after;
    for (unsigned w = 0; w < 2; w++) {
        b->hits[w] = count_hits(c, b, w);
        c->hits[w] += b->hits[w];
    }
    c->groups[b->group].activate_free = clock + d->t.rrd_l;
    mem_delay(&r->activate_free, clock + d->t.rrd_s);
    mem_delay(&r->bank_refresh_free, clock + d->t.rrd_s);
    r->faw_free[r->faw] = clock + d->t.faw;
    r->faw = (r->faw + 1) % 4;
    mem_delay(&r->activate_free, r->faw_free[r->faw]);
    c->opened |= UINT64_C(1) << bank;
    if (r->open == 0) note_standby(s, r);
    r->open++;
    note_command(d, r, clock);
    dram_rethink(d, c, bank, clock + 1);
    s->counts.activates++;
}

static void do_row(const mem_dram *d, dram_span_state *s, dram_channel *c, dram_request *e)
{
    if (c->banks[e->bank].row != DRAM_CLOSED_ROW) {
        dram_precharge(d, s, c, e->bank);
        e->fate = DRAM_CONFLICTED;
        return;
    }
    dram_activate(d, s, c, e->bank, e->row);
    if (e->fate == DRAM_HIT) e->fate = DRAM_MISSED;
}

/* Takes the request out of its queue and its bank. */
static void unlink_request(dram_channel *c, unsigned direction, uint16_t slot)
{
    dram_request *e = &c->requests[slot];
    dram_bank *b = &c->banks[e->bank];
    *(e->older == DRAM_NONE ? &c->oldest[direction] : &c->requests[e->older].younger) = e->younger;
    *(e->younger == DRAM_NONE ? &c->youngest[direction] : &c->requests[e->younger].older) = e->older;
    uint16_t before = DRAM_NONE;
    for (uint16_t at = b->first[direction]; at != slot; at = c->requests[at].next) before = at;
    *(before == DRAM_NONE ? &b->first[direction] : &c->requests[before].next) = e->next;
    if (b->last[direction] == slot) b->last[direction] = before;
    if (before != DRAM_NONE) b->bypassed++;
    if (b->first[direction] == DRAM_NONE) c->waiting[direction] &= ~(UINT64_C(1) << e->bank);
    b->hits[direction]--;
    c->hits[direction]--;
    c->fill[direction]--;
    c->ranks[e->rank].requests--;
    e->next = c->spare;
    c->spare = slot;
}

/* No command of the rank before `clock`. */
static void delay_rank(dram_rank *r, uint64_t clock)
{
    mem_delay(&r->ready, clock);
    for (unsigned w = 0; w < 2; w++) mem_delay(&r->column_free[w], clock);
    mem_delay(&r->activate_free, clock);
}

void dram_delay_columns(const mem_dram *d, dram_channel *c, unsigned bank, unsigned direction, uint64_t clock)
{
    dram_bank *b = &c->banks[bank];
    dram_group *g = &c->groups[b->group];
    mem_delay(&g->column_free[DRAM_READ], clock + d->group_gap[direction][DRAM_READ]);
    mem_delay(&g->column_free[DRAM_WRITE], clock + d->group_gap[direction][DRAM_WRITE]);
    for (unsigned r = 0; r < d->t.ranks; r++) {
        const uint64_t *gap = d->rank_gap[direction][r != b->rank];
        mem_delay(&c->ranks[r].column_free[DRAM_READ], clock + gap[DRAM_READ]);
        mem_delay(&c->ranks[r].column_free[DRAM_WRITE], clock + gap[DRAM_WRITE]);
    }
    mem_delay(&b->precharge_free, clock + d->precharge_gap[direction]);
    mem_delay(&c->ranks[b->rank].sleep_free, clock + d->sleep_gap[direction]);
    if (d->close_after != UINT64_MAX) b->close_due = clock + d->close_after;
    c->busy_end = clock + d->data_clocks;
}

/* The burst's data comes back; those at the head of the port go over its bus. */
static void return_burst(mem_dram *d, dram_span_state *s, unsigned port, uint32_t place, uint64_t returns)
{
    dram_port *p = &s->ports[port];
    const size_t base = (size_t)port * d->plan.most_outstanding;
    dram_flight *flights = s->flights + base;
    flights[place].returns = returns;
    p->columns++;
    if (place != p->stream.done_slot) return;
    while (p->stream.first < p->stream.count) {
        const dram_flight *f = &flights[p->stream.done_slot];
        if (f->returns == UINT64_MAX) break;
        mem_stream_return(&d->plan, &s->front, port, &p->stream, s->rings + base, f->returns, f->bus_cycles,
                          f->last);
    }
    if (p->arrives == UINT64_MAX) dram_see_next(d, s, port);
}

static void do_column(mem_dram *d, dram_span_state *s, dram_channel *c, uint16_t slot)
{
    const unsigned direction = c->direction;
    const dram_request e = c->requests[slot];
    tell_bank(d, c, s->clock, direction == DRAM_WRITE ? DRAM_WR : DRAM_RD, e.bank, e.row);
    dram_account(d, c, s->clock);
    unlink_request(c, direction, slot);
    dram_delay_columns(d, c, e.bank, direction, s->clock);
    dram_rethink(d, c, e.bank, s->clock + 1);
    if (s->full) s->arrives = s->clock + 1;
    c->served++;
    mem_stats *stats = &s->front.stats;
    *(direction == DRAM_WRITE ? &s->counts.writes : &s->counts.reads) += 1;
    *(e.fate == DRAM_HIT      ? &stats->row_hits
      : e.fate == DRAM_MISSED ? &stats->row_misses
                              : &stats->row_conflicts) += 1;
    return_burst(d, s, e.port, e.place,
                 mem_clock_to_core(&d->clock, s->clock + d->latency[direction] + d->data_clocks));
}

static void do_refresh_rank(const mem_dram *d, dram_span_state *s, dram_channel *c, unsigned rank)
{
    dram_rank *r = &c->ranks[rank];
    note_command(d, r, s->clock);
    if (r->open > 0) {
        dram_tell(d, c, s->clock, DRAM_PREA, (mem_place){.rank = (uint8_t)rank});
        for (unsigned b = rank * d->rank_banks; b < (rank + 1) * d->rank_banks; b++)
            if (c->banks[b].row != DRAM_CLOSED_ROW) close_bank(d, s, c, b);
        return;
    }
    dram_tell(d, c, s->clock, DRAM_REF, (mem_place){.rank = (uint8_t)rank});
    dram_account(d, c, s->clock);
    r->refreshed = s->clock + d->t.rfc;
    delay_rank(r, r->refreshed); /* its banks are closed */
    r->refreshing = false;
    r->refresh_due += d->refresh_interval;
    dram_block(d, c);
    s->counts.refreshes++;
}

static void do_refresh_bank(const mem_dram *d, dram_span_state *s, dram_channel *c, unsigned rank)
{
    dram_rank *r = &c->ranks[rank];
    const unsigned bank = rank * d->rank_banks + r->turn;
    dram_bank *b = &c->banks[bank];
    if (b->row != DRAM_CLOSED_ROW) {
        dram_precharge(d, s, c, bank);
        return;
    }
    tell_bank(d, c, s->clock, DRAM_REFB, bank, 0);
    dram_account(d, c, s->clock);
    note_command(d, r, s->clock);
    b->refreshed = s->clock + d->t.rfc_pb;
    mem_delay(&b->activate_free, b->refreshed);
    mem_delay(&r->activate_free, s->clock + d->t.rrefd);
    mem_delay(&r->bank_refresh_free, b->refreshed);
    mem_delay(&r->sleep_free, b->refreshed);
    r->refreshing = false;
    r->turn = (r->turn + 1) % d->rank_banks;
    r->refresh_due += d->refresh_interval;
    dram_block(d, c);
    s->counts.bank_refreshes++;
}

static void do_wake(const mem_dram *d, dram_span_state *s, dram_channel *c, unsigned rank)
{
    dram_rank *r = &c->ranks[rank];
    dram_tell(d, c, s->clock, DRAM_PDX, (mem_place){.rank = (uint8_t)rank});
    note_standby(s, r);
    r->down = false;
    delay_rank(r, s->clock + d->t.xp);
    for (unsigned b = rank * d->rank_banks; b < (rank + 1) * d->rank_banks; b++)
        mem_delay(&c->banks[b].precharge_free, r->ready);
    mem_delay(&r->sleep_free, s->clock + d->t.cke);
    dram_block(d, c);
    note_command(d, r, s->clock);
}

static void do_sleep(const mem_dram *d, dram_span_state *s, dram_channel *c, unsigned rank)
{
    dram_rank *r = &c->ranks[rank];
    dram_tell(d, c, s->clock, DRAM_PDE, (mem_place){.rank = (uint8_t)rank});
    note_standby(s, r);
    r->down = true;
    r->wake_free = s->clock + d->t.cke;
    dram_block(d, c);
}

/* The column changes neither the direction nor what else the channel might do. */
static bool column_changes_only_requests(const mem_dram *d, const dram_channel *c)
{
    return c->fill[DRAM_WRITE] == 0 && c->direction == DRAM_READ && d->close_after == UINT64_MAX &&
           d->t.power_down == 0 && d->t.refresh_postpone == 0;
}

void dram_give(mem_dram *d, dram_span_state *s, dram_channel *c)
{
    const unsigned which = c->choice.which;
    const bool nothing_else = c->other.clock == UINT64_MAX;
    c->settled = false;
    switch (c->choice.priority) {
    case DRAM_DO_REFRESH:
        (d->t.refresh == DRAM_PER_BANK ? do_refresh_bank : do_refresh_rank)(d, s, c, which);
        break;
    case DRAM_DO_WAKE:
        do_wake(d, s, c, which);
        break;
    case DRAM_DO_COLUMN:
        do_column(d, s, c, (uint16_t)which);
        c->settled = nothing_else && column_changes_only_requests(d, c);
        break;
    case DRAM_DO_ROW:
        do_row(d, s, c, &c->requests[which]);
        c->settled = nothing_else;
        break;
    case DRAM_DO_CLOSE:
        dram_precharge(d, s, c, which);
        break;
    case DRAM_DO_SLEEP:
        do_sleep(d, s, c, which);
        break;
    }
}

/* --- arrivals
 * --------------------------------------------------------------------------------------------------- */

void dram_see_next(const mem_dram *d, dram_span_state *s, unsigned port)
{
    dram_port *p = &s->ports[port];
    p->issues =
        mem_stream_issue(&d->plan, port, &p->stream, s->rings + (size_t)port * d->plan.most_outstanding);
    p->arrives = mem_clock_from_core(&d->clock, p->issues);
    if (p->arrives == UINT64_MAX) return;
    p->place = mem_address_place(&d->map, p->stream.cursor.address);
    s->arrives = mem_sooner(s->arrives, p->arrives);
}

/* A burst that enters now changes what its bank wants and nothing else: not the direction, the refreshes, the
 * rows to close, the power-down or the head of the queue that is served. */
static bool enters_alone(const mem_dram *d, const dram_channel *c, unsigned direction, unsigned bank)
{
    if (c->fill[direction] == 0 ||
        (direction == DRAM_WRITE && c->direction == DRAM_READ && c->fill[DRAM_WRITE] + 1 >= d->t.write_high))
        return false;
    if (c->opened >> bank & 1 && d->close_after != UINT64_MAX) return false;
    if (d->t.power_down == 0 && d->t.refresh_postpone == 0) return true;
    return d->t.refresh == DRAM_ALL_BANK && c->ranks[c->banks[bank].rank].requests > 0;
}

void dram_enter(const mem_dram *d, dram_span_state *s, unsigned port)
{
    dram_port *p = &s->ports[port];
    dram_channel *c = &s->channels[p->place.channel];
    const unsigned direction = p->stream.cursor.write ? DRAM_WRITE : DRAM_READ;
    c->look = 0;
    const bool alone = c->settled && enters_alone(d, c, direction, p->place.bank);
    if (c->fill[direction] == 0 && direction == c->direction) dram_account(d, c, s->clock);
    c->settled = alone;

    const uint16_t slot = c->spare;
    dram_request *e = &c->requests[slot];
    c->spare = e->next;
    *e = (dram_request){.arrival = s->clock,
                        .order = c->orders++,
                        .row = p->place.row,
                        .place = p->stream.slot,
                        .older = c->youngest[direction],
                        .younger = DRAM_NONE,
                        .next = DRAM_NONE,
                        .bank = p->place.bank,
                        .rank = p->place.rank,
                        .port = (uint8_t)port};
    *(e->older == DRAM_NONE ? &c->oldest[direction] : &c->requests[e->older].younger) = slot;
    c->youngest[direction] = slot;
    dram_bank *b = &c->banks[e->bank];
    *(b->first[direction] == DRAM_NONE ? &b->first[direction] : &c->requests[b->last[direction]].next) = slot;
    b->last[direction] = slot;
    b->hits[direction] = (uint16_t)(b->hits[direction] + (b->row == e->row));
    c->hits[direction] += b->row == e->row;
    c->waiting[direction] |= UINT64_C(1) << e->bank;
    c->fill[direction]++;
    c->ranks[e->rank].requests++;
    /* a bank goes on with what it works for unless that was nothing, or no hit */
    const bool first = b->first[direction] == slot, hit = b->row == e->row && b->hits[direction] == 1;
    if (direction == c->direction && (first || hit)) {
        dram_rethink(d, c, e->bank, s->clock);
        if (alone) dram_choose(d, c, s->clock);
    }

    dram_flight *f = s->flights + (size_t)port * d->plan.most_outstanding + p->stream.slot;
    f->returns = UINT64_MAX;
    f->bus_cycles = (uint32_t)mem_plan_bus_cycles(&d->plan, port, mem_cursor_bytes(&p->stream.cursor));
    f->last = mem_stream_pop(&d->plan, port, &p->stream, p->issues);
    dram_see_next(d, s, port);
}

void dram_note_all(const mem_dram *d, dram_span_state *s)
{
    for (unsigned n = 0; n < d->t.channels; n++) {
        dram_account(d, &s->channels[n], s->clock);
        for (unsigned r = 0; r < d->t.ranks; r++) note_standby(s, &s->channels[n].ranks[r]);
    }
}

void mem_dram_span_counts(mem_dram *d, mem_stats *stats, mem_dram_counts *counts)
{
    dram_span_state *s = (dram_span_state *)d->plan.state;
    dram_note_all(d, s);
    *counts = s->counts;
    *stats = s->front.stats;
    for (unsigned n = 0; n < d->t.channels; n++)
        for (int k = 0; k < FL_CAUSE_COUNT; k++)
            fl_account_add(&stats->clock, s->channels[n].account.cycles[k], (fl_cause)k);
}
