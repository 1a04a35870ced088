/* What the command stream is made from: the state of one core's generator, and the steps that its parts
 * (stream_tiles.c, stream_gemm.c, stream_vector.c) offer each other. Private to stream*.c. */
#ifndef FL_MACHINE_STREAM_STATE_H
#define FL_MACHINE_STREAM_STATE_H

#include "sim/machine/core_waits.h"
#include "sim/machine/share.h"
#include "sim/machine/slot_cache.h"
#include "sim/machine/stream.h"

enum { FL_STORE_SEGMENTS = 32 }; /* stretches of rows per tensor whose last store is remembered */

/* What one operation of a chain holds in the vector buffer. */
typedef struct fl_stage {
    fl_slot_cache parameters, source, source2;
    uint32_t result_turn;
} fl_stage;

typedef struct fl_generator {
    fl_stream stream;
    const fl_machine_config *machine;
    const wl_workload *workload;
    const fl_mapping *mappings;
    unsigned core, cores;
    fl_share share; /* of the current operation */
    fl_core_waits core_waits;
    uint32_t op, last_op;
    bool op_started;
    uint32_t outer, item, row, column, depth; /* start of the current tile */
    fl_hazards hazards;
    uint32_t sequence[FL_QUEUE_COUNT]; /* commands generated per queue */
    fl_slot_cache input, weight;
    fl_stage stages[FL_MAX_CHAIN];
    uint32_t accumulator_turn;
    uint64_t step;
    uint32_t (*stores)[FL_STORE_SEGMENTS]; /* per tensor and stretch of rows: last store token + 1 */
    const fl_part *functions[64];
    size_t function_count;
    fl_command *queue; /* generated, not yet taken */
    uint32_t queue_head, queue_count, queue_capacity;
} fl_generator;

static inline uint32_t fl_minimum(uint32_t a, uint32_t b) { return a < b ? a : b; }
static inline const wl_op *fl_current_op(const fl_generator *g) { return &g->workload->ops[g->op]; }
static inline const fl_mapping *fl_current_mapping(const fl_generator *g) { return &g->mappings[g->op]; }
static inline const wl_tensor *fl_tensor(const fl_generator *g, uint32_t t)
{
    return &g->workload->tensors[t];
}

/* Steps one index by its tile; true when it wrapped to its first value and the next outer one has to step. */
static inline bool fl_advance(uint32_t *index, uint32_t tile, fl_range range)
{
    *index += tile;
    if (*index < range.end) return false;
    *index = range.first;
    return true;
}

/* --- commands (stream.c) */

/* A new command of the current operation, zeroed, valid until the next one; fl_close ends it. */
fl_command *fl_emit(fl_generator *g, fl_queue queue);
static inline uint32_t fl_sequence_of(const fl_generator *g, const fl_command *command)
{
    return g->sequence[command->queue];
}
static inline void fl_close(fl_generator *g, const fl_command *command) { g->sequence[command->queue]++; }

/* Of the rows of a tensor that are written, [row, row + rows) are by the store number `sequence`. */
void fl_mark_stored(fl_generator *g, uint32_t tensor, uint64_t row, uint64_t rows, uint32_t sequence);
/* `command` reads `box` of a tensor and waits for the stores that wrote it. */
void fl_wait_stored(fl_generator *g, fl_command *command, uint32_t tensor, fl_box box);

/* --- tiles in slots (stream_tiles.c) */

/* The block of a view: `items` items from (outer, item), rows x columns codes from (row, column) of each.
 * Items that lie side by side in full width become one wider row, which moves in fewer bursts. */
void fl_view_block(const fl_generator *g, const wl_view *view, const fl_tile_id *id, uint32_t items,
                   uint32_t rows, uint32_t columns, bool whole_width, fl_dma_command *dma);

/* Makes sure that the tile is in a slot, loading it when it is not; returns its region. */
fl_region fl_ensure(fl_generator *g, fl_slot_cache *cache, const wl_view *view, const fl_tile_id *id,
                    uint32_t items, uint32_t rows, uint32_t columns, bool whole_width);

/* The same for columns [column, column + columns) of an operation's per-column parameters. */
fl_region fl_ensure_parameters(fl_generator *g, fl_slot_cache *cache, uint32_t tensor, uint32_t column,
                               uint32_t columns);

/* Slots that results take in turn. */
fl_region fl_next_turn(fl_buffer buffer, const fl_slots *slots, uint32_t *turn);

/* --- vector commands and stores (stream_vector.c) */

uint16_t fl_function_index(const fl_generator *g, const char *name);
void fl_finish_vector(fl_generator *g, fl_command *command);
void fl_emit_store(fl_generator *g, uint32_t op, fl_dma_command dma, uint32_t tensor, uint64_t row,
                   uint64_t rows);
/* The rest of the chain on rows that its operation number `done` has left in `made`. */
void fl_emit_chain(fl_generator *g, uint32_t done, fl_region made, uint32_t row, uint32_t rows);
void fl_start_stages(fl_generator *g);

/* --- one tile of the current operation; false when it was the last */

bool fl_step_vector(fl_generator *g);
void fl_start_gemm(fl_generator *g);
bool fl_step_gemm(fl_generator *g);

#endif
