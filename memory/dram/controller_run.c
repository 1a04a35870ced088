/* Runs of row hits in closed form: the fast way of the controller's span model for sequential blocks.
 *
 * The queue that is served holds consecutive bursts of one port and nothing else, all of them find their rows
 * open, and so do the next ones behind them. Consecutive bursts go round the bank groups of one rank, so the
 * head's column is allowed tCCD_S after its predecessor's, no younger one is allowed earlier, and the head
 * wins the tie: column k comes at clock + k * tCCD_S. Each burst is there a column before its turn, so the
 * queue never runs empty, because its place in the port was freed early enough (port_streams in controller.c
 * for places freed within the run, `in_time` below for those freed before it). A burst that does not find its
 * row open ends this when it enters, which it cannot before the one that is a window ahead of it has left.
 * Whatever else may happen in the channel or its ports ends it, too. */
#include "memory/dram/controller_span.h"

static uint64_t queue_size(const mem_dram *d, unsigned direction)
{
    return direction == DRAM_WRITE ? d->t.write_queue : d->t.read_queue;
}

/* From a column to the end of its data. */
static uint64_t way_back(const mem_dram *d, unsigned direction)
{
    return d->latency[direction] + d->data_clocks;
}

/* The bursts behind the queue issue early enough, a column before their turn: the first by what the port has
 * decided, the others a core cycle apart. */
static bool in_time(const mem_dram *d, const dram_port *p, const dram_run *r, unsigned fill)
{
    return p->stream.bus_end <= mem_clock_to_core(&d->clock, r->clock + way_back(d, r->direction)) &&
           mem_clock_from_core(&d->clock, mem_later(p->stream.next_issue, p->stream.bus_end)) <=
               r->clock + (fill - 1) * d->data_clocks;
}

/* The rows that the burst at `address` and its neighbours are in, one in each group, are open and usable from
 * `clock` on. */
static bool rows_open(const mem_dram *d, const dram_channel *c, uint64_t address, uint64_t clock)
{
    for (unsigned k = 0; k < d->t.bank_groups; k++) {
        const mem_place place = mem_address_place(&d->map, address ^ (uint64_t)k << d->burst_shift);
        const dram_bank *b = &c->banks[place.bank];
        if (b->row != place.row || b->column_free > clock) return false;
    }
    return true;
}

static mem_place place_of(const mem_dram *d, uint64_t head, uint64_t k)
{
    return mem_address_place(&d->map, head + (k << d->burst_shift));
}

/* The groups come round in time for the first bursts of the run. */
static bool groups_free(const mem_dram *d, const dram_channel *c, const dram_run *r, uint64_t head)
{
    for (unsigned k = 0; k < d->t.bank_groups; k++) {
        const dram_bank *b = &c->banks[place_of(d, head, k).bank];
        if (c->groups[b->group].column_free[r->direction] > r->clock + k * d->data_clocks) return false;
    }
    return true;
}

/* Every bank that requests wait for takes columns by the run's clock. */
static bool banks_ready(const dram_channel *c, const dram_run *r)
{
    for (uint64_t left = c->waiting[r->direction]; left != 0; left &= left - 1)
        if (c->banks[__builtin_ctzll(left)].column_free > r->clock) return false;
    return true;
}

/* The queue of the other direction leaves this one its turn: reads until a write is aged, which c->visit
 * tells beforehand. */
static bool keeps_turn(const mem_dram *d, const dram_channel *c, uint64_t now)
{
    if (c->direction == DRAM_WRITE) return c->fill[DRAM_READ] == 0;
    return c->fill[DRAM_WRITE] == 0 || (c->fill[DRAM_WRITE] < d->t.write_high &&
                                        now < c->requests[c->oldest[DRAM_WRITE]].arrival + d->t.write_age);
}

/* The first clock at which anything but the run may happen. */
static uint64_t horizon_of(const mem_dram *d, const dram_span_state *s, const dram_channel *c, unsigned port,
                           uint64_t limit)
{
    uint64_t horizon = mem_sooner(limit, mem_sooner(c->visit, c->other.clock));
    for (unsigned q = 0; q < d->plan.port_count; q++)
        if (q != port) horizon = mem_sooner(horizon, s->ports[q].arrives);
    /* a postponed refresh of a bank comes when the bank's last request has gone */
    for (unsigned k = 0; k < d->t.ranks && d->t.refresh == DRAM_PER_BANK; k++)
        horizon = mem_sooner(horizon, c->ranks[k].refresh_due);
    return horizon;
}

/* The queue is full and the next burst is there, and each one behind it will be when a place in the queue is
 * free: by what the port has decided for those whose own place was freed before the run. That is late only
 * behind a burst that more have overtaken than port_fills allows for. */
