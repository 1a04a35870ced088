#include "memory/dram/ddr4_span.h"

/* The clock of the head's column command. */
static uint64_t head_column(ddr4_span_state *s)
{
    const entry *e = window_at(s, 0);
    uint64_t free = later(s->groups[e->group].column_free[e->write], s->banks[e->bank].column_free);
    return later(s->clock, later(free, s->column_free[e->write]));
}

/* The window is full of one port's bursts in one direction, and the next one of that kind waits; so will
 * those behind it, because their places in the port are freed a window earlier than the way back takes
 * (port_backlogs). The other ports then see nothing until the turn is over. */
static bool backlogged(const mem_ddr4 *d, const ddr4_span_state *s)
{
    return d->port_backlogs[s->last_port] && s->fill == d->t.lookahead && s->alike >= s->fill &&
           s->turn == s->last_port && s->arrives[s->last_port] <= s->clock &&
           s->streams[s->last_port].cursor.write == s->last_write;
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

bool mem_ddr4_serve_backlog(mem_ddr4 *d, ddr4_span_state *s, uint64_t limit)
{
    uint64_t clock = head_column(s);
    if (clock >= limit || !backlogged(d, s)) return false;
    const unsigned port = s->last_port, places = (unsigned)d->t.lookahead;
    const bool write = s->last_write, traced = d->trace != NULL;
    mem_stream *stream = &s->streams[port];
    const uint64_t before_last = mem_plan_job(&d->plan, port, stream->job)->end_burst - stream->count - 1;
    const uint64_t turn = d->t.row_hit_cap > s->streak ? d->t.row_hit_cap - s->streak : 0;
    const uint64_t others = next_arrival_but(d, s, port);
    const uint64_t same = d->t.ccd_s, same_group = d->t.ccd_l, way = data_end(d, write, 0);
    const uint64_t other_group = write ? later(d->t.ccd_l, d->write_to_read_l) : d->t.ccd_l;
    const uint64_t to_precharge = write ? d->write_to_precharge : d->t.rtp;
    uint64_t *ring = ring_of(d, s, port), served = 0, entered = 0, fates[CONFLICTED + 1] = {0};
    const uint32_t burst_bytes = d->plan.burst_bytes, group_mask = (1u << d->group_shift) - 1;
    mem_cursor cursor = stream->cursor;
    row_view view = view_row(d, s, cursor.address);
    entry fresh = {.port = (uint8_t)port, .write = write};
    unsigned head = s->head;
    bool hit = true, entering;
    account(s, clock);
    for (;;) {
        const entry e = s->window[head];
        if (traced) tell(d, clock, write ? DDR4_WR : DDR4_RD, &e);
        s->groups[e.group].column_free[write] = clock + same_group;
        s->groups[e.group].column_free[!write] = clock + other_group;
        delay(&s->banks[e.bank].precharge_free, clock + to_precharge);
        mem_stream_return(&d->plan, &s->front, port, stream, ring, mem_clock_to_core(&d->clock, clock + way),
                          e.bus_cycles, e.last);
        fates[e.fate]++;
        served++;
        head = (head + 1) % DDR4_MAX_LOOKAHEAD;
        entering = clock + 1 < limit && entered != before_last && (entered < turn || others > clock + 1);
        if (!entering) break;

        uint32_t bytes = mem_cursor_bytes(&cursor);
        if (cursor.address >> d->row_shift != view.key) view = view_row(d, s, cursor.address);
        uint32_t group = (uint32_t)(cursor.address >> d->burst_shift) & group_mask;
        fresh.row = view.row;
        fresh.bus_cycles = bytes == burst_bytes ? d->burst_bus_cycles[port]
                                                : (uint32_t)mem_plan_bus_cycles(&d->plan, port, bytes);
        fresh.bank = (uint8_t)(group << d->bank_shift | view.bank);
        fresh.group = (uint8_t)group;
        s->window[(head + places - 1) % DDR4_MAX_LOOKAHEAD] = fresh;
        mem_cursor_step(&cursor, bytes);
        entered++;
        hit = view.open >> group & 1;
        if (!hit || is_one_run(d, s, &cursor)) break;

        const entry *next = &s->window[head];
        uint64_t free = later(s->groups[next->group].column_free[write], s->banks[next->bank].column_free);
        free = later(free, clock + same);
        if (free >= limit) break;
        if (free != clock + d->data_clocks) {
            s->head = head;
            s->busy_end = clock + d->data_clocks;
            account(s, free);
        }
        clock = free;
    }
    s->head = head;
    s->fill = entering ? places : places - 1;
    s->hits = hit ? s->fill : places - 1;
    if (!hit) s->row_command_known = false;
    s->streak += entered;
    s->alike += entered;
    stream->cursor = cursor;
    mem_stream_entered(&d->plan, port, stream, entered, ring);
    see_next_arrival(d, s, port);
    s->front.stats.row_hits += fates[HIT];
    s->front.stats.row_misses += fates[MISSED];
    s->front.stats.row_conflicts += fates[CONFLICTED];
    count_columns(d, s, write, served);
    delay(&s->column_free[READ], clock + (write ? d->write_to_read_s : d->t.ccd_s));
    delay(&s->column_free[WRITE], clock + (write ? d->t.ccd_s : later(d->t.ccd_s, d->read_to_write)));
    s->busy_end = clock + d->data_clocks;
    s->clock = clock + 1;
    account(s, s->clock);
    return true;
}
