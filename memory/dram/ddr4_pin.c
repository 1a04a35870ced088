/* DDR4 one clock at a time, to be read against the standard: the twin of ddr4_span.c.
 *
 * Core cycles and memory clocks run in order of time (at the same time the core cycle goes first). Each
 * memory clock:
 *   1. the arbiter moves issued bursts into the window while there is room,
 *   2. a refresh that is due closes all banks and refreshes, nothing else,
 *   3. otherwise one command: the head's column command, else the oldest burst's row command that is allowed,
 *   4. the clock is accounted. */
#include <string.h>

#include "memory/dram/ddr4.h"
#include "memory/engine/pin_port.h"

/* Clock of the last command of a kind plus one; 0: never. */
typedef struct bank_state {
    bool open;
    uint32_t row;
    uint64_t act, pre, rd, wr;
} bank_state;

typedef struct entry {
    ddr4_place place;
    uint64_t number; /* of the burst within its port */
    unsigned port;
    bool write, missed, conflicted;
} entry;

typedef struct ddr4_pin_state {
    mem_front front;
    uint64_t clock; /* next memory clock */
    uint64_t refresh_due, ref;
    uint64_t acts[4]; /* the last four, oldest first */
    bank_state banks[DDR4_MAX_BANKS];
    entry window[DDR4_MAX_LOOKAHEAD];
    unsigned fill;
    unsigned turn; /* arbiter */
    uint64_t streak;
    pin_port ports[MEM_MAX_PORTS];
    pin_burst ring[];
} ddr4_pin_state;

static size_t state_bytes(const mem_plan *plan)
{
    return sizeof(ddr4_pin_state) + plan->port_count * plan->most_outstanding * sizeof(pin_burst);
}

static void reset(const mem_plan *plan, void *state)
{
    const mem_ddr4_params *t = &((const mem_ddr4 *)plan)->t;
    ddr4_pin_state *s = state;
    s->refresh_due = t->refi == 0 ? UINT64_MAX : t->refresh_phase > 0 ? t->refresh_phase : t->refi;
}

/* True when at least `clocks` have passed since the command stamped `stamp`. */
static bool passed(const ddr4_pin_state *s, uint64_t stamp, uint64_t clocks)
{
    return stamp == 0 || s->clock >= stamp - 1 + clocks;
}

static uint32_t group_of(const mem_ddr4 *d, uint32_t bank) { return bank >> d->bank_shift; }
static uint32_t bank_count(const mem_ddr4 *d) { return 1u << (d->group_shift + d->bank_shift); }

static bool may_activate(const mem_ddr4 *d, const ddr4_pin_state *s, uint32_t bank)
{
    const mem_ddr4_params *t = &d->t;
    if (!passed(s, s->ref, t->rfc) || !passed(s, s->acts[0], t->faw)) return false;
    if (!passed(s, s->banks[bank].pre, t->rp) || !passed(s, s->banks[bank].act, t->rc)) return false;
    for (uint32_t b = 0; b < bank_count(d); b++)
        if (!passed(s, s->banks[b].act, group_of(d, b) == group_of(d, bank) ? t->rrd_l : t->rrd_s))
            return false;
    return true;
}

static bool may_precharge(const mem_ddr4 *d, const ddr4_pin_state *s, uint32_t bank)
{
    const bank_state *b = &s->banks[bank];
    return passed(s, b->act, d->t.ras) && passed(s, b->rd, d->t.rtp) &&
           passed(s, b->wr, d->write_to_precharge);
}