static bool stays_full(const mem_dram *d, const dram_span_state *s, const dram_channel *c, const dram_run *r)
{
    const dram_port *p = &s->ports[r->port];
    const uint32_t outstanding = d->plan.ports[r->port].outstanding;
    if (!d->port_fills[r->port][r->direction] || c->fill[r->direction] != queue_size(d, r->direction) ||
        p->arrives > r->clock)
        return false;
    const uint64_t *ring = s->rings + (size_t)r->port * d->plan.most_outstanding;
    const uint64_t latest = mem_clock_from_core(&d->clock, p->stream.bus_end);
    uint64_t n = p->stream.count, enters = r->clock + 1;
    for (; enters < latest; n++, enters += d->data_clocks)
        if (n >= outstanding && mem_clock_from_core(&d->clock, ring[n % outstanding]) > enters) return false;
    return true;
}

static void end_before_horizon(const mem_dram *d, dram_run *r)
{
    r->count =
        r->horizon <= r->clock ? 0 : mem_sooner(r->count, (r->horizon - 1 - r->clock) / d->data_clocks + 1);
}

static bool find_run(const mem_dram *d, const dram_span_state *s, const dram_channel *c, uint64_t limit,
                     dram_run *r)
{
    const unsigned direction = c->direction, fill = c->fill[direction];
    if (d->run_bursts == 0 || fill < 2 || c->hits[direction] != fill || !keeps_turn(d, c, s->clock))
        return false;
    const uint16_t oldest = c->oldest[direction];
    const unsigned port = c->requests[oldest].port;
    const dram_port *p = &s->ports[port];
    const mem_stream *stream = &p->stream;
    const mem_cursor *cursor = &stream->cursor;
    /* the queue holds the block's bursts before the cursor, and no others: as many are decided neither way */
    if (!d->port_streams[port][direction] || stream->count - stream->first != fill ||
        p->columns != stream->first || c->choice.which != oldest)
        return false;
    const uint64_t burst = d->plan.burst_bytes, waiting = (uint64_t)fill << d->burst_shift;
    const uint64_t row_start = cursor->row_address + (-cursor->row_address & (burst - 1));
    const uint64_t window = mem_sooner(queue_size(d, direction), d->plan.ports[port].outstanding);
    const uint64_t left = mem_sooner(dram_to_row_end(d, cursor->address), mem_cursor_run(cursor));
    if (left < window || cursor->address < row_start + waiting) return false;

    const uint64_t horizon = horizon_of(d, s, c, port, limit);
    if (horizon <= s->clock) return false;
    const uint64_t head = cursor->address - waiting;
    *r = (dram_run){.port = port,
                    .direction = direction,
                    .clock = s->clock,
                    .count = fill + left - window + 1,
                    .horizon = horizon,
                    .window = window};
    end_before_horizon(d, r);
    /* other rows: the groups in another order, another rank, or banks that are closed when they are done */
    if (d->map.hashed || d->t.ranks > 1 || d->close_after != UINT64_MAX)
        r->count = mem_sooner(r->count, dram_to_row_end(d, head));
    if (r->count <= fill || !in_time(d, p, r, fill) || !rows_open(d, c, cursor->address, r->clock) ||
        !banks_ready(c, r) || !groups_free(d, c, r, head))
        return false;
    r->full = stays_full(d, s, c, r);
    return true;
}

/* Empties the queue, whose requests are columns of the run. */
static void empty_queue(const mem_dram *d, dram_span_state *s, dram_channel *c, const dram_run *r)
{
    const unsigned direction = r->direction;
    mem_stats *stats = &s->front.stats;
    uint64_t clock = r->clock;
    for (uint16_t slot = c->oldest[direction]; slot != DRAM_NONE; clock += d->data_clocks) {
        dram_request *e = &c->requests[slot];
        const uint16_t younger = e->younger;
        *(e->fate == DRAM_HIT      ? &stats->row_hits
          : e->fate == DRAM_MISSED ? &stats->row_misses
                                   : &stats->row_conflicts) += 1;
        mem_delay(&c->banks[e->bank].precharge_free, clock + d->precharge_gap[direction]);
        c->banks[e->bank].close_due = clock + d->close_after;
        c->ranks[e->rank].requests--;
        e->next = c->spare;
        c->spare = slot;
        slot = younger;
    }
    for (uint64_t left = c->waiting[direction]; left != 0; left &= left - 1) {
        const unsigned bank = (unsigned)__builtin_ctzll(left);
        dram_bank *b = &c->banks[bank];
        b->first[direction] = b->last[direction] = DRAM_NONE;
        b->hits[direction] = 0;
        dram_rethink(d, c, bank, clock);
    }
    c->waiting[direction] = 0;
    c->oldest[direction] = c->youngest[direction] = DRAM_NONE;
    c->fill[direction] = c->hits[direction] = 0;
}

