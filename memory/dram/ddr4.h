/* DDR4: one channel, one rank, command level. docs/contracts/dram.md states the controller's policy;
 * ddr4_span.c and ddr4_pin.c are two implementations of it, equal to the cycle. All timing parameters count
 * memory clocks. */
#ifndef MEM_DRAM_DDR4_H
#define MEM_DRAM_DDR4_H

#include "memory/dram/clock.h"
#include "memory/engine/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DDR4_MAX_BANKS = 64, DDR4_MAX_GROUPS = 8, DDR4_MAX_LOOKAHEAD = 32 };

/*      field   key        2400    meaning, and its place in JESD79-4 (values: JESD79-4 speed bin, recalled)
 */
#define DDR4_TIMINGS(X)                                                                                      \
    X(cl, "CL", "17", "read command to first data (2400T bin 17-17-17)")                                     \
    X(cwl, "CWL", "12", "write command to first data")                                                       \
    X(rcd, "tRCD", "17", "activate to column command, same bank")                                            \
    X(rp, "tRP", "17", "precharge to activate, same bank")                                                   \
    X(ras, "tRAS", "39", "activate to precharge, same bank")                                                 \
    X(rc, "tRC", "56", "activate to activate, same bank")                                                    \
    X(rrd_s, "tRRD_S", "4", "activate to activate, different bank groups")                                   \
    X(rrd_l, "tRRD_L", "6", "activate to activate, same bank group")                                         \
    X(faw, "tFAW", "26", "window that holds at most four activates")                                         \
    X(ccd_s, "tCCD_S", "4", "column to column command, different bank groups")                               \
    X(ccd_l, "tCCD_L", "6", "column to column command, same bank group")                                     \
    X(wr, "tWR", "18", "end of write data to precharge, same bank")                                          \
    X(rtp, "tRTP", "9", "read to precharge, same bank")                                                      \
    X(wtr_s, "tWTR_S", "3", "end of write data to read, different bank groups")                              \
    X(wtr_l, "tWTR_L", "9", "end of write data to read, same bank group")                                    \
    X(rfc, "tRFC", "420", "refresh to any command (8 Gb: 350 ns)")

typedef struct mem_ddr4_params {
    uint64_t clock_hz, transfers_per_clock, bus_bits, burst_length, bank_groups, banks_per_group, rows,
        columns;
#define DDR4_FIELD(field, key, value, help) uint64_t field;
    DDR4_TIMINGS(DDR4_FIELD)
#undef DDR4_FIELD
    uint64_t refi,
        refresh_phase; /* first refresh is due at clock refresh_phase (0: at tREFI); tREFI 0: no refresh */
    uint64_t lookahead, row_hit_cap;
    int bank_hash; /* 0: none, 1: bank in group ^= lowest bits of the row */
    int model;     /* MEM_SPAN, MEM_PIN */
} mem_ddr4_params;

typedef struct ddr4_place {
    uint32_t bank, group, row; /* bank counts over all groups: group * banks_per_group + bank in group */
} ddr4_place;

typedef enum ddr4_command_kind {
    DDR4_ACT,
    DDR4_PRE,
    DDR4_PREA,
    DDR4_RD,
    DDR4_WR,
    DDR4_REF
} ddr4_command_kind;

/* One command as the DRAM sees it. */
typedef struct ddr4_command {
    uint64_t clock;
    ddr4_command_kind kind;
    ddr4_place place; /* meaningless for PREA and REF */
} ddr4_command;

typedef void (*ddr4_trace)(void *owner, const ddr4_command *command);

/* What a column command of one direction delays, in clocks from it. */
typedef struct ddr4_column_delays {
    uint64_t same, other;             /* columns of the same and of the other direction */
    uint64_t same_group, other_group; /* the same within the bank group */
    uint64_t precharge, data_end;
} ddr4_column_delays;

typedef struct mem_ddr4 {
    mem_plan plan; /* first: models get the plan and cast */
    mem_ddr4_params t;
    mem_clock clock;
    uint64_t capacity_bytes;
    uint64_t data_clocks;   /* burst_length / transfers_per_clock */
    uint64_t read_to_write; /* column commands: CL - CWL + data + 2 (preamble and bus turnaround) */
    uint64_t write_to_read_s, write_to_read_l, write_to_precharge; /* from the write command */
    ddr4_column_delays after[2];                                   /* the same by kind: a read, a write */
    unsigned row_shift;                                            /* an address without group and column */
    unsigned burst_shift, group_shift, column_shift, bank_shift;   /* widths in bits of the address fields */
    uint32_t group_mask;
    uint64_t stride_clocks;            /* spacing of column commands in a sequential run of row hits */
    mem_clock_walk stride_walk;        /* by that spacing */
    uint64_t run_span;                 /* bursts with one row address: groups * columns / burst_length */
    uint64_t run_worth_bytes;          /* what must be left of a run to look for its closed form */
    bool port_streams[MEM_MAX_PORTS];  /* the closed form of a run holds on this port */
    bool port_backlogs[MEM_MAX_PORTS]; /* and with a window in front of it that is always full */
    uint32_t burst_bus_cycles[MEM_MAX_PORTS]; /* of a whole burst */
    ddr4_trace trace;                         /* NULL: none */
    void *trace_owner;
} mem_ddr4;

/* Burst number (address / burst bytes), lowest bits first: bank group, column, bank in group, row. The hash
 * permutes banks as Zhang, Zhu and Zhang do (A Permutation-Based Page Interleaving Scheme, MICRO 2000):
 * blocks that lie a whole round of banks apart use different banks. */
static inline ddr4_place ddr4_place_of(const mem_ddr4 *d, uint64_t address)
{
    uint64_t n = address >> d->burst_shift;
    uint32_t group = (uint32_t)(n & ((1u << d->group_shift) - 1));
    n >>= d->group_shift + d->column_shift;
    uint32_t bank = (uint32_t)(n & ((1u << d->bank_shift) - 1));
    uint64_t row = (n >> d->bank_shift) & (d->t.rows - 1);
    if (d->t.bank_hash == 1) bank ^= (uint32_t)row & ((1u << d->bank_shift) - 1);
    return (ddr4_place){.bank = group << d->bank_shift | bank, .group = group, .row = (uint32_t)row};
}

/* A bound for the port's `bursts`th burst from now whose column command is still to come: none comes before
 * core cycle `from` or memory clock `ready`, and none between refresh_due and the end of that refresh. */
uint64_t mem_ddr4_soonest(const mem_ddr4 *d, int64_t bursts, uint64_t from, uint64_t ready,
                          uint64_t refresh_due);

extern const mem_engine_ops mem_ddr4_ops;
extern const mem_model mem_ddr4_span, mem_ddr4_pin;

/* Observes every command from now on. */
void mem_ddr4_set_trace(mem_engine *engine, ddr4_trace trace, void *owner);

#ifdef __cplusplus
}
#endif
#endif
