/* The DRAM controller one clock at a time, to be read against the standard and docs/contracts/dram.md: the
 * twin of controller_span.c. What the standard allows stands in controller_pin_rules.c.
 *
 * Core cycles and memory clocks run in order of time (at the same time the core cycle goes first). Each
 * memory clock:
 *   1. the arbiter moves issued bursts into the queues of their channels while there is room,
 *   2. each channel settles: which direction it serves, which refreshes it must do now,
 *   3. each channel gives one command: of those that are allowed the first of refresh, wake, column, row,
 * close, sleep,
 *   4. the clock is accounted. */
#include <string.h>

#include "memory/dram/controller_pin.h"

static pin_burst *ring_of(const mem_dram *d, dram_pin_state *s)
{
    return (pin_burst *)&s->channels[d->t.channels];
}

static size_t state_bytes(const mem_plan *plan)
{
    return sizeof(dram_pin_state) + mem_dram_of(plan)->t.channels * sizeof(pin_channel) +
           plan->port_count * plan->most_outstanding * sizeof(pin_burst);
}

static void reset(const mem_plan *plan, void *state)
{
    const mem_dram *d = mem_dram_of(plan);
    dram_pin_state *s = state;
    for (unsigned c = 0; c < d->t.channels; c++)
        for (unsigned r = 0; r < d->t.ranks; r++)
            s->channels[c].ranks[r].refresh_due = mem_dram_first_refresh(d, r);
}

/* --- what the policy wants
 * -------------------------------------------------------------------------------------- */

/* A request of the queue that uses the bank and, unless `row` is negative, that row: the oldest one, or -1.
 */
static int oldest_of(const pin_queue *q, unsigned bank, int64_t row)
{
    for (unsigned i = 0; i < q->fill; i++)
        if (q->items[i].place.bank == bank && (row < 0 || q->items[i].place.row == row)) return (int)i;
    return -1;
}

/* The request that the bank works for: its oldest one; with FR-FCFS the oldest one that finds its row open,
 * until it and its like have bypassed the oldest one row_hit_cap times. -1: none. */
static int chosen_of(const mem_dram *d, const pin_channel *c, unsigned bank)
{
    const pin_queue *q = &c->queues[c->direction];
    const pin_bank *b = &c->banks[bank];
    int oldest = oldest_of(q, bank, -1);
    if (d->t.scheduler != DRAM_FR_FCFS || !b->open || b->bypassed >= d->t.row_hit_cap) return oldest;
    int hit = oldest_of(q, bank, b->row);
    return hit >= 0 ? hit : oldest;
}

static bool rank_wanted(const mem_dram *d, const pin_channel *c, unsigned rank)
{
    for (unsigned w = 0; w < 2; w++)
        for (unsigned i = 0; i < c->queues[w].fill; i++)
            if (dram_rank_of(d, c->queues[w].items[i].place.bank) == rank) return true;
    return false;
}

static bool bank_wanted(const pin_channel *c, unsigned bank, int64_t row)
{
    return oldest_of(&c->queues[DRAM_READ], bank, row) >= 0 ||
           oldest_of(&c->queues[DRAM_WRITE], bank, row) >= 0;
}

static unsigned refreshed_bank(const mem_dram *d, const pin_channel *c, unsigned rank)
{
    return rank * d->rank_banks + c->ranks[rank].refreshed;
}

/* The bank may be used, as far as a refresh that must be done now is concerned. */
static bool usable(const mem_dram *d, const pin_channel *c, unsigned bank)
{
    const unsigned rank = dram_rank_of(d, bank);
    if (!c->ranks[rank].refreshing) return true;
    return d->t.refresh == DRAM_PER_BANK && refreshed_bank(d, c, rank) != bank;
}

