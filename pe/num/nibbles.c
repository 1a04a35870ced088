#include "pe/num/nibbles.h"

#include <string.h>

#include "pe/num/bits.h"

typedef uint8_t bytes16 __attribute__((vector_size(16)));

enum { STEP = 32 }; /* codes in a vector of bytes */

/* --- decoding ---------------------------------------------------------------------------------------------
 */

/* Values of the sixteen codes, indexed by kind and sign. */
static const int16_t VALUES[3][2][16] = {
    [NUM_INT] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                 {0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1}},
    [NUM_FLINT] = {{0, 1, 2, 3, 4, 5, 6, 7, 64, 32, 16, 24, 8, 10, 12, 14},
                   {0, 1, 2, 3, 16, 8, 4, 6, 0, -1, -2, -3, -16, -8, -4, -6}},
    [NUM_POT] = {{0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384},
                 {0, 1, 2, 4, 8, 16, 32, 64, 0, -1, -2, -4, -8, -16, -32, -64}},
};

/* A vector of bytes holds sixteen bytes of a table; the first and the second byte of values in memory are
 * looked up one after the other. Interleaving puts even and odd codes into their order, and then the bytes of
 * each value. */
NUM_VECTORISED
static void look_up(const int16_t table[16], const uint8_t *restrict row, size_t n, int16_t *restrict values)
{
    const bytes16 low_halves = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
    const bytes16 high_halves = {8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    uint8_t bytes[16][2];
    bytes16 first = {0}, second = {0};
    memcpy(bytes, table, sizeof bytes);
    for (unsigned code = 0; code < 16; code++) {
        first[code] = bytes[code][0];
        second[code] = bytes[code][1];
    }
    size_t i = 0;
    for (; i + STEP <= n; i += STEP) {
        bytes16 packed;
        memcpy(&packed, row + i / 2, sizeof packed);
        const bytes16 even = packed & 15, odd = packed >> 4;
        const bytes16 codes[2] = {__builtin_shuffle(even, odd, low_halves),
                                  __builtin_shuffle(even, odd, high_halves)};
        for (unsigned half = 0; half < 2; half++) {
            const bytes16 firsts = __builtin_shuffle(first, codes[half]),
                          seconds = __builtin_shuffle(second, codes[half]);
            const bytes16 low = __builtin_shuffle(firsts, seconds, low_halves);
            const bytes16 high = __builtin_shuffle(firsts, seconds, high_halves);
            memcpy(values + i + 16 * half, &low, sizeof low);
            memcpy(values + i + 16 * half + 8, &high, sizeof high);
        }
    }
    for (; i < n; i++) values[i] = table[row[i / 2] >> (i % 2 * 4) & 15];
}

void num_nibbles_unpack_int16(num_format format, const uint8_t *row, size_t n, int16_t *values)
{
    look_up(VALUES[format.kind][format.is_signed], row, n, values);
}

NUM_VECTORISED
static void widen(const int16_t *restrict from, size_t n, int32_t *restrict to)
{
    for (size_t i = 0; i < n; i++) to[i] = from[i];
}

void num_nibbles_unpack(num_format format, const uint8_t *row, size_t n, int32_t *values)
{
    int16_t block[NUM_BLOCK];
    for (size_t start = 0; start < n; start += NUM_BLOCK) {
        const size_t count = num_block_end(start, n) - start;
        num_prefetch_block(values + start, true);
        num_nibbles_unpack_int16(format, row + start / 2, count, block);
        widen(block, count, values + start);
    }
}

/* --- encoding ---------------------------------------------------------------------------------------------
 */

enum { TABLE_ROWS = 7 };

/* Codes of the values low, low + 1 ... high; those beyond have the code of the nearer end. */
typedef struct code_table {
    int8_t low, high;
    uint8_t codes[16 * TABLE_ROWS];
} code_table;

/* Indexed by kind and sign. The values of unsigned PoT are too far apart for a table. */
static const code_table CODES[3][2] = {
    [NUM_INT] = {{0, 15, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}},
                 {-8, 7, {8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7}}},
    [NUM_FLINT] = {{0,
                    48,
                    {0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 13, 14, 14, 15, 15, [15 ... 19] = 10, [20 ... 27] = 11,
                     [28 ... 47] = 9, [48] = 8}},
                   {-13, 12, {12, 13, 13, 13, 13, 13, 15, 15, 14, 14, 11, 10, 9,
                              0,  1,  2,  3,  6,  7,  7,  5,  5,  5,  5,  5,  4}}},
    [NUM_POT] = {{0},
                 {-49,
                  48,
                  {[0] = 15,
                   [49 - 48 ... 49 - 25] = 14,
                   [49 - 24 ... 49 - 13] = 13,
                   [49 - 12 ... 49 - 7] = 12,
                   [49 - 6 ... 49 - 4] = 11,
                   [49 - 3 ... 49 - 2] = 10,
                   [49 - 1] = 9,
                   [49] = 0,
                   [49 + 1] = 1,
                   [49 + 2] = 2,
                   [49 + 3 ... 49 + 5] = 3,
                   [49 + 6 ... 49 + 11] = 4,
                   [49 + 12 ... 49 + 23] = 5,
                   [49 + 24 ... 49 + 47] = 6,
                   [49 + 48] = 7}}},
};

