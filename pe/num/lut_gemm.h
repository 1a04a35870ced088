/* LUT-GEMM (Park et al.): a matrix of binary-coded weights times a vector through tables of partial sums.
 *
 * The inputs are cut into sub-vectors of `lut_bits`; a table holds every signed sum of one, and the packed
 * weight bits of a row and plane are the key. Everything is integer and exact. */
#ifndef NUM_LUT_GEMM_H
#define NUM_LUT_GEMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NUM_LUT_MAX_BITS = 8 };

/* Layouts (outer to inner): bits [ceil(columns / 32)][plane][row], bit k % 32 of a word is column k, 1 means
 * +1; alpha [ceil(columns / group)][plane][row]; offset [ceil(columns / group)][row]. */
typedef struct num_lut_gemm {
    size_t rows, columns;
    size_t group;      /* columns that share alphas: a multiple of lut_bits */
    unsigned planes;   /* 1..8 */
    unsigned lut_bits; /* 1, 2, 4 or 8 */
} num_lut_gemm;

/* Words of packed bits. */
static inline size_t num_lut_gemm_words(num_lut_gemm shape)
{
    return (shape.columns + 31) / 32 * shape.planes * shape.rows;
}
/* Packs one column of one row: bit i of `code` goes to plane i. `bits` starts zeroed. */
void num_lut_gemm_pack(num_lut_gemm shape, uint32_t *bits, size_t row, size_t column, uint8_t code);

/* table[c] = sum over t of (bit t of c ? +x[t] : -x[t]), built with one addition per entry; |x| < 2^27. */
void num_lut_build(const int32_t *x, unsigned lut_bits, int32_t *table);
/* y[row] = sum over groups of (sum over planes of alpha * (looked-up sums) + offset * sum of x). `offset` may
 * be NULL. The caller keeps sums within int64: |alpha| and |offset| below 2^31 and |x| below 2^16 do up to
 * 2^13 columns. false, with y untouched, for a shape outside the limits above. */
bool num_lut_gemv(num_lut_gemm shape, const uint32_t *bits, const int32_t *alpha, const int32_t *offset,
                  const int32_t *x, int64_t *y);

#ifdef __cplusplus
}
#endif
#endif
