/* What the Winograd engines compute: packed elements through the transforms of pe/num. */
#ifndef FL_COSIM_WINOGRAD_H
#define FL_COSIM_WINOGRAD_H

#include "pe/num/winograd.h"
#include "sim/cosim/rtl.h"

typedef enum winograd_kind { INPUT, WEIGHT, OUTPUT } winograd_kind;

typedef struct engine {
    winograd_kind kind;
    num_winograd f;
    uint32_t in_bits, out_bits;
} engine;

static inline unsigned in_elements(const engine *e)
{
    const unsigned side = e->kind == WEIGHT ? 3 : num_winograd_inputs(e->f);
    return side * side;
}

static inline unsigned out_elements(const engine *e)
{
    const unsigned side = e->kind == OUTPUT ? num_winograd_outputs(e->f) : num_winograd_inputs(e->f);
    return side * side;
}

/* Element `index` of packed elements, sign extended. */
static inline int64_t element(const uint32_t *words, uint32_t bits, unsigned index)
{
    uint64_t value = 0;
    for (uint32_t b = 0; b < bits; b++) {
        const uint32_t at = index * bits + b;
        value |= (uint64_t)(words[at / 32] >> (at % 32) & 1) << b;
    }
    return (int64_t)(value << (64 - bits)) >> (64 - bits);
}

static inline void put_element(uint32_t *words, uint32_t bits, unsigned index, int64_t value)
{
    for (uint32_t b = 0; b < bits; b++) {
        const uint32_t at = index * bits + b;
        words[at / 32] |= (uint32_t)((uint64_t)value >> b & 1) << (at % 32);
    }
}

static inline void transform(const engine *e, const uint32_t *in, uint32_t *out)
{
    int32_t narrow[NUM_WINOGRAD_MAX_TAPS], taps[NUM_WINOGRAD_MAX_TAPS];
    int64_t wide[NUM_WINOGRAD_MAX_TAPS], results[NUM_WINOGRAD_MAX_TAPS];
    for (unsigned i = 0; i < in_elements(e); i++) {
        wide[i] = element(in, e->in_bits, i);
        narrow[i] = (int32_t)wide[i];
    }
    if (e->kind == INPUT) num_winograd_input(e->f, narrow, taps);
    if (e->kind == WEIGHT) num_winograd_weight(e->f, narrow, taps);
    if (e->kind == OUTPUT) num_winograd_output(e->f, wide, results);
    for (unsigned i = 0; i < out_elements(e); i++)
        put_element(out, e->out_bits, i, e->kind == OUTPUT ? results[i] : taps[i]);
}

#endif
