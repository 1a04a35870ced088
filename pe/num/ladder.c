#include "pe/num/ladder.h"

/* thresholds[k]: the smallest value that is nearer to the (k+1)-th representable value than to the one below, ties upwards. codes: of the
 * representable values in ascending order. A format of 15 values never climbs the last step. */
typedef struct ladder {
    int32_t thresholds[15];
    uint8_t codes[16];
} ladder;

/* Indexed by kind and sign. The test recomputes every row from num_encode. */
static const ladder LADDERS[3][2] = {
    [NUM_INT] = {{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
                 {{-7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7}, {8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7}}},
    [NUM_FLINT] = {{{1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 20, 28, 48}, {0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 10, 11, 9, 8}},
                   {{-12, -7, -5, -3, -2, -1, 0, 1, 2, 3, 4, 5, 7, 12, INT32_MAX}, {12, 13, 15, 14, 11, 10, 9, 0, 1, 2, 3, 6, 7, 5, 4, 4}}},
    [NUM_POT] = {{{1, 2, 3, 6, 12, 24, 48, 96, 192, 384, 768, 1536, 3072, 6144, 12288}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
                 {{-48, -24, -12, -6, -3, -1, 0, 1, 2, 3, 6, 12, 24, 48, INT32_MAX}, {15, 14, 13, 12, 11, 10, 9, 0, 1, 2, 3, 4, 5, 6, 7, 7}}},
};

enum { BLOCK = 256 };

/* How many thresholds each value has reached. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((target_clones("avx2", "default")))
#endif
static void climb(const ladder *l, const int32_t *values, size_t n, int32_t *steps)
{
    for (size_t i = 0; i < n; i++) steps[i] = 0;
    for (unsigned k = 0; k < 15; k++) {
        int32_t threshold = l->thresholds[k];
        for (size_t i = 0; i < n; i++) steps[i] += values[i] >= threshold;
    }
}

void num_ladder_pack(num_format format, const int32_t *values, size_t n, uint8_t *row)
{
    const ladder *l = &LADDERS[format.kind][format.is_signed];
    int32_t steps[BLOCK];
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t count = n - start < BLOCK ? n - start : BLOCK;
        climb(l, values + start, count, steps);
        uint8_t *out = row + start / 2;
        for (size_t i = 0; i + 1 < count; i += 2) out[i / 2] = (uint8_t)(l->codes[steps[i]] | l->codes[steps[i + 1]] << 4);
        if (count % 2) out[count / 2] = l->codes[steps[count - 1]];
    }
}
