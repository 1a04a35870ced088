/* Many columns of a backlog at once: what enters the window is row hits, whose number is known beforehand, so
 * the window is emptied, passed by whole rows of the block, and filled again at the end. */
#include "memory/dram/ddr4_backlog.h"

enum { STRETCH_WORTH = 2 }; /* columns for which a stretch is quicker than one after the other */

/* How many bursts from the one that waits on may enter behind a column each, the first one at `clock`, and
 * find their rows open. */
static uint64_t open_ahead(const mem_ddr4 *d, const ddr4_span_state *s, const backlog *b, uint64_t most)
{
    const unsigned groups = 1u << d->group_shift;
    mem_cursor cursor = b->cursor;
    row_view view = b->view;
    uint64_t count = 0;
    while (count < most) {
        if (cursor.address >> d->row_shift != view.key) view = mem_ddr4_view_row(d, s, cursor.address);
        const unsigned group = (unsigned)(cursor.address >> d->burst_shift) & d->group_mask;
        const piece p = piece_at(d, &cursor, b->port);
        const unsigned open = (unsigned)__builtin_ctzll(~((view.open | view.open << groups) >> group));
        if (open < mem_sooner(p.bursts, groups)) return mem_sooner(count + open, most);
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

/* The columns of the bursts in the window, up to `most` of them. */
static void serve_window(mem_ddr4 *d, ddr4_span_state *s, stretch *t, uint64_t most)
{
    uint64_t columns[2] = {0};
    uint64_t clock = s->clock;
    while (t->count < most && !s->front.paused) {
        const entry *e = &s->window[s->head];
        const bool write = e->write;
        const ddr4_column_delays *after = &d->after[write];
        group_state *group = &s->groups[e->group];
        bank_state *bank = &s->banks[e->bank];
        const uint64_t free =
            mem_later(group->column_free[write], mem_later(bank->column_free, s->column_free[write]));
        clock = mem_later(clock, free);
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
    return mem_later(s->groups[group].column_free[write],
                     s->banks[group << d->bank_shift | bank].column_free);
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
            view = mem_ddr4_view_row(d, s, address);
            row = load_row(d, s, view.bank, write);
        }
        const piece p = piece_at(d, &b->cursor, b->port);
        const unsigned group = (unsigned)(address >> d->burst_shift) & d->group_mask;
        const uint64_t clock = mem_later(next, row.free[group]);
        if (clock >= t->limit) break;
        uint64_t count = mem_sooner(p.bursts, most - t->count);
        if (clock + (count - 1) * stride >= t->limit) count = (t->limit - 1 - clock) / stride + 1;
        count = serve_row(d, &row, group, clock, count, after_group);
        uint64_t kept = mem_sooner(count, outstanding);
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
static uint64_t stretch_length(const mem_ddr4 *d, const ddr4_span_state *s, const backlog *b, bool all_own,
                               uint64_t clock, uint64_t *limit)
{
    uint64_t most = b->before_last - b->entered;
    if (b->entered < b->turn && (b->others < *limit || !all_own))
        most = mem_sooner(most, b->turn - b->entered);
    else if (all_own)
        *limit = mem_sooner(*limit, b->others);
    else
        return 0;
    if (clock + 1 >= *limit) return 0;
    return open_ahead(d, s, b, mem_sooner(most, (*limit - 2 - clock) / d->stride_clocks + 1));
}

bool mem_ddr4_serve_stretch(mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t clock, uint64_t limit)
{
    const bool all_own = s->alike + b->entered >= s->fill;
    const uint64_t places = d->t.lookahead, most = stretch_length(d, s, b, all_own, clock, &limit);
    if (most < STRETCH_WORTH) return false;
    stretch t = {.limit = limit - 1};
    if (clock > s->busy_end) account(s, clock);
    s->clock = clock;
    serve_window(d, s, &t, mem_sooner(most, places));
    uint64_t left = t.count;
    if (t.count == places && most > places && !s->front.paused) {
        serve_pieces(d, s, b, &t, most);
        b->entered += t.count - places;
    }
    for (unsigned place = s->head + (unsigned)(places - left); left > 0;) {
        const uint64_t taken = take_waiting(d, s, b, place, left);
        place += (unsigned)taken;
        left -= taken;
    }
    if (!all_own) {
        for (unsigned p = 0; p < d->plan.port_count; p++)
            if (p != b->port && s->arrives[p] == UINT64_MAX) see_next_arrival(d, s, p);
        b->others = next_arrival_but(d, s, b->port);
    }
    s->clock = t.clock + 1;
    return true;
}
