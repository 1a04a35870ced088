/* Runs of row hits in closed form: the fast way of the controller's span model for sequential reads.
 *
 * The read queue holds consecutive bursts of one port and nothing else, all of them find their rows open, and
 * so do the next ones behind them. Consecutive bursts go round the bank groups, so the head's column is
 * allowed tCCD_S after its predecessor's, no younger one is allowed earlier, and the head wins the tie:
 * column k comes at clock + k * tCCD_S. Each burst is there a column before its turn, so the queue never runs
 * empty, because its place in the port was freed early enough (port_streams in controller.c for places freed
 * within the run, `in_time` below for those freed before it). A burst that does not find its row open ends
 * this when it enters, which it cannot before the one that is a window ahead of it has left. */
#include "memory/dram/controller_span.h"

typedef struct run {
    unsigned port;
    uint64_t clock, count, head_address;
} run;

/* The bursts behind the queue issue early enough, a column before their turn: the first by what the port has
 * decided, the others a core cycle apart. */
static bool in_time(const mem_dram *d, const dram_port *p, uint64_t clock, unsigned fill)
{
    const uint64_t stride = d->data_clocks;
    return mem_clock_from_core(&d->clock, 1) <= stride &&
           p->stream.bus_end <= mem_clock_to_core(&d->clock, clock + d->t.cl + d->data_clocks) &&
           mem_clock_from_core(&d->clock, dram_later(p->stream.next_issue, p->stream.bus_end)) <=
               clock + (fill - 1) * stride;
}

/* The rows that the burst at `address` and its neighbours are in, one in each group, are open and usable from
 * `clock` on. */
static bool rows_open(const mem_dram *d, const dram_channel *c, uint64_t address, uint64_t clock)
{
    for (unsigned k = 0; k < d->t.bank_groups; k++) {
        const mem_place place = mem_address_place(&d->map, address ^ (uint64_t)k * d->plan.burst_bytes);
        const dram_bank *b = &c->banks[place.bank];
        if (b->row != place.row || b->column_free > clock) return false;
    }
    return true;
}

/* The groups come round in time for the first bursts of the run. */
static bool groups_free(const mem_dram *d, const dram_channel *c, const run *r)
{
    for (unsigned k = 0; k < d->t.bank_groups; k++) {
        const mem_place place =
            mem_address_place(&d->map, r->head_address + (uint64_t)k * d->plan.burst_bytes);
        if (c->groups[c->banks[place.bank].group].column_free[DRAM_READ] > r->clock + k * d->data_clocks)
            return false;
    }
    return true;
}

/* Every bank that reads wait for takes columns by `clock`. */
static bool banks_ready(const dram_channel *c, uint64_t clock)
{
    for (uint64_t left = c->waiting[DRAM_READ]; left != 0; left &= left - 1)
        if (c->banks[__builtin_ctzll(left)].column_free > clock) return false;
    return true;
}

static bool find_run(const mem_dram *d, const dram_span_state *s, const dram_channel *c, uint64_t limit,
                     run *r)
{
    const unsigned fill = c->fill[DRAM_READ];
    if (d->run_bursts == 0 || c->direction != DRAM_READ || c->choice.priority != DRAM_DO_COLUMN ||
        c->hits[DRAM_READ] != fill || c->fill[DRAM_WRITE] >= d->t.write_high || c->ranks[0].refreshing)
        return false;
    const dram_request *head = &c->requests[c->oldest[DRAM_READ]];
    const dram_port *p = &s->ports[head->port];
    const mem_cursor *cursor = &p->stream.cursor;
    const uint64_t burst = d->plan.burst_bytes, number = cursor->address / burst;
    const uint64_t window = dram_sooner(d->t.read_queue, d->plan.ports[head->port].outstanding);
    const uint64_t left = dram_sooner(d->run_bursts - number % d->run_bursts, mem_cursor_run(cursor));
    if (fill < 2 || left < window || !d->port_streams[head->port]) return false;
    /* the queue holds the block's bursts before the cursor, and no others: as many are decided neither way */
    if (p->stream.count - p->stream.first != fill || p->columns != p->stream.first) return false;
    const uint64_t row_start = cursor->row_address + (-cursor->row_address & (burst - 1));
    if (cursor->address < row_start + fill * burst || c->oldest[DRAM_READ] != (uint16_t)c->choice.which)
        return false;

    r->port = head->port;
    r->clock = s->clock;
    r->head_address = cursor->address - fill * burst;
    uint64_t horizon = dram_sooner(limit, c->visit);
    for (unsigned q = 0; q < d->plan.port_count; q++)
        if (q != r->port) horizon = dram_sooner(horizon, s->ports[q].arrives);
    if (horizon <= r->clock) return false;
    r->count = dram_sooner(fill + left - window + 1, (horizon - 1 - r->clock) / d->data_clocks + 1);
    if (d->map.hashed) /* another row goes round the groups in another order */
        r->count = dram_sooner(r->count, d->run_bursts - r->head_address / burst % d->run_bursts);
    return r->count > fill && in_time(d, p, r->clock, fill) && rows_open(d, c, cursor->address, r->clock) &&
           banks_ready(c, r->clock) && groups_free(d, c, r);
}

