/* DRAM with its whole controller: channels, ranks, queues, schedulers, page policies, refresh, power-down.
 *
 * docs/contracts/dram.md states the policy; controller_pin.c is that text as code, one clock at a time, and
 * controller_span.c does the same from event to event. All timings count memory clocks. */
#ifndef MEM_DRAM_CONTROLLER_H
#define MEM_DRAM_CONTROLLER_H

#include "memory/dram/address_map.h"
#include "memory/dram/clock.h"
#include "memory/dram/ddr4.h"
#include "memory/engine/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DRAM_MAX_CHANNELS = 32, DRAM_MAX_RANKS = 4, DRAM_MAX_BANKS = 64, DRAM_MAX_QUEUE = 128 };
enum { DRAM_READ, DRAM_WRITE };
enum { DRAM_FR_FCFS, DRAM_BANK_FCFS, DRAM_FCFS };
enum { DRAM_OPEN, DRAM_CLOSED, DRAM_TIMEOUT };
enum { DRAM_ALL_BANK, DRAM_PER_BANK };

/* Currents of one device in mA, at `vdd` in mV. */
typedef struct mem_dram_idd {
    double vdd, idd0, idd2n, idd2p, idd3n, idd3p, idd4r, idd4w, idd5b;
} mem_dram_idd;

typedef struct mem_dram_params {
    uint64_t channels, ranks, clock_hz, transfers_per_clock, bus_bits, burst_length, bank_groups,
        banks_per_group, rows, columns;
#define DRAM_FIELD(field, key, value, help) uint64_t field;
    DDR4_TIMINGS(DRAM_FIELD)
#undef DRAM_FIELD
    uint64_t refi, refresh_phase, rfc_pb, rrefd, rtrs, xp, cke;
    const char *mapping;
    int bank_hash; /* 0: none, 1: xor */
    int scheduler; /* DRAM_FR_FCFS ... */
    uint64_t row_hit_cap, read_queue, write_queue, write_high, write_low, write_age, turn;
    int page; /* DRAM_OPEN ... */
    uint64_t page_timeout;
    int refresh; /* DRAM_ALL_BANK, DRAM_PER_BANK */
    uint64_t refresh_postpone, power_down;
    uint64_t device_bits;
    mem_dram_idd idd;
    int model; /* MEM_SPAN, MEM_PIN */
} mem_dram_params;

typedef enum mem_dram_kind {
    DRAM_ACT,
    DRAM_PRE,
    DRAM_PREA,
    DRAM_RD,
    DRAM_WR,
    DRAM_REF,  /* of a rank */
    DRAM_REFB, /* of a bank */
    DRAM_PDE,  /* enter power-down */
    DRAM_PDX,  /* leave it */
    DRAM_KIND_COUNT
} mem_dram_kind;

/* One command as the DRAM sees it. place.bank and group mean nothing to PREA, REF, PDE and PDX. */
typedef struct mem_dram_command {
    uint64_t clock;
    mem_dram_kind kind;
    mem_place place;
} mem_dram_command;

typedef void (*mem_dram_trace)(void *owner, const mem_dram_command *command);

/* What a rank is in while it has nothing else to do; its clocks by state are what background energy needs. */
typedef enum mem_dram_standby {
    DRAM_PRECHARGED,
    DRAM_ACTIVE,
    DRAM_PRECHARGED_DOWN,
    DRAM_ACTIVE_DOWN,
    DRAM_STANDBY_COUNT
} mem_dram_standby;

typedef struct mem_dram_counts {
    uint64_t activates, reads, writes, refreshes, bank_refreshes;
    uint64_t standby[DRAM_STANDBY_COUNT]; /* clocks, over all ranks */
} mem_dram_counts;

typedef struct mem_dram {
    mem_plan plan; /* first: models get the plan and cast */
    mem_dram_params t;
    mem_address_map map;
    mem_clock clock;
    uint64_t capacity_bytes;
    unsigned burst_shift;       /* log2 of the bytes of a burst */
    uint64_t data_clocks;       /* of a burst */
    uint64_t latency[2];        /* column command to first data: CL, CWL */
    uint64_t rank_gap[2][2][2]; /* from a read or write to its own rank's, to another's, reads or writes */
    uint64_t group_gap[2][2];   /* the same within a bank group */
    uint64_t precharge_gap[2], sleep_gap[2]; /* and to what ends the bank's row and the rank's power */
    uint64_t refresh_interval;               /* tREFI, or tREFI / banks for a bank at a time; 0: none */
    uint64_t close_after;       /* clocks after its last use at which a row that nobody waits for is closed;
                                   UINT64_MAX: never */
    unsigned rank_banks, banks; /* of a rank, of a channel */
    uint64_t
        run_bursts; /* consecutive bursts that share a row in every bank group; 0: runs have no closed form */
    bool port_streams[MEM_MAX_PORTS][2]; /* a run of row hits, reads or writes, is never short of bursts */
    bool port_fills[MEM_MAX_PORTS][2];   /* nor the queue of places, once it is full */
    mem_dram_trace trace;                /* NULL: none */
    void *trace_owner;
} mem_dram;

static inline const mem_dram *mem_dram_of(const mem_plan *plan) { return (const mem_dram *)plan; }
static inline unsigned dram_rank_of(const mem_dram *d, unsigned bank) { return bank / d->rank_banks; }
static inline unsigned dram_group_of(const mem_dram *d, unsigned bank)
{
    return bank / (unsigned)d->t.banks_per_group % (unsigned)d->t.bank_groups;
}

/* When the rank's first refresh is due: ranks one after the other within an interval, all channels at once.
 */
uint64_t mem_dram_first_refresh(const mem_dram *d, unsigned rank);

/* A cycle before which `bursts` bursts of a port whose columns are still to come are not all over its bus. */
uint64_t mem_dram_soonest(const mem_dram *d, int64_t bursts, uint64_t from);

extern const mem_engine_ops mem_dram_ops;
extern const mem_model mem_dram_span, mem_dram_pin;

/* What the model's state counts, up to the clock that it stands at. */
void mem_dram_pin_counts(const mem_dram *d, mem_stats *stats, mem_dram_counts *counts);
void mem_dram_span_counts(mem_dram *d, mem_stats *stats, mem_dram_counts *counts);

/* Advances to core cycle `now`, as stats does. */
void mem_dram_count(mem_engine *engine, uint64_t now, mem_dram_counts *counts);

/* Observes every command from now on. */
void mem_dram_set_trace(mem_engine *engine, mem_dram_trace trace, void *owner);

#ifdef __cplusplus
}
#endif
#endif
