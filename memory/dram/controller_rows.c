/* How a run of columns (controller_run.c) goes over from one set of rows, one in each bank group, to the
 * next.
 *
 * The first bursts of the next rows enter while those before them are served, one column every tCCD_S, and
 * have their banks precharged and activated in the clocks that columns leave free. Until all are open,
 * columns wait for rows and may overtake each other; then they follow one another again. That is a handful of
 * commands, which `plan` puts in order without touching the state. It gives up where it cannot tell when a
 * burst enters; the model then goes through these clocks as through any others.
 *
 * When a burst enters is known in two cases. The queue is full and stays so: a clock after the column a
 * window before it. Or the port's places are what is short, and the queue never is: when the burst
 * `outstanding` before it is over the bus. */
#include <limits.h>

#include "memory/dram/controller_span.h"

enum { MOST_STEPS = 5 * DRAM_MAX_GROUPS };

/* One of the next rows. */
typedef struct opening {
    mem_place place;
    unsigned group;
    dram_want want;
    dram_fate fate; /* of its first burst */
    uint64_t free;  /* when the bank allows what it wants, and the first burst has entered */
    unsigned next;  /* its next burst, counted over all of the next rows */
} opening;

/* A command for a burst of the next rows. */
typedef struct step {
    uint64_t clock;
    dram_want kind;
    unsigned nth; /* opening */
    unsigned burst;
} step;

typedef struct crossing {
    const dram_run *run;
    uint64_t last_old;                                    /* the last column of the old rows */
    uint64_t columns[DRAM_MAX_RANKS * DRAM_MAX_GROUPS];   /* what each group allows: its next column */
    uint64_t activates[DRAM_MAX_RANKS * DRAM_MAX_GROUPS]; /* and its activate, of which there is one */
    dram_rank rank;                                       /* how its activates stand */
    opening openings[DRAM_MAX_GROUPS];
    step steps[MOST_STEPS];
    uint64_t clocks[MOST_STEPS]; /* of the columns, by burst */
    uint64_t order[MOST_STEPS];  /* one after the other */
    unsigned step_count, column_count;
    bool overtakes, stalls; /* columns do not go in order; or not at every tCCD_S */
} crossing;

static mem_place place_of(const mem_dram *d, uint64_t address, uint64_t k)
{
    return mem_address_place(&d->map, address + (k << d->burst_shift));
}

/* The core cycle at which the data of a column at `clock` returns. */
static uint64_t returns_of(const mem_dram *d, const dram_run *r, uint64_t clock)
{
    return mem_clock_to_core(&d->clock, clock + d->latency[r->direction] + d->data_clocks);
}

/* When the burst enters; UINT64_MAX: not before the next column. */
static uint64_t entry_of(const mem_dram *d, const crossing *x, unsigned burst)
{
    const dram_run *r = x->run;
    if (burst >= r->window + x->column_count) return UINT64_MAX;
    const uint64_t before = burst < r->window /* the column a window before */
                                ? r->clock + burst * d->data_clocks - d->data_clocks
                                : x->order[burst - r->window];
    if (r->full) return before + 1;
    return mem_clock_from_core(&d->clock, returns_of(d, r, before) +
                                              mem_plan_bus_cycles(&d->plan, r->port, d->plan.burst_bytes));
}

