/* Golden model of an elastic pipeline: `latency` stages that move together while the last one is empty or
 * taken. What a block computes is a function of its inputs; this model knows when the result appears. Shared
 * by all blocks with a valid_i/ready_o and a valid_o/ready_i handshake and a fixed latency. */
#ifndef FL_COSIM_STREAM_H
#define FL_COSIM_STREAM_H

#include <assert.h>
#include <string.h>

#include "sim/cosim/rtl.h"

enum { STREAM_MAX_LATENCY = 16, STREAM_MAX_WORDS = 24 };

typedef struct stream_model {
    bool valid[STREAM_MAX_LATENCY];
    uint32_t data[STREAM_MAX_LATENCY][STREAM_MAX_WORDS];
    bool holds; /* the generator offers the same input until it is taken */
} stream_model;

/* Decides valid_i and ready_i. Returns whether a new payload is to be drawn; else the old one stays. */
static inline bool stream_offer(const stream_model *s, fl_rtl_random *random, bool random_stalls,
                                uint32_t *valid, uint32_t *ready)
{
    *ready = !random_stalls || fl_rtl_draw_below(random, 3) != 0;
    if (s->holds) return false;
    *valid = !random_stalls || fl_rtl_draw_below(random, 4) != 0;
    return true;
}

static inline bool stream_enable(const stream_model *s, unsigned latency, uint32_t ready)
{
    return !s->valid[latency - 1] || ready;
}

/* Nothing inside or offered: the only time at which a block's constants may change. */
static inline bool stream_is_empty(const stream_model *s, unsigned latency)
{
    for (unsigned i = 0; i < latency; i++)
        if (s->valid[i]) return false;
    return !s->holds;
}

/* The clock edge: `result` is what the block computes from this cycle's inputs. */
static inline void stream_advance(stream_model *s, unsigned latency, uint32_t valid, uint32_t ready,
                                  const uint32_t *result, size_t words)
{
    assert(words <= STREAM_MAX_WORDS && latency <= STREAM_MAX_LATENCY);
    bool enable = stream_enable(s, latency, ready);
    s->holds = valid && !enable;
    if (!enable) return;
    for (unsigned i = latency - 1; i > 0; i--) {
        s->valid[i] = s->valid[i - 1];
        memcpy(s->data[i], s->data[i - 1], sizeof s->data[i]);
    }
    s->valid[0] = valid;
    memcpy(s->data[0], result, words * sizeof *result);
}

#endif
