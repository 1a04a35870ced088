/* The cache one core cycle at a time, to be read beside docs/contracts/l2.md: the twin of l2_span.c.
 *
 * Each core cycle:
 *   1. lines that the memory below has brought or taken leave its queues,
 *   2. each port issues a burst,
 *   3. each bank that is free looks at one port's oldest request and takes it if it can,
 *   4. each port's cycle is accounted, and its bus carries. */
#include "memory/engine/pin_port.h"
#include "memory/l2/l2.h"

typedef struct pin_line {
    bool valid, dirty, coming; /* coming: its fill is under way */
    uint64_t number;
    uint64_t used; /* a stamp that grows with every access */
} pin_line;

typedef struct pin_bank {
    uint64_t busy_until;
    unsigned turn; /* the port that is asked first */
    unsigned fills, writes;
} pin_bank;

/* What a burst of a port waits for. */
typedef struct pin_request {
    bool waited, looked; /* for a bank; a bank has looked at it and could not take it */
    bool taken, waits;   /* waits: for the fill of `line` */
    uint64_t line;
    uint64_t returns; /* when a hit does */
} pin_request;

/* Lines under way to or from the memory below, oldest first. */
typedef struct pin_queue {
    uint64_t *lines; /* a ring of `places` */
    uint64_t places, oldest, end;
} pin_queue;

typedef struct l2_pin_state {
    mem_front front;
    uint64_t stamp;
    pin_bank banks[L2_MAX_BANKS];
    pin_queue under_way[L2_BELOW_PORTS];
    pin_port ports[MEM_MAX_PORTS];
    pin_line *lines;
    pin_burst *bursts; /* most_outstanding per port */
    pin_request *requests;
    uint64_t storage[];
} l2_pin_state;

static size_t line_count(const mem_l2 *l2) { return l2->t.banks * l2->sets * l2->t.ways; }
static size_t burst_count(const mem_plan *plan) { return plan->port_count * plan->most_outstanding; }

static size_t state_bytes(const mem_plan *plan)
{
    const mem_l2 *l2 = (const mem_l2 *)plan;
    return sizeof(l2_pin_state) + l2->t.banks * (l2->t.mshrs + l2->t.write_buffers) * sizeof(uint64_t) +
           line_count(l2) * sizeof(pin_line) + burst_count(plan) * (sizeof(pin_burst) + sizeof(pin_request));
}

static void reset(const mem_plan *plan, void *state)
{
    const mem_l2 *l2 = (const mem_l2 *)plan;
    l2_pin_state *s = state;
    uint64_t *next = s->storage;
    for (int p = 0; p < L2_BELOW_PORTS; p++) {
        pin_queue *queue = &s->under_way[p];
        queue->lines = next;
        queue->places = l2->t.banks * (p == L2_READ_PORT ? l2->t.mshrs : l2->t.write_buffers);
        next += queue->places;
    }
    s->lines = (pin_line *)next;
    s->bursts = (pin_burst *)(s->lines + line_count(l2));
    s->requests = (pin_request *)(s->bursts + burst_count(plan));
}

static pin_request *request_of(const mem_plan *plan, l2_pin_state *s, unsigned port, uint64_t number)
{
    return &s->requests[port * plan->most_outstanding + number % plan->ports[port].outstanding];
}

static pin_line *set_of(const mem_l2 *l2, l2_pin_state *s, uint64_t number)
{
    return &s->lines[l2_set_of(l2, number) * l2->t.ways];
}

static pin_line *find(const mem_l2 *l2, l2_pin_state *s, uint64_t number)
{
    pin_line *set = set_of(l2, s, number);
    for (uint64_t w = 0; w < l2->t.ways; w++)
        if (set[w].valid && set[w].number == number) return &set[w];
    return NULL;
}

static bool is_being_written(const l2_pin_state *s, uint64_t number)
{
    const pin_queue *queue = &s->under_way[L2_WRITE_PORT];
    for (uint64_t n = queue->oldest; n < queue->end; n++)
        if (queue->lines[n % queue->places] == number) return true;
    return false;
}

/* --- 1. the memory below ---------------------------------------------------------------------------------
 */

static void fill(mem_l2 *l2, l2_pin_state *s, uint64_t number, uint64_t c)
{
    pin_bank *bank = &s->banks[l2_bank_of(l2, number)];
    bank->fills--;
    bank->busy_until = (bank->busy_until > c ? bank->busy_until : c) + l2->access_cycles;
    find(l2, s, number)->coming = false;
    for (unsigned p = 0; p < l2->plan.port_count; p++) {
        for (uint64_t n = s->ports[p].carried; n < s->ports[p].taken; n++) {
            pin_request *request = request_of(&l2->plan, s, p, n);
            if (!request->waits || request->line != number) continue;
            request->waits = false;
            uint64_t returns = c + l2->t.latency_cycles;
            pin_port_burst(&l2->plan, p, s->bursts, n)->returns =
                returns > request->returns ? returns : request->returns;
        }
    }
}

