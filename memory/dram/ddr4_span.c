/* DDR4 from event to event: the twin of ddr4_pin.c. A burst costs O(1) events; a sequential run of row hits
 * is one event.
 *
 * Instead of stamps the state keeps for every resource the clock at which it is free. A clock is worth
 * visiting when a burst arrives and the window has room, when the refresh falls due, or when the next command
 * is allowed. */
#include <string.h>

#include "memory/dram/ddr4.h"
#include "memory/dram/stream.h"

enum { READ, WRITE, CLOSED = -1 };

typedef struct bank_state {
    int64_t row; /* CLOSED or the open row */
    uint64_t column_free, precharge_free, activate_free;
} bank_state;

typedef struct group_state {
    uint64_t column_free[2], activate_free;
} group_state;

typedef struct entry {
    uint32_t row, bus_cycles;
    uint8_t bank, group, port;
    bool write, last, missed, conflicted;
} entry;

typedef struct ddr4_span_state {
    mem_front front;
    uint64_t clock; /* next memory clock */
    uint64_t refresh_due, refresh_end;
    uint64_t column_free[2], activate_free, busy_end;
    uint64_t faw_free[4]; /* when the window of the fourth last, third last ... activate ends */
    unsigned faw;
    bank_state banks[DDR4_MAX_BANKS];
    group_state groups[DDR4_MAX_GROUPS];
    /* The window, a ring. The oldest `hits` bursts find their row open; the youngest `run` ones follow one
     * another in one row of a block, and its port's next burst goes on when `run_goes_on`. */
    entry window[DDR4_MAX_LOOKAHEAD];
    unsigned head, fill, hits, run;
    bool run_goes_on;
    uint64_t run_address; /* of the burst that would go on */
    unsigned turn;        /* arbiter */
    uint64_t streak;
    mem_stream streams[MEM_MAX_PORTS];
    uint64_t arrives[MEM_MAX_PORTS]; /* clock at which the port's next burst is seen; UINT64_MAX: none or not
                                        known yet */
    uint64_t rings[];                /* most_outstanding per port */
} ddr4_span_state;

typedef struct choice {
    uint64_t clock; /* UINT64_MAX: nothing to do */
    entry *row;     /* whose row command it is; NULL: the head's column command */
} choice;