static void choose_direction(const mem_dram *d, const dram_pin_state *s, pin_channel *c)
{
    const unsigned reads = c->queues[DRAM_READ].fill, writes = c->queues[DRAM_WRITE].fill;
    const bool aged = writes > 0 && s->clock >= c->queues[DRAM_WRITE].items[0].arrival + d->t.write_age;
    const bool turn_over = c->served >= d->t.turn;
    bool change;
    if (c->direction == DRAM_READ)
        change = writes > 0 && (reads == 0 || ((writes >= d->t.write_high || aged) && turn_over));
    else
        change = writes == 0 || (reads > 0 && ((writes <= d->t.write_low && !aged) || turn_over));
    if (!change) return;
    c->direction = 1 - c->direction;
    c->served = 0;
}

/* A due refresh is postponed while requests wait for what it would block, refresh_postpone times at most. */
static void demand_refreshes(const mem_dram *d, const dram_pin_state *s, pin_channel *c)
{
    for (unsigned r = 0; r < d->t.ranks; r++) {
        pin_rank *rank = &c->ranks[r];
        if (rank->refreshing || s->clock < rank->refresh_due) continue;
        bool wanted = d->t.refresh == DRAM_ALL_BANK ? rank_wanted(d, c, r)
                                                    : bank_wanted(c, refreshed_bank(d, c, r), -1);
        rank->refreshing =
            !wanted || s->clock >= rank->refresh_due + d->t.refresh_postpone * d->refresh_interval;
    }
}

/* --- commands
 * --------------------------------------------------------------------------------------------------- */

static void give(const mem_dram *d, const dram_pin_state *s, pin_channel *c, mem_dram_kind kind,
                 mem_place place)
{
    place.channel = (uint16_t)(c - s->channels);
    c->ranks[place.rank].last = s->clock + 1;
    if (d->trace)
        d->trace(d->trace_owner, &(mem_dram_command){.clock = s->clock, .kind = kind, .place = place});
}

static mem_place place_of_bank(const mem_dram *d, const pin_channel *c, unsigned bank)
{
    return (mem_place){.row = c->banks[bank].row,
                       .rank = (uint8_t)dram_rank_of(d, bank),
                       .group = (uint8_t)dram_group_of(d, bank),
                       .bank = (uint8_t)bank};
}

static void precharge(const mem_dram *d, dram_pin_state *s, pin_channel *c, unsigned bank)
{
    give(d, s, c, DRAM_PRE, place_of_bank(d, c, bank));
    c->banks[bank].open = false;
    c->banks[bank].pre = s->clock + 1;
}

static bool refresh_rank(const mem_dram *d, dram_pin_state *s, pin_channel *c, unsigned rank)
{
    pin_rank *r = &c->ranks[rank];
    bool any_open = false, all_may = true, all_precharged = dram_awake(d, s, r);
    for (unsigned b = rank * d->rank_banks; b < (rank + 1) * d->rank_banks; b++) {
        any_open |= c->banks[b].open;
        all_may &= !c->banks[b].open || dram_may_precharge(d, s, c, b);
        all_precharged &=
            dram_passed(s, c->banks[b].pre, d->t.rp) && dram_passed(s, c->banks[b].act, d->t.rc);
    }
    if (any_open ? !all_may : !all_precharged) return false;
    give(d, s, c, any_open ? DRAM_PREA : DRAM_REF, (mem_place){.rank = (uint8_t)rank});
    if (any_open) {
        for (unsigned b = rank * d->rank_banks; b < (rank + 1) * d->rank_banks; b++) {
            if (c->banks[b].open) c->banks[b].pre = s->clock + 1;
            c->banks[b].open = false;
        }
        return true;
    }
    r->ref = s->clock + 1;
    r->refreshing = false;
    r->refresh_due += d->refresh_interval;
    s->counts.refreshes++;
    return true;
}

