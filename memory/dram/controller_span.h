/* What the files of the controller's span model share: its state, and the steps of each. */
#ifndef MEM_DRAM_CONTROLLER_SPAN_H
#define MEM_DRAM_CONTROLLER_SPAN_H

#include "memory/dram/controller.h"
#include "memory/dram/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DRAM_NONE = 0xffff, DRAM_CLOSED_ROW = -1, DRAM_MAX_GROUPS = 8 };
typedef enum dram_fate { DRAM_HIT, DRAM_MISSED, DRAM_CONFLICTED } dram_fate;

/* A burst in a queue. Links are slots of the channel's table. */
typedef struct dram_request {
    uint64_t arrival, order; /* order counts the channel's requests */
    uint32_t row, place;     /* place in its port's ring */
    uint16_t older, younger; /* in the queue */
    uint16_t next;           /* in its bank and queue */
    uint8_t bank, group, rank, port, fate;
} dram_request;

typedef struct dram_bank {
    uint64_t activate_free, precharge_free, column_free;
    uint64_t order;      /* of the request that the bank works for */
    uint16_t chosen;     /* that request, of the queue that is served */
    uint8_t rank, group; /* group counts over ranks */
    int64_t row;         /* DRAM_CLOSED_ROW or the open one */
    uint64_t refreshed;  /* end of the bank's own refresh */
    uint64_t close_due;
    uint64_t bypassed;
    uint16_t first[2], last[2]; /* requests of each queue */
    uint16_t hits[2];           /* of these, for the open row */
} dram_bank;

typedef struct dram_group {
    uint64_t column_free[2], activate_free;
} dram_group;

typedef struct dram_rank {
    uint64_t column_free[2], activate_free;
    uint64_t faw_free[4]; /* when the window of the fourth last, third last ... activate ends */
    uint64_t ready;       /* no command before: refresh, way out of power-down */
    uint64_t refreshed;   /* end of the last refresh */
    uint64_t refresh_due,
        bank_refresh_free; /* the latter: what refreshes and activates leave to the next REFB */
    uint64_t sleep_free, wake_free;
    uint64_t standby_since;
    unsigned faw, requests, open, turn; /* turn: the bank that is refreshed next */
    bool refreshing, down;
} dram_rank;

/* The next command that a bank's requests want. */
typedef enum dram_want {
    DRAM_WANT_COLUMN,
    DRAM_WANT_ACTIVATE,
    DRAM_WANT_PRECHARGE,
    DRAM_WANT_COUNT
} dram_want;

/* Of the commands that are allowed at one clock the one with the lowest priority and then the lowest order is
 * given. */
typedef enum dram_priority {
    DRAM_DO_REFRESH,
    DRAM_DO_WAKE,
    DRAM_DO_COLUMN,
    DRAM_DO_ROW,
    DRAM_DO_CLOSE,
    DRAM_DO_SLEEP
} dram_priority;

typedef struct dram_choice {
    uint64_t clock, order; /* clock UINT64_MAX: none */
    dram_priority priority;
    unsigned which; /* rank, bank, or slot of a request */
} dram_choice;

typedef struct dram_channel {
    unsigned number, direction;
    uint64_t visit; /* when to settle again if nothing happens */
    bool settled;   /* since the last change */
    dram_choice choice;
    uint64_t served, orders, busy_end, bus_end;
    unsigned bus_rank, bus_direction;
    unsigned fill[2];
    unsigned hits[2];                       /* requests that find their row open */
    uint16_t oldest[2], youngest[2], spare; /* spare: first free slot, linked by `next` */
    uint64_t waiting[2];                    /* banks with requests in each queue */
    uint64_t opened;                        /* banks with an open row */
    uint64_t wants[DRAM_WANT_COUNT];        /* banks by what the queue that is served wants of them */
    dram_bank banks[DRAM_MAX_BANKS];
    dram_group groups[DRAM_MAX_RANKS * DRAM_MAX_GROUPS];
    dram_rank ranks[DRAM_MAX_RANKS];
    dram_request requests[2 * DRAM_MAX_QUEUE];
    fl_account account;
} dram_channel;

/* A burst between issue and the end of its bus transfer. */
typedef struct dram_flight {
    uint64_t returns; /* core cycle; UINT64_MAX while it waits in a queue */
    uint32_t bus_cycles;
    bool last; /* of its block */
} dram_flight;

