/* Which point of the grid is the i-th of a sweep. Every strategy is a closed form of i and the seed. */
#include "sim/sweep/sweep_file.h"

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014): a well mixed 64-bit permutation. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* A pseudorandom permutation of [0, size): a Feistel network over the next even number of bits, walked until
 * it falls inside (Black and Rogaway, CT-RSA 2002). At most 4 expected steps, no table. */
static uint64_t permute(uint64_t i, uint64_t size, uint64_t key)
{
    unsigned half = 1;
    while (half < 32 && (UINT64_C(1) << (2 * half)) < size) half++;
    const uint64_t mask = (UINT64_C(1) << half) - 1;
    do {
        uint64_t left = i >> half, right = i & mask;
        for (uint64_t round = 0; round < 6; round++) {
            uint64_t next = left ^ (mix(mix(key + round) ^ right) & mask);
            left = right;
            right = next;
        }
        i = left << half | right;
    } while (i >= size);
    return i;
}

/* Digits of a grid index; the last axis runs fastest. */
static void choose_grid(const fl_sweep *sweep, uint64_t index, uint64_t *choice)
{
    for (size_t a = sweep->axis_count; a-- > 0;) {
        choice[a] = index % sweep->axes[a].count;
        index /= sweep->axes[a].count;
    }
}

/* Latin hypercube (McKay, Beckman, Conover, Technometrics 1979): on each axis, the points fall into equally
 * filled strata. */
static void choose_latin(const fl_sweep *sweep, uint64_t point, uint64_t *choice)
{
    for (size_t a = 0; a < sweep->axis_count; a++) {
        uint64_t stratum = permute(point, sweep->point_count, mix(sweep->seed) + a * 64);
        choice[a] = (uint64_t)((unsigned __int128)stratum * sweep->axes[a].count / sweep->point_count);
    }
}

void fl_sweep_choose(const fl_sweep *sweep, uint64_t point, uint64_t choice[FL_SWEEP_MAX_AXES])
{
    switch ((fl_strategy)sweep->strategy) {
    case FL_GRID:
        choose_grid(sweep, point, choice);
        break;
    case FL_RANDOM:
        choose_grid(sweep, permute(point, sweep->grid_points, mix(sweep->seed)), choice);
        break;
    case FL_LATIN_HYPERCUBE:
        choose_latin(sweep, point, choice);
        break;
    }
}

void fl_sweep_values(const fl_sweep *sweep, const uint64_t choice[FL_SWEEP_MAX_AXES],
                     const char *values[FL_SWEEP_MAX_KEYS])
{
    for (size_t a = 2; a < sweep->axis_count; a++)
        for (size_t k = 0; k < sweep->axes[a].key_count; k++) {
            size_t key = sweep->axes[a].first_key + k;
            values[key] = sweep->keys[key].values[choice[a]];
        }
}
