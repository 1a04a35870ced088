/* REXP softmax: two look-up tables and one multiply, no divider (Vasyltsov and Chang, arXiv:2111.10770,
 * section 4.1).
 *
 *   numerator[i] = round(e^-i * full)   i = integer part of max - x, until the first zero
 *   alpha[j]     = round(full / j)      j = rounded sum of numerators / full, at least 1
 *   softmax      = numerator * alpha / full, rounded
 *
 * full = 2^width - 1. Values are in units of 1 / full (not 2^-width). Exponents are integers, so all logits
 * within 1.0 of the maximum share the numerator 1; a table of n alphas takes every larger sum for n, so flat
 * rows much longer than n come out too large. Error against the real softmax: below 0.40 at 8 bits. Rounding
 * to nearest is inferred from the published table sizes (58, 24, 21, 10 bytes), which floor would not give.
 */
#ifndef NUM_SOFTMAX_REXP_H
#define NUM_SOFTMAX_REXP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NUM_REXP_MAX_NUMERATORS = 16, NUM_REXP_MAX_ALPHAS = 320 };

/* How indices are taken from sums and exponentials, in both table softmaxes. */
typedef enum num_index_rule {
    NUM_INDEX_ROUND,   /* to the nearest entry: recommended */
    NUM_INDEX_LITERAL, /* leading bits alone, as the paper's figures have it; errors up to 0.55 */
} num_index_rule;

typedef struct num_rexp {
    unsigned width; /* bits of a value: 15 (int16), 8 (uint8), 4, 2 */
    unsigned numerators, alphas;
    uint16_t numerator[NUM_REXP_MAX_NUMERATORS];
    uint16_t alpha[NUM_REXP_MAX_ALPHAS]; /* alpha[j - 1] */
} num_rexp;

/* The 8-bit ROM with all 320 alphas; a shorter table is a prefix. */
extern const num_rexp num_rexp_u8;

/* Builds the tables with libm; width 2..15, 1 <= alphas <= NUM_REXP_MAX_ALPHAS. The alphas end at the first
 * zero if that comes earlier. */
void num_rexp_build(unsigned width, unsigned alphas, num_rexp *tables);
/* Bytes of the ROM: two per entry above 8 bits, else one. */
size_t num_rexp_bytes(const num_rexp *tables);

/* Numerator's index for a distance from the maximum; index_multiplier = round(S * 2^16) turns it into units
 * of 1. */
static inline unsigned num_rexp_index(const num_rexp *tables, uint32_t distance, uint32_t index_multiplier)
{
    const uint64_t index = ((uint64_t)distance * index_multiplier) >> 16;
    return index < tables->numerators - 1 ? (unsigned)index : tables->numerators - 1;
}

/* alpha for a sum of numerators, from the first `alphas` entries of the table. */
static inline uint32_t num_rexp_alpha(const num_rexp *tables, unsigned alphas, uint64_t sum)
{
    const uint64_t j = (sum + ((uint64_t)1 << (tables->width - 1))) >> tables->width;
    return tables->alpha[j < 1 ? 0 : j > alphas ? alphas - 1 : j - 1];
}

/* product / full to the nearest integer (full is odd, so there are no ties). */
uint32_t num_rexp_divide(const num_rexp *tables, uint32_t product);
/* The same for 8 bits without a division: product / 255, product <= 255 * 255. */
static inline uint32_t num_divide_by_255(uint32_t product)
{
    const uint32_t t = product + 128;
    return (t + (t >> 8)) >> 8;
}

/* One row of n > 0 logits; NUM_INDEX_LITERAL takes sum >> width for j and product >> width for the result. */
void num_softmax_rexp_row(const num_rexp *tables, num_index_rule rule, uint32_t index_multiplier,
                          const int32_t *q, size_t n, uint16_t *out);

#ifdef __cplusplus
}
#endif
#endif
