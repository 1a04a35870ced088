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
    e.count = (uint8_t)count;
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

/* How many bursts of the head's entry, or of the run that the window is part of, have their columns a stride
 * apart from `clock` on, each followed by a burst of the piece `p` that enters and finds its row open; 0:
 * none. What enters are the backlog's own bursts until its turn is over or until another port's burst
 * arrives, which does not become known while the head is the backlog's. */
static uint64_t step_length(const mem_ddr4 *d, ddr4_span_state *s, const backlog *b, const piece *p,
                            unsigned group, bool run, uint64_t clock, uint64_t limit)
{
    const entry *head = window_at(s, 0);
    const uint64_t stride = d->stride_clocks, groups = d->group_mask + 1;
    uint64_t most = sooner(p->bursts, b->before_last - b->entered);
    if (!run) most = sooner(most, head->count);
    if (b->entered < b->turn && (b->others < limit || head->port != b->port))
        most = sooner(most, b->turn - b->entered);
    else if (head->port == b->port)
        limit = sooner(limit, b->others);
    else
        return 0;
    if (clock + 1 >= limit) return 0;
    const uint64_t open = (uint64_t)__builtin_ctzll(~((b->view.open | b->view.open << groups) >> group));
    if (open < groups) most = sooner(most, open);
    if (most <= 1) return most;
    if (clock + (most - 1) * stride + 1 >= limit) most = (limit - 2 - clock) / stride + 1;
    for (uint64_t k = 1; k < most && k < groups; k++) {
        const uint64_t bank = (head->bank + (k << d->bank_shift)) & d->bank_mask, column = clock + k * stride;
        const group_state *g = &s->groups[bank >> d->bank_shift];
        if (g->column_free[head->write] > column || s->banks[bank].column_free > column) most = k;
    }
    return most;
}

/* Columns from the head's at `clock` on and what enters behind them; all bursts in the window find their rows
 * open. */
static void serve_hits(mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t clock, uint64_t limit)
{
    const piece p = waiting_piece(d, s, b);
    entry waiting = waiting_entry(d, b, &p, 1), *head = window_at(s, 0);
    const bool run = s->entries == 1 && follows(d, &waiting, head);
    const uint64_t entering = step_length(d, s, b, &p, waiting.group, run, clock, limit),
                   count = later(entering, 1);
    if (clock > s->busy_end) account(s, clock);
    count_rows(&s->front.stats, head, count);
    mem_ddr4_columns(d, s, head, clock, count);
    s->clock = clock + (count - 1) * d->stride_clocks + 1;
    if (run && entering > 0) {
        move_entry(d, head, count);
    } else {
        leave(d, s, count);
        if (entering == 0) return;
        waiting.count = (uint8_t)entering;
        append(d, s, &waiting, true);
    }
    pass_waiting(d, b, &p, entering);
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
