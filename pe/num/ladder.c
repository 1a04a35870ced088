#include "pe/num/ladder.h"

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

enum { BLOCK = 256 };

/* Codes of a ladder whose thresholds fit a signed byte: of n <= BLOCK values, one per byte. Each threshold that a value has reached adds
 * the step from one code to the next, modulo 256. */
NUM_VECTORISED
static void climb_bytes(const ladder *l, const int32_t *restrict values, size_t n, uint8_t *restrict codes)
{
    int8_t kept[BLOCK];
    for (size_t i = 0; i < n; i++) {
        const int32_t value = values[i] < INT8_MIN ? INT8_MIN : values[i] > INT8_MAX ? INT8_MAX : values[i];
        kept[i] = (int8_t)value;
        codes[i] = l->codes[0];
    }
    for (unsigned k = 0; k < 15; k++) {
        const int8_t threshold = (int8_t)(l->thresholds[k] > INT8_MAX ? INT8_MAX : l->thresholds[k]);
        const uint8_t step = (uint8_t)(l->codes[k + 1] - l->codes[k]);
        for (size_t i = 0; i < n; i++) codes[i] = (uint8_t)(codes[i] + (kept[i] >= threshold ? step : 0));
    }
}

/* The same for thresholds of any size. */
NUM_VECTORISED
static void climb_words(const ladder *l, const int32_t *restrict values, size_t n, uint8_t *restrict codes)
{
    int32_t steps[BLOCK] = {0};
    for (unsigned k = 0; k < 15; k++) {
        const int32_t threshold = l->thresholds[k];
        for (size_t i = 0; i < n; i++) steps[i] += values[i] >= threshold;
    }
    for (size_t i = 0; i < n; i++) codes[i] = l->codes[steps[i]];
}

/* Two codes to a byte, the first in the low half. */
NUM_VECTORISED
static void join_pairs(const uint8_t *restrict codes, size_t bytes, uint8_t *restrict row)
{
    for (size_t i = 0; i < bytes; i++) row[i] = (uint8_t)(codes[2 * i] | codes[2 * i + 1] << 4);
}

void num_ladder_pack(num_format format, const int32_t *values, size_t n, uint8_t *row)
{
    const ladder *l = &LADDERS[format.kind][format.is_signed];
    const bool is_wide = format.kind == NUM_POT && !format.is_signed;
    uint8_t codes[BLOCK];
    for (size_t start = 0; start < n; start += BLOCK) {
        const size_t count = n - start < BLOCK ? n - start : BLOCK;
        (is_wide ? climb_words : climb_bytes)(l, values + start, count, codes);
        join_pairs(codes, count / 2, row + start / 2);
        if (count % 2) row[start / 2 + count / 2] = codes[count - 1];
    }
}
