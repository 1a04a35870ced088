/* The cache from access to access: the twin of l2_pin.c. A line costs an access and, when it is fetched or
 * written, one end of a block of the memory below; cycles cost nothing.
 *
 * Fills end in the order in which they were asked for, so they have serial numbers: a line is there when its
 * fill's number is no higher than that of the last one that ended. */
#include <string.h>

#include "memory/engine/stream.h"
#include "memory/l2/l2.h"

/* A set is an array of ways from the most to the least recently used; empty ones are the last. */
typedef struct l2_way {
    uint64_t name;      /* line number + 1; 0: empty */
    uint64_t fill : 63; /* 0: it was written whole */
    uint64_t dirty : 1;
} l2_way;

typedef struct l2_bank {
    uint64_t free; /* takes its next access at this cycle or later */
    bool blocked;  /* by a request that it cannot take until something of the bank ends below */
    unsigned turn; /* the port that is asked first */
    unsigned fills, writes, first_write;
} l2_bank;

/* A port's oldest burst that no bank has taken. */
typedef struct l2_head {
    uint64_t issue;    /* UINT64_MAX: none, or not known yet */
    uint64_t ready;    /* it stands before its bank */
    uint64_t looked;   /* a bank could not take it; UINT64_MAX: not so */
    uint64_t earliest; /* the cycle after that in which the burst before it was taken */
    unsigned bank;
} l2_head;

/* A burst that a bank has taken, in the order of its times. */
typedef struct l2_burst {
    uint64_t issue, looked, taken;
    uint64_t ready;   /* when a hit returns */
    uint64_t returns; /* UINT64_MAX: waits for `fill` */
    uint64_t fill, bus_cycles;
    bool last;
} l2_burst;

/* Banks whose fills, or writes, end next. */
typedef struct l2_queue {
    uint8_t *banks; /* a ring of `places` */
    uint32_t places, oldest, end;
} l2_queue;

typedef struct l2_span_state {
    mem_front front;
    uint64_t fills_asked, fills_done;
    uint64_t below_next;     /* nothing ends below before */
    uint32_t there, waiting; /* sets of ports: with a head that is ready at a known cycle; whose oldest burst
                                waits for a fill */
    l2_bank banks[L2_MAX_BANKS];
    l2_head heads[MEM_MAX_PORTS];
    uint64_t waits_for[MEM_MAX_PORTS]; /* of the ports in `waiting`, the fill */
    mem_stream streams[MEM_MAX_PORTS];
    l2_queue under_way[L2_BELOW_PORTS];
    uint64_t *rings;   /* most_outstanding per port */
    l2_burst *bursts;  /* as many */
    l2_way *ways;      /* of all sets */
    uint64_t *written; /* line numbers on their way down, write_buffers per bank */
    uint64_t storage[];
} l2_span_state;

static size_t way_count(const mem_l2 *l2) { return l2->t.banks * l2->sets * l2->t.ways; }
static size_t burst_count(const mem_plan *plan) { return plan->port_count * plan->most_outstanding; }

static size_t state_bytes(const mem_plan *plan)
{
    const mem_l2 *l2 = (const mem_l2 *)plan;
    return sizeof(l2_span_state) + way_count(l2) * sizeof(l2_way) +
           burst_count(plan) * (sizeof(uint64_t) + sizeof(l2_burst)) +
           l2->t.banks * l2->t.write_buffers * sizeof(uint64_t) +
           l2->t.banks * (l2->t.mshrs + l2->t.write_buffers);
}