static bool refresh_bank(const mem_dram *d, dram_pin_state *s, pin_channel *c, unsigned rank)
{
    pin_rank *r = &c->ranks[rank];
    const unsigned bank = refreshed_bank(d, c, rank);
    if (c->banks[bank].open) {
        if (!dram_may_precharge(d, s, c, bank)) return false;
        precharge(d, s, c, bank);
        return true;
    }
    if (!dram_may_refresh_bank(d, s, c, bank)) return false;
    mem_place place = place_of_bank(d, c, bank);
    place.row = 0;
    give(d, s, c, DRAM_REFB, place);
    c->banks[bank].ref = s->clock + 1;
    r->refreshing = false;
    r->refreshed = (r->refreshed + 1) % d->rank_banks;
    r->refresh_due += d->refresh_interval;
    s->counts.bank_refreshes++;
    return true;
}

static bool give_refresh(const mem_dram *d, dram_pin_state *s, pin_channel *c)
{
    for (unsigned r = 0; r < d->t.ranks; r++)
        if (c->ranks[r].refreshing &&
            (d->t.refresh == DRAM_PER_BANK ? refresh_bank(d, s, c, r) : refresh_rank(d, s, c, r)))
            return true;
    return false;
}

static bool give_wake(const mem_dram *d, dram_pin_state *s, pin_channel *c)
{
    for (unsigned r = 0; r < d->t.ranks; r++) {
        pin_rank *rank = &c->ranks[r];
        if (!rank->down || !dram_passed(s, rank->pde, d->t.cke) ||
            !(rank->refreshing || rank_wanted(d, c, r)))
            continue;
        give(d, s, c, DRAM_PDX, (mem_place){.rank = (uint8_t)r});
        rank->down = false;
        rank->pdx = s->clock + 1;
        return true;
    }
    return false;
}

static void serve(mem_dram *d, dram_pin_state *s, pin_channel *c, unsigned index)
{
    const unsigned direction = c->direction;
    pin_queue *q = &c->queues[direction];
    const pin_request e = q->items[index];
    pin_bank *b = &c->banks[e.place.bank];
    if (oldest_of(q, e.place.bank, -1) != (int)index) b->bypassed++;
    memmove(&q->items[index], &q->items[index + 1], (--q->fill - index) * sizeof *q->items);
    give(d, s, c, direction == DRAM_WRITE ? DRAM_WR : DRAM_RD, e.place);
    *(direction == DRAM_WRITE ? &b->wr : &b->rd) = s->clock + 1;
    c->column = s->clock + 1;
    c->column_rank = e.place.rank;
    c->column_direction = direction;
    c->served++;
    uint64_t data_end = s->clock + d->latency[direction] + d->data_clocks;
    pin_port_burst(&d->plan, e.port, ring_of(d, s), e.number)->returns =
        mem_clock_to_core(&d->clock, data_end);
    s->unserved[e.port]--;
    mem_stats *stats = &s->front.stats;
    *(direction == DRAM_WRITE ? &s->counts.writes : &s->counts.reads) += 1;
    *(e.conflicted ? &stats->row_conflicts : e.missed ? &stats->row_misses : &stats->row_hits) += 1;
}

static bool row_open(const pin_channel *c, const pin_request *e)
{
    return c->banks[e->place.bank].open && c->banks[e->place.bank].row == e->place.row;
}

static bool give_column(mem_dram *d, dram_pin_state *s, pin_channel *c)
{
    const pin_queue *q = &c->queues[c->direction];
    int best = -1;
    for (unsigned b = 0; b < d->banks; b++) {
        int chosen = chosen_of(d, c, b);
        if (chosen < 0 || !usable(d, c, b) || !row_open(c, &q->items[chosen])) continue;
        if (d->t.scheduler == DRAM_FCFS && chosen != 0) continue;
        if (dram_may_column(d, s, c, b, c->direction) && (best < 0 || chosen < best)) best = chosen;
    }
    if (best >= 0) serve(d, s, c, (unsigned)best);
    return best >= 0;
}