static mem_place place_in(const mem_dram *d, const run *r, uint64_t k)
{
    return mem_address_place(&d->map, r->head_address + k * d->plan.burst_bytes);
}

/* Empties the read queue, whose requests are columns of the run. */
static void empty_queue(const mem_dram *d, dram_span_state *s, dram_channel *c, const run *r)
{
    mem_stats *stats = &s->front.stats;
    uint64_t clock = r->clock;
    for (uint16_t slot = c->oldest[DRAM_READ]; slot != DRAM_NONE; clock += d->data_clocks) {
        dram_request *e = &c->requests[slot];
        const uint16_t younger = e->younger;
        *(e->fate == DRAM_HIT      ? &stats->row_hits
          : e->fate == DRAM_MISSED ? &stats->row_misses
                                   : &stats->row_conflicts) += 1;
        dram_delay(&c->banks[e->bank].precharge_free, clock + d->t.rtp);
        e->next = c->spare;
        c->spare = slot;
        slot = younger;
    }
    for (uint64_t left = c->waiting[DRAM_READ]; left != 0; left &= left - 1) {
        const unsigned bank = (unsigned)__builtin_ctzll(left);
        dram_bank *b = &c->banks[bank];
        b->first[DRAM_READ] = b->last[DRAM_READ] = DRAM_NONE;
        b->hits[DRAM_READ] = 0;
        dram_rethink(d, c, bank, clock);
    }
    c->waiting[DRAM_READ] = 0;
    c->oldest[DRAM_READ] = c->youngest[DRAM_READ] = DRAM_NONE;
    c->ranks[0].requests -= c->fill[DRAM_READ];
    c->fill[DRAM_READ] = c->hits[DRAM_READ] = 0;
}

/* The port behind the run: `entered` bursts have issued since, and all are over the bus as far as decided.
 * The last one issued by the one-per-cycle rule or when its place was freed. */
static void move_port(const mem_dram *d, dram_span_state *s, const run *r, uint64_t entered)
{
    dram_port *p = &s->ports[r->port];
    mem_stream *stream = &p->stream;
    const uint32_t outstanding = d->plan.ports[r->port].outstanding;
    uint64_t *ring = s->rings + (size_t)r->port * d->plan.most_outstanding;
    const uint64_t bus = mem_plan_bus_cycles(&d->plan, r->port, d->plan.burst_bytes);
    const uint64_t way = d->t.cl + d->data_clocks, oldest = stream->first, number = oldest + r->count - 1;
    uint64_t issue = stream->next_issue - 1 + entered;
    if (number >= outstanding) {
        uint64_t freed = ring[number % outstanding];
        if (r->count > outstanding)
            freed =
                mem_clock_to_core(&d->clock, r->clock + (r->count - 1 - outstanding) * d->data_clocks + way) +
                bus;
        issue = dram_later(issue, freed);
    }
    const uint64_t kept = dram_sooner(r->count, outstanding);
    uint32_t slot = (uint32_t)((oldest + r->count - kept) % outstanding);
    uint64_t bus_end = 0;
    for (uint64_t k = r->count - kept; k < r->count; k++) {
        bus_end = mem_clock_to_core(&d->clock, r->clock + k * d->data_clocks + way) + bus;
        ring[slot] = bus_end;
        if (++slot == outstanding) slot = 0;
    }
    mem_stream_skip(&d->plan, r->port, stream, entered, r->count, issue, bus_end);
    p->columns += r->count;
    dram_see_next(d, s, r->port);
}

bool dram_serve_run(mem_dram *d, dram_span_state *s, dram_channel *c, uint64_t limit)
{
    run r;
    if (!find_run(d, s, c, limit, &r)) return false;
    const uint64_t stride = d->data_clocks, groups = d->t.bank_groups, queued = c->fill[DRAM_READ];
    dram_account(d, c, r.clock);
    if (d->trace != NULL)
        for (uint64_t k = 0; k < r.count; k++)
            dram_tell(d, c, r.clock + k * stride, DRAM_RD, place_in(d, &r, k));
    empty_queue(d, s, c, &r);
    for (uint64_t k = r.count > groups ? r.count - groups : 0; k < r.count; k++)
        dram_delay_columns(d, c, place_in(d, &r, k).bank, DRAM_READ, r.clock + k * stride);
    s->front.stats.row_hits += r.count - queued;
    s->counts.reads += r.count;
    c->served += r.count;
    c->orders += r.count - queued;
    move_port(d, s, &r, r.count - queued);
    s->clock = r.clock + (r.count - 1) * stride;
    s->last_port = r.port;
    /* what had entered when the last column left, whose own place is free a clock later */
    while (s->ports[r.port].arrives <= s->clock && c->fill[DRAM_READ] + 1 < d->t.read_queue)
        dram_enter(d, s, r.port);
    dram_account(d, c, s->clock + 1);
    c->settled = false;
    return true;
}
