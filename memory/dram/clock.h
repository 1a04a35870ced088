/* Two clocks that share time zero: core cycle c begins at c / core_hz, memory clock m at m / memory_hz. */
#ifndef MEM_DRAM_CLOCK_H
#define MEM_DRAM_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mem_clock {
    uint64_t core, memory; /* frequencies divided by their greatest common divisor */
} mem_clock;

static inline mem_clock mem_clock_make(uint64_t core_hz, uint64_t memory_hz)
{
    uint64_t a = core_hz, b = memory_hz;
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return (mem_clock){.core = core_hz / a, .memory = memory_hz / a};
}

static inline uint64_t mem_clock_scale(uint64_t value, uint64_t numerator, uint64_t denominator)
{
    if ((value | numerator) >> 32 == 0) return (value * numerator + denominator - 1) / denominator;
    return (uint64_t)(((unsigned __int128)value * numerator + denominator - 1) / denominator);
}

/* First memory clock at or after core cycle c; UINT64_MAX stays. */
static inline uint64_t mem_clock_from_core(const mem_clock *k, uint64_t c)
{
    return c == UINT64_MAX ? c : mem_clock_scale(c, k->memory, k->core);
}

/* First core cycle at or after memory clock m. */
static inline uint64_t mem_clock_to_core(const mem_clock *k, uint64_t m)
{
    return mem_clock_scale(m, k->core, k->memory);
}

#ifdef __cplusplus
}
#endif
#endif