/* Two codes to a byte, the first in the low half. */
static inline void join_pairs(const uint8_t codes[NUM_BLOCK], uint8_t row[NUM_BLOCK / 2])
{
    for (size_t i = 0; i < NUM_BLOCK / 2; i++) row[i] = (uint8_t)(codes[2 * i] | codes[2 * i + 1] << 4);
}

/* `blocks` times NUM_BLOCK values. Their places in the table are bytes; each of its rows of sixteen serves
 * the places that reach it. */
NUM_VECTORISED
static void look_up_codes(const code_table *t, const int32_t *restrict values, size_t blocks,
                          uint8_t *restrict row)
{
    const int32_t low = t->low, high = t->high;
    const unsigned table_rows = (unsigned)(high - low) / 16 + 1;
    bytes16 tables[TABLE_ROWS];
    memcpy(tables, t->codes, sizeof tables);
    for (size_t block = 0; block < blocks; block++, values += NUM_BLOCK, row += NUM_BLOCK / 2) {
        uint8_t places[NUM_BLOCK], codes[NUM_BLOCK];
        num_prefetch_block(values, false);
        for (size_t i = 0; i < NUM_BLOCK; i++) {
            const int32_t value = values[i] < low ? low : values[i] > high ? high : values[i];
            places[i] = (uint8_t)(value - low);
        }
        for (size_t i = 0; i < NUM_BLOCK; i += sizeof(bytes16)) {
            bytes16 place;
            memcpy(&place, places + i, sizeof place);
            bytes16 code = __builtin_shuffle(tables[0], place);
            for (unsigned r = 1; r < table_rows; r++) {
                const bytes16 reached = (bytes16)(place > (uint8_t)(16 * r - 1));
                code = (code & ~reached) | (__builtin_shuffle(tables[r], place) & reached);
            }
            memcpy(codes + i, &code, sizeof code);
        }
        join_pairs(codes, row);
    }
}

/* Unsigned PoT: a value's code counts the thresholds that it has reached, ties upwards. */
NUM_VECTORISED
static void count_steps(const int32_t *restrict values, size_t blocks, uint8_t *restrict row)
{
    static const int32_t thresholds[15] = {1,   2,   3,   6,    12,   24,   48,   96,
                                           192, 384, 768, 1536, 3072, 6144, 12288};
    for (size_t block = 0; block < blocks; block++, values += NUM_BLOCK, row += NUM_BLOCK / 2) {
        int32_t steps[NUM_BLOCK] = {0};
        uint8_t codes[NUM_BLOCK];
        for (unsigned k = 0; k < 15; k++)
            for (size_t i = 0; i < NUM_BLOCK; i++) steps[i] += values[i] >= thresholds[k];
        for (size_t i = 0; i < NUM_BLOCK; i++) codes[i] = (uint8_t)steps[i];
        join_pairs(codes, row);
    }
}

static void pack_blocks(num_format format, const int32_t *values, size_t blocks, uint8_t *row)
{
    if (format.kind == NUM_POT && !format.is_signed)
        count_steps(values, blocks, row);
    else
        look_up_codes(&CODES[format.kind][format.is_signed], values, blocks, row);
}

void num_nibbles_pack(num_format format, const int32_t *values, size_t n, uint8_t *row)
{
    const size_t blocks = n / NUM_BLOCK, whole = blocks * NUM_BLOCK, left = n - whole;
    pack_blocks(format, values, blocks, row);
    if (left > 0) {
        int32_t rest[NUM_BLOCK] = {0}; /* the code of 0 is 0 in every format, as padding must be */
        uint8_t packed[NUM_BLOCK / 2];
        memcpy(rest, values + whole, left * sizeof *rest);
        pack_blocks(format, rest, 1, packed);
        memcpy(row + whole / 2, packed, (left + 1) / 2);
    }
}
