#include "memory/dram/ddr4_span.h"

enum { STRETCH_WORTH = 2 }; /* columns for which a stretch is quicker than one after the other */

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

static backlog backlog_of(const mem_ddr4 *d, const ddr4_span_state *s)
{
    const mem_stream *stream = &s->streams[s->last_port];
    row_view view = view_row(d, s, stream->cursor.address);
    return (backlog){.port = s->last_port,
                     .write = s->last_write,
                     .cursor = stream->cursor,
                     .view = view,
                     .fresh = {.row = view.row, .port = (uint8_t)s->last_port, .write = s->last_write},
                     .before_last =
                         mem_plan_job(&d->plan, s->last_port, stream->job)->end_burst - stream->count - 1,
                     .turn = d->t.row_hit_cap > s->streak ? d->t.row_hit_cap - s->streak : 0,
                     .others = next_arrival_but(d, s, s->last_port)};
}

/* Bursts from the cursor on that follow one another in one row of the block and of the banks: whole ones, or
 * one partial one. */
typedef struct piece {
    uint64_t bursts;
    uint32_t bytes, bus_cycles; /* of all; of each */
} piece;

static inline piece piece_at(const mem_ddr4 *d, const mem_cursor *c, unsigned port)
{
    const uint32_t bytes = mem_cursor_bytes(c);
    if (bytes < d->plan.burst_bytes)
        return (piece){1, bytes, (uint32_t)mem_plan_bus_cycles(&d->plan, port, bytes)};
    const uint64_t left = d->run_span - (c->address >> d->burst_shift & (d->run_span - 1));
    const uint64_t bursts = sooner(c->left_bytes >> d->burst_shift, left);
    return (piece){bursts, (uint32_t)(bursts << d->burst_shift), d->burst_bus_cycles[port]};
}

static inline bool may_enter(const backlog *b, uint64_t clock, uint64_t limit)
{
    return clock < limit && b->entered != b->before_last && (b->entered < b->turn || b->others > clock);
}

/* The burst that waits and up to `most` - 1 that follow it in its row enter the window from its ring's place
 * `place` on. Returns how many that are. */
static uint64_t take_waiting(const mem_ddr4 *d, ddr4_span_state *s, backlog *b, unsigned place, uint64_t most)
{
    if (b->cursor.address >> d->row_shift != b->view.key) {
        b->view = view_row(d, s, b->cursor.address);
        b->fresh.row = b->view.row;
    }
    const piece p = piece_at(d, &b->cursor, b->port);
    const uint64_t count = sooner(p.bursts, most);
    uint32_t group = (uint32_t)(b->cursor.address >> d->burst_shift) & d->group_mask;
    b->fresh.bus_cycles = p.bus_cycles;
    for (uint64_t k = 0; k < count; k++) {
        entry *e = &s->window[(place + k) % DDR4_MAX_LOOKAHEAD];
        *e = b->fresh;
        e->group = (uint8_t)group;
        e->bank = (uint8_t)(group << d->bank_shift | b->view.bank);
        group = (group + 1) & d->group_mask;
    }
    mem_cursor_step(&b->cursor, count == p.bursts ? p.bytes : (uint32_t)count << d->burst_shift);
    b->entered += count;
    return count;
}

/* How many bursts from the one that waits on may enter behind a column each, the first one at `clock`, and
 * find their rows open. */
static uint64_t open_ahead(const mem_ddr4 *d, const ddr4_span_state *s, const backlog *b, uint64_t most)
{
    const unsigned groups = 1u << d->group_shift;
    mem_cursor cursor = b->cursor;
    row_view view = b->view;
    uint64_t count = 0;
    while (count < most) {
        if (cursor.address >> d->row_shift != view.key) view = view_row(d, s, cursor.address);
        const unsigned group = (unsigned)(cursor.address >> d->burst_shift) & d->group_mask;
        const piece p = piece_at(d, &cursor, b->port);
        const unsigned open = (unsigned)__builtin_ctzll(~((view.open | view.open << groups) >> group));
        if (open < sooner(p.bursts, groups)) return sooner(count + open, most);
        count += p.bursts;
        mem_cursor_step(&cursor, p.bytes);
    }
    return most;
}

/* Columns that follow one another as closely as groups, banks and directions allow. */
typedef struct stretch {
    uint64_t limit; /* columns come before it */
    uint64_t clock; /* of the last column */
    uint64_t count;
} stretch;

/* A column at `clock`, up to which the bank made it wait. */
static inline void advance_stretch(ddr4_span_state *s, const bank_state *bank, uint64_t clock)
{
    if (clock <= s->busy_end) return;
    fl_account_until(&s->front.stats.clock, s->busy_end, FL_CAUSE_BUSY);
    account_wait(s, bank, clock);
}

static inline void note_own_column(const ddr4_column_delays *after, bool write, group_state *group,
                                   bank_state *bank, uint64_t clock)
{
    group->column_free[write] = clock + after->same_group;
    group->column_free[!write] = clock + after->other_group;
    delay(&bank->precharge_free, clock + after->precharge);
}

