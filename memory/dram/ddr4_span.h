/* What the two files of the DDR4 span model share: its state, and the steps of both. */
#ifndef MEM_DRAM_DDR4_SPAN_H
#define MEM_DRAM_DDR4_SPAN_H

#include "memory/dram/ddr4.h"
#include "memory/engine/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { READ, WRITE, CLOSED = -1, HIT = 0, MISSED, CONFLICTED };

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
    bool write, last;
    uint8_t fate; /* HIT, MISSED, CONFLICTED */
} entry;

typedef struct choice {
    uint64_t clock; /* UINT64_MAX: none */
    entry *row;     /* whose row command it is; NULL: the head's column command */
} choice;

typedef struct ddr4_span_state {
    mem_front front;
    uint64_t clock; /* next memory clock */
    uint64_t refresh_due, refresh_end;
    uint64_t column_free[2], activate_free, busy_end;
    uint64_t faw_free[4]; /* when the window of the fourth last, third last ... activate ends */
    unsigned faw;
    bank_state banks[DDR4_MAX_BANKS];
    group_state groups[DDR4_MAX_GROUPS];
    entry window[DDR4_MAX_LOOKAHEAD]; /* a ring */
    unsigned head, fill;
    unsigned hits;      /* the oldest ones, which find their row open */
    choice row_command; /* the next one; valid until a bank or the window changes for bursts that need one */
    bool row_command_known;
    uint64_t waiting_banks; /* of the window's bursts that need a row command */
    uint64_t alike;         /* the youngest ones, which entered from one port in one direction: */
    unsigned last_port;     /* this port and ... */
    bool last_write;        /* ... this direction */
    unsigned turn;          /* arbiter */
    uint64_t streak;
    mem_stream streams[MEM_MAX_PORTS];
    uint64_t issues[MEM_MAX_PORTS];  /* core cycle at which the port's next burst issues; UINT64_MAX: none or
                                        not  known yet */
    uint64_t arrives[MEM_MAX_PORTS]; /* the memory clock that sees it */
    uint64_t rings[];                /* most_outstanding per port */
} ddr4_span_state;

static inline entry *window_at(ddr4_span_state *s, unsigned i)
{
    return &s->window[(s->head + i) % DDR4_MAX_LOOKAHEAD];
}

static inline uint64_t *ring_of(const mem_ddr4 *d, ddr4_span_state *s, unsigned port)
{
    return s->rings + port * d->plan.most_outstanding;
}

static inline void tell(const mem_ddr4 *d, uint64_t clock, ddr4_command_kind kind, const entry *e)
{
    if (d->trace == NULL) return;
    ddr4_command command = {.clock = clock, .kind = kind};
    if (e != NULL) command.place = (ddr4_place){.bank = e->bank, .group = e->group, .row = e->row};
    d->trace(d->trace_owner, &command);
}

/* Attributes the clocks up to `end`, in which a burst waits for its open row in bank `b`, or for its turn
 * there. */
static inline void account_wait(ddr4_span_state *s, const bank_state *b, uint64_t end)
{
    fl_account_until(&s->front.stats.clock, mem_sooner(end, b->column_free), FL_CAUSE_ROW);
    fl_account_until(&s->front.stats.clock, end, FL_CAUSE_TURNAROUND);
}

/* Attributes the clocks up to `end`, during which the state does not change. */
static inline void account(ddr4_span_state *s, uint64_t end)
{
    fl_account *a = &s->front.stats.clock;
    fl_account_until(a, mem_sooner(end, s->busy_end), FL_CAUSE_BUSY);
    if (a->until >= s->refresh_due) fl_account_until(a, end, FL_CAUSE_REFRESH);
    fl_account_until(a, mem_sooner(end, s->refresh_end), FL_CAUSE_REFRESH);
    if (s->fill == 0) {
        fl_account_until(a, end, FL_CAUSE_IDLE);
        return;
    }
    const entry *e = window_at(s, 0);
    const bank_state *b = &s->banks[e->bank];
    if (b->row != e->row) fl_account_until(a, end, FL_CAUSE_ROW);
    account_wait(s, b, end);
}

static inline void see_next_arrival(const mem_ddr4 *d, ddr4_span_state *s, unsigned port)
{
    s->issues[port] = mem_stream_issue(&d->plan, port, &s->streams[port], ring_of(d, s, port));
    s->arrives[port] = mem_clock_from_core(&d->clock, s->issues[port]);
}

/* What the burst under the port's cursor is in the window. */
static inline entry entry_of(const mem_ddr4 *d, const mem_cursor *cursor, unsigned port)
{
    uint32_t bytes = mem_cursor_bytes(cursor);
    ddr4_place place = ddr4_place_of(d, cursor->address);
    return (entry){.row = place.row,
                   .bus_cycles = bytes == d->plan.burst_bytes
                                     ? d->burst_bus_cycles[port]
                                     : (uint32_t)mem_plan_bus_cycles(&d->plan, port, bytes),
                   .bank = (uint8_t)place.bank,
                   .group = (uint8_t)place.group,
                   .port = (uint8_t)port,
                   .write = cursor->write};
}

