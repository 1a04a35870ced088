#include "pe/num/nibbles.h"

#include <string.h>

#include "pe/num/bits.h"

/* Values of the sixteen codes, indexed by kind and sign. */
static const int16_t VALUES[3][2][16] = {
    [NUM_INT] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                 {0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1}},
    [NUM_FLINT] = {{0, 1, 2, 3, 4, 5, 6, 7, 64, 32, 16, 24, 8, 10, 12, 14},
                   {0, 1, 2, 3, 16, 8, 4, 6, 0, -1, -2, -3, -16, -8, -4, -6}},
    [NUM_POT] = {{0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384},
                 {0, 1, 2, 4, 8, 16, 32, 64, 0, -1, -2, -4, -8, -16, -32, -64}},
};

typedef uint8_t bytes16 __attribute__((vector_size(16)));

enum { STEP = 32, BLOCK = 256 };

/* A vector of bytes holds sixteen bytes of a table; the first and the second byte of values in memory are looked up one
 * after the other. Interleaving puts even and odd codes into their order, and then the bytes of each value. */
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
        const bytes16 codes[2] = {__builtin_shuffle(even, odd, low_halves), __builtin_shuffle(even, odd, high_halves)};
        for (unsigned half = 0; half < 2; half++) {
            const bytes16 firsts = __builtin_shuffle(first, codes[half]), seconds = __builtin_shuffle(second, codes[half]);
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
    int16_t block[BLOCK];
    for (size_t start = 0; start < n; start += BLOCK) {
        const size_t count = n - start < BLOCK ? n - start : BLOCK;
        num_nibbles_unpack_int16(format, row + start / 2, count, block);
        widen(block, count, values + start);
    }
}