static void take_from_below(mem_l2 *l2, l2_pin_state *s, uint64_t c)
{
    unsigned port;
    while (l2->below_ops->take_done(l2->below, c, &port)) {
        pin_queue *queue = &s->under_way[port];
        uint64_t number = queue->lines[queue->oldest++ % queue->places];
        if (port == L2_READ_PORT)
            fill(l2, s, number, c);
        else
            s->banks[l2_bank_of(l2, number)].writes--;
    }
}

static void ask_below(mem_l2 *l2, l2_pin_state *s, unsigned port, uint64_t address, uint64_t bytes,
                      uint64_t c)
{
    pin_queue *queue = &s->under_way[port];
    uint64_t number = l2_line_number(l2, address);
    pin_bank *bank = &s->banks[l2_bank_of(l2, number)];
    *(port == L2_READ_PORT ? &bank->fills : &bank->writes) += 1;
    *(port == L2_READ_PORT ? &s->front.stats.l2.fills : &s->front.stats.l2.writes) += 1;
    queue->lines[queue->end++ % queue->places] = number;
    mem_l2_ask_below(l2, port == L2_WRITE_PORT, address, bytes, c);
}

/* --- 3. the banks ----------------------------------------------------------------------------------------
 */

/* The line to be replaced: one that is not valid, else the least recently used one that is not coming. */
static pin_line *victim_of(const mem_l2 *l2, pin_line *set)
{
    pin_line *victim = NULL;
    for (uint64_t w = 0; w < l2->t.ways; w++) {
        if (!set[w].valid) return &set[w];
        if (!set[w].coming && (victim == NULL || set[w].used < victim->used)) victim = &set[w];
    }
    return victim;
}

/* Makes room for the line of a miss; NULL when that is not possible now. */
static pin_line *allocate(mem_l2 *l2, l2_pin_state *s, uint64_t number, bool fetch, uint64_t c)
{
    const pin_bank *bank = &s->banks[l2_bank_of(l2, number)];
    pin_line *victim = victim_of(l2, set_of(l2, s, number));
    if (victim == NULL) return NULL;
    if (fetch && (bank->fills == l2->t.mshrs || is_being_written(s, number))) return NULL;
    bool write_back = victim->valid && victim->dirty;
    if (write_back && bank->writes == l2->t.write_buffers) return NULL;
    if (write_back) ask_below(l2, s, L2_WRITE_PORT, victim->number << l2->line_shift, l2->t.line_bytes, c);
    if (fetch) ask_below(l2, s, L2_READ_PORT, number << l2->line_shift, l2->t.line_bytes, c);
    *victim = (pin_line){.valid = true, .coming = fetch, .number = number};
    return victim;
}

/* The port's oldest request at its bank; false when the bank cannot take it now. */
static bool look_up(mem_l2 *l2, l2_pin_state *s, unsigned port, uint64_t c)
{
    pin_port *q = &s->ports[port];
    pin_burst *burst = pin_port_burst(&l2->plan, port, s->bursts, q->taken);
    pin_request *request = request_of(&l2->plan, s, port, q->taken);
    uint64_t number = l2_line_number(l2, burst->address);
    bool through = burst->write && l2->t.write == L2_THROUGH;
    pin_line *line = find(l2, s, number);
    bool hit = line != NULL, merged = hit && line->coming;
    if (through && s->banks[l2_bank_of(l2, number)].writes == l2->t.write_buffers) return false;
    if (!hit && !through) {
        line = allocate(l2, s, number, !burst->write || burst->bytes < l2->t.line_bytes, c);
        if (line == NULL) return false;
    }
    if (line != NULL) {
        line->used = ++s->stamp;
        line->dirty |= burst->write && !through;
    }
    if (through) ask_below(l2, s, L2_WRITE_PORT, burst->address, burst->bytes, c);

    mem_l2_stats *stats = &s->front.stats.l2;
    *(hit ? &stats->hits[burst->write] : &stats->misses[burst->write]) += 1;
    stats->merged += merged;
    stats->bank_conflicts += request->waited;
    request->taken = true;
    request->line = number;
    request->waits = line != NULL && line->coming;
    request->returns = c + l2->access_cycles + l2->t.latency_cycles;
    if (!request->waits) burst->returns = request->returns;
    q->taken++;
    q->served = q->taken; /* pin_port_carry waits for `returns` */
    return true;
}

