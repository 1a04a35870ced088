#include "memory/dram/ddr4_span.h"

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
    horizon = sooner(horizon, next_arrival_but(d, s, e->port));
    if (clock >= horizon) return 0;
    uint64_t next = stream->cursor.address >> d->burst_shift, first = next - s->fill;
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

static void serve(mem_ddr4 *d, ddr4_span_state *s, uint64_t clock, uint64_t count)
{
    entry head = *window_at(s, 0);
    mem_stream *stream = &s->streams[head.port];
    const uint64_t *ring = ring_of(d, s, head.port);
    uint32_t outstanding = d->plan.ports[head.port].outstanding;
    uint64_t entered = count - s->fill, stride = d->stride_clocks;

    /* The last burst issues by the one-per-cycle rule or when its place is freed. */
    uint64_t number = stream->first + count - 1, issue = stream->next_issue - 1 + entered;
    if (number >= outstanding) {
        uint64_t freed = ring[number % outstanding];
        if (count > outstanding)
            freed = mem_clock_to_core(&d->clock,
                                      data_end(d, head.write, clock + (count - 1 - outstanding) * stride)) +
                    head.bus_cycles;
        issue = later(issue, freed);
    }
    for (unsigned i = 0; i < s->entries; i++)
        count_rows(&s->front.stats, window_at(s, i), window_at(s, i)->count);
    s->front.stats.row_hits += entered;
    account(s, clock);
    head.step = (uint8_t)(1u << d->bank_shift);
    mem_ddr4_columns(d, s, &head, clock, count);
    mem_stream_skip(&d->plan, head.port, stream, entered, 0, issue, stream->bus_end);
    s->clock = clock + (count - 1) * stride;
    s->streak = sooner(s->streak + entered, later(s->streak, d->t.row_hit_cap));
    s->fill = s->entries = s->hits = 0;
    s->alike = 0;
    see_next_arrival(d, s, head.port);
    arbitrate(d, s, s->clock, (unsigned)d->t.lookahead - 1);
    account(s, ++s->clock);
}

bool mem_ddr4_serve_run(mem_ddr4 *d, ddr4_span_state *s, uint64_t limit)
{
    uint64_t clock = head_column(s), count = run_length(d, s, clock, limit);
    if (count > 0) serve(d, s, clock, count);
    return count > 0;
}