static void reset(const mem_plan *plan, void *state)
{
    const mem_l2 *l2 = (const mem_l2 *)plan;
    l2_span_state *s = state;
    s->ways = (l2_way *)s->storage;
    s->bursts = (l2_burst *)(s->ways + way_count(l2));
    s->rings = (uint64_t *)(s->bursts + burst_count(plan));
    s->written = s->rings + burst_count(plan);
    uint8_t *next = (uint8_t *)(s->written + l2->t.banks * l2->t.write_buffers);
    for (int p = 0; p < L2_BELOW_PORTS; p++) {
        uint64_t each = p == L2_READ_PORT ? l2->t.mshrs : l2->t.write_buffers;
        s->under_way[p] = (l2_queue){.banks = next, .places = (uint32_t)(l2->t.banks * each)};
        next += s->under_way[p].places;
    }
    for (unsigned p = 0; p < MEM_MAX_PORTS; p++)
        s->heads[p] = (l2_head){.issue = UINT64_MAX, .looked = UINT64_MAX};
    s->below_next = UINT64_MAX;
}

static uint64_t *ring_of(const mem_plan *plan, l2_span_state *s, unsigned port)
{
    return s->rings + port * plan->most_outstanding;
}

static bool is_coming(const l2_span_state *s, const l2_way *way) { return way->fill > s->fills_done; }

/* --- the memory below ------------------------------------------------------------------------------------
 */

static uint32_t next_place(uint32_t place, uint32_t places) { return place + 1 == places ? 0 : place + 1; }

static void ask_below(mem_l2 *l2, l2_span_state *s, unsigned port, uint64_t address, uint64_t bytes,
                      uint64_t now)
{
    uint64_t number = l2_line_number(l2, address);
    unsigned bank_number = l2_bank_of(l2, number);
    l2_bank *bank = &s->banks[bank_number];
    l2_queue *queue = &s->under_way[port];
    queue->banks[queue->end] = (uint8_t)bank_number;
    queue->end = next_place(queue->end, queue->places);
    if (port == L2_READ_PORT) {
        bank->fills++;
        s->front.stats.l2.fills++;
    } else {
        uint64_t place = (bank->first_write + bank->writes++) % l2->t.write_buffers;
        s->written[bank_number * l2->t.write_buffers + place] = number;
        s->front.stats.l2.writes++;
    }
    mem_l2_ask_below(l2, port == L2_WRITE_PORT, address, bytes, now);
    s->below_next = l2->below_ops->next_done(l2->below);
}

static bool is_being_written(const mem_l2 *l2, const l2_span_state *s, unsigned bank_number, uint64_t number)
{
    const l2_bank *bank = &s->banks[bank_number];
    const uint64_t *written = &s->written[bank_number * l2->t.write_buffers];
    for (unsigned k = 0; k < bank->writes; k++)
        if (written[(bank->first_write + k) % l2->t.write_buffers] == number) return true;
    return false;
}

/* --- ports -----------------------------------------------------------------------------------------------
 */

static void see_head(const mem_l2 *l2, l2_span_state *s, unsigned port)
{
    const mem_stream *stream = &s->streams[port];
    l2_head *head = &s->heads[port];
    head->issue = mem_stream_issue(&l2->plan, port, stream, ring_of(&l2->plan, s, port));
    s->there &= ~(1u << port);
    if (head->issue == UINT64_MAX) return;
    s->there |= 1u << port;
    head->ready = mem_later(head->issue, head->earliest);
    head->bank = l2_bank_of(l2, l2_line_number(l2, stream->cursor.address));
}

/* Accounts the burst's part of its port's cycles up to `horizon`; what has been accounted stays. */
static void account(fl_account *a, const l2_burst *b, uint64_t bus_end, uint64_t horizon)
{
    fl_account_until(a, mem_sooner(b->issue, horizon), FL_CAUSE_IDLE);
    fl_account_until(a, mem_sooner(b->looked, horizon), FL_CAUSE_BANK);
    fl_account_until(a, mem_sooner(b->taken, horizon), FL_CAUSE_OUTPUT_SPACE);
    fl_account_until(a, mem_sooner(b->ready, horizon), FL_CAUSE_FILL);
    fl_account_until(a, mem_sooner(b->returns, horizon), FL_CAUSE_DRAM);
    if (b->returns != UINT64_MAX) fl_account_until(a, mem_sooner(bus_end, horizon), FL_CAUSE_BUSY);
}