/* The port behind the part: `entered` bursts have issued since, and all are over the bus as far as decided.
 * The last one issued by the one-per-cycle rule or when its place was freed. */
static void move_port(const mem_dram *d, dram_span_state *s, const dram_run *r, uint64_t entered)
{
    dram_port *p = &s->ports[r->port];
    mem_stream *stream = &p->stream;
    const uint32_t outstanding = d->plan.ports[r->port].outstanding;
    uint64_t *ring = s->rings + (size_t)r->port * d->plan.most_outstanding;
    const uint64_t bus = mem_plan_bus_cycles(&d->plan, r->port, d->plan.burst_bytes);
    const uint64_t first = r->clock + way_back(d, r->direction), oldest = stream->first,
                   number = oldest + r->count - 1;
    uint64_t issue = stream->next_issue - 1 + entered;
    if (number >= outstanding) {
        uint64_t freed = ring[number % outstanding];
        if (r->count > outstanding)
            freed = mem_clock_to_core(&d->clock, first + (r->count - 1 - outstanding) * d->data_clocks) + bus;
        issue = mem_later(issue, freed);
    }
    const uint64_t kept = mem_sooner(r->count, outstanding);
    uint32_t slot = (uint32_t)((oldest + r->count - kept) % outstanding);
    mem_clock_walk back = mem_clock_walk_by(&d->clock, d->data_clocks);
    mem_clock_walk_from(&back, &d->clock, first + (r->count - kept) * d->data_clocks);
    for (uint64_t k = 0; k < kept; k++) {
        if (k > 0) mem_clock_walk_step(&back);
        ring[slot] = back.cycle + bus;
        if (++slot == outstanding) slot = 0;
    }
    mem_stream_skip(&d->plan, r->port, stream, entered, r->count, issue, back.cycle + bus);
    p->columns += r->count;
}

void dram_serve_part(mem_dram *d, dram_span_state *s, dram_channel *c, const dram_run *r, uint64_t queued)
{
    const uint64_t stride = d->data_clocks, groups = d->t.bank_groups;
    const uint64_t head = s->ports[r->port].stream.cursor.address - (queued << d->burst_shift);
    if (d->trace != NULL)
        for (uint64_t k = 0; k < r->count; k++)
            dram_tell(d, c, r->clock + k * stride, r->direction == DRAM_WRITE ? DRAM_WR : DRAM_RD,
                      place_of(d, head, k));
    for (uint64_t k = r->count > groups ? r->count - groups : 0; k < r->count; k++)
        dram_delay_columns(d, c, place_of(d, head, k).bank, r->direction, r->clock + k * stride);
    s->front.stats.row_hits += r->count - queued;
    *(r->direction == DRAM_WRITE ? &s->counts.writes : &s->counts.reads) += r->count;
    c->served += r->count;
    c->orders += r->count - queued;
    move_port(d, s, r, r->count - queued);
}

/* What had entered when the last column left, whose own place is free a clock later. A burst entered when it
 * was there and the one that is a queue before it had left. */
static void fill_queue(const mem_dram *d, dram_span_state *s, dram_channel *c, const dram_run *r)
{
    dram_port *p = &s->ports[r->port];
    const uint64_t size = queue_size(d, r->direction);
    dram_see_next(d, s, r->port);
    while (p->arrives <= s->clock && c->fill[r->direction] + 1 < size) {
        const uint64_t arrives = p->arrives, since = (size - c->fill[r->direction] - 1) * d->data_clocks;
        dram_enter(d, s, r->port);
        dram_request *e = &c->requests[c->youngest[r->direction]];
        e->arrival = mem_later(arrives, s->clock > since ? s->clock - since + 1 : 0);
    }
}

bool dram_serve_run(mem_dram *d, dram_span_state *s, dram_channel *c, uint64_t limit)
{
    dram_run r;
    if (!find_run(d, s, c, limit, &r)) return false;
    const uint64_t queued = c->fill[r.direction];
    dram_account(d, c, r.clock);
    empty_queue(d, s, c, &r);
    dram_serve_part(d, s, c, &r, queued);
    const mem_cursor *cursor = &s->ports[r.port].stream.cursor;
    for (r.clock += r.count * d->data_clocks; dram_cross_rows(d, s, c, &r);
         r.clock += r.count * d->data_clocks) {
        r.count = mem_sooner(dram_to_row_end(d, cursor->address), mem_cursor_run(cursor)) - r.window + 1;
        end_before_horizon(d, &r);
        dram_serve_part(d, s, c, &r, 0);
    }
    s->clock = r.clock - d->data_clocks;
    s->last_port = r.port;
    c->settled = false;
    fill_queue(d, s, c, &r);
    dram_account(d, c, s->clock + 1);
    return true;
}