/* What the next rows' banks want, from `address` on; false if one of them is still in use. */
static bool see_openings(const mem_dram *d, const dram_channel *c, const dram_run *r, uint64_t head,
                         crossing *x)
{
    const uint64_t stride = d->data_clocks, groups = d->t.bank_groups, old = r->window - 1;
    uint64_t in_use = 0;
    for (uint64_t k = old - groups; k < old; k++) {
        const dram_bank *b = &c->banks[place_of(d, head, k).bank];
        in_use |= UINT64_C(1) << place_of(d, head, k).bank;
        x->columns[b->group] = r->clock + k * stride + d->group_gap[r->direction][r->direction];
    }
    const unsigned rank = c->banks[__builtin_ctzll(in_use)].rank;
    x->rank = c->ranks[rank];
    for (uint64_t k = 0; k < groups; k++) {
        opening *o = &x->openings[k];
        o->place = place_of(d, head, old + k);
        const dram_bank *b = &c->banks[o->place.bank];
        if (b->rank != rank || in_use >> o->place.bank & 1 || b->refreshed > r->clock) return false;
        o->group = b->group;
        x->activates[b->group] = c->groups[b->group].activate_free;
        o->want = b->row == (int64_t)o->place.row ? DRAM_WANT_COLUMN
                  : b->row == DRAM_CLOSED_ROW     ? DRAM_WANT_ACTIVATE
                                                  : DRAM_WANT_PRECHARGE;
        o->fate = o->want == DRAM_WANT_COLUMN     ? DRAM_HIT
                  : o->want == DRAM_WANT_ACTIVATE ? DRAM_MISSED
                                                  : DRAM_CONFLICTED;
        o->free = o->want == DRAM_WANT_COLUMN     ? b->column_free
                  : o->want == DRAM_WANT_ACTIVATE ? b->activate_free
                                                  : b->precharge_free;
        o->next = (unsigned)k;
        if (o->want != DRAM_WANT_COLUMN) mem_delay(&o->free, entry_of(d, x, o->next));
    }
    return true;
}

/* The next column behind the one at `last`: the earliest, among equals of the oldest burst. (With a younger
 * one a group would run ahead and keep its lead: the columns would not come into step, and `plan` give up.)
 */
static step next_column(const mem_dram *d, const crossing *x, uint64_t last)
{
    step best = {.clock = UINT64_MAX, .kind = DRAM_WANT_COLUMN, .burst = UINT_MAX};
    for (unsigned k = 0; k < d->t.bank_groups; k++) {
        const opening *o = &x->openings[k];
        if (o->want != DRAM_WANT_COLUMN || (d->t.scheduler == DRAM_FCFS && o->next != x->column_count))
            continue;
        uint64_t clock = mem_later(mem_later(o->free, x->columns[o->group]), last + d->data_clocks);
        clock = mem_later(clock, entry_of(d, x, o->next));
        if (clock < best.clock || (clock == best.clock && o->next < best.burst)) {
            best.clock = clock;
            best.nth = k;
            best.burst = o->next;
        }
    }
    return best;
}

/* The next row command from `now` on: the earliest, for the oldest burst. */
static step next_row_step(const mem_dram *d, const crossing *x, uint64_t now)
{
    step best = {.clock = UINT64_MAX};
    for (unsigned k = 0; k < d->t.bank_groups; k++) {
        const opening *o = &x->openings[k];
        if (o->want == DRAM_WANT_COLUMN) continue;
        uint64_t clock = mem_later(o->free, now);
        if (o->want == DRAM_WANT_ACTIVATE)
            clock = mem_later(clock, mem_later(x->rank.activate_free, x->activates[o->group]));
        if (clock < best.clock) best = (step){.clock = clock, .kind = o->want, .nth = k};
    }
    return best;
}

static void take_row_step(const mem_dram *d, crossing *x, const step *t)
{
    opening *o = &x->openings[t->nth];
    if (t->kind == DRAM_WANT_PRECHARGE) {
        o->want = DRAM_WANT_ACTIVATE;
        o->free = t->clock + d->t.rp;
        return;
    }
    o->want = DRAM_WANT_COLUMN;
    o->free = t->clock + d->t.rcd;
    x->rank.faw_free[x->rank.faw] = t->clock + d->t.faw;
    x->rank.faw = (x->rank.faw + 1) % 4;
    x->rank.activate_free = mem_later(t->clock + d->t.rrd_s, x->rank.faw_free[x->rank.faw]);
}

/* The port's bus is free when the data of a column at `clock` returns. */
static bool bus_keeps_up(const mem_dram *d, const crossing *x, uint64_t clock)
{
    const uint64_t bus = mem_plan_bus_cycles(&d->plan, x->run->port, d->plan.burst_bytes);
    uint64_t end = returns_of(d, x->run, x->last_old) + bus;
    for (unsigned k = 0; k < x->column_count; k++)
        end = mem_later(end, returns_of(d, x->run, x->clocks[k])) + bus;
    return end <= returns_of(d, x->run, clock);
}

