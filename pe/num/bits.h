/* What the formats and integer functions of this folder share: bit counting, and the mark of loops over rows.
 */
#ifndef NUM_BITS_H
#define NUM_BITS_H

#include <stdint.h>

/* Marks functions with loops over rows that deserve the vector instructions of the machine at hand, chosen
 * when the program starts, in a build for the base instruction set. Results are the same everywhere. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define NUM_HAS_X86_CLONES
#define NUM_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define NUM_VECTORISED
#endif

/* Position of the leading one, floor(log2 x); x > 0. */
static inline unsigned num_log2_floor(uint32_t x) { return 31u - (unsigned)__builtin_clz(x); }

/* |x| without overflow at INT32_MIN. */
static inline uint32_t num_magnitude(int32_t x) { return x < 0 ? 0u - (uint32_t)x : (uint32_t)x; }

#endif