typedef struct dram_port {
    mem_stream stream;
    uint64_t issues,
        arrives;      /* of the next burst: core cycle, and the clock that sees it; UINT64_MAX: not known */
    mem_place place;  /* of the next burst */
    uint64_t columns; /* of bursts that have had theirs */
} dram_port;

typedef struct dram_span_state {
    mem_front front;
    uint64_t clock; /* next memory clock */
    unsigned last_port;
    dram_port ports[MEM_MAX_PORTS];
    mem_dram_counts counts;
    uint64_t *rings;      /* most_outstanding per port: the stream's */
    dram_flight *flights; /* the same */
    dram_channel channels[];
} dram_span_state;

static inline uint64_t dram_later(uint64_t a, uint64_t b) { return a > b ? a : b; }
static inline uint64_t dram_sooner(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline void dram_delay(uint64_t *free, uint64_t clock) { *free = dram_later(*free, clock); }

/* Attributes the channel's clocks up to `end`, during which its state has not changed. */
void dram_account(const mem_dram *d, dram_channel *c, uint64_t end);

/* The bank may be used, as far as a refresh that must be done now is concerned. */
static inline bool dram_usable(const mem_dram *d, const dram_channel *c, unsigned bank)
{
    const dram_rank *r = &c->ranks[c->banks[bank].rank];
    return !r->refreshing ||
           (d->t.refresh == DRAM_PER_BANK && c->banks[bank].rank * d->rank_banks + r->turn != bank);
}

/* The request that the bank works for; the queue holds one for it. */
static inline uint16_t dram_chosen(const mem_dram *d, const dram_channel *c, const dram_bank *b)
{
    uint16_t slot = b->first[c->direction];
    if (d->t.scheduler != DRAM_FR_FCFS || b->hits[c->direction] == 0 || b->bypassed >= d->t.row_hit_cap)
        return slot;
    while (c->requests[slot].row != b->row) slot = c->requests[slot].next;
    return slot;
}

static inline dram_want dram_want_of(const dram_bank *b, const dram_request *e)
{
    return b->row == e->row            ? DRAM_WANT_COLUMN
           : b->row == DRAM_CLOSED_ROW ? DRAM_WANT_ACTIVATE
                                       : DRAM_WANT_PRECHARGE;
}

/* What the bank wants, after its row or its requests have changed. */
static inline void dram_rethink(const mem_dram *d, dram_channel *c, unsigned bank)
{
    const uint64_t bit = UINT64_C(1) << bank;
    dram_bank *b = &c->banks[bank];
    for (unsigned w = 0; w < DRAM_WANT_COUNT; w++) c->wants[w] &= ~bit;
    if (b->first[c->direction] == DRAM_NONE) return;
    b->chosen = dram_chosen(d, c, b);
    b->order = c->requests[b->chosen].order;
    c->wants[dram_want_of(b, &c->requests[b->chosen])] |= bit;
}

/* Makes the command the choice if it comes before the one that is. */
static inline void dram_consider(dram_choice *best, uint64_t clock, dram_priority priority, uint64_t order,
                                 unsigned which)
{
    if (clock > best->clock) return;
    if (clock == best->clock &&
        (priority > best->priority || (priority == best->priority && order > best->order)))
        return;
    *best = (dram_choice){.clock = clock, .priority = priority, .order = order, .which = which};
}

/* Makes the bank's next command for its requests the choice if it comes before the one that is. */
void dram_consider_bank(const mem_dram *d, dram_channel *c, unsigned bank, uint64_t now);

/* Gives the chosen command at s->clock. */
void dram_give(mem_dram *d, dram_span_state *s, dram_channel *c);

/* Serves the read queue and what follows it in closed form from the chosen column on, as far as that reaches
 * before clock `limit`; false when it does not reach beyond the queue. */
bool dram_serve_run(mem_dram *d, dram_span_state *s, dram_channel *c, uint64_t limit);

/* What a column command delays. */
void dram_delay_columns(const mem_dram *d, dram_channel *c, unsigned bank, unsigned direction,
                        uint64_t clock);
void dram_tell(const mem_dram *d, const dram_channel *c, uint64_t clock, mem_dram_kind kind, mem_place place);

/* The port's next burst enters its queue at s->clock; there is room. */
void dram_enter(const mem_dram *d, dram_span_state *s, unsigned port);

/* Finds out when the port's next burst arrives, and where. */
void dram_see_next(const mem_dram *d, dram_span_state *s, unsigned port);

#ifdef __cplusplus
}
#endif
#endif
