/* A port whose next burst always waits behind a full window: the DDR4 span engine then needs no arrivals.
 *
 * Bursts that follow one another in one row of the block and in open rows of the banks enter the window as
 * one entry and leave it as one: their columns are a stride apart. */
#include "memory/dram/ddr4_span.h"

/* The window is full, and behind it waits the next burst of the port that entered last, in the same
 * direction; so will those behind it, because their places in the port are freed a window earlier than the
 * way back takes (port_backlogs). The other ports then see nothing until the turn is over. */
static bool backlogged(const mem_ddr4 *d, const ddr4_span_state *s)
{
    return d->port_backlogs[s->last_port] && s->fill == d->t.lookahead && s->turn == s->last_port &&
           s->arrives[s->last_port] <= s->clock && s->streams[s->last_port].cursor.write == s->last_write;
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
    bool grows;        /* the burst that waits goes on where the window's last entry ends */
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
    return (backlog){
        .port = s->last_port,
        .write = s->last_write,
        .cursor = stream->cursor,
        .view = view,
        .fresh = {.row = view.row, .count = 1, .port = (uint8_t)s->last_port, .write = s->last_write},
        .before_last = mem_plan_job(&d->plan, s->last_port, stream->job)->end_burst - stream->count - 1,
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

/* The piece that waits, with the cursor's row in view. */
static inline piece waiting_piece(const mem_ddr4 *d, const ddr4_span_state *s, backlog *b)
{
    if (b->cursor.address >> d->row_shift != b->view.key) {
        b->view = view_row(d, s, b->cursor.address);
        b->fresh.row = b->view.row;
    }
    return piece_at(d, &b->cursor, b->port);
}

/* Its bursts, `count` of them, as an entry. */
static inline entry waiting_entry(const mem_ddr4 *d, const backlog *b, const piece *p, uint64_t count)
{
    entry e = b->fresh;
    e.group = (uint8_t)(b->cursor.address >> d->burst_shift & d->group_mask);
    e.bank = (uint8_t)(e.group << d->bank_shift | b->view.bank);
    e.bus_cycles = p->bus_cycles;
    e.count = (uint16_t)count;
    e.step = (uint8_t)(1u << d->bank_shift);
    return e;
}

static inline void pass_waiting(const mem_ddr4 *d, backlog *b, const piece *p, uint64_t count)
{
    mem_cursor_step(&b->cursor, count == p->bursts ? p->bytes : (uint32_t)count << d->burst_shift);
    b->entered += count;
}

/* The row command that comes before clock `column` and before `limit`, if there is one. */
static bool open_row(mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t column, uint64_t limit)
{
    if (!s->row_command_known || s->row_command.clock < s->clock) mem_ddr4_find_row_command(d, s);
    if (s->row_command.clock >= sooner(column, limit)) return false;
    const uint8_t bank = s->row_command.row->bank, group = s->row_command.row->group;
    s->clock = s->row_command.clock;
    account(s, s->clock);
    mem_ddr4_do_row_command(d, s, s->row_command.row);
    s->clock++;
    if ((bank & ((1u << d->bank_shift) - 1)) == b->view.bank) {
        uint64_t open = s->banks[bank].row == b->view.row;
        b->view.open = (b->view.open & ~(UINT64_C(1) << group)) | open << group;
    }
    return true;
}

/* Of up to `most` columns of the head's entry, the first at `clock`, how many come a stride apart and before
 * `limit`. */
static uint64_t unbroken(const mem_ddr4 *d, const ddr4_span_state *s, const entry *head, uint64_t most,
                         uint64_t clock, uint64_t limit)
{
    const uint64_t stride = d->stride_clocks, groups = d->group_mask + 1, step = head->step >> d->bank_shift;
    const uint64_t period = step == 0 ? 1 : groups >> __builtin_ctzll(step);
    if (clock + (most - 1) * stride >= limit) most = (limit - 1 - clock) / stride + 1;
    if (d->after[head->write].same_group > period * stride) most = sooner(most, period);
    for (uint64_t k = 1; k < most && k < period; k++) {
        const uint64_t bank = (head->bank + k * head->step) & d->bank_mask, column = clock + k * stride;
        const group_state *g = &s->groups[bank >> d->bank_shift];
        if (g->column_free[head->write] > column || s->banks[bank].column_free > column) most = k;
    }
    return most;
}

/* How many bursts may enter, one behind each of the columns from the head's at `clock` on. They are the
 * backlog's own until its turn is over or until another port's burst arrives, which does not become known
 * while the head is the backlog's. A head that the window's only entry and the piece that waits makes as long
 * as the two. */
static uint64_t entering(const mem_ddr4 *d, ddr4_span_state *s, const backlog *b, uint64_t clock,
                         uint64_t limit)
{
    entry head = *window_at(s, 0);
    uint64_t most = head.count;
    if (s->entries == 1) {
        const piece p = piece_at(d, &b->cursor, b->port);
        const entry e = waiting_entry(d, b, &p, p.bursts);
        if (p.bursts > most && join(d, &head, &e)) most = p.bursts;
    }
    most = sooner(most, b->before_last - b->entered);
    if (b->entered < b->turn && (b->others < limit || head.port != b->port))
        most = sooner(most, b->turn - b->entered);
    else if (head.port == b->port)
        limit = sooner(limit, b->others);
    else
        return 0;
    if (clock + 1 >= limit) return 0;
    return most <= 1 ? most : unbroken(d, s, &head, most, clock, limit - 1);
}

/* Up to `most` bursts that find their rows open enter; returns how many. */
static uint64_t enter_open(const mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t most)
{
    const unsigned groups = d->group_mask + 1;
    uint64_t entered = 0;
    while (entered < most) {
        const piece p = waiting_piece(d, s, b);
        entry e = waiting_entry(d, b, &p, sooner(p.bursts, most - entered));
        const unsigned open =
            (unsigned)__builtin_ctzll(~((b->view.open | b->view.open << groups) >> e.group));
        if (open == 0) break;
        if (open < groups) e.count = (uint16_t)sooner(e.count, open);
        append(d, s, &e, true);
        pass_waiting(d, b, &p, e.count);
        entered += e.count;
    }
    return entered;
}

/* Columns from the head's at `clock` on and what enters behind them; all bursts in the window find their rows
 * open. */
static void serve_hits(mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t clock, uint64_t limit)
{
    waiting_piece(d, s, b);
    const uint64_t count = later(enter_open(d, s, b, entering(d, s, b, clock, limit)), 1);
    const entry *head = window_at(s, 0);
    if (clock > s->busy_end) account(s, clock);
    count_rows(&s->front.stats, head, count);
    mem_ddr4_columns(d, s, head, clock, count);
    s->clock = clock + (count - 1) * d->stride_clocks + 1;
    leave(d, s, count);
}

/* The head's column while some burst in the window needs a row command. */
static void serve_column(mem_ddr4 *d, ddr4_span_state *s, uint64_t clock)
{
    if (clock > s->busy_end) account(s, clock);
    s->clock = clock;
    mem_ddr4_column(d, s);
    s->clock++;
}

/* The burst that waits enters behind a column. */
static void enter_waiting(const mem_ddr4 *d, ddr4_span_state *s, backlog *b)
{
    const piece p = waiting_piece(d, s, b);
    const entry e = waiting_entry(d, b, &p, 1);
    const bool open = b->view.open >> e.group & 1;
    if (!open && (s->waiting_banks >> e.bank & 1) == 0) s->row_command_known = false;
    append(d, s, &e, open);
    pass_waiting(d, b, &p, 1);
}

bool mem_ddr4_serve_backlog(mem_ddr4 *d, ddr4_span_state *s, uint64_t limit)
{
    if (s->clock >= limit || !backlogged(d, s)) return false;
    const uint64_t start = s->clock, places = d->t.lookahead;
    backlog b = backlog_of(d, s);
    while (s->fill == places) {
        const bool all_hit = s->hits == s->entries;
        const uint64_t clock = s->hits > 0 ? head_column(s) : UINT64_MAX;
        if (!all_hit && open_row(d, s, &b, clock, limit)) continue;
        if (clock >= limit) break;
        const unsigned port = window_at(s, 0)->port;
        if (all_hit)
            serve_hits(d, s, &b, clock, limit);
        else
            serve_column(d, s, clock);
        if (port != b.port) {
            if (s->arrives[port] == UINT64_MAX) see_next_arrival(d, s, port);
            b.others = next_arrival_but(d, s, b.port);
        }
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