static bool may_column(const mem_ddr4 *d, const ddr4_pin_state *s, const entry *e)
{
    const mem_ddr4_params *t = &d->t;
    if (!passed(s, s->banks[e->place.bank].act, t->rcd)) return false;
    for (uint32_t b = 0; b < bank_count(d); b++) {
        bool same = group_of(d, b) == e->place.group;
        uint64_t column = same ? t->ccd_l : t->ccd_s;
        uint64_t write_to_read = same ? d->write_to_read_l : d->write_to_read_s;
        if (!passed(s, s->banks[b].rd, column) || !passed(s, s->banks[b].wr, column)) return false;
        if (e->write && !passed(s, s->banks[b].rd, d->read_to_write)) return false;
        if (!e->write && !passed(s, s->banks[b].wr, write_to_read)) return false;
    }
    return true;
}

static bool row_open(const ddr4_pin_state *s, const entry *e)
{
    return s->banks[e->place.bank].open && s->banks[e->place.bank].row == e->place.row;
}

static void tell(const mem_ddr4 *d, const ddr4_pin_state *s, ddr4_command_kind kind, ddr4_place place)
{
    if (d->trace) d->trace(d->trace_owner, &(ddr4_command){.clock = s->clock, .kind = kind, .place = place});
}

static void arbitrate(const mem_ddr4 *d, ddr4_pin_state *s)
{
    while (s->fill < d->t.lookahead) {
        bool waits[MEM_MAX_PORTS] = {false};
        unsigned others = 0, chosen = s->turn;
        for (unsigned p = 0; p < d->plan.port_count; p++) {
            waits[p] = s->ports[p].taken < s->ports[p].issued;
            others += waits[p] && p != s->turn;
        }
        if (!waits[s->turn] || (s->streak >= d->t.row_hit_cap && others > 0)) {
            if (others == 0) return;
            do chosen = (chosen + 1) % d->plan.port_count;
            while (!waits[chosen]);
            s->streak = 0;
        }
        s->turn = chosen;
        s->streak++;
        uint64_t number = s->ports[chosen].taken++;
        const pin_burst *burst = pin_port_burst(&d->plan, chosen, s->ring, number);
        s->window[s->fill++] = (entry){.place = ddr4_place_of(d, burst->address),
                                       .number = number,
                                       .port = chosen,
                                       .write = burst->write};
    }
}

static void refresh(const mem_ddr4 *d, ddr4_pin_state *s)
{
    bool any_open = false, all_may = true, all_precharged = true;
    for (uint32_t b = 0; b < bank_count(d); b++) {
        any_open |= s->banks[b].open;
        all_may &= !s->banks[b].open || may_precharge(d, s, b);
        all_precharged &= passed(s, s->banks[b].pre, d->t.rp) && passed(s, s->banks[b].act, d->t.rc);
    }
    if (any_open) {
        if (!all_may) return;
        tell(d, s, DDR4_PREA, (ddr4_place){0});
        for (uint32_t b = 0; b < bank_count(d); b++) {
            if (s->banks[b].open) s->banks[b].pre = s->clock + 1;
            s->banks[b].open = false;
        }
        return;
    }
    if (!all_precharged || !passed(s, s->ref, d->t.rfc)) return;
    tell(d, s, DDR4_REF, (ddr4_place){0});
    s->ref = s->clock + 1;
    s->refresh_due += d->t.refi;
    s->front.stats.refreshes++;
}

static void column(mem_ddr4 *d, ddr4_pin_state *s)
{
    entry e = s->window[0];
    memmove(&s->window[0], &s->window[1], --s->fill * sizeof s->window[0]);
    tell(d, s, e.write ? DDR4_WR : DDR4_RD, e.place);
    *(e.write ? &s->banks[e.place.bank].wr : &s->banks[e.place.bank].rd) = s->clock + 1;
    uint64_t data_end = s->clock + (e.write ? d->t.cwl : d->t.cl) + d->data_clocks;
    pin_port_burst(&d->plan, e.port, s->ring, e.number)->returns = mem_clock_to_core(&d->clock, data_end);
    s->ports[e.port].served++;
    mem_stats *stats = &s->front.stats;
    *(e.write ? &stats->write_bursts : &stats->read_bursts) += 1;
    *(e.write ? &stats->write_bytes : &stats->read_bytes) += d->plan.burst_bytes;
    *(e.conflicted ? &stats->row_conflicts : e.missed ? &stats->row_misses : &stats->row_hits) += 1;
}

