#include "memory/dram/ddr4_span.h"

/* The clock of the head's column command. */
static uint64_t head_column(ddr4_span_state *s)
{
    const entry *e = window_at(s, 0);
    uint64_t free = later(s->groups[e->group].column_free[e->write], s->banks[e->bank].column_free);
    return later(s->clock, later(free, s->column_free[e->write]));
}

/* The window is full, and behind it waits the next burst of the port that entered last, in the same
 * direction; so will those behind it, because their places in the port are freed a window earlier than the
 * way back takes (port_backlogs). The other ports then see nothing until the turn is over. */
static bool backlogged(const mem_ddr4 *d, const ddr4_span_state *s)
{
    return d->port_backlogs[s->last_port] && s->fill == d->t.lookahead && s->turn == s->last_port &&
           s->arrives[s->last_port] <= s->clock && s->streams[s->last_port].cursor.write == s->last_write;
}

/* The window holds nothing but whole bursts that follow one another in the row of the block that the cursor
 * is in, and enough is left of that row to be worth a closer look. */
static inline bool is_one_run(const mem_ddr4 *d, const ddr4_span_state *s, const mem_cursor *cursor)
{
    if (cursor->left_bytes < d->run_worth_bytes || s->alike < s->fill) return false;
    return cursor->address >= cursor->row_address + ((uint64_t)s->fill << d->burst_shift) +
                                  (-cursor->row_address & (cursor->burst_bytes - 1));
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
    const entry *e = window_at(s, 0);
    const mem_stream *stream = &s->streams[e->port];
    if (!is_one_run(d, s, &stream->cursor) || !d->port_streams[e->port]) return 0;
    uint64_t others = next_arrival_but(d, s, e->port), turn = UINT64_MAX;
    if (others < horizon && backlogged(d, s))
        turn = s->streak + d->t.lookahead - 1 < d->t.row_hit_cap + s->fill
                   ? d->t.row_hit_cap + s->fill - (d->t.lookahead - 1) - s->streak
                   : 0;
    else
        horizon = sooner(horizon, others);
    if (clock >= horizon) return 0;
    uint64_t next = stream->cursor.address >> d->burst_shift, first = next - s->fill;
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
    mem_clock_walk walk = d->stride_walk;
    mem_clock_walk_from(&walk, &d->clock, data_end(d, head.write, clock + (count - kept) * stride));
    for (uint64_t k = 0; k < kept; k++) {
        bus_end = walk.cycle + head.bus_cycles;
        ring[slot] = bus_end;
        if (++slot == outstanding) slot = 0;
        mem_clock_walk_step(&walk);
    }
    mem_stream_skip(&d->plan, port, stream, count - entered, count, issue, bus_end);

    account(s, clock);
    s->clock = last_clock;
    s->busy_end = last_clock + d->data_clocks;
    s->streak = sooner(s->streak + count - entered, later(s->streak, d->t.row_hit_cap));
    s->fill = s->hits = 0;
    s->alike = 0;
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

/* The row address that the cursor is in, and which bank groups have that row open. */
typedef struct row_view {
    uint64_t key;
    uint32_t row, bank; /* bank within its group */
    uint64_t open;
} row_view;

static row_view view_row(const mem_ddr4 *d, const ddr4_span_state *s, uint64_t address)
{
    ddr4_place place = ddr4_place_of(d, address);
    row_view v = {
        .key = address >> d->row_shift, .row = place.row, .bank = place.bank & ((1u << d->bank_shift) - 1)};
    for (unsigned g = 0; g < 1u << d->group_shift; g++)
        v.open |= (uint64_t)(s->banks[g << d->bank_shift | v.bank].row == v.row) << g;
    return v;
}

/* The port whose bursts fill the window one after the other, and how far it may go. */
typedef struct backlog {
    unsigned port;
    bool write;
    mem_cursor cursor; /* on the burst that waits */
    row_view view;     /* of the cursor's row */
    entry fresh;       /* what all its bursts in that row have in common */
    uint64_t entered;
    uint64_t before_last; /* bursts that may enter before the block's last one */
    uint64_t turn;        /* bursts that may enter while another port waits */
    uint64_t others;      /* the first arrival on another port */
} backlog;

static uint64_t before_last(const mem_ddr4 *d, const ddr4_span_state *s)
{
    const mem_stream *stream = &s->streams[s->last_port];
    return mem_plan_job(&d->plan, s->last_port, stream->job)->end_burst - stream->count - 1;
}

static backlog backlog_of(const mem_ddr4 *d, const ddr4_span_state *s)
{
    const mem_stream *stream = &s->streams[s->last_port];
    row_view view = view_row(d, s, stream->cursor.address);
    return (backlog){.port = s->last_port,
                     .write = s->last_write,
                     .cursor = stream->cursor,
                     .view = view,
                     .fresh = {.row = view.row, .port = (uint8_t)s->last_port, .write = s->last_write},
                     .before_last = before_last(d, s),
                     .turn = d->t.row_hit_cap > s->streak ? d->t.row_hit_cap - s->streak : 0,
                     .others = next_arrival_but(d, s, s->last_port)};
}

static inline bool may_enter(const backlog *b, uint64_t clock, uint64_t limit)
{
    return clock < limit && b->entered != b->before_last && (b->entered < b->turn || b->others > clock);
}

/* The burst that waits enters the window's place `e`. */
static inline void take_waiting(const mem_ddr4 *d, const ddr4_span_state *s, backlog *b, entry *e)
{
    if (b->cursor.address >> d->row_shift != b->view.key) {
        b->view = view_row(d, s, b->cursor.address);
        b->fresh.row = b->view.row;
    }
    uint32_t bytes = mem_cursor_bytes(&b->cursor);
    uint32_t group = (uint32_t)(b->cursor.address >> d->burst_shift) & d->group_mask;
    *e = b->fresh;
    e->group = (uint8_t)group;
    e->bank = (uint8_t)(group << d->bank_shift | b->view.bank);
    e->bus_cycles = bytes == d->plan.burst_bytes ? d->burst_bus_cycles[b->port]
                                                 : (uint32_t)mem_plan_bus_cycles(&d->plan, b->port, bytes);
    mem_cursor_step(&b->cursor, bytes);
    b->entered++;
}

/* The row command that comes before clock `column` and before `limit`, if there is one. */
static bool open_row(mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t column, uint64_t limit)
{
    if (!s->row_command_known || s->row_command.clock < s->clock) mem_ddr4_find_row_command(s);
    if (s->row_command.clock >= sooner(column, limit)) return false;
    const entry *e = s->row_command.row;
    s->clock = s->row_command.clock;
    account(s, s->clock);
    mem_ddr4_do_row_command(d, s, s->row_command.row);
    s->clock++;
    if ((e->bank & ((1u << d->bank_shift) - 1)) == b->view.bank) {
        uint64_t open = s->banks[e->bank].row == b->view.row;
        b->view.open = (b->view.open & ~(UINT64_C(1) << e->group)) | open << e->group;
    }
    return true;
}

/* Columns from the head's at `clock` on, before `limit`, each followed by a burst that enters; while they are
 * the backlog's own, find their rows open, and no burst enters that changes which row is opened next. */
static void serve_columns(mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t clock, uint64_t limit)
{
    const bool write = b->write, all_hit = s->hits == s->fill, all_own = s->alike + b->entered >= s->fill;
    const ddr4_column_delays after = d->after[write];
    const unsigned port = b->port, places = (unsigned)d->t.lookahead;
    const uint64_t waiting = all_hit ? 0 : s->waiting_banks, worth = b->entered + places;
    mem_stream *stream = &s->streams[port];
    uint64_t *ring = ring_of(d, s, port), fates[CONFLICTED + 1] = {0}, served = 0;
    unsigned head = s->head;
    bool known = true, hit = true, entered;
    if (clock > s->busy_end) account(s, clock);
    for (;;) {
        const entry *e = &s->window[head];
        tell(d, clock, write ? DDR4_WR : DDR4_RD, e);
        group_state *group = &s->groups[e->group];
        group->column_free[write] = clock + after.same_group;
        group->column_free[!write] = clock + after.other_group;
        delay(&s->banks[e->bank].precharge_free, clock + after.precharge);
        mem_stream_return(&d->plan, &s->front, port, stream, ring,
                          mem_clock_to_core(&d->clock, clock + after.data_end), e->bus_cycles, e->last);
        fates[e->fate]++;
        served++;
        head = (head + 1) % DDR4_MAX_LOOKAHEAD;
        entered = may_enter(b, clock + 1, limit);
        known = (waiting >> e->bank & 1) == 0;
        if (!entered) break;

        entry *fresh = &s->window[(head + places - 1) % DDR4_MAX_LOOKAHEAD];
        take_waiting(d, s, b, fresh);
        hit = b->view.open >> fresh->group & 1;
        known &= hit || (waiting >> fresh->bank & 1) != 0;
        if (!known || (all_hit ? b->entered > worth && is_one_run(d, s, &b->cursor) : served == s->hits))
            break;

        const entry *next = &s->window[head];
        if (!all_own && (next->port != port || next->write != write)) break;
        uint64_t free = later(s->groups[next->group].column_free[write], s->banks[next->bank].column_free);
        free = later(free, clock + after.same);
        if (free >= limit) break;
        if (free != clock + d->data_clocks) {
            s->head = head;
            s->busy_end = clock + d->data_clocks;
            account(s, free);
        }
        clock = free;
    }
    s->head = head;
    s->fill = entered ? places : places - 1;
    s->hits = !all_hit ? s->hits - (unsigned)served : entered && !hit ? places - 1 : s->fill;
    s->row_command_known &= known;
    s->column_free[write] = clock + after.same;
    s->column_free[!write] = clock + after.other;
    s->busy_end = clock + d->data_clocks;
    s->clock = clock + 1;
    s->front.stats.row_hits += fates[HIT];
    s->front.stats.row_misses += fates[MISSED];
    s->front.stats.row_conflicts += fates[CONFLICTED];
    count_columns(d, s, write, served);
}

/* The burst that waits enters behind a column that serve_columns has not made. */
static void enter_waiting(const mem_ddr4 *d, ddr4_span_state *s, backlog *b)
{
    entry *e = window_at(s, s->fill);
    take_waiting(d, s, b, e);
    if ((b->view.open >> e->group & 1) == 0)
        s->row_command_known = false;
    else if (s->hits == s->fill)
        s->hits++;
    s->fill++;
}

/* The head's column when it is not the backlog's. */
static void serve_other(mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t clock)
{
    account(s, clock);
    s->clock = clock;
    mem_ddr4_column(d, s);
    account(s, ++s->clock);
    b->others = next_arrival_but(d, s, b->port);
}

bool mem_ddr4_serve_backlog(mem_ddr4 *d, ddr4_span_state *s, uint64_t limit)
{
    if (s->clock >= limit || !backlogged(d, s)) return false;
    const uint64_t start = s->clock, places = d->t.lookahead;
    if (before_last(d, s) == 0) return false;
    backlog b = backlog_of(d, s);
    while (s->fill == places) {
        const entry *head = window_at(s, 0);
        uint64_t clock = s->hits > 0 ? head_column(s) : UINT64_MAX, until = limit;
        if (s->hits < s->fill) {
            if (open_row(d, s, &b, clock, limit)) continue;
            if (s->row_command.clock < limit) until = s->row_command.clock + 1;
        } else if (b.entered > places && is_one_run(d, s, &b.cursor)) {
            break; /* tried before; now the window is another one */
        }
        if (clock >= limit) break;
        if (head->port == b.port && head->write == b.write)
            serve_columns(d, s, &b, clock, until);
        else
            serve_other(d, s, &b, clock);
        if (s->fill < places && may_enter(&b, s->clock, limit)) enter_waiting(d, s, &b);
    }
    mem_stream *stream = &s->streams[b.port];
    s->streak += b.entered;
    s->alike += b.entered;
    stream->cursor = b.cursor;
    mem_stream_entered(&d->plan, b.port, stream, b.entered, ring_of(d, s, b.port));
    see_next_arrival(d, s, b.port);
    account(s, s->clock);
    return s->clock != start;
}
