#include "memory/dram/ddr4_span.h"

/* The clock of the head's column command. */
static uint64_t head_column(ddr4_span_state *s)
{
    const entry *e = window_at(s, 0);
    uint64_t free = later(s->groups[e->group].column_free[e->write], s->banks[e->bank].column_free);
    return later(s->clock, later(free, s->column_free[e->write]));
}

/* The window is full of one port's bursts in one direction, and the next one of that kind waits; so will those behind it, because
 * their places in the port are freed a window earlier than the way back takes (port_backlogs). The other ports then see
 * nothing until the turn is over. */
static bool backlogged(const mem_ddr4 *d, const ddr4_span_state *s)
{
    return d->port_backlogs[s->last_port] && s->fill == d->t.lookahead && s->alike >= s->fill &&
           s->turn == s->last_port && s->arrives[s->last_port] <= s->clock &&
           s->streams[s->last_port].cursor.write == s->last_write;
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
    if (s->run != s->fill || !s->run_goes_on) return 0;
    const entry *e = window_at(s, 0);
    const mem_stream *stream = &s->streams[e->port];
    if (stream->cursor.left_bytes < d->run_worth_bytes) return 0;
    if (!d->port_streams[e->port] || s->run_address != stream->cursor.address) return 0;
    uint64_t others = next_arrival_but(d, s, e->port), turn = UINT64_MAX;
    if (others < horizon && backlogged(d, s))
        turn = s->streak + d->t.lookahead - 1 < d->t.row_hit_cap + s->fill
                   ? d->t.row_hit_cap + s->fill - (d->t.lookahead - 1) - s->streak : 0;
    else
        horizon = sooner(horizon, others);
    if (clock >= horizon) return 0;
    uint64_t next = s->run_address >> d->burst_shift, first = next - s->fill;
    uint64_t end = sooner((first | (d->run_span - 1)) + 1, next + mem_cursor_run(&stream->cursor));
    if (end < first + d->t.lookahead + s->fill) return 0;
    uint64_t count = sooner(end - first - (d->t.lookahead - 1), (horizon - 1 - clock) / d->stride_clocks + 1);
    count = sooner(count, turn);
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

static void serve(const mem_ddr4 *d, ddr4_span_state *s, uint64_t clock, uint64_t count)
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
    s->alike = 0;
    s->run_address = stream->cursor.address;
    see_next_arrival(d, s, port);
    arbitrate(d, s, last_clock, (unsigned)d->t.lookahead - 1);
    account(s, ++s->clock);
}

bool mem_ddr4_serve_run(mem_ddr4 *d, ddr4_span_state *s, uint64_t limit)
{
    uint64_t clock = head_column(s), count = run_length(d, s, clock, limit);
    if (count > 0) serve(d, s, clock, count);
    return count > 0;
}

/* The head's column at `clock`; its place in the port is free from the end of its transfer on. */
static inline void backlog_serve(mem_ddr4 *d, ddr4_span_state *s, uint64_t clock, uint64_t *ring)
{
    const entry *e = window_at(s, 0);
    const mem_ddr4_params *t = &d->t;
    mem_stream *stream = &s->streams[e->port];
    group_state *g = &s->groups[e->group];
    tell(d, clock, e->write ? DDR4_WR : DDR4_RD, e);
    g->column_free[e->write] = clock + t->ccd_l;
    g->column_free[!e->write] = clock + (e->write ? later(t->ccd_l, d->write_to_read_l) : t->ccd_l);
    delay(&s->banks[e->bank].precharge_free, clock + (e->write ? d->write_to_precharge : t->rtp));
    count_row(&s->front.stats, e);
    mem_stream_return(&d->plan, &s->front, e->port, stream, ring,
                      mem_clock_to_core(&d->clock, data_end(d, e->write, clock)), e->bus_cycles, e->last);
    s->head = (s->head + 1) % DDR4_MAX_LOOKAHEAD;
    s->hits = --s->fill;
    if (s->run > s->fill) s->run = s->fill;
}

bool mem_ddr4_serve_backlog(mem_ddr4 *d, ddr4_span_state *s, uint64_t limit)
{
    uint64_t clock = head_column(s);
    if (clock >= limit || !backlogged(d, s)) return false;
    const unsigned port = s->last_port;
    mem_stream *stream = &s->streams[port];
    const uint64_t left = mem_plan_job(&d->plan, port, stream->job)->end_burst - stream->count;
    const uint64_t others = next_arrival_but(d, s, port), cap = d->t.row_hit_cap;
    uint64_t *ring = ring_of(d, s, port), served = 0, entered = 0;
    bool write = s->last_write;
    account(s, clock);
    for (;;) {
        backlog_serve(d, s, clock, ring);
        served++;
        s->busy_end = clock + d->data_clocks;
        if (clock + 1 >= limit || entered + 1 == left || (s->streak >= cap && others <= clock + 1)) break;
        admit(d, s, port);
        mem_cursor_next(&stream->cursor);
        s->streak++;
        entered++;
        if (s->hits != s->fill || (s->run == s->fill && stream->cursor.left_bytes >= d->run_worth_bytes)) break;
        const entry *e = window_at(s, 0);
        uint64_t free = later(s->groups[e->group].column_free[write], s->banks[e->bank].column_free);
        uint64_t next = later(clock + d->t.ccd_s, free);
        if (next >= limit) break;
        if (next != s->busy_end) account(s, next);
        clock = next;
    }
    count_columns(d, s, write, served);
    delay(&s->column_free[READ], clock + (write ? d->write_to_read_s : d->t.ccd_s));
    delay(&s->column_free[WRITE], clock + (write ? d->t.ccd_s : later(d->t.ccd_s, d->read_to_write)));
    mem_stream_entered(&d->plan, port, stream, entered, ring);
    see_next_arrival(d, s, port);
    s->clock = clock + 1;
    account(s, s->clock);
    return true;
}