/* The columns of the bursts in the window, up to `most` of them. */
static void serve_window(mem_ddr4 *d, ddr4_span_state *s, stretch *t, uint64_t most)
{
    uint64_t columns[2] = {0};
    uint64_t clock = s->clock;
    while (t->count < most) {
        const entry *e = &s->window[s->head];
        const bool write = e->write;
        const ddr4_column_delays *after = &d->after[write];
        group_state *group = &s->groups[e->group];
        bank_state *bank = &s->banks[e->bank];
        const uint64_t free =
            later(group->column_free[write], later(bank->column_free, s->column_free[write]));
        clock = later(clock, free);
        if (clock >= t->limit) break;
        advance_stretch(s, bank, clock);
        tell(d, clock, write ? DDR4_WR : DDR4_RD, e);
        note_own_column(after, write, group, bank, clock);
        s->column_free[write] = clock + after->same;
        s->column_free[!write] = clock + after->other;
        s->busy_end = clock + d->data_clocks;
        count_row(&s->front.stats, e);
        columns[write]++;
        mem_stream_return(&d->plan, &s->front, e->port, &s->streams[e->port], ring_of(d, s, e->port),
                          mem_clock_to_core(&d->clock, clock + after->data_end), e->bus_cycles, e->last);
        s->head = (s->head + 1) % DDR4_MAX_LOOKAHEAD;
        t->clock = clock;
        t->count++;
    }
    count_columns(d, s, READ, columns[READ]);
    count_columns(d, s, WRITE, columns[WRITE]);
}

static void tell_columns(const mem_ddr4 *d, const backlog *b, uint64_t clock, unsigned group,
                         const row_view *view, uint64_t count)
{
    for (uint64_t k = 0; k < count; k++, group = (group + 1) & d->group_mask) {
        const uint8_t bank = (uint8_t)(group << d->bank_shift | view->bank);
        const entry e = {.row = view->row, .group = (uint8_t)group, .bank = bank};
        tell(d, clock + k * d->stride_clocks, b->write ? DDR4_WR : DDR4_RD, &e);
    }
}

/* When the columns of one row address are free, by group. */
typedef struct row_clocks {
    uint64_t free[DDR4_MAX_GROUPS];
} row_clocks;

static inline uint64_t row_clock(const mem_ddr4 *d, const ddr4_span_state *s, uint32_t bank, bool write,
                                 unsigned group)
{
    return later(s->groups[group].column_free[write], s->banks[group << d->bank_shift | bank].column_free);
}

static row_clocks load_row(const mem_ddr4 *d, const ddr4_span_state *s, uint32_t bank, bool write)
{
    row_clocks row;
    for (unsigned g = 0; g <= d->group_mask; g++) row.free[g] = row_clock(d, s, bank, write, g);
    return row;
}

/* Notes the last column of each group that had one since load_row. */
static void store_row(const mem_ddr4 *d, ddr4_span_state *s, uint32_t bank, bool write, const row_clocks *row)
{
    const ddr4_column_delays *after = &d->after[write];
    for (unsigned g = 0; g <= d->group_mask; g++)
        if (row->free[g] != row_clock(d, s, bank, write, g))
            note_own_column(after, write, &s->groups[g], &s->banks[g << d->bank_shift | bank],
                            row->free[g] - after->same_group);
}

/* Of up to `count` columns to successive groups from `clock` on, a stride apart: how many find their group
 * and bank free. */
static inline uint64_t serve_row(const mem_ddr4 *d, row_clocks *row, unsigned group, uint64_t clock,
                                 uint64_t count, uint64_t same_group)
{
    const uint64_t stride = d->stride_clocks, groups = d->group_mask + 1;
    for (uint64_t k = 1; k < count && k < groups; k++)
        if (row->free[(group + k) & d->group_mask] > clock + k * stride) count = k;
    for (uint64_t k = count > groups ? count - groups : 0; k < count; k++)
        row->free[(group + k) & d->group_mask] = clock + k * stride + same_group;
    return count;
}

/* Columns of the backlog's bursts that were not in the window yet, up to `most` in all: piece by piece, the
 * first one of a piece as soon as its group and bank are free, the others a stride apart. The bus keeps up
 * with them (port_streams). */
