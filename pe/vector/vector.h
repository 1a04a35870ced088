/* Vector unit contract: P lanes that run one row-wise function per job (docs/contracts/vector.md).
 *
 * A function makes `passes` passes over each row of L elements, P elements a cycle (initiation interval 1 per
 * lane), with gap[p] cycles after pass p (row-wide scalar work: table look-up, square root, divide). Rows do
 * not overlap, except that a function of one pass with no gap streams rows back to back:
 *
 *   row interval  I = passes * ceil(L / P) + sum of gaps
 *   job           start .. accept = rows * I,   done = accept + latency
 *
 * where latency is the lane's pipeline depth in cycles, from an element's operand registers to the output
 * buffer. Accounting of [start, accept): ceil(L/P) * passes per row busy, gaps fill; [accept, done): drain.
 *
 * Arithmetic lives in pe/num and pe/vector/<function>/; kind "vector_function" in the registry, ops =
 * vec_function. */
#ifndef PE_VECTOR_VECTOR_H
#define PE_VECTOR_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pe/num/format.h"
#include "pe/num/requant.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { VEC_MAX_PASSES = 4 };

/* Per-column parameters, 12 bytes in memory, little endian, in this order; their meaning is the function's.
 */
typedef struct vec_column {
    int32_t bias;
    num_multiplier scale;
} vec_column;
enum { VEC_COLUMN_BYTES = 12 };

/* Immediate operands of a job, set by the workload's quantisation. Unused ones are 0. */
typedef struct vec_immediates {
    num_multiplier in;         /* rescales the first input */
    num_multiplier in2;        /* rescales the second input (add) */
    num_multiplier out;        /* rescales the function's result to the output scale */
    uint32_t index_multiplier; /* softmax: K = round(S * 2^16), S the scale of the logits (softmax_rexp.h) */
} vec_immediates;

typedef struct vec_function vec_function;

/* One job: out[rows x columns] = function(in, in2, per-column parameters). Rows are packed in their format.
 * Data pointers are NULL in a run without data. */
typedef struct vec_job {
    const vec_function *function;
    uint32_t rows, columns;
    num_format in_format, in2_format, out_format;
    vec_immediates immediates;
    uint32_t prefix;         /* causal mask: valid elements of the first row, at most columns; 0: no mask */
    uint32_t context;        /* causal mask: elements that are valid in every row, fewer than prefix */
    const uint8_t *in, *in2; /* in2: functions of two inputs */
    size_t in_stride_bytes, in2_stride_bytes;
    const uint8_t *column_params; /* columns * VEC_COLUMN_BYTES, functions with uses_columns */
    uint8_t *out;
    size_t out_stride_bytes;
} vec_job;

/* Do prefix, context and columns fit together? */
static inline bool vec_mask_is_valid(const vec_job *job)
{
    return job->prefix == 0 ? job->context == 0 : job->prefix > job->context && job->prefix <= job->columns;
}

/* How many elements of a row are valid, its first ones. Under a causal mask each row has one more than the
 * row before, and behind a whole row a new matrix begins with context + 1. Elements that are not valid take
 * part in no reduction; their results are 0. Cycles do not depend on it. */
static inline uint32_t vec_valid_columns(const vec_job *job, uint32_t row)
{
    if (job->prefix == 0) return job->columns;
    uint64_t position =
        (uint64_t)job->prefix - 1 - job->context + row; /* of the row, from the first matrix on */
    return job->context + (uint32_t)(position % (job->columns - job->context)) + 1;
}

/* Row-wide scalar state of a function between passes (maximum, sum, mean, factor ...). */
typedef struct vec_row_state {
    int64_t s[8];
} vec_row_state;

/* The function contract. The pin model calls begin / lane / reduce / scalar element by element in pass order;
 * the span model calls row. Both must give the same bits; the conformance suite holds every registered
 * function to it. */
struct vec_function {
    const char *name;
    unsigned inputs;   /* 1 or 2 */
    bool uses_columns; /* reads vec_column per column */
    bool
        maskable; /* takes a causal mask: begin, lane and scalar do not look at job->columns, row takes any */
    unsigned passes;              /* 1 .. VEC_MAX_PASSES */
    unsigned gap[VEC_MAX_PASSES]; /* cycles after each pass */
    unsigned latency;             /* lane pipeline depth, cycles */
    /* Lane operations per element, all passes, for the cost model (multiplies, adds, table reads). */
    unsigned multiplies, adds, table_reads;
    bool (*supports)(num_format in, num_format in2, num_format out, const char **reason);
    void (*begin)(vec_row_state *row, const vec_job *job);
    /* Lane: combinational value of one element in pass p. In the last pass it is the output value before
     * encoding (int32); earlier it is the contribution to reduce. x, x2 decoded inputs; column may be NULL
     * when not used. */
    int64_t (*lane)(const vec_row_state *row, const vec_job *job, unsigned pass, int32_t x, int32_t x2,
                    const vec_column *column);
    void (*reduce)(vec_row_state *row, unsigned pass, int64_t value);
    void (*scalar)(vec_row_state *row, const vec_job *job, unsigned pass); /* after pass, before the next */
    /* span: one whole row of decoded inputs to output values (before encoding); columns as above. Of a masked
     * row it gets the valid elements alone, with their number as job->columns. */
    void (*row)(const vec_job *job, const int32_t *x, const int32_t *x2, const vec_column *columns,
                int32_t *out);
};

typedef struct vec_params {
    uint32_t lanes;
} vec_params;

typedef struct vec_plan {
    uint64_t accept;     /* next job may be taken */
    uint64_t done;       /* last output element is in the buffer */
    uint64_t busy, fill; /* [start, accept) = busy + fill */
} vec_plan;

uint64_t vec_row_interval(const vec_params *params, const vec_function *function, uint32_t columns);
void vec_plan_job(const vec_params *params, const vec_job *job, uint64_t start, vec_plan *plan);
/* span arithmetic of a whole job; scratch holds at least 4 * columns int32 and columns vec_column. */
size_t vec_scratch_bytes(uint32_t columns);
void vec_compute(const vec_job *job, void *scratch);

/* Columns of `columns` parameters from their memory form. */
void vec_load_columns(const uint8_t *bytes, uint32_t columns, vec_column *out);
void vec_store_columns(const vec_column *in, uint32_t columns, uint8_t *bytes);

#ifdef __cplusplus
}
#endif
#endif
