/* 2D-LUT softmax: two look-up tables, no multiplication and no division (Vasyltsov and Chang,
 * arXiv:2111.10770, section 4.2).
 *
 *   exponential[i] = round(e^(-i / 10) * full)            i = round(10 (max - x))
 *   quotient[i][j] = round((i / 10) / j * full)           i = round(10 e / full), j = rounded sum /
 * full, 1..columns
 *
 * full = 2^width - 1, and values are in units of 1 / full. Sums beyond the last column count as the last, so
 * flat rows longer than that come out too large. Error against the real softmax: below 0.40 at 8 bits. */
#ifndef NUM_SOFTMAX_LUT2D_H
#define NUM_SOFTMAX_LUT2D_H

#include <stddef.h>
#include <stdint.h>

#include "pe/num/softmax_rexp.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NUM_LUT2D_MAX_EXPONENTIALS = 101, NUM_LUT2D_ROWS = 11, NUM_LUT2D_MAX_COLUMNS = 60 };

typedef struct num_lut2d {
    unsigned width; /* bits of a value: 15 (int16), 8 (uint8), 4, 2 */
    unsigned exponentials, columns;
    uint16_t exponential[NUM_LUT2D_MAX_EXPONENTIALS];
    uint16_t quotient[NUM_LUT2D_ROWS][NUM_LUT2D_MAX_COLUMNS]; /* [i][j - 1] */
} num_lut2d;

/* Builds the tables with libm. width 2..15. Published sizes (exponentials, columns): int16 and uint8 101, 60;
 * uint4 48, 29; uint2 12, 8. */
void num_lut2d_build(unsigned width, unsigned exponentials, unsigned columns, num_lut2d *tables);
/* Bytes of both tables: two per entry above 8 bits, else one. 1522, 761, 367 and 100 for the published sizes.
 */
size_t num_lut2d_bytes(const num_lut2d *tables);
/* One row of n > 0 logits; index_multiplier = round(10 S * 2^16) below 2^31 turns distances into units of
 * 1/10. With NUM_INDEX_LITERAL all three indices are cut off instead of rounded. */
void num_softmax_lut2d_row(const num_lut2d *tables, num_index_rule rule, uint32_t index_multiplier,
                           const int32_t *q, size_t n, uint16_t *out);

#ifdef __cplusplus
}
#endif
#endif