static void open_row(const mem_dram *d, dram_pin_state *s, pin_channel *c, pin_request *e)
{
    pin_bank *b = &c->banks[e->place.bank];
    pin_rank *r = &c->ranks[e->place.rank];
    if (b->open) {
        precharge(d, s, c, e->place.bank);
        e->conflicted = true;
        return;
    }
    give(d, s, c, DRAM_ACT, e->place);
    b->open = true;
    b->row = e->place.row;
    b->act = s->clock + 1;
    b->bypassed = 0;
    memmove(&r->acts[0], &r->acts[1], 3 * sizeof r->acts[0]);
    r->acts[3] = s->clock + 1;
    e->missed = true;
    s->counts.activates++;
}

static bool give_row(const mem_dram *d, dram_pin_state *s, pin_channel *c)
{
    pin_queue *q = &c->queues[c->direction];
    int best = -1;
    for (unsigned b = 0; b < d->banks; b++) {
        int chosen = chosen_of(d, c, b);
        if (chosen < 0 || !usable(d, c, b) || row_open(c, &q->items[chosen])) continue;
        bool may = c->banks[b].open ? dram_may_precharge(d, s, c, b) : dram_may_activate(d, s, c, b);
        if (may && (best < 0 || chosen < best)) best = chosen;
    }
    if (best >= 0) open_row(d, s, c, &q->items[best]);
    return best >= 0;
}

/* Rows that no request waits for. */
static bool give_close(const mem_dram *d, dram_pin_state *s, pin_channel *c)
{
    if (d->close_after == UINT64_MAX) return false;
    for (unsigned b = 0; b < d->banks; b++) {
        const pin_bank *bank = &c->banks[b];
        if (!bank->open || !usable(d, c, b) || bank_wanted(c, b, bank->row) || chosen_of(d, c, b) >= 0)
            continue;
        if (!dram_passed(s, bank->act, d->close_after) || !dram_passed(s, bank->rd, d->close_after) ||
            !dram_passed(s, bank->wr, d->close_after) || !dram_may_precharge(d, s, c, b))
            continue;
        precharge(d, s, c, b);
        return true;
    }
    return false;
}

static bool give_sleep(const mem_dram *d, dram_pin_state *s, pin_channel *c)
{
    if (d->t.power_down == 0) return false;
    for (unsigned r = 0; r < d->t.ranks; r++) {
        pin_rank *rank = &c->ranks[r];
        uint64_t since = rank->last == 0 ? 0 : rank->last - 1;
        if (rank->refreshing || rank_wanted(d, c, r) || s->clock < since + d->t.power_down ||
            !dram_may_sleep(d, s, c, r))
            continue;
        give(d, s, c, DRAM_PDE, (mem_place){.rank = (uint8_t)r});
        rank->down = true;
        rank->pde = s->clock + 1;
        return true;
    }
    return false;
}

/* --- the clock
 * -------------------------------------------------------------------------------------------------- */

/* The port's next burst, if it has issued and its queue has room. */
static const pin_burst *offered(const mem_dram *d, dram_pin_state *s, unsigned port)
{
    if (s->ports[port].taken == s->ports[port].issued) return NULL;
    const pin_burst *burst = pin_port_burst(&d->plan, port, ring_of(d, s), s->ports[port].taken);
    const pin_channel *c = &s->channels[mem_address_place(&d->map, burst->address).channel];
    return c->queues[burst->write].fill < (burst->write ? d->t.write_queue : d->t.read_queue) ? burst : NULL;
}

static void arbitrate(const mem_dram *d, dram_pin_state *s)
{
    for (unsigned k = 1; k <= d->plan.port_count;) {
        unsigned port = (s->last_port + k) % d->plan.port_count;
        const pin_burst *burst = offered(d, s, port);
        if (burst == NULL) {
            k++;
            continue;
        }
        mem_place place = mem_address_place(&d->map, burst->address);
        pin_queue *q = &s->channels[place.channel].queues[burst->write];
        s->ports[port].served++; /* of a burst without a column the bus waits for `returns` */
        s->unserved[port]++;
        q->items[q->fill++] = (pin_request){
            .place = place, .number = s->ports[port].taken++, .arrival = s->clock, .port = port};
        s->last_port = port;
        k = 1;
    }
}