/* Hands out what the port's oldest bursts are due, at cycle `now`, as far as their lines are there. That a
 * line came earlier than now does not matter: then an older burst has waited for a line that came now. */
static void settle(mem_l2 *l2, l2_span_state *s, unsigned port, uint64_t now)
{
    mem_stream *stream = &s->streams[port];
    l2_burst *bursts = s->bursts + port * l2->plan.most_outstanding;
    uint64_t before = stream->first;
    s->waiting &= ~(1u << port);
    while (stream->first < stream->count) {
        l2_burst *b = &bursts[stream->done_slot];
        if (b->returns == UINT64_MAX) {
            if (b->fill > s->fills_done) {
                s->waiting |= 1u << port;
                s->waits_for[port] = b->fill;
                break;
            }
            b->returns = mem_later(b->ready, now + l2->t.latency_cycles);
        }
        mem_stream_return(&l2->plan, &s->front, port, stream, ring_of(&l2->plan, s, port), b->returns,
                          b->bus_cycles, b->last);
    }
    if (stream->first != before && s->heads[port].issue == UINT64_MAX) see_head(l2, s, port);
}

/* --- a bank's access -------------------------------------------------------------------------------------
 */

/* Puts the line into its set at way 0 in place of the least recently used one that is not on its way; false
 * when that is not possible now. */
static bool allocate(mem_l2 *l2, l2_span_state *s, l2_way *set, uint64_t number, bool fetch, uint64_t now)
{
    unsigned bank_number = l2_bank_of(l2, number);
    const l2_bank *bank = &s->banks[bank_number];
    uint64_t victim = l2->t.ways;
    do {
        if (victim-- == 0) return false;
    } while (is_coming(s, &set[victim]));
    if (fetch && (bank->fills == l2->t.mshrs || is_being_written(l2, s, bank_number, number))) return false;
    if (set[victim].dirty) {
        if (bank->writes == l2->t.write_buffers) return false;
        ask_below(l2, s, L2_WRITE_PORT, (set[victim].name - 1) << l2->line_shift, l2->t.line_bytes, now);
    }
    if (fetch) ask_below(l2, s, L2_READ_PORT, number << l2->line_shift, l2->t.line_bytes, now);
    memmove(&set[1], &set[0], victim * sizeof *set);
    set[0] = (l2_way){.name = number + 1, .fill = fetch ? ++s->fills_asked & INT64_MAX : 0};
    return true;
}

static uint64_t find(const mem_l2 *l2, const l2_way *set, uint64_t number)
{
    uint64_t way = 0;
    while (way < l2->t.ways && set[way].name != number + 1) way++;
    return way;
}

static void make_first(l2_way *set, uint64_t way)
{
    l2_way found = set[way];
    memmove(&set[1], &set[0], way * sizeof *set);
    set[0] = found;
}

/* The access of a burst to the tags; false when the bank cannot take it now. *fill: the fill it waits for, 0:
 * none. */
static bool look_up(mem_l2 *l2, l2_span_state *s, const mem_cursor *cursor, uint64_t now, uint64_t *fill)
{
    uint64_t number = l2_line_number(l2, cursor->address);
    const bool write = cursor->write, through = write && l2->t.write == L2_THROUGH;
    if (through && s->banks[l2_bank_of(l2, number)].writes == l2->t.write_buffers) return false;
    mem_l2_stats *stats = &s->front.stats.l2;
    l2_way *set = &s->ways[l2_set_of(l2, number) * l2->t.ways];
    uint64_t way = find(l2, set, number), bytes = mem_cursor_bytes(cursor);
    *fill = 0;
    if (way < l2->t.ways) {
        if (way > 0) make_first(set, way);
        stats->hits[write]++;
        stats->merged += is_coming(s, set);
    } else {
        if (!through && !allocate(l2, s, set, number, !write || bytes < l2->t.line_bytes, now)) return false;
        stats->misses[write]++;
    }
    if (through) ask_below(l2, s, L2_WRITE_PORT, cursor->address, bytes, now);
    if (set[0].name != number + 1) return true; /* written through, and not in the cache */
    if (write && !through) set[0].dirty = 1;
    if (is_coming(s, set)) *fill = set[0].fill;
    return true;
}

