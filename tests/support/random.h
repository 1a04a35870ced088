/* Seeded random numbers for tests: SplitMix64. The seed of a failing case is printed by the test that uses
 * it. */
#ifndef FL_TESTS_SUPPORT_RANDOM_H
#define FL_TESTS_SUPPORT_RANDOM_H

#include <stdint.h>

typedef struct test_random {
    uint64_t state;
} test_random;

static inline uint64_t test_random_u64(test_random *r)
{
    uint64_t z = (r->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Uniform in [low, high]. */
static inline int64_t test_random_range(test_random *r, int64_t low, int64_t high)
{
    return low + (int64_t)(test_random_u64(r) % (uint64_t)(high - low + 1));
}

#endif
