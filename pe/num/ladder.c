#include "pe/num/ladder.h"

#include <string.h>

#include "pe/num/bits.h"

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

typedef int8_t bytes64 __attribute__((vector_size(64)));
typedef uint8_t bytes16 __attribute__((vector_size(16)));

enum { BLOCK = 256 };

/* Packs `blocks` times BLOCK values by a ladder whose thresholds fit a signed byte. A comparison gives -1 where a value has reached the
 * threshold, so taking all fifteen away counts the steps; codes are looked up sixteen at a time. */
NUM_VECTORISED
static void climb_bytes(const ladder *l, const int32_t *restrict values, size_t blocks, uint8_t *restrict row)
{
    const bytes16 evens = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
    int8_t below[15], kept[BLOCK];
    bytes16 code_of;
    memcpy(&code_of, l->codes, sizeof code_of);
    for (unsigned k = 0; k < 15; k++) below[k] = (int8_t)(l->thresholds[k] > INT8_MAX ? INT8_MAX : l->thresholds[k] - 1);
    for (size_t block = 0; block < blocks; block++, values += BLOCK) {
        for (size_t i = 0; i < BLOCK; i++) {
            const int32_t value = values[i] < INT8_MIN ? INT8_MIN : values[i] > INT8_MAX ? INT8_MAX : values[i];
            kept[i] = (int8_t)value;
        }
        for (size_t i = 0; i < BLOCK; i += sizeof(bytes64)) {
            bytes64 x, steps = {0};
            memcpy(&x, kept + i, sizeof x);
            for (unsigned k = 0; k < 15; k++) steps -= x > below[k];
            bytes16 half[4];
            memcpy(half, &steps, sizeof half);
            for (unsigned h = 0; h < 4; h++) half[h] = __builtin_shuffle(code_of, half[h]);
            for (unsigned h = 0; h < 4; h += 2, row += sizeof(bytes16)) {
                const bytes16 pairs = __builtin_shuffle(half[h], half[h + 1], evens) | __builtin_shuffle(half[h], half[h + 1], evens + 1) << 4;
                memcpy(row, &pairs, sizeof pairs);
            }
        }
    }
}

/* The same for thresholds of any size. */
NUM_VECTORISED
static void climb_words(const ladder *l, const int32_t *restrict values, size_t blocks, uint8_t *restrict row)
{
    for (size_t block = 0; block < blocks; block++, values += BLOCK, row += BLOCK / 2) {
        int32_t steps[BLOCK] = {0};
        for (unsigned k = 0; k < 15; k++) {
            const int32_t threshold = l->thresholds[k];
            for (size_t i = 0; i < BLOCK; i++) steps[i] += values[i] >= threshold;
        }
        for (size_t i = 0; i < BLOCK / 2; i++) row[i] = (uint8_t)(l->codes[steps[2 * i]] | l->codes[steps[2 * i + 1]] << 4);
    }
}

void num_ladder_pack(num_format format, const int32_t *values, size_t n, uint8_t *row)
{
    const ladder *l = &LADDERS[format.kind][format.is_signed];
    const bool is_wide = format.kind == NUM_POT && !format.is_signed;
    const size_t blocks = n / BLOCK, whole = blocks * BLOCK, left = n - whole;
    (is_wide ? climb_words : climb_bytes)(l, values, blocks, row);
    if (left > 0) {
        int32_t rest[BLOCK] = {0};
        uint8_t codes[BLOCK / 2];
        memcpy(rest, values + whole, left * sizeof *rest);
        (is_wide ? climb_words : climb_bytes)(l, rest, 1, codes);
        memcpy(row + whole / 2, codes, (left + 1) / 2); /* every format has 0 for the code of 0, as padding must be */
    }
}