/* The oldest burst whose row command is allowed: no older one uses its bank. */
static void row_command(const mem_ddr4 *d, ddr4_pin_state *s)
{
    for (unsigned i = 0; i < s->fill; i++) {
        entry *e = &s->window[i];
        bank_state *b = &s->banks[e->place.bank];
        bool first = true;
        for (unsigned k = 0; k < i; k++) first &= s->window[k].place.bank != e->place.bank;
        if (!first || row_open(s, e)) continue;
        if (b->open && may_precharge(d, s, e->place.bank)) {
            tell(d, s, DDR4_PRE, e->place);
            b->open = false;
            b->pre = s->clock + 1;
            e->conflicted = true;
            return;
        }
        if (!b->open && may_activate(d, s, e->place.bank)) {
            tell(d, s, DDR4_ACT, e->place);
            b->open = true;
            b->row = e->place.row;
            b->act = s->clock + 1;
            memmove(&s->acts[0], &s->acts[1], 3 * sizeof s->acts[0]);
            s->acts[3] = s->clock + 1;
            s->front.stats.activates++;
            e->missed = true;
            return;
        }
    }
}

static fl_cause cause(const mem_ddr4 *d, const ddr4_pin_state *s, bool refresh_was_due)
{
    for (uint32_t b = 0; b < bank_count(d); b++) {
        const bank_state *bank = &s->banks[b];
        if (bank->rd != 0 && s->clock < bank->rd - 1 + d->data_clocks) return FL_CAUSE_BUSY;
        if (bank->wr != 0 && s->clock < bank->wr - 1 + d->data_clocks) return FL_CAUSE_BUSY;
    }
    if (refresh_was_due || !passed(s, s->ref, d->t.rfc)) return FL_CAUSE_REFRESH;
    if (s->fill == 0) return FL_CAUSE_IDLE;
    bool ready = row_open(s, &s->window[0]) && passed(s, s->banks[s->window[0].place.bank].act, d->t.rcd);
    return ready ? FL_CAUSE_TURNAROUND : FL_CAUSE_ROW;
}

static void memory_clock(mem_ddr4 *d, ddr4_pin_state *s)
{
    arbitrate(d, s);
    bool due = s->clock >= s->refresh_due;
    if (due)
        refresh(d, s);
    else if (s->fill > 0 && row_open(s, &s->window[0]) && may_column(d, s, &s->window[0]))
        column(d, s);
    else
        row_command(d, s);
    fl_account_add(&s->front.stats.clock, 1, cause(d, s, due));
    s->clock++;
}

static void advance(mem_plan *plan, void *state, uint64_t until)
{
    mem_ddr4 *d = (mem_ddr4 *)plan;
    ddr4_pin_state *s = state;
    for (; s->front.cycle < until; s->front.cycle++) {
        uint64_t c = s->front.cycle;
        for (unsigned p = 0; p < plan->port_count; p++) pin_port_issue(plan, p, &s->ports[p], s->ring, c);
        for (unsigned p = 0; p < plan->port_count; p++)
            pin_port_carry(plan, &s->front, p, &s->ports[p], s->ring, c);
        for (uint64_t end = mem_clock_from_core(&d->clock, c + 1); s->clock < end;) memory_clock(d, s);
    }
}

static uint64_t soonest(const mem_plan *plan, const void *state, unsigned port, uint64_t end_burst,
                        uint64_t from)
{
    const ddr4_pin_state *s = state;
    return mem_ddr4_soonest((const mem_ddr4 *)plan, (int64_t)(end_burst - s->ports[port].served), from, 0,
                            s->refresh_due);
}

const mem_model mem_ddr4_pin = {
    .state_bytes = state_bytes, .reset = reset, .advance = advance, .soonest = soonest};