/* All bursts up to the next one have had their columns, and those behind follow at every tCCD_S: they have
 * entered, as the window is longer than a round of the groups. */
static bool in_step(const mem_dram *d, const crossing *x, uint64_t last)
{
    for (unsigned k = 0; k < d->t.bank_groups; k++) {
        const opening *o = &x->openings[k];
        const uint64_t turn = last + (o->next - x->column_count + 1) * d->data_clocks;
        if (o->next < x->column_count || x->columns[o->group] > turn) return false;
    }
    return bus_keeps_up(d, x, last + d->data_clocks);
}

/* The commands until the run goes on as before. */
static bool plan(const mem_dram *d, const dram_channel *c, crossing *x)
{
    uint64_t now = x->run->clock + 1 - d->data_clocks, last = x->last_old;
    while (x->column_count < d->t.bank_groups || !in_step(d, x, last)) {
        const step column = next_column(d, x, last), row = next_row_step(d, x, now);
        if (row.clock < column.clock && row.clock <= x->last_old &&
            (x->last_old - row.clock) % d->data_clocks == 0) {
            now = row.clock + 1; /* a column of the old rows has that clock */
            continue;
        }
        const step *t = row.clock < column.clock ? &row : &column;
        if (t->clock == UINT64_MAX || x->step_count == MOST_STEPS) return false;
        x->steps[x->step_count++] = *t;
        now = t->clock + 1;
        opening *o = &x->openings[t->nth];
        if (t == &row) {
            take_row_step(d, x, t);
            if (t->kind == DRAM_WANT_PRECHARGE) mem_delay(&o->free, c->banks[o->place.bank].activate_free);
            continue;
        }
        if (t->burst >= MOST_STEPS) return false;
        x->clocks[t->burst] = x->order[x->column_count] = t->clock;
        x->overtakes |= t->burst != x->column_count;
        x->stalls |= t->clock > last + d->data_clocks;
        x->columns[o->group] = t->clock + d->group_gap[x->run->direction][x->run->direction];
        o->next += (unsigned)d->t.bank_groups;
        x->column_count++;
        last = t->clock;
    }
    return last + d->data_clocks < x->run->horizon;
}

/* The column of a burst of the next rows, behind which `oldest` is the oldest one: what that one waited for
 * is accounted. */
static void serve_next(mem_dram *d, dram_span_state *s, dram_channel *c, const crossing *x, const step *t,
                       unsigned oldest)
{
    const dram_run *r = x->run;
    const opening *o = &x->openings[t->nth], *head = &x->openings[oldest % d->t.bank_groups];
    const dram_bank *b = &c->banks[head->place.bank];
    const uint64_t ready = b->row == (int64_t)head->place.row ? b->column_free : UINT64_MAX;
    fl_account_until(&c->account, mem_sooner(t->clock, c->busy_end), FL_CAUSE_BUSY);
    fl_account_until(&c->account, mem_sooner(t->clock, ready), FL_CAUSE_ROW);
    fl_account_until(&c->account, t->clock, FL_CAUSE_TURNAROUND);
    dram_tell_column(d, c, t->clock, r->direction, &o->place);
    dram_delay_columns(d, c, o->place.bank, r->direction, t->clock);
    const dram_fate fate = t->burst < d->t.bank_groups ? o->fate : DRAM_HIT;
    mem_stats *stats = &s->front.stats;
    *(fate == DRAM_HIT      ? &stats->row_hits
      : fate == DRAM_MISSED ? &stats->row_misses
                            : &stats->row_conflicts) += 1;
    *(r->direction == DRAM_WRITE ? &s->counts.writes : &s->counts.reads) += 1;
    c->served++;
    c->orders++;
}

/* The port's bursts of the crossing go over the bus in their order. When places were freed decides the issue
 * of the part that follows. */
