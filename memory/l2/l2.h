/* A cache in front of a memory: banks of sets, LRU, write-back or write-through, misses under way
 * (docs/contracts/l2.md gives the rules and the formulas).
 *
 * To its ports it is a memory whose bursts are its lines. To the memory below it is two ports, one that reads
 * lines and one that writes them; what it asks for are blocks of one line, submitted in the cycle in which a
 * bank finds out, so any memory kind can be below. It keeps time, not data: bytes move as without it. */
#ifndef MEM_L2_L2_H
#define MEM_L2_L2_H

#include "memory/engine/plan.h"
#include "sim/base/registry.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { L2_MAX_BANKS = 64, L2_READ_PORT = 0, L2_WRITE_PORT = 1, L2_BELOW_PORTS };
enum { L2_BACK, L2_THROUGH };

typedef struct mem_l2_params {
    uint64_t capacity_bytes, ways, line_bytes, banks;
    uint64_t width_bytes;          /* that a bank moves per core cycle */
    uint64_t latency_cycles;       /* from the end of a bank's access, or of a fill, to the port's bus */
    uint64_t mshrs, write_buffers; /* lines on their way up and down, per bank */
    uint64_t bus_bytes;            /* per core cycle, to and from the memory below */
    int write;                     /* L2_BACK, L2_THROUGH */
    fl_subpart below;
    int model; /* MEM_SPAN, MEM_PIN */
} mem_l2_params;

typedef struct mem_l2 mem_l2;

/* A model of the plan that can say what it has counted. */
typedef struct mem_l2_model {
    mem_model model;
    /* Up to core cycle `now`, at which the state stands; dirty_lines and ports included. */
    void (*report)(const mem_l2 *l2, void *state, uint64_t now, mem_l2_stats *stats);
} mem_l2_model;

struct mem_l2 {
    mem_plan plan; /* first: models get the plan and cast */
    mem_l2_params t;
    uint64_t sets;          /* of a bank */
    uint64_t access_cycles; /* that an access or a fill keeps its bank: ceil(line / width) */
    unsigned line_shift, bank_shift;
    const mem_engine_ops *below_ops;
    mem_engine *below; /* owned */
};

/* Lines are numbered by address; consecutive ones lie in consecutive banks, then in consecutive sets. */
static inline uint64_t l2_line_number(const mem_l2 *l2, uint64_t address)
{
    return address >> l2->line_shift;
}
static inline unsigned l2_bank_of(const mem_l2 *l2, uint64_t line)
{
    return (unsigned)(line & (l2->t.banks - 1));
}
/* Over all banks. */
static inline uint64_t l2_set_of(const mem_l2 *l2, uint64_t line)
{
    return l2_bank_of(l2, line) * l2->sets + (line >> l2->bank_shift) % l2->sets;
}

/* Asks the memory below for `bytes` from `address` on, at core cycle `now`. */
void mem_l2_ask_below(const mem_l2 *l2, bool write, uint64_t address, uint64_t bytes, uint64_t now);

extern const mem_engine_ops mem_l2_ops;
extern const mem_l2_model mem_l2_span, mem_l2_pin;

#ifdef __cplusplus
}
#endif
#endif
