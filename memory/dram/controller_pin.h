/* What the files of the controller's pin model share: its state, and when the standard allows a command. */
#ifndef MEM_DRAM_CONTROLLER_PIN_H
#define MEM_DRAM_CONTROLLER_PIN_H

#include "memory/dram/controller.h"
#include "memory/engine/pin_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Stamps are the clock of the last command of a kind plus one; 0: never. */
typedef struct pin_bank {
    bool open;
    uint32_t row;
    uint64_t act, pre, rd, wr, ref;
    uint64_t bypassed; /* columns since the activate that an older request of the bank waited for */
} pin_bank;

typedef struct pin_rank {
    uint64_t refresh_due;
    bool refreshing;    /* one is due and not to be postponed any more */
    unsigned refreshed; /* bank whose turn it is, when banks are refreshed one by one */
    bool down;          /* in power-down */
    uint64_t ref, pde, pdx;
    uint64_t last;    /* any command */
    uint64_t acts[4]; /* the last four, oldest first */
} pin_rank;

typedef struct pin_request {
    mem_place place;
    uint64_t number; /* of the burst within its port */
    uint64_t arrival;
    unsigned port;
    bool missed, conflicted;
} pin_request;

typedef struct pin_queue {
    pin_request items[DRAM_MAX_QUEUE]; /* oldest first */
    unsigned fill;
} pin_queue;

typedef struct pin_channel {
    pin_bank banks[DRAM_MAX_BANKS];
    pin_rank ranks[DRAM_MAX_RANKS];
    pin_queue queues[2]; /* reads, writes */
    unsigned direction;
    uint64_t served; /* columns since the direction changed */
    uint64_t column; /* the last one: its stamp, rank and direction */
    unsigned column_rank, column_direction;
    fl_account account;
} pin_channel;

typedef struct dram_pin_state {
    mem_front front;
    uint64_t clock; /* next memory clock */
    unsigned last_port;
    pin_port ports[MEM_MAX_PORTS];
    uint64_t unserved[MEM_MAX_PORTS]; /* bursts taken, columns still to come */
    mem_dram_counts counts;
    pin_channel channels[]; /* and behind them the ports' rings */
} dram_pin_state;

/* True when at least `clocks` have passed since the command stamped `stamp`. */
static inline bool dram_passed(const dram_pin_state *s, uint64_t stamp, uint64_t clocks)
{
    return stamp == 0 || s->clock >= stamp - 1 + clocks;
}

/* The rank takes commands: not in power-down or on the way out of it, not refreshing. */
bool dram_awake(const mem_dram *d, const dram_pin_state *s, const pin_rank *r);
/* The command is allowed at this clock, whether or not anybody wants it. dram_may_refresh_bank: REFB. */
bool dram_may_activate(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned bank);
bool dram_may_precharge(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned bank);
bool dram_may_column(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned bank,
                     unsigned direction);
bool dram_may_refresh_bank(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned bank);
bool dram_may_sleep(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned rank);

#ifdef __cplusplus
}
#endif
#endif
