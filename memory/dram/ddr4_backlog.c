#include "memory/dram/ddr4_backlog.h"

/* The window is full, and behind it waits the next burst of the port that entered last, in the same
 * direction; so will those behind it, because their places in the port are freed a window earlier than the
 * way back takes (port_backlogs). The other ports then see nothing until the turn is over. */
static bool backlogged(const mem_ddr4 *d, const ddr4_span_state *s)
{
    return d->port_backlogs[s->last_port] && s->fill == d->t.lookahead && s->turn == s->last_port &&
           s->arrives[s->last_port] <= s->clock && s->streams[s->last_port].cursor.write == s->last_write;
}

row_view mem_ddr4_view_row(const mem_ddr4 *d, const ddr4_span_state *s, uint64_t address)
{
    ddr4_place place = ddr4_place_of(d, address);
    row_view v = {
        .key = address >> d->row_shift, .row = place.row, .bank = place.bank & ((1u << d->bank_shift) - 1)};
    for (unsigned g = 0; g < 1u << d->group_shift; g++)
        v.open |= (uint64_t)(s->banks[g << d->bank_shift | v.bank].row == v.row) << g;
    return v;
}

static uint64_t before_last(const mem_ddr4 *d, const ddr4_span_state *s)
{
    const mem_stream *stream = &s->streams[s->last_port];
    return mem_plan_job(&d->plan, s->last_port, stream->job)->end_burst - stream->count - 1;
}

static backlog backlog_of(const mem_ddr4 *d, const ddr4_span_state *s)
{
    const mem_stream *stream = &s->streams[s->last_port];
    row_view view = mem_ddr4_view_row(d, s, stream->cursor.address);
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

/* The row command that comes before clock `column` and before `limit`, if there is one. */
static bool open_row(mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t column, uint64_t limit)
{
    if (!s->row_command_known || s->row_command.clock < s->clock) mem_ddr4_find_row_command(s);
    if (s->row_command.clock >= mem_sooner(column, limit)) return false;
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

/* The head's column. */
static void serve_column(mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t clock)
{
    const unsigned port = window_at(s, 0)->port;
    if (clock > s->busy_end) account(s, clock);
    s->clock = clock;
    mem_ddr4_column(d, s);
    s->clock++;
    if (port != b->port) b->others = next_arrival_but(d, s, b->port);
}

/* The burst that waits enters. One whose bank an older burst waits for does not change the next row command.
 */
static void enter_waiting(const mem_ddr4 *d, ddr4_span_state *s, backlog *b)
{
    const entry *e = window_at(s, s->fill);
    take_waiting(d, s, b, s->head + s->fill, 1);
    s->fill++;
    if ((b->view.open >> e->group & 1) != 0) {
        if (s->hits == s->fill - 1) s->hits++;
    } else if (s->row_command_known && (s->waiting_banks >> e->bank & 1) == 0) {
        s->waiting_banks |= UINT64_C(1) << e->bank;
        mem_ddr4_note_waiting(s, e->bank);
    }
}

/* The burst that waits finds its row open, as far as the view tells. */
static inline bool may_stretch(const mem_ddr4 *d, const backlog *b)
{
    const unsigned group = (unsigned)(b->cursor.address >> d->burst_shift) & d->group_mask;
    return (b->view.open >> group & 1) != 0 || b->cursor.address >> d->row_shift != b->view.key;
}

/* Until the window is not full: the backlog's turn or its block is over, and the arbiter decides. False when
 * the time is over before that. */
static bool serve_turn(mem_ddr4 *d, ddr4_span_state *s, uint64_t limit)
{
    const uint64_t places = d->t.lookahead;
    backlog b = backlog_of(d, s);
    while (s->fill == places && !s->front.paused) {
        const uint64_t clock = s->hits > 0 ? head_column(s) : UINT64_MAX;
        if (s->hits < s->fill && open_row(d, s, &b, clock, limit)) continue;
        if (clock >= limit) break;
        if (s->hits == s->fill && may_stretch(d, &b) && mem_ddr4_serve_stretch(d, s, &b, clock, limit))
            continue;
        serve_column(d, s, &b, clock);
        if (may_enter(&b, s->clock, limit)) enter_waiting(d, s, &b);
    }
    mem_stream *stream = &s->streams[b.port];
    s->streak += b.entered;
    s->alike += b.entered;
    stream->cursor = b.cursor;
    mem_stream_entered(&d->plan, b.port, stream, b.entered, ring_of(d, s, b.port));
    see_next_arrival(d, s, b.port);
    account(s, s->clock);
    return s->fill < places && s->clock < limit && !s->front.paused;
}

bool mem_ddr4_serve_backlog(mem_ddr4 *d, ddr4_span_state *s, uint64_t limit)
{
    const uint64_t start = s->clock;
    if (start >= limit) return false;
    while (backlogged(d, s) && before_last(d, s) != 0 && serve_turn(d, s, limit))
        arbitrate(d, s, s->clock, (unsigned)d->t.lookahead);
    return s->clock != start;
}
