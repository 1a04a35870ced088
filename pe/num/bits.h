/* What the formats and integer functions of this folder share: bit counting, and the mark of loops over rows.
 */
#ifndef NUM_BITS_H
#define NUM_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Marks functions with loops over rows that deserve the vector instructions of the machine at hand, chosen
 * when the program starts, in a build for the base instruction set. Results are the same everywhere. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define NUM_HAS_X86_CLONES
#define NUM_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define NUM_VECTORISED
#endif

/* Loops over long rows of int32 go by blocks of NUM_BLOCK elements and ask for the cache lines
 * NUM_AHEAD_BYTES further on, a page, where the hardware's own prefetch ends. Addresses beyond the row do no
 * harm. to_write: the row is the loop's output. */
enum { NUM_BLOCK = 256, NUM_AHEAD_BYTES = 4096 };

static inline size_t num_block_end(size_t start, size_t n)
{
    return n - start < NUM_BLOCK ? n : start + NUM_BLOCK;
}

static inline void num_prefetch_block(const int32_t *row, bool to_write)
{
    const uintptr_t at = (uintptr_t)row + NUM_AHEAD_BYTES;
    for (unsigned line = 0; line < NUM_BLOCK * sizeof *row; line += 64) {
        if (to_write)
            __builtin_prefetch((const void *)(at + line), 1);
        else
            __builtin_prefetch((const void *)(at + line), 0);
    }
}

/* Position of the leading one, floor(log2 x); x > 0. */
static inline unsigned num_log2_floor(uint32_t x) { return 31u - (unsigned)__builtin_clz(x); }

/* |x| without overflow at INT32_MIN. */
static inline uint32_t num_magnitude(int32_t x) { return x < 0 ? 0u - (uint32_t)x : (uint32_t)x; }

#endif