static void serve_pieces(mem_ddr4 *d, ddr4_span_state *s, backlog *b, stretch *t, uint64_t most)
{
    const bool write = b->write;
    const uint64_t stride = d->stride_clocks, before = t->count, after_group = d->after[write].same_group;
    const uint32_t outstanding = d->plan.ports[b->port].outstanding;
    mem_stream *stream = &s->streams[b->port];
    uint64_t *ring = ring_of(d, s, b->port), next = t->clock + stride;
    uint32_t slot = stream->done_slot;
    mem_clock_walk returns = d->stride_walk;
    mem_clock_walk_from(&returns, &d->clock, data_end(d, write, next));
    row_view view = b->view;
    row_clocks row = load_row(d, s, view.bank, write);
    while (t->count < most) {
        const uint64_t address = b->cursor.address;
        if (address >> d->row_shift != view.key) {
            store_row(d, s, view.bank, write, &row);
            view = view_row(d, s, address);
            row = load_row(d, s, view.bank, write);
        }
        const piece p = piece_at(d, &b->cursor, b->port);
        const unsigned group = (unsigned)(address >> d->burst_shift) & d->group_mask;
        const uint64_t clock = later(next, row.free[group]);
        if (clock >= t->limit) break;
        uint64_t count = sooner(p.bursts, most - t->count);
        if (clock + (count - 1) * stride >= t->limit) count = (t->limit - 1 - clock) / stride + 1;
        count = serve_row(d, &row, group, clock, count, after_group);
        uint64_t kept = sooner(count, outstanding);
        if (clock != next) {
            s->busy_end = next;
            advance_stretch(s, &s->banks[group << d->bank_shift | view.bank], clock);
        }
        if (clock != next || kept < count) {
            mem_clock_walk_from(&returns, &d->clock, data_end(d, write, clock + (count - kept) * stride));
            slot = (uint32_t)((slot + count - kept) % outstanding);
        }
        for (; kept > 0; kept--) {
            ring[slot] = returns.cycle + p.bus_cycles;
            if (++slot == outstanding) slot = 0;
            mem_clock_walk_step(&returns);
        }
        if (d->trace != NULL) tell_columns(d, b, clock, group, &view, count);
        mem_cursor_step(&b->cursor, count == p.bursts ? p.bytes : (uint32_t)count << d->burst_shift);
        t->count += count;
        next = clock + count * stride;
    }
    store_row(d, s, view.bank, write, &row);
    const uint64_t served = t->count - before;
    t->clock = next - stride;
    s->busy_end = next;
    s->column_free[write] = t->clock + d->after[write].same;
    s->column_free[!write] = t->clock + d->after[write].other;
    s->front.stats.row_hits += served;
    count_columns(d, s, write, served);
    stream->done_slot = slot;
    stream->first += served;
    stream->bus_end = ring[slot == 0 ? outstanding - 1 : slot - 1];
}

/* How many columns from `clock` on may each be followed by a burst that enters and finds its row open. Such
 * bursts are the backlog's only: until its turn is over, or until another port's burst arrives, which is
 * known as long as none of these is in the window. */
static uint64_t stretch_length(const mem_ddr4 *d, const ddr4_span_state *s, const backlog *b, uint64_t clock,
                               uint64_t *limit)
{
    const bool all_own = s->alike + b->entered >= s->fill;
    uint64_t most = b->before_last - b->entered;
    if (b->entered < b->turn && (b->others < *limit || !all_own))
        most = sooner(most, b->turn - b->entered);
    else if (all_own)
        *limit = sooner(*limit, b->others);
    else
        return 0;
    if (clock + 1 >= *limit) return 0;
    return open_ahead(d, s, b, sooner(most, (*limit - 2 - clock) / d->stride_clocks + 1));
}

/* Columns from the head's at `clock` on, before `limit`, each followed by a burst that enters, while all of
 * them find their rows open. What enters is known beforehand, so the window is filled only once, at the end.
 */
static bool serve_stretch(mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t clock, uint64_t limit)
{
    const uint64_t places = d->t.lookahead, most = stretch_length(d, s, b, clock, &limit);
    if (most < STRETCH_WORTH) return false;
    stretch t = {.limit = limit - 1};
    if (clock > s->busy_end) account(s, clock);
    s->clock = clock;
    serve_window(d, s, &t, sooner(most, places));
    uint64_t left = t.count;
    if (t.count == places && most > places) {
        serve_pieces(d, s, b, &t, most);
        b->entered += t.count - places;
    }
    for (unsigned place = s->head + (unsigned)(places - left); left > 0;) {
        const uint64_t taken = take_waiting(d, s, b, place, left);
        place += (unsigned)taken;
        left -= taken;
    }
    if (s->alike + b->entered < t.count + places) {
        for (unsigned p = 0; p < d->plan.port_count; p++)
            if (p != b->port && s->arrives[p] == UINT64_MAX) see_next_arrival(d, s, p);
        b->others = next_arrival_but(d, s, b->port);
    }
    s->clock = t.clock + 1;
    return true;
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
    const uint64_t waiting = all_hit ? 0 : s->waiting_banks;
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

        const unsigned place = (head + places - 1) % DDR4_MAX_LOOKAHEAD;
        const entry *fresh = &s->window[place];
        take_waiting(d, s, b, place, 1);
        hit = b->view.open >> fresh->group & 1;
        known &= hit || (waiting >> fresh->bank & 1) != 0;
        if (!known || (!all_hit && served == s->hits)) break;

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
    const entry *e = window_at(s, s->fill);
    take_waiting(d, s, b, s->head + s->fill, 1);
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
    backlog b = backlog_of(d, s);
    while (s->fill == places) {
        const entry *head = window_at(s, 0);
        uint64_t clock = s->hits > 0 ? head_column(s) : UINT64_MAX, until = limit;
        if (s->hits < s->fill) {
            if (open_row(d, s, &b, clock, limit)) continue;
            if (s->row_command.clock < limit) until = s->row_command.clock + 1;
        } else if (serve_stretch(d, s, &b, clock, limit)) {
            continue;
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