static bool is_refreshed(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned rank)
{
    return (d->t.refresh == DRAM_ALL_BANK && c->ranks[rank].refreshing) ||
           !dram_passed(s, c->ranks[rank].ref, d->t.rfc);
}

static fl_cause cause(const mem_dram *d, const dram_pin_state *s, const pin_channel *c)
{
    if (!dram_passed(s, c->column, d->data_clocks)) return FL_CAUSE_BUSY;
    const pin_queue *q = &c->queues[c->direction];
    if (q->fill == 0) {
        for (unsigned r = 0; r < d->t.ranks; r++)
            if (is_refreshed(d, s, c, r)) return FL_CAUSE_REFRESH;
        return FL_CAUSE_IDLE;
    }
    const pin_request *e = &q->items[0];
    const pin_bank *b = &c->banks[e->place.bank];
    if (is_refreshed(d, s, c, e->place.rank) || !usable(d, c, e->place.bank) ||
        !dram_passed(s, b->ref, d->t.rfc_pb))
        return FL_CAUSE_REFRESH;
    return row_open(c, e) && dram_passed(s, b->act, d->t.rcd) ? FL_CAUSE_TURNAROUND : FL_CAUSE_ROW;
}

static void channel_clock(mem_dram *d, dram_pin_state *s, pin_channel *c)
{
    choose_direction(d, s, c);
    demand_refreshes(d, s, c);
    (void)(give_refresh(d, s, c) || give_wake(d, s, c) || give_column(d, s, c) || give_row(d, s, c) ||
           give_close(d, s, c) || give_sleep(d, s, c));
    fl_account_add(&c->account, 1, cause(d, s, c));
    for (unsigned r = 0; r < d->t.ranks; r++) {
        bool open = false;
        for (unsigned b = r * d->rank_banks; b < (r + 1) * d->rank_banks; b++) open |= c->banks[b].open;
        s->counts.standby[(c->ranks[r].down ? DRAM_PRECHARGED_DOWN : DRAM_PRECHARGED) + open]++;
    }
}

static void advance(mem_plan *plan, void *state, uint64_t until)
{
    mem_dram *d = (mem_dram *)plan;
    dram_pin_state *s = state;
    for (; s->front.cycle < until; s->front.cycle++) {
        uint64_t now = s->front.cycle;
        pin_burst *ring = ring_of(d, s);
        for (unsigned p = 0; p < plan->port_count; p++) pin_port_issue(plan, p, &s->ports[p], ring, now);
        for (unsigned p = 0; p < plan->port_count; p++)
            pin_port_carry(plan, &s->front, p, &s->ports[p], ring, now);
        for (uint64_t end = mem_clock_from_core(&d->clock, now + 1); s->clock < end; s->clock++) {
            arbitrate(d, s);
            for (unsigned c = 0; c < d->t.channels; c++) channel_clock(d, s, &s->channels[c]);
        }
    }
}

static uint64_t soonest(const mem_plan *plan, const void *state, unsigned port, uint64_t end_burst,
                        uint64_t from)
{
    const dram_pin_state *s = state;
    uint64_t columns = s->ports[port].taken - s->unserved[port];
    return mem_dram_soonest(mem_dram_of(plan), (int64_t)(end_burst - columns), from);
}

void mem_dram_pin_counts(const mem_dram *d, mem_stats *stats, mem_dram_counts *counts)
{
    const dram_pin_state *s = (const dram_pin_state *)d->plan.state;
    *counts = s->counts;
    *stats = s->front.stats;
    for (unsigned c = 0; c < d->t.channels; c++)
        for (int k = 0; k < FL_CAUSE_COUNT; k++)
            fl_account_add(&stats->clock, s->channels[c].account.cycles[k], (fl_cause)k);
}

const mem_model mem_dram_pin = {
    .state_bytes = state_bytes, .reset = reset, .advance = advance, .soonest = soonest};
