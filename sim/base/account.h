/* Cycle accounting: every cycle of a unit is attributed to exactly one cause (docs/architecture.md).
 *
 * An fl_account is advanced monotonically: the cycles from the last accounted one up to `cycle` get one
 * cause. The sum over causes therefore equals the total by construction; which cause is right is what
 * tests check. Unit of all counts: cycles of the unit's own clock. */
#ifndef FL_BASE_ACCOUNT_H
#define FL_BASE_ACCOUNT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*        name          key in reports   meaning                                                        */
#define FL_CAUSES(X)                                                                                         \
    X(BUSY, "busy", "doing the work it exists for")                                                          \
    X(FILL, "fill", "filling its pipeline: decode, skew in, weight preload")                                 \
    X(DRAIN, "drain", "emptying its pipeline: skew out, result drain")                                       \
    X(OPERANDS, "operands", "waits for operands that a load or another unit still brings")                   \
    X(OUTPUT_SPACE, "output_space", "waits for room for its result")                                         \
    X(BANK, "bank", "waits for a scratchpad bank that another unit holds")                                   \
    X(DRAM, "dram", "waits for DRAM to serve a transfer under way")                                          \
    X(CONTENTION, "contention", "waits for DRAM while it serves other cores")                                \
    X(DEPENDENCY, "dependency", "waits for the result of an earlier operation")                              \
    X(DISPATCH, "dispatch", "has no command because another unit's full queue holds up the stream")          \
    X(REFRESH, "refresh", "DRAM only: refreshing")                                                           \
    X(ROW, "row", "DRAM only: precharging or activating a row")                                              \
    X(TURNAROUND, "turnaround", "DRAM only: column-to-column and read/write turnaround gaps")                \
    X(IDLE, "idle", "has no command")

typedef enum fl_cause {
#define FL_CAUSE_ENUM(name, key, help) FL_CAUSE_##name,
    FL_CAUSES(FL_CAUSE_ENUM)
#undef FL_CAUSE_ENUM
        FL_CAUSE_COUNT
} fl_cause;

const char *fl_cause_name(fl_cause cause);

typedef struct fl_account {
    uint64_t cycles[FL_CAUSE_COUNT];
    uint64_t until; /* first cycle that is not accounted yet */
} fl_account;

/* Attributes the cycles [account->until, cycle) to `cause`; nothing when cycle <= until. */
static inline void fl_account_until(fl_account *account, uint64_t cycle, fl_cause cause)
{
    if (cycle <= account->until) return;
    account->cycles[cause] += cycle - account->until;
    account->until = cycle;
}

/* Attributes the next `count` cycles to `cause`. */
static inline void fl_account_add(fl_account *account, uint64_t count, fl_cause cause)
{
    account->cycles[cause] += count;
    account->until += count;
}

#ifdef __cplusplus
}
#endif
#endif
