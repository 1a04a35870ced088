/* Bit counting shared by the formats and integer functions of this folder. */
#ifndef NUM_BITS_H
#define NUM_BITS_H

#include <stdint.h>

/* Position of the leading one, floor(log2 x); x > 0. */
static inline unsigned num_log2_floor(uint32_t x) { return 31u - (unsigned)__builtin_clz(x); }

/* |x| without overflow at INT32_MIN. */
static inline uint32_t num_magnitude(int32_t x) { return x < 0 ? 0u - (uint32_t)x : (uint32_t)x; }

#endif
