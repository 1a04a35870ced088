/* Commands: the unit of work between the units of the machine, and the tokens that order them.
 *
 * Four queues (load, matrix, vector, store) each run their commands in order. The n-th command that a queue
 * completes is its token n: a command waits for tokens of other queues ("matrix 12": the matrix queue has
 * completed its commands 0..12). Giving a token is completing; a wait always names a command earlier in
 * program order, so the mapper's own streams cannot deadlock; replayed ones can, and the command processor
 * says which command waits for which token. */
#ifndef FL_MACHINE_COMMAND_H
#define FL_MACHINE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/memory.h"
#include "pe/num/format.h"
#include "pe/vector/vector.h"
#include "sim/base/account.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum fl_queue { FL_LOAD, FL_MATRIX, FL_VECTOR, FL_STORE, FL_QUEUE_COUNT } fl_queue;
typedef enum fl_buffer { FL_INPUT, FL_WEIGHT, FL_ACCUMULATOR, FL_VECTOR_BUFFER, FL_BUFFER_COUNT } fl_buffer;

extern const char *const fl_queue_names[FL_QUEUE_COUNT];
extern const char *const fl_buffer_names[FL_BUFFER_COUNT];

/* A piece of a scratchpad. Rows of a block land stride_bytes apart, planes plane_bytes apart. */
typedef struct fl_region {
    uint8_t buffer; /* fl_buffer */
    uint32_t offset_bytes;
    uint32_t bytes; /* extent, for bank ownership */
    uint32_t stride_bytes, item_bytes;
} fl_region;

/* Wait until `queue` has completed its command number `sequence`. The cause is what the waiting unit's cycles
 * are accounted to (FL_CAUSE_OPERANDS, FL_CAUSE_OUTPUT_SPACE, FL_CAUSE_DEPENDENCY). */
typedef struct fl_wait {
    uint32_t sequence;
    uint8_t queue; /* fl_queue */
    uint8_t cause; /* fl_cause */
    uint8_t core;  /* whose queue */
} fl_wait;

enum {
    FL_MAX_CORES = 8,
    FL_MAX_WAITS = FL_QUEUE_COUNT + FL_MAX_CORES - 1, /* its own core's queues, the other cores' stores */
};

typedef struct fl_dma_command {
    mem_block block;  /* in DRAM */
    fl_region region; /* in the scratchpad */
} fl_dma_command;

typedef struct fl_matrix_command {
    uint32_t items, m, n, k;
    num_format a_format, b_format;
    bool b_k_major, accumulate;
    fl_region a, b, c; /* c: int32 partial sums; strides in bytes */
} fl_matrix_command;

typedef struct fl_vector_command {
    uint16_t function; /* index into the machine's table of functions */
    uint8_t inputs;
    bool has_columns;
    uint32_t rows, columns;
    uint32_t prefix, context; /* of vec_job */
    num_format in_format, in2_format, out_format;
    vec_immediates immediates;
    fl_region in, in2, column_params, out;
} fl_vector_command;

typedef struct fl_command {
    uint32_t layer; /* index of the operation in the workload, for per-layer results */
    uint8_t queue;  /* fl_queue */
    uint8_t core;
    uint8_t wait_count;
    fl_wait waits[FL_MAX_WAITS];
    union {
        fl_dma_command dma;       /* FL_LOAD, FL_STORE */
        fl_matrix_command matrix; /* FL_MATRIX */
        fl_vector_command vector; /* FL_VECTOR */
    } u;
} fl_command;

#ifdef __cplusplus
}
#endif
#endif
