/* Matrix unit contract: an R x C systolic array, output or weight stationary (docs/contracts/matrix.md).
 *
 * A job multiplies a tile: for each item, c[m x n] (+)= a[m x k] * b. The array works it off in folds of at
 * most rows_eff x cols_eff outputs (OS) or weights (WS), where eff = physical size / slices of the operand's
 * format. All fold times use the physical R and C: the wave crosses the whole array. T is the number of
 * operand steps of a fold: k for OS, m for WS. Skew and preload of successive folds follow `overlap`:
 *
 *   OS  start-to-start   skew serial:     T + R + C - 2 (+ R if drain serial)
 *                        skew overlapped: T + R if drain serial, max(T, R) if drain overlapped
 *       last result      start + T + 2R + C - 2
 *   WS  start-to-start   skew serial:     T + R + C - 2 (+ R if preload serial)
 *                        skew overlapped: T + R if preload serial, max(T, R) if preload overlapped
 *       last result      start + T + R + C - 2      (start is after the fold's own preload of R cycles)
 *
 * Where T changes between folds of successive jobs the registers' own rule holds (pe_array_front); with equal
 * T it gives the table. A job starts with one decode cycle at the boundary, hidden behind the job before when
 * jobs queue up. All models (span in C, pin in SystemC, the RTL) obey this to the cycle and give the same
 * bits. Fold order: item, then column block, then row block (OS); item, then column block, then k block (WS).
 */
#ifndef PE_ARRAY_ARRAY_H
#define PE_ARRAY_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pe/pe.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum pe_dataflow { PE_OUTPUT_STATIONARY, PE_WEIGHT_STATIONARY } pe_dataflow;

typedef struct pe_array_params {
    const pe_type *pe;
    uint32_t rows, columns;
    pe_dataflow dataflow;
    bool overlap_preload; /* WS only */
    bool overlap_skew;
    bool overlap_drain; /* OS only */
} pe_array_params;

typedef struct pe_array_job {
    uint32_t items; /* independent products, e.g. attention heads held in the buffers together */
    uint32_t m, n, k;
    num_format a_format, b_format;
    bool b_k_major;  /* false: b holds n rows of k codes (K contiguous); true: k rows of n codes */
    bool accumulate; /* false: c is overwritten; true: added to */
    /* Packed operands, K contiguous in a. NULL in a run without data. Item i starts item_bytes * i further.
     */
    const uint8_t *a, *b;
    size_t a_stride_bytes, b_stride_bytes, a_item_bytes, b_item_bytes;
    /* Partial sums: row-major int32 modulo 2^32, c_stride elements from row to row, c_item elements from item
     * to item. */
    uint32_t *c;
    size_t c_stride, c_item;
} pe_array_job;

/* What the folds so far leave to the next one. Zero-initialised at reset; absolute cycles. */
typedef struct pe_array_front {
    uint64_t next_start;    /* earliest first operand of the next fold */
    uint64_t next_preload;  /* WS: earliest first weight of the next preload */
    uint64_t next_capture;  /* OS with drain overlapped: the next fold's start + T must not lie before this */
    uint64_t accept, until; /* of the last plan */
} pe_array_front;

/* When a job that is taken at cycle `start` does what. All are absolute cycles; events take effect on the
 * clock edge that begins that cycle.
 *
 * `accept` is early enough that a job taken there loses nothing: the cycle in which the last operands enter,
 * or, for WS with preload overlapped, the cycle before the last fold starts, because the weights of the next
 * job may follow from then on. The array therefore still streams this job's operands in [accept, until);
 * those cycles are in this job's account: [from, until) = fill + busy + drain exactly, and the spans [from,
 * until) of successive jobs never overlap. */
typedef struct pe_array_plan {
    uint64_t first_operand; /* first operands enter PE(0,0) */
    uint64_t accept;        /* the next job may be taken from here on; accept > start */
    uint64_t done;          /* every result of the job is in the accumulator buffer */
    uint64_t folds;
    uint64_t from, until; /* accounted cycles: from start (or the previous job's until, if later) to the cycle
                             after the last operands entered PE(0,0) */
    uint64_t fill, busy,
        drain; /* decode and exposed preload / operands enter / exposed skew out and result drain */
} pe_array_plan;

/* Fails (returns false and a static reason) when the PE type takes one of the formats not at all or the array
 * is too small for its slices. */
bool pe_array_supports(const pe_array_params *params, num_format a, num_format b, const char **reason);

uint64_t pe_array_folds(const pe_array_params *params, const pe_array_job *job);
/* Operand steps T of each fold of the job (k for OS, m for WS). */
uint64_t pe_array_fold_steps(const pe_array_params *params, const pe_array_job *job);

/* span: the closed form. O(1) in the number of folds. Advances *front. start >= accept of the previous plan.
 */
void pe_array_plan_job(const pe_array_params *params, pe_array_front *front, const pe_array_job *job,
                       uint64_t start, pe_array_plan *plan);
/* span: the arithmetic, as one integer product per item, modulo 2^32. Equal to PE by PE. `scratch` may be
 * NULL; a caller that runs many jobs passes a pe_array_scratch it keeps. */
typedef struct pe_array_scratch pe_array_scratch;
pe_array_scratch *pe_array_scratch_new(void);
void pe_array_scratch_free(pe_array_scratch *scratch);
void pe_array_compute(const pe_array_params *params, const pe_array_job *job, pe_array_scratch *scratch);

/* Action counts of a job for the cost model. */
typedef struct pe_array_actions {
    uint64_t macs;    /* useful multiply-accumulates: items * m * n * k */
    uint64_t pe_macs; /* PE operations: macs * slices_a * slices_b */
    uint64_t decodes; /* operands decoded at the boundary (slices counted) */
    uint64_t a_read_bytes,
        b_read_bytes; /* from the scratchpads, re-reads per fold included, rounded up once per job */
    uint64_t c_write_bytes, c_read_bytes; /* accumulator buffer; reads when accumulating */
} pe_array_actions;
void pe_array_count(const pe_array_params *params, const pe_array_job *job, pe_array_actions *actions);

#ifdef __cplusplus
}
#endif
#endif
