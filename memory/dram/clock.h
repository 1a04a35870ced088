/* Two clocks that share time zero: core cycle c begins at c / core_hz, memory clock m at m / memory_hz. */
#ifndef MEM_DRAM_CLOCK_H
#define MEM_DRAM_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* value -> ceil(value * numerator / denominator), by a multiplication while the product stays below `exact`.
 */
typedef struct mem_ratio {
    uint64_t numerator, denominator;
    uint64_t inverse,
        exact; /* floor(2^64 / denominator) + 1, and the first dividend for which that may be off */
} mem_ratio;

typedef struct mem_clock {
    mem_ratio to_core, from_core;
} mem_clock;

/* x * inverse = x * 2^64 / d + x * e / d with e = inverse * d - 2^64 <= d: the quotient is right while x * e
 * < 2^64. */
static inline mem_ratio mem_ratio_make(uint64_t numerator, uint64_t denominator)
{
    mem_ratio r = {.numerator = numerator, .denominator = denominator};
    if (denominator == 1) return r; /* exact = 0: divides */
    r.inverse = UINT64_MAX / denominator + 1;
    r.exact = UINT64_MAX / denominator;
    return r;
}

static inline mem_clock mem_clock_make(uint64_t core_hz, uint64_t memory_hz)
{
    uint64_t a = core_hz, b = memory_hz;
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    uint64_t core = core_hz / a, memory = memory_hz / a;
    return (mem_clock){.to_core = mem_ratio_make(core, memory), .from_core = mem_ratio_make(memory, core)};
}

static inline uint64_t mem_clock_scale(uint64_t value, const mem_ratio *r)
{
    if ((value | r->numerator) >> 32 == 0) {
        uint64_t dividend = value * r->numerator + r->denominator - 1;
        if (dividend < r->exact) return (uint64_t)((unsigned __int128)dividend * r->inverse >> 64);
        if (r->denominator == 1) return dividend;
    }
    return (uint64_t)(((unsigned __int128)value * r->numerator + r->denominator - 1) / r->denominator);
}

/* Walks mem_clock_to_core(value), mem_clock_to_core(value + step) ... by additions. */
typedef struct mem_clock_walk {
    uint64_t cycle;             /* the present value's */
    uint64_t rest, denominator; /* of the division that gives it */
    uint64_t step_cycles, step_rest;
} mem_clock_walk;

static inline mem_clock_walk mem_clock_walk_by(const mem_clock *k, uint64_t step)
{
    const mem_ratio *r = &k->to_core;
    return (mem_clock_walk){.denominator = r->denominator,
                            .step_cycles = step * r->numerator / r->denominator,
                            .step_rest = step * r->numerator % r->denominator};
}

static inline void mem_clock_walk_from(mem_clock_walk *w, const mem_clock *k, uint64_t value)
{
    w->cycle = mem_clock_scale(value, &k->to_core);
    w->rest = value * k->to_core.numerator + w->denominator - 1 - w->cycle * w->denominator;
}

static inline void mem_clock_walk_step(mem_clock_walk *w)
{
    uint64_t rest = w->rest + w->step_rest, carry = rest >= w->denominator;
    w->cycle += w->step_cycles + carry;
    w->rest = carry ? rest - w->denominator : rest;
}

/* First memory clock at or after core cycle c; UINT64_MAX stays. */
static inline uint64_t mem_clock_from_core(const mem_clock *k, uint64_t c)
{
    return c == UINT64_MAX ? c : mem_clock_scale(c, &k->from_core);
}

/* First core cycle at or after memory clock m. */
static inline uint64_t mem_clock_to_core(const mem_clock *k, uint64_t m)
{
    return mem_clock_scale(m, &k->to_core);
}

#ifdef __cplusplus
}
#endif
#endif
