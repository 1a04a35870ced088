/* Integer square root as I-BERT computes it (Newton iteration with an integer divider; I-BERT, ICML 2021,
 * Algorithm 4). */
#ifndef NUM_ISQRT_H
#define NUM_ISQRT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Divisions that the iteration needs at most, the one of the stop test included, for n below 2^48. (The paper
 * speaks of at most four iterations; with this start value 6 divisions occur, for instance at n =
 * 1074790655.) */
enum { NUM_ISQRT_MAX_DIVISIONS = 6 };

/* floor(sqrt(n)) for any n. Start value 2^ceil(bits(n) / 2); stops when the next value is not smaller.
 * `divisions`, which may be NULL, receives the number of divisions made. */
uint32_t num_isqrt(uint64_t n, unsigned *divisions);

#ifdef __cplusplus
}
#endif
#endif