/* The bank looks at the port's head, and takes it if it can. */
static void access(mem_l2 *l2, l2_span_state *s, unsigned port, uint64_t now)
{
    l2_head *head = &s->heads[port];
    l2_bank *bank = &s->banks[head->bank];
    mem_stream *stream = &s->streams[port];
    uint64_t fill;
    bool taken = look_up(l2, s, &stream->cursor, now, &fill);
    if (head->looked == UINT64_MAX) head->looked = now;
    if (!taken) {
        bank->turn = port; /* it keeps its turn until it is taken */
        bank->blocked = true;
        return;
    }
    bank->turn = port + 1 == l2->plan.port_count ? 0 : port + 1;
    bank->free = now + l2->access_cycles;
    s->front.stats.l2.bank_conflicts += head->looked > head->ready;

    const uint64_t ready = bank->free + l2->t.latency_cycles;
    l2_burst *burst = &s->bursts[port * l2->plan.most_outstanding + stream->slot];
    if (stream->count >= l2->plan.ports[port].outstanding) /* the burst before in this place is over */
        account(&s->front.stats.l2.ports[port], burst, ring_of(&l2->plan, s, port)[stream->slot], UINT64_MAX);
    *burst =
        (l2_burst){.issue = head->issue,
                   .looked = head->looked,
                   .taken = now,
                   .ready = ready,
                   .returns = fill == 0 ? ready : UINT64_MAX,
                   .fill = fill,
                   .bus_cycles = mem_plan_bus_cycles(&l2->plan, port, mem_cursor_bytes(&stream->cursor))};
    burst->last = mem_stream_pop(&l2->plan, port, stream, head->issue);
    head->looked = UINT64_MAX;
    head->earliest = now + 1;
    see_head(l2, s, port);
    if ((s->waiting >> port & 1) == 0) settle(l2, s, port, now);
}

/* --- from event to event ---------------------------------------------------------------------------------
 */

static void take_from_below(mem_l2 *l2, l2_span_state *s)
{
    const uint64_t now = s->below_next;
    unsigned port;
    do {
        if (!l2->below_ops->take_done(l2->below, now, &port)) break;
        l2_queue *queue = &s->under_way[port];
        l2_bank *bank = &s->banks[queue->banks[queue->oldest]];
        queue->oldest = next_place(queue->oldest, queue->places);
        bank->blocked = false;
        bank->free = mem_later(bank->free, now);
        if (port == L2_WRITE_PORT) {
            bank->writes--;
            bank->first_write = next_place(bank->first_write, (uint32_t)l2->t.write_buffers);
            continue;
        }
        bank->fills--;
        bank->free += l2->access_cycles;
        s->fills_done++;
        for (uint32_t ports = s->waiting; ports != 0; ports &= ports - 1) {
            unsigned p = (unsigned)__builtin_ctz(ports);
            if (s->waits_for[p] == s->fills_done) settle(l2, s, p, now);
        }
    } while ((s->below_next = l2->below_ops->next_done(l2->below)) <= now);
    s->below_next = l2->below_ops->next_done(l2->below);
}

/* The next access: the earliest one, of the first bank, by the port whose turn is next. UINT64_MAX: none. */
static uint64_t next_access(const mem_l2 *l2, const l2_span_state *s, unsigned *port)
{
    uint64_t first = UINT64_MAX;
    unsigned order = 0;
    for (uint32_t ports = s->there; ports != 0; ports &= ports - 1) {
        unsigned p = (unsigned)__builtin_ctz(ports);
        const l2_head *head = &s->heads[p];
        const l2_bank *bank = &s->banks[head->bank];
        if (bank->blocked) continue;
        uint64_t cycle = mem_later(head->ready, bank->free);
        if (cycle > first) continue;
        unsigned turn = p >= bank->turn ? p - bank->turn : p + l2->plan.port_count - bank->turn;
        unsigned mine = head->bank * MEM_MAX_PORTS + turn;
        if (cycle == first && mine > order) continue;
        first = cycle;
        order = mine;
        *port = p;
    }
    return first;
}

