/* What the files of the controller's span model share: its state, and the steps of each. */
#ifndef MEM_DRAM_CONTROLLER_SPAN_H
#define MEM_DRAM_CONTROLLER_SPAN_H

#include "memory/dram/controller.h"
#include "memory/engine/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DRAM_KEY_ORDER = 6 /* bits of a bank's number */ };
enum { DRAM_NONE = 0xffff, DRAM_CLOSED_ROW = -1, DRAM_MAX_GROUPS = 8 };
typedef enum dram_fate { DRAM_HIT, DRAM_MISSED, DRAM_CONFLICTED } dram_fate;

/* The next command that a bank's requests want, those of the direction that is served. */
typedef enum dram_want {
    DRAM_WANT_COLUMN,
    DRAM_WANT_ACTIVATE,
    DRAM_WANT_PRECHARGE,
    DRAM_WANT_COUNT,
    DRAM_WANT_NOTHING = DRAM_WANT_COUNT
} dram_want;

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
    uint64_t order;      /* of the request that the bank works for, and the bank's number below it */
    uint16_t chosen;     /* that request, of the queue that is served */
    uint8_t rank, group; /* group counts over ranks */
    uint8_t want;        /* dram_want */
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

/* column_free knows of the data bus, activate_free of tFAW, both and the banks' precharge_free of `ready`. */
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

/* The first command of one kind for the requests of the direction that is served: the earliest, among equals
 * for the oldest request. It holds until its clock unless something makes it stale. */
typedef struct dram_first {
    uint64_t clock, order; /* clock UINT64_MAX: none; order: the bank's */
    unsigned bank;
} dram_first;

enum { DRAM_ALL_STALE = (1 << DRAM_WANT_COUNT) - 1 };

typedef struct dram_channel {
    unsigned number, direction;
    uint64_t look;             /* nothing happens before, unless a burst enters */
    uint64_t visit;            /* when to settle again if nothing happens */
    bool settled;              /* since the last change */
    dram_choice choice, other; /* other: the best of what is not for requests */
    dram_first first[DRAM_WANT_COUNT];
    unsigned stale;   /* wants whose `first` is to be found anew, as bits */
    uint64_t blocked; /* banks that may not be used: of ranks in power-down, or under a refresh */
    uint64_t served, orders, busy_end;
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
    uint64_t clock;   /* next memory clock */
    uint64_t arrives; /* when a burst may enter a queue next */
    bool full;        /* a burst that is there waits for room in its queue */
    unsigned last_port;
    dram_port ports[MEM_MAX_PORTS];
    mem_dram_counts counts;
    uint64_t *rings;      /* most_outstanding per port: the stream's */
    dram_flight *flights; /* the same */
    dram_channel channels[];
} dram_span_state;

/* Attributes the channel's clocks up to `end`. To be called before a change of what it depends on: the
 * direction, the oldest request of it, the row of that one's bank, refreshes, columns. */
void dram_account(const mem_dram *d, dram_channel *c, uint64_t end);

/* The bank may be used, as far as a refresh that must be done now is concerned. */
static inline bool dram_usable(const mem_dram *d, const dram_channel *c, unsigned bank)
{
    const dram_rank *r = &c->ranks[c->banks[bank].rank];
    return !r->refreshing ||
           (d->t.refresh == DRAM_PER_BANK && c->banks[bank].rank * d->rank_banks + r->turn != bank);
}

/* What the bank wants, after its row, its requests or what it waits for have changed; the channel will not
 * choose before `now`. */
void dram_rethink(const mem_dram *d, dram_channel *c, unsigned bank, uint64_t now);

/* Which banks may be used, after a rank has gone to sleep, woken up, or begun or ended a refresh. */
void dram_block(const mem_dram *d, dram_channel *c);

/* Goes on to clock `end`. */
void dram_go(mem_dram *d, dram_span_state *s, uint64_t end);

/* After how many clocks an idle memory repeats itself; 0: it has no refreshes. From DRAM_IDLE_PERIODS of
 * these on dram_pass_idle is worth its while, which takes a memory without requests towards `end`, up to
 * which no burst arrives. */
enum {
    DRAM_IDLE_PERIODS = 4,
    DRAM_CALM = 32 /* clocks without a command, worth a look whether it is idle */
};
uint64_t dram_idle_period(const mem_dram *d);
void dram_pass_idle(mem_dram *d, dram_span_state *s, uint64_t end);

/* Brings the account of all channels and the standby of their ranks to s->clock. */
void dram_note_all(const mem_dram *d, dram_span_state *s);

/* Makes the channel's decisions at `now`: direction, refreshes and the next command. */
void dram_settle(const mem_dram *d, dram_channel *c, uint64_t now);

/* The next command, when only requests have changed since the channel settled. */
void dram_choose(const mem_dram *d, dram_channel *c, uint64_t now);

/* Gives the chosen command at s->clock. */
void dram_give(mem_dram *d, dram_span_state *s, dram_channel *c);

/* Serves the queue and what follows it in closed form from the column on that is chosen, as far as that
 * reaches before clock `limit`; false when it does not reach beyond the queue. */
bool dram_serve_run(mem_dram *d, dram_span_state *s, dram_channel *c, uint64_t limit);

/* A run of columns; a part of it that has none but stride between them has been served when the next begins.
 */
typedef struct dram_run {
    unsigned port, direction;
    uint64_t clock, count; /* of the part's first column; columns in it */
    uint64_t horizon;      /* the first clock at which anything else may happen */
    uint64_t window;       /* bursts that wait in the queue when it is full */
    bool full;             /* it is, whenever a column leaves */
} dram_run;

/* Serves the part: `queued` of its bursts were in the queue, which is empty now. */
void dram_serve_part(mem_dram *d, dram_span_state *s, dram_channel *c, const dram_run *r, uint64_t queued);

/* Serves the run's columns over the end of the rows that the next column's burst is in, with the commands
 * that open the next rows meanwhile, until these are open: a window less one to the end and one in each group
 * behind it. False, and nothing has happened, when the columns would not stay in order. r->clock moves to the
 * next column. */
bool dram_cross_rows(mem_dram *d, dram_span_state *s, dram_channel *c, dram_run *r);

/* Bursts from `address` to the end of the rows that it and its neighbours are in. */
static inline uint64_t dram_to_row_end(const mem_dram *d, uint64_t address)
{
    return d->run_bursts - (address >> d->burst_shift & (d->run_bursts - 1));
}

void dram_precharge(const mem_dram *d, dram_span_state *s, dram_channel *c, unsigned bank);
void dram_activate(const mem_dram *d, dram_span_state *s, dram_channel *c, unsigned bank, uint32_t row);

/* What a column command delays. */
void dram_delay_columns(const mem_dram *d, dram_channel *c, unsigned bank, unsigned direction,
                        uint64_t clock);
void dram_tell(const mem_dram *d, const dram_channel *c, uint64_t clock, mem_dram_kind kind, mem_place place);
static inline void dram_tell_column(const mem_dram *d, const dram_channel *c, uint64_t clock,
                                    unsigned direction, const mem_place *place)
{
    if (d->trace != NULL) dram_tell(d, c, clock, direction == DRAM_WRITE ? DRAM_WR : DRAM_RD, *place);
}

/* The port's next burst enters its queue at s->clock; there is room. */
void dram_enter(const mem_dram *d, dram_span_state *s, unsigned port);

/* Finds out when the port's next burst arrives, and where. */
void dram_see_next(const mem_dram *d, dram_span_state *s, unsigned port);

#ifdef __cplusplus
}
#endif
#endif
