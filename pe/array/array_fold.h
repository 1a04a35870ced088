/* One fold of a job: which code goes to which row and column of the array, and where a result belongs.
 *
 * Shared by the models that work step by step (pin, and the RTL's test bench); the span model never visits a
 * fold. Physical rows and columns are meant throughout; a group of `slices` adjacent ones serves one operand.
 */
#ifndef PE_ARRAY_ARRAY_FOLD_H
#define PE_ARRAY_ARRAY_FOLD_H

#include "pe/array/array.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pe_array_fold {
    pe_array_job job; /* a copy; the data stay the job's owner's */
    uint32_t rows_eff, columns_eff;
    uint8_t slices_a, slices_b;
    uint32_t item, column_block, row_block; /* row_block counts blocks of m (OS) or k (WS) */
    uint64_t steps;                         /* T */
    bool starts_job, ends_job;
} pe_array_fold;

/* A code at the boundary, and which slice of it the row or column takes. Not used: the operand is zero. */
typedef struct pe_array_code {
    uint32_t code;
    uint8_t slice;
    bool used;
} pe_array_code;

void pe_array_fold_first(const pe_array_params *params, const pe_array_job *job, pe_array_fold *fold);
/* Goes to the next fold of the job; the fold must not be the last. */
void pe_array_fold_next(const pe_array_params *params, pe_array_fold *fold);

/* The activation that row `row` takes in step t. Without data: the next random code of *random (SplitMix64
 * state). */
pe_array_code pe_array_fold_a(const pe_array_params *params, const pe_array_fold *fold, uint32_t row,
                              uint64_t t, uint64_t *random);
/* The weight that column `column` takes: in step `index` (OS), or for row `index` of the array (WS preload).
 */
pe_array_code pe_array_fold_b(const pe_array_params *params, const pe_array_fold *fold, uint32_t column,
                              uint64_t index, uint64_t *random);
/* Adds a result of `column` to the accumulator buffer: that of row `index` (OS) or of step `index` (WS). The
 * first contribution to an element overwrites it unless the job accumulates. */
void pe_array_fold_deposit(const pe_array_params *params, const pe_array_fold *fold, uint32_t column,
                           uint64_t index, uint32_t value);

/* Slice `slice` of a code as a PE takes it, zero for an unused one. */
num_operand pe_array_fold_operand(const pe_array_params *params, num_format format, pe_array_code code);

#ifdef __cplusplus
}
#endif
#endif