/* The port's next burst issues and enters the window. */
static inline void enter(const mem_ddr4 *d, ddr4_span_state *s, unsigned port)
{
    mem_stream *stream = &s->streams[port];
    entry e = entry_of(d, &stream->cursor, port);
    e.last = mem_stream_pop(&d->plan, port, stream, s->issues[port]);
    if (s->banks[e.bank].row != e.row)
        s->row_command_known = false;
    else if (s->hits == s->fill)
        s->hits++;
    s->alike = port == s->last_port && e.write == s->last_write ? s->alike + 1 : 1;
    s->turn = s->last_port = port;
    s->last_write = e.write;
    *window_at(s, s->fill++) = e;
    see_next_arrival(d, s, port);
}

/* The first arrival on any other port. */
static inline uint64_t next_arrival_but(const mem_ddr4 *d, const ddr4_span_state *s, unsigned port)
{
    uint64_t first = UINT64_MAX;
    for (unsigned p = 0; p < d->plan.port_count; p++)
        if (p != port) first = mem_sooner(first, s->arrives[p]);
    return first;
}

/* The arbiter at `clock`: bursts that are there enter until the window holds `limit`. */
static inline void arbitrate(const mem_ddr4 *d, ddr4_span_state *s, uint64_t clock, unsigned limit)
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

/* A column leaves its group and bank busy. The clock is not before they, and all groups, were free for it. */
static inline void note_own_column(const ddr4_column_delays *after, bool write, group_state *group,
                                   bank_state *bank, uint64_t clock)
{
    group->column_free[write] = clock + after->same_group;
    group->column_free[!write] = clock + after->other_group;
    mem_delay(&bank->precharge_free, clock + after->precharge);
}

/* The same, and all groups. */
static inline void note_column(const mem_ddr4 *d, ddr4_span_state *s, unsigned bank, unsigned group,
                               bool write, uint64_t clock)
{
    const ddr4_column_delays *after = &d->after[write];
    s->column_free[write] = clock + after->same;
    s->column_free[!write] = clock + after->other;
    note_own_column(after, write, &s->groups[group], &s->banks[bank], clock);
}

static inline void count_columns(const mem_ddr4 *d, ddr4_span_state *s, bool write, uint64_t count)
{
    mem_stats *stats = &s->front.stats;
    *(write ? &stats->write_bursts : &stats->read_bursts) += count;
    *(write ? &stats->write_bytes : &stats->read_bytes) += count * d->plan.burst_bytes;
}

static inline void count_row(mem_stats *stats, const entry *e)
{
    *(e->fate == HIT      ? &stats->row_hits
      : e->fate == MISSED ? &stats->row_misses
                          : &stats->row_conflicts) += 1;
}

static inline uint64_t data_end(const mem_ddr4 *d, bool write, uint64_t clock)
{
    return clock + d->after[write].data_end;
}

/* The clock of the head's column command. */
static inline uint64_t head_column(ddr4_span_state *s)
{
    const entry *e = window_at(s, 0);
    uint64_t free = mem_later(s->groups[e->group].column_free[e->write], s->banks[e->bank].column_free);
    return mem_later(s->clock, mem_later(free, s->column_free[e->write]));
}

/* Finds the next row command if nothing changes: the one that is allowed first, of those the oldest burst's.
 */
void mem_ddr4_find_row_command(ddr4_span_state *s);

/* The same when it is known but for a bank that bursts in the window wait for: the oldest of those for the
 * bank may have its row command now. */
void mem_ddr4_note_waiting(ddr4_span_state *s, unsigned bank);

/* The head's column command at s->clock. */
void mem_ddr4_column(mem_ddr4 *d, ddr4_span_state *s);

/* Closes or opens the row of the burst's bank at s->clock. */
void mem_ddr4_do_row_command(const mem_ddr4 *d, ddr4_span_state *s, entry *e);

/* ddr4_run.c: serves the head and what follows it in closed form, as far as that reaches before clock
 * `limit`; false when it does not reach beyond the head. All bursts in the window find their rows open. */
bool mem_ddr4_serve_run(mem_ddr4 *d, ddr4_span_state *s, uint64_t limit);

/* ddr4_backlog.c: serves bursts of a port whose next ones always wait behind a full window, and opens their
 * rows, in a loop that looks at nothing else, up to clock `limit`; false when it did nothing. */
bool mem_ddr4_serve_backlog(mem_ddr4 *d, ddr4_span_state *s, uint64_t limit);

#ifdef __cplusplus
}
#endif
#endif