static void move_port(const mem_dram *d, dram_span_state *s, const crossing *x)
{
    const dram_run *r = x->run;
    dram_port *p = &s->ports[r->port];
    mem_stream *stream = &p->stream;
    uint64_t *ring = s->rings + (size_t)r->port * d->plan.most_outstanding;
    const uint64_t bus = mem_plan_bus_cycles(&d->plan, r->port, d->plan.burst_bytes);
    for (unsigned k = 0; k < x->column_count; k++) {
        const uint64_t bus_end = mem_later(returns_of(d, r, x->clocks[k]), stream->bus_end) + bus;
        ring[stream->slot] = bus_end;
        mem_stream_skip(&d->plan, r->port, stream, 1, 1, stream->next_issue, bus_end);
    }
    p->columns += x->column_count;
}

/* The old rows' columns that come before `clock` are served; r->clock and r->count are what is left of them.
 */
static void serve_old(mem_dram *d, dram_span_state *s, dram_channel *c, dram_run *r, uint64_t clock)
{
    if (r->count == 0 || clock <= r->clock) return;
    dram_run part = *r;
    part.count = mem_sooner(r->count, (clock - 1 - r->clock) / d->data_clocks + 1);
    dram_serve_part(d, s, c, &part, 0);
    r->clock += part.count * d->data_clocks;
    r->count -= part.count;
}

/* It is known when bursts enter. */
static bool entries_known(const mem_dram *d, const dram_span_state *s, const dram_run *r)
{
    if (r->full) return true;
    const uint32_t outstanding = d->plan.ports[r->port].outstanding;
    const mem_stream *stream = &s->ports[r->port].stream;
    if (r->window != outstanding || r->count <= outstanding) return false;
    /* the last burst issued when its place was freed, and so will those behind it */
    const uint64_t way = d->latency[r->direction] + d->data_clocks;
    const uint64_t freed =
        mem_clock_to_core(&d->clock, r->clock - (1 + (uint64_t)outstanding) * d->data_clocks + way) +
        mem_plan_bus_cycles(&d->plan, r->port, d->plan.burst_bytes);
    return stream->next_issue == freed + 1;
}

bool dram_cross_rows(mem_dram *d, dram_span_state *s, dram_channel *c, dram_run *r)
{
    const mem_cursor *cursor = &s->ports[r->port].stream.cursor;
    const uint64_t old = r->window - 1, groups = d->t.bank_groups;
    if (d->close_after != UINT64_MAX || r->window <= groups || dram_to_row_end(d, cursor->address) != old ||
        r->horizon <= r->clock || !entries_known(d, s, r))
        return false;
    crossing x = {.run = r, .last_old = r->clock + (old - 1) * d->data_clocks};
    if (!see_openings(d, c, r, cursor->address, &x) || !plan(d, c, &x)) return false;
    /* times of entry are those of columns in order where places are short, and writes keep them */
    if ((x.overtakes && !r->full) || (x.stalls && r->direction == DRAM_WRITE)) return false;
    if (r->window + x.column_count > d->run_bursts ||
        mem_cursor_run(cursor) < old + x.column_count + r->window)
        return false;

    uint64_t left = UINT64_MAX;
    dram_run before = *r;
    before.count = old;
    if (d->trace == NULL) serve_old(d, s, c, &before, UINT64_MAX);
    for (unsigned k = 0; k < x.step_count; k++) {
        const step *t = &x.steps[k];
        const opening *o = &x.openings[t->nth];
        serve_old(d, s, c, &before, t->clock);
        s->clock = t->clock;
        if (t->kind == DRAM_WANT_PRECHARGE) {
            dram_precharge(d, s, c, o->place.bank);
        } else if (t->kind == DRAM_WANT_ACTIVATE) {
            dram_activate(d, s, c, o->place.bank, o->place.row);
        } else {
            serve_next(d, s, c, &x, t, (unsigned)__builtin_ctzll(left));
            left &= ~(UINT64_C(1) << t->burst);
        }
    }
    move_port(d, s, &x);
    r->clock = s->clock + d->data_clocks;
    return true;
}