static void serve(mem_l2 *l2, l2_pin_state *s, unsigned bank_number, const bool *there, const unsigned *wants,
                  uint64_t c)
{
    pin_bank *bank = &s->banks[bank_number];
    if (bank->busy_until > c) return;
    for (unsigned k = 0; k < l2->plan.port_count; k++) {
        unsigned port = (bank->turn + k) % l2->plan.port_count;
        if (!there[port] || wants[port] != bank_number) continue;
        pin_request *request = request_of(&l2->plan, s, port, s->ports[port].taken);
        bank->turn = port; /* it keeps its turn until it is taken */
        if (look_up(l2, s, port, c)) {
            bank->busy_until = c + l2->access_cycles;
            bank->turn = (port + 1) % l2->plan.port_count;
        }
        request->looked = true;
        return;
    }
}

static void serve_banks(mem_l2 *l2, l2_pin_state *s, uint64_t c)
{
    bool there[MEM_MAX_PORTS];
    unsigned wants[MEM_MAX_PORTS];
    uint64_t heads[MEM_MAX_PORTS];
    for (unsigned p = 0; p < l2->plan.port_count; p++) {
        const pin_port *q = &s->ports[p];
        heads[p] = q->taken;
        there[p] = q->taken < q->issued;
        if (!there[p]) continue;
        const pin_burst *burst = pin_port_burst(&l2->plan, p, s->bursts, q->taken);
        wants[p] = l2_bank_of(l2, l2_line_number(l2, burst->address));
    }
    for (unsigned b = 0; b < l2->t.banks; b++) serve(l2, s, b, there, wants, c);
    for (unsigned p = 0; p < l2->plan.port_count; p++) {
        if (!there[p] || s->ports[p].taken != heads[p]) continue;
        pin_request *request = request_of(&l2->plan, s, p, heads[p]);
        request->waited |= !request->looked;
    }
}

/* --- ports -----------------------------------------------------------------------------------------------
 */

/* What the port's oldest burst does in cycle c. */
static fl_cause cause(const mem_l2 *l2, l2_pin_state *s, unsigned port, uint64_t c)
{
    const pin_port *q = &s->ports[port];
    if (q->carried == q->issued) return FL_CAUSE_IDLE;
    const pin_request *request = request_of(&l2->plan, s, port, q->carried);
    if (!request->taken) return request->looked ? FL_CAUSE_OUTPUT_SPACE : FL_CAUSE_BANK;
    if (request->returns > c) return FL_CAUSE_FILL;
    return pin_port_burst(&l2->plan, port, s->bursts, q->carried)->returns > c ? FL_CAUSE_DRAM
                                                                               : FL_CAUSE_BUSY;
}

static void issue(const mem_l2 *l2, l2_pin_state *s, unsigned port, uint64_t c)
{
    pin_port *q = &s->ports[port];
    uint64_t before = q->issued;
    pin_port_issue(&l2->plan, port, q, s->bursts, c);
    if (q->issued != before) *request_of(&l2->plan, s, port, before) = (pin_request){0};
}

static void advance(mem_plan *plan, void *state, uint64_t until)
{
    mem_l2 *l2 = (mem_l2 *)plan;
    l2_pin_state *s = state;
    for (; s->front.cycle < until; s->front.cycle++) {
        uint64_t c = s->front.cycle;
        take_from_below(l2, s, c);
        for (unsigned p = 0; p < plan->port_count; p++) issue(l2, s, p, c);
        serve_banks(l2, s, c);
        for (unsigned p = 0; p < plan->port_count; p++) {
            fl_account_add(&s->front.stats.l2.ports[p], 1, cause(l2, s, p, c));
            pin_port_carry(plan, &s->front, p, &s->ports[p], s->bursts, c);
        }
    }
}

/* Every burst that is left crosses the bus in a cycle of its own. */
static uint64_t soonest(const mem_plan *plan, const void *state, unsigned port, uint64_t end_burst,
                        uint64_t from)
{
    (void)plan;
    uint64_t carried = ((const l2_pin_state *)state)->ports[port].carried;
    return from + (end_burst > carried ? end_burst - carried : 1);
}

static void report(const mem_l2 *l2, void *state, uint64_t now, mem_l2_stats *stats)
{
    (void)now;
    const l2_pin_state *s = state;
    for (size_t n = 0; n < line_count(l2); n++) stats->dirty_lines += s->lines[n].valid && s->lines[n].dirty;
}

const mem_l2_model mem_l2_pin = {
    .model = {.state_bytes = state_bytes, .reset = reset, .advance = advance, .soonest = soonest},
    .report = report};