static inline uint64_t later(uint64_t a, uint64_t b) { return a > b ? a : b; }
static inline uint64_t sooner(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline void delay(uint64_t *free, uint64_t clock) { *free = later(*free, clock); }

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

static inline entry *window_at(ddr4_span_state *s, unsigned i)
{
    return &s->window[(s->head + i) % DDR4_MAX_LOOKAHEAD];
}

static inline uint64_t *ring_of(const mem_ddr4 *d, ddr4_span_state *s, unsigned port)
{
    return s->rings + port * d->plan.most_outstanding;
}

static void tell(const mem_ddr4 *d, uint64_t clock, ddr4_command_kind kind, const entry *e)
{
    if (d->trace == NULL) return;
    ddr4_command command = {.clock = clock, .kind = kind};
    if (e != NULL) command.place = (ddr4_place){.bank = e->bank, .group = e->group, .row = e->row};
    d->trace(d->trace_owner, &command);
}

/* Attributes the clocks up to `end`, during which the state does not change. */
static void account(ddr4_span_state *s, uint64_t end)
{
    fl_account *a = &s->front.stats.clock;
    fl_account_until(a, sooner(end, s->busy_end), FL_CAUSE_BUSY);
    if (a->until >= s->refresh_due) fl_account_until(a, end, FL_CAUSE_REFRESH);
    fl_account_until(a, sooner(end, s->refresh_end), FL_CAUSE_REFRESH);
    if (s->fill == 0) {
        fl_account_until(a, end, FL_CAUSE_IDLE);
        return;
    }
    const entry *e = window_at(s, 0);
    const bank_state *b = &s->banks[e->bank];
    fl_account_until(a, b->row == e->row ? sooner(end, b->column_free) : end, FL_CAUSE_ROW);
    fl_account_until(a, end, FL_CAUSE_TURNAROUND);
}

static inline void see_next_arrival(const mem_ddr4 *d, ddr4_span_state *s, unsigned port)
{
    uint64_t issue = mem_stream_issue(&d->plan, port, &s->streams[port], ring_of(d, s, port));
    s->arrives[port] = mem_clock_from_core(&d->clock, issue);
}

/* The port's next burst enters the window. */
static void enter(const mem_ddr4 *d, ddr4_span_state *s, unsigned port)
{
    mem_stream *stream = &s->streams[port];
    uint32_t bytes = mem_cursor_bytes(&stream->cursor);
    uint64_t address = stream->cursor.address;
    ddr4_place place = ddr4_place_of(d, address);
    entry *e = window_at(s, s->fill++);
    *e = (entry){.row = place.row,
                 .bus_cycles = (uint32_t)mem_plan_bus_cycles(&d->plan, port, bytes),
                 .bank = (uint8_t)place.bank,
                 .group = (uint8_t)place.group,
                 .port = (uint8_t)port,
                 .write = stream->cursor.write};
    bool whole = bytes == d->plan.burst_bytes;
    bool follows = s->run_goes_on && whole && s->run_address == address && port == s->turn;
    s->run = follows ? s->run + 1 : whole ? 1 : 0;
    s->run_address = address + bytes;
    s->turn = port;
    uint64_t issue = mem_stream_issue(&d->plan, port, stream, ring_of(d, s, port));
    e->last = mem_stream_pop(&d->plan, port, stream, issue);
    s->run_goes_on = whole && !e->last;
    see_next_arrival(d, s, port);
}

/* The arbiter at `clock`: bursts that are there enter until the window holds `limit`. */
static void arbitrate(const mem_ddr4 *d, ddr4_span_state *s, uint64_t clock, unsigned limit)
{
    while (s->fill < limit) {
        unsigned chosen = s->turn, ports = d->plan.port_count;
        bool stays = s->arrives[chosen] <= clock;
        if (!stays || s->streak >= d->t.row_hit_cap) {
            do chosen = chosen + 1 == ports ? 0 : chosen + 1;
            while (chosen != s->turn && s->arrives[chosen] > clock);
            if (chosen == s->turn && !stays) return;
            if (chosen != s->turn) s->streak = 0;
        }
        s->streak++;
        enter(d, s, chosen);
    }
}

static uint64_t next_arrival(const mem_ddr4 *d, const ddr4_span_state *s)
{
    uint64_t first = UINT64_MAX;
    for (unsigned p = 0; p < d->plan.port_count; p++) first = sooner(first, s->arrives[p]);
    return first;
}

static uint64_t activate_free(const ddr4_span_state *s, const entry *e)
{
    uint64_t free = later(s->banks[e->bank].activate_free, s->groups[e->group].activate_free);
    free = later(free, later(s->activate_free, s->refresh_end));
    return later(free, s->faw_free[s->faw]);
}

/* The next command if nothing arrives: the column command wins a tie, then the older burst. */
static choice choose(ddr4_span_state *s)
{
    choice best = {.clock = UINT64_MAX};
    if (s->fill == 0) return best;
    while (s->hits < s->fill) {
        const entry *e = window_at(s, s->hits);
        if (s->banks[e->bank].row != e->row) break;
        s->hits++;
    }
    if (s->hits > 0) {
        const entry *e = window_at(s, 0);
        uint64_t free = later(s->groups[e->group].column_free[e->write], s->banks[e->bank].column_free);
        best.clock = later(s->clock, later(free, s->column_free[e->write]));
    }
    if (s->hits == s->fill) return best;
    uint64_t used = 0;
    for (unsigned i = 0; i < s->hits; i++) used |= UINT64_C(1) << window_at(s, i)->bank;
    for (unsigned i = s->hits; i < s->fill; i++) {
        entry *e = window_at(s, i);
        const bank_state *b = &s->banks[e->bank];
        uint64_t mask = UINT64_C(1) << e->bank;
        if ((used & mask) == 0 && b->row != e->row) {
            uint64_t free = b->row == CLOSED ? activate_free(s, e) : b->precharge_free;
            free = later(s->clock, free);
            if (free < best.clock) best = (choice){.clock = free, .row = e};
        }
        used |= mask;
    }
    return best;
}

static inline void note_column(const mem_ddr4 *d, ddr4_span_state *s, unsigned bank, unsigned group,
                               bool write, uint64_t clock)
{
    group_state *g = &s->groups[group];
    const mem_ddr4_params *t = &d->t;
    delay(&s->column_free[READ], clock + (write ? d->write_to_read_s : t->ccd_s));
    delay(&s->column_free[WRITE], clock + (write ? t->ccd_s : later(t->ccd_s, d->read_to_write)));
    delay(&g->column_free[READ], clock + (write ? later(t->ccd_l, d->write_to_read_l) : t->ccd_l));
    delay(&g->column_free[WRITE], clock + t->ccd_l);
    delay(&s->banks[bank].precharge_free, clock + (write ? d->write_to_precharge : t->rtp));
}

static void count_columns(const mem_ddr4 *d, ddr4_span_state *s, bool write, uint64_t count)
{
    mem_stats *stats = &s->front.stats;
    *(write ? &stats->write_bursts : &stats->read_bursts) += count;
    *(write ? &stats->write_bytes : &stats->read_bytes) += count * d->plan.burst_bytes;
}

static void count_row(mem_stats *stats, const entry *e)
{
    *(e->conflicted ? &stats->row_conflicts : e->missed ? &stats->row_misses : &stats->row_hits) += 1;
}

static inline uint64_t data_end(const mem_ddr4 *d, bool write, uint64_t clock)
{
    return clock + (write ? d->t.cwl : d->t.cl) + d->data_clocks;
}

/* The head's column command at s->clock. Returns the core cycle at which its block is done, UINT64_MAX if it
 * goes on. */
static uint64_t column(mem_ddr4 *d, ddr4_span_state *s)
{
    entry e = *window_at(s, 0);
    s->head = (s->head + 1) % DDR4_MAX_LOOKAHEAD;
    s->fill--;
    s->hits--;
    if (s->run > s->fill) s->run = s->fill;
    tell(d, s->clock, e.write ? DDR4_WR : DDR4_RD, &e);
    note_column(d, s, e.bank, e.group, e.write, s->clock);
    s->busy_end = s->clock + d->data_clocks;
    count_columns(d, s, e.write, 1);
    count_row(&s->front.stats, &e);
    mem_stream *stream = &s->streams[e.port];
    uint64_t returns = mem_clock_to_core(&d->clock, data_end(d, e.write, s->clock));
    mem_stream_return(&d->plan, &s->front, e.port, stream, ring_of(d, s, e.port), returns, e.bus_cycles,
                      e.last);
    if (s->arrives[e.port] == UINT64_MAX) see_next_arrival(d, s, e.port);
    return e.last ? stream->bus_end : UINT64_MAX;
}

static void row_command(const mem_ddr4 *d, ddr4_span_state *s, entry *e)
{
    bank_state *b = &s->banks[e->bank];
    if (b->row != CLOSED) {
        tell(d, s->clock, DDR4_PRE, e);
        b->row = CLOSED;
        delay(&b->activate_free, s->clock + d->t.rp);
        e->conflicted = true;
        return;
    }
    tell(d, s->clock, DDR4_ACT, e);
    b->row = e->row;
    b->column_free = s->clock + d->t.rcd;
    b->activate_free = s->clock + d->t.rc;
    delay(&b->precharge_free, s->clock + d->t.ras);
    s->activate_free = s->clock + d->t.rrd_s;
    s->groups[e->group].activate_free = s->clock + d->t.rrd_l;
    s->faw_free[s->faw] = s->clock + d->t.faw;
    s->faw = (s->faw + 1) % 4;
    s->front.stats.activates++;
    e->missed = true;
}

/* While nothing is queued and all banks are closed the refreshes that fall due before `horizon` but one are
 * one sum. */
static void skip_idle_refreshes(const mem_ddr4 *d, ddr4_span_state *s, uint64_t horizon)
{
    if (s->fill > 0 || d->trace != NULL || horizon == UINT64_MAX || horizon <= s->refresh_due) return;
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
    uint64_t closes = s->clock, refreshes = later(s->clock, s->refresh_end);
    for (unsigned b = 0; b < bank_count(d); b++) {
        if (s->banks[b].row != CLOSED) {
            any_open = true;
            closes = later(closes, s->banks[b].precharge_free);
        }
        refreshes = later(refreshes, s->banks[b].activate_free);
    }
    uint64_t clock = any_open ? closes : refreshes;
    if (clock != s->clock) return clock;
    tell(d, clock, any_open ? DDR4_PREA : DDR4_REF, NULL);
    if (any_open) {
        for (unsigned b = 0; b < bank_count(d); b++) {
            if (s->banks[b].row == CLOSED) continue;
            s->banks[b].row = CLOSED;
            delay(&s->banks[b].activate_free, clock + d->t.rp);
        }
        s->hits = 0;
    } else {
        s->refresh_end = clock + d->t.rfc;
        s->refresh_due += d->t.refi;
        s->front.stats.refreshes++;
    }
    return clock;
}

/* How many column commands from the head's at `clock` on have the closed form clock + k * stride, all before
 * `horizon`.
 *
 * The window is one run of row hits of one port and the run goes on. On a port that streams (ddr4.c) each
 * burst is there when its turn comes, because its place in the port was freed early enough: columns of a port
 * are at least a stride apart, the bus takes no longer than that, and `outstanding` strides cover the way
 * back. Left over are the bursts that the window will already have seen beyond the run: the last `lookahead -
 * 1` of it. */
static uint64_t run_length(const mem_ddr4 *d, ddr4_span_state *s, uint64_t clock, uint64_t horizon)
{
    if (s->fill == 0 || s->hits != s->fill || s->run != s->fill || !s->run_goes_on || clock >= horizon)
        return 0;
    const entry *e = window_at(s, 0);
    const mem_stream *stream = &s->streams[e->port];
    if (!d->port_streams[e->port] || s->run_address != stream->cursor.address) return 0;
    uint64_t next = s->run_address >> d->burst_shift, first = next - s->fill;
    uint64_t end = sooner((first | (d->run_span - 1)) + 1, next + mem_cursor_run(&stream->cursor));
    if (end < first + d->t.lookahead + s->fill) return 0;
    uint64_t count = sooner(end - first - (d->t.lookahead - 1), (horizon - 1 - clock) / d->stride_clocks + 1);
    if (count <= s->fill) return 0;
    unsigned groups = 1u << d->group_shift, bank = e->bank & ((1u << d->bank_shift) - 1);
    for (unsigned k = 0; k < groups; k++) {
        unsigned group = (e->group + k) & (groups - 1);
        const bank_state *b = &s->banks[group << d->bank_shift | bank];
        uint64_t visit = clock + k * d->stride_clocks;
        if (b->row != e->row || b->column_free > visit || s->groups[group].column_free[e->write] > visit)
            return 0;
    }
    return count;
}

static void serve_run(const mem_ddr4 *d, ddr4_span_state *s, uint64_t clock, uint64_t count)
{
    const entry head = *window_at(s, 0);
    unsigned port = head.port, groups = 1u << d->group_shift, bank = head.bank & ((1u << d->bank_shift) - 1);
    mem_stream *stream = &s->streams[port];
    uint64_t *ring = ring_of(d, s, port);
    uint32_t outstanding = d->plan.ports[port].outstanding;
    uint64_t entered = s->fill, stride = d->stride_clocks, last_clock = clock + (count - 1) * stride;

    for (unsigned i = 0; i < entered; i++) count_row(&s->front.stats, window_at(s, i));
    s->front.stats.row_hits += count - entered;
    count_columns(d, s, head.write, count);
    for (uint64_t k = count < groups ? 0 : count - groups; k < count; k++) {
        unsigned group = (head.group + (unsigned)k) & (groups - 1);
        note_column(d, s, group << d->bank_shift | bank, group, head.write, clock + k * stride);
    }
    if (d->trace != NULL)
        for (uint64_t k = 0; k < count; k++) {
            entry e = head;
            unsigned group = (head.group + (unsigned)k) & (groups - 1);
            e.group = (uint8_t)group;
            e.bank = (uint8_t)(group << d->bank_shift | bank);
            tell(d, clock + k * stride, head.write ? DDR4_WR : DDR4_RD, &e);
        }

    /* The last burst issues by the one-per-cycle rule or when its place is freed. */
    uint64_t oldest = stream->first, number = oldest + count - 1;
    uint64_t issue = stream->next_issue - 1 + count - entered;
    if (number >= outstanding) {
        uint64_t freed = ring[number % outstanding];
        if (count > outstanding)
            freed = mem_clock_to_core(&d->clock,
                                      data_end(d, head.write, clock + (count - 1 - outstanding) * stride)) +
                    head.bus_cycles;
        issue = later(issue, freed);
    }
    uint64_t kept = count < outstanding ? count : outstanding, bus_end = 0;
    uint32_t slot = (uint32_t)((oldest + count - kept) % outstanding);
    for (uint64_t k = count - kept; k < count; k++) {
        bus_end = mem_clock_to_core(&d->clock, data_end(d, head.write, clock + k * stride)) + head.bus_cycles;
        ring[slot] = bus_end;
        if (++slot == outstanding) slot = 0;
    }
    mem_stream_skip(&d->plan, port, stream, count - entered, count, issue, bus_end);

    account(s, clock);
    s->clock = last_clock;
    s->busy_end = last_clock + d->data_clocks;
    s->streak = sooner(s->streak + count - entered, later(s->streak, d->t.row_hit_cap));
    s->fill = s->hits = s->run = 0;
    s->run_address = stream->cursor.address;
    see_next_arrival(d, s, port);
    arbitrate(d, s, last_clock, (unsigned)d->t.lookahead - 1);
    account(s, ++s->clock);
}

static void open_streams(const mem_ddr4 *d, ddr4_span_state *s)
{
    for (unsigned p = 0; p < d->plan.port_count; p++) {
        mem_stream_open(&d->plan, p, &s->streams[p]);
        see_next_arrival(d, s, p);
    }
}

static void advance(mem_plan *plan, void *state, uint64_t until)
{
    mem_ddr4 *d = (mem_ddr4 *)plan;
    ddr4_span_state *s = state;
    uint64_t end = mem_clock_from_core(&d->clock, until);
    open_streams(d, s);
    while (s->clock < end) {
        arbitrate(d, s, s->clock, (unsigned)d->t.lookahead);
        uint64_t arrival = next_arrival(d, s);
        if (until == UINT64_MAX && s->fill == 0 && arrival == UINT64_MAX) return;
        uint64_t horizon = sooner(end, arrival);
        uint64_t visit = s->fill < d->t.lookahead ? horizon : end;
        if (s->clock >= s->refresh_due) {
            uint64_t clock = s->clock, due = s->refresh_due, at = refresh(d, s);
            if (at == clock) {
                account(s, ++s->clock);
                if (due != s->refresh_due) skip_idle_refreshes(d, s, horizon);
                continue;
            }
            s->clock = sooner(at, visit);
            account(s, s->clock);
            continue;
        }
        choice next = choose(s);
        if (next.clock >= sooner(visit, s->refresh_due)) {
            s->clock = sooner(visit, s->refresh_due);
            account(s, s->clock);
            continue;
        }
        if (next.row == NULL) {
            uint64_t others = sooner(end, s->refresh_due);
            for (unsigned p = 0; p < plan->port_count; p++)
                if (p != window_at(s, 0)->port) others = sooner(others, s->arrives[p]);
            uint64_t count = run_length(d, s, next.clock, others);
            if (count > 0) {
                serve_run(d, s, next.clock, count);
                continue;
            }
        }
        s->clock = next.clock;
        account(s, s->clock);
        if (next.row != NULL) {
            row_command(d, s, next.row);
        } else {
            uint64_t done = column(d, s);
            if (done < until) {
                until = done;
                end = mem_clock_from_core(&d->clock, until);
            }
        }
        account(s, ++s->clock);
    }
    s->front.cycle = until;
}

const mem_model mem_ddr4_span = {.state_bytes = state_bytes, .reset = reset, .advance = advance};