static void advance(mem_plan *plan, void *state, uint64_t until)
{
    mem_l2 *l2 = (mem_l2 *)plan;
    l2_span_state *s = state;
    for (unsigned p = 0; p < plan->port_count; p++) {
        if (s->streams[p].active) continue;
        mem_stream_open(plan, p, &s->streams[p]);
        see_head(l2, s, p);
    }
    for (;;) {
        unsigned port = 0;
        uint64_t cycle = next_access(l2, s, &port);
        if (mem_sooner(cycle, s->below_next) >= until) break;
        if (s->below_next <= cycle)
            take_from_below(l2, s);
        else
            access(l2, s, port, cycle);
    }
    s->front.cycle = until;
}

/* Data of the port's bursts cross its bus in order, one burst per cycle at most; those that wait for a fill
 * cannot do so before it has ended, and fills cross the bus from the memory below likewise. */
static uint64_t soonest(const mem_plan *plan, const void *state, unsigned port, uint64_t end_burst,
                        uint64_t from)
{
    const mem_l2 *l2 = (const mem_l2 *)plan;
    const l2_span_state *s = state;
    const mem_stream *stream = &s->streams[port];
    const uint64_t left = end_burst - stream->first, latency = l2->t.latency_cycles;
    uint64_t taken = mem_sooner(stream->count - stream->first, left);
    if (taken == 0) return from + l2->access_cycles + latency + left;
    uint64_t soonest = from + left, each = (l2->t.line_bytes + l2->t.bus_bytes - 1) / l2->t.bus_bytes;
    const l2_burst *bursts = s->bursts + port * plan->most_outstanding;
    const uint64_t to_last = taken > 1 ? taken - 1 : 1;
    for (uint64_t k = 0; k < taken; k += to_last) { /* the first and the last one */
        const l2_burst *b = &bursts[(stream->first + k) % plan->ports[port].outstanding];
        if (b->returns != UINT64_MAX || b->fill <= s->fills_done) continue;
        uint64_t filled = s->below_next + (b->fill - s->fills_done - 1) * each;
        soonest = mem_later(soonest, filled + latency + left - k);
    }
    return soonest;
}

/* --- statistics ------------------------------------------------------------------------------------------
 */

static void report(const mem_l2 *l2, void *state, uint64_t now, mem_l2_stats *stats)
{
    l2_span_state *s = state;
    for (size_t n = 0; n < way_count(l2); n++) stats->dirty_lines += s->ways[n].dirty;
    for (unsigned p = 0; p < l2->plan.port_count; p++) {
        const uint32_t outstanding = l2->plan.ports[p].outstanding;
        const mem_stream *stream = &s->streams[p];
        const l2_head *head = &s->heads[p];
        fl_account *a = &s->front.stats.l2.ports[p];
        for (uint64_t n = stream->count > outstanding ? stream->count - outstanding : 0; n < stream->count;
             n++)
            account(a, &s->bursts[p * l2->plan.most_outstanding + n % outstanding],
                    ring_of(&l2->plan, s, p)[n % outstanding], now);
        fl_account_until(a, mem_sooner(head->issue, now), FL_CAUSE_IDLE);
        fl_account_until(a, mem_sooner(head->looked, now), FL_CAUSE_BANK);
        fl_account_until(a, now, FL_CAUSE_OUTPUT_SPACE);
        stats->ports[p] = *a;
    }
}

const mem_l2_model mem_l2_span = {
    .model = {.state_bytes = state_bytes, .reset = reset, .advance = advance, .soonest = soonest},
    .report = report};
