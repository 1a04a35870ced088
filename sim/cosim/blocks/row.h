/* Golden model of rtl/vector/fl_row.sv: when a row's elements are taken and its results appear. What they are
 * is computed by the block from the whole row, at its last element. The ports of every row block end with
 * valid_i, last_i, data_i, ready_i and begin with ready_o, valid_o, last_o, data_o. */
#ifndef FL_COSIM_ROW_H
#define FL_COSIM_ROW_H

#include <string.h>

#include "sim/cosim/rtl.h"

enum { ROW_MAX_LENGTH = 64, ROW_MAX_LATENCY = 16 };
enum { ROW_READY_O, ROW_VALID_O, ROW_LAST_O, ROW_DATA_O };

typedef enum row_phase { ROW_LOAD, ROW_REDUCE, ROW_SCALAR, ROW_EMIT } row_phase;

typedef struct row_model {
    row_phase phase;
    size_t count, length;
    int32_t row[ROW_MAX_LENGTH];
    uint32_t results[ROW_MAX_LENGTH];
    unsigned reduce_wait; /* cycles of the reducing pass before its first element */
    unsigned scalar_wait; /* cycles of scalar work after the last element has left the pipeline */
    struct {
        bool reduces, emits, last;
        uint32_t data;
    } stage[ROW_MAX_LATENCY];
    bool holds;  /* the generator offers the same element until it is taken */
    size_t left; /* elements of the row that are still to be offered */
} row_model;

/* No row is being worked on: the only time at which a block's constants may change. */
static inline bool row_is_idle(const row_model *r, unsigned latency)
{
    for (unsigned i = 0; i < latency; i++)
        if (r->stage[i].emits) return false;
    return r->phase == ROW_LOAD && r->count == 0 && !r->holds;
}

/* Decides valid_i, last_i and ready_i. Returns whether a new element is to be drawn; else the old one stays.
 */
static inline bool row_offer(row_model *r, unsigned latency, fl_rtl_random *random, bool random_stalls,
                             size_t max_length, uint32_t *valid, uint32_t *last, uint32_t *ready)
{
    *ready = !random_stalls || fl_rtl_draw_below(random, 3) != 0;
    if (r->holds) return false;
    /* After a row of odd length the next one waits for its results to leave: constants may change then. */
    if (r->left == 0 && r->length % 2 && !row_is_idle(r, latency)) {
        *valid = 0;
        return false;
    }
    if (r->left == 0) { /* short, any, as long as rows may be: sums saturate only there */
        uint32_t kind = fl_rtl_draw_below(random, 8);
        r->left = kind == 0 ? max_length : 1 + fl_rtl_draw_below(random, kind < 5 ? 6 : (uint32_t)max_length);
    }
    *valid = !random_stalls || fl_rtl_draw_below(random, 3) != 0;
    *last = r->left == 1;
    return true;
}

static inline void row_outputs(const row_model *r, unsigned latency, uint32_t *out, uint32_t *care)
{
    out[ROW_READY_O] = r->phase == ROW_LOAD;
    out[ROW_VALID_O] = r->stage[latency - 1].emits;
    out[ROW_LAST_O] = r->stage[latency - 1].last;
    out[ROW_DATA_O] = r->stage[latency - 1].data;
    if (!out[ROW_VALID_O]) care[ROW_LAST_O] = care[ROW_DATA_O] = 0;
}

/* Goes to the next element of the row; true behind the last one. */
static inline bool row_next(row_model *r)
{
    if (++r->count < r->length) return false;
    r->count = 0;
    return true;
}

/* The clock edge. True when the row is complete: the block then computes results and waits. */
static inline bool row_advance(row_model *r, unsigned latency, bool reduces, uint32_t valid, uint32_t last,
                               int32_t data, uint32_t ready)
{
    const bool enable = !r->stage[latency - 1].emits || ready;
    const row_phase phase = r->phase;
    bool drained = true;
    for (unsigned i = 0; i < latency; i++) drained = drained && !r->stage[i].reduces;
    const bool reduces_now = phase == ROW_REDUCE && r->reduce_wait == 0;
    if (enable) {
        memmove(r->stage + 1, r->stage, (latency - 1) * sizeof r->stage[0]);
        r->stage[0].reduces = reduces_now;
        r->stage[0].emits = phase == ROW_EMIT;
        r->stage[0].last = r->count + 1 == r->length;
        r->stage[0].data = r->results[r->count];
    }
    r->holds = valid && phase != ROW_LOAD;
    bool complete = false;
    switch (phase) {
    case ROW_LOAD:
        if (!valid) break;
        r->left--;
        r->row[r->count++] = data;
        if (!last) break;
        r->length = r->count;
        r->count = 0;
        r->phase = reduces ? ROW_REDUCE : ROW_SCALAR;
        complete = true;
        break;
    case ROW_REDUCE:
        if (r->reduce_wait > 0)
            r->reduce_wait--;
        else if (enable && row_next(r))
            r->phase = ROW_SCALAR;
        break;
    case ROW_SCALAR:
        if (!drained) break;
        if (r->scalar_wait > 0)
            r->scalar_wait--;
        else
            r->phase = ROW_EMIT;
        break;
    case ROW_EMIT:
        if (enable && row_next(r)) r->phase = ROW_LOAD;
        break;
    }
    return complete;
}

#endif
