/* Lockstep of the vector unit's lanes against the functions' row arithmetic, which knows nothing of passes
 * and pipelines. */
#include <assert.h>

#include "sim/base/registry.h"
#include "sim/cosim/blocks/stream.h"
#include "sim/cosim/vector_design.h"

enum { LANES = 3, MAX_COLUMNS = 20, MAX_INPUT_WORDS = 24 };

typedef struct lanes {
    stream_model pipeline; /* without stalls; results in the order of issue */
    vec_job job;
    int32_t x[MAX_COLUMNS], x2[MAX_COLUMNS], result[MAX_COLUMNS];
    vec_column columns[MAX_COLUMNS];
    fl_vector_operand operands[LANES];
    uint32_t width;      /* of the row; elements from job.columns on are masked */
    uint32_t column;     /* of the next group */
    unsigned pass, wait; /* cycles until the next group may come */
    bool issued;         /* a group of the last pass in this cycle */
    int32_t value[LANES];
} lanes;

static const vec_function *function_named(const char *name)
{
    const fl_part *part = fl_registry_find("vector_function", name);
    assert(part != NULL);
    return part->ops;
}

static fl_status describe(const char *name, fl_rtl_design *design)
{
    const bool found = fl_vector_design(function_named(name), LANES, design);
    assert(found);
    return found ? FL_OK : FL_BAD_INPUT;
}

static void reset(void *state) { *(lanes *)state = (lanes){0}; }

static num_multiplier draw_scale(fl_rtl_random *random)
{
    const int32_t multiplier = 0x40000000 | (int32_t)(fl_rtl_draw(random) & 0x3fffffff);
    return (num_multiplier){fl_rtl_draw_below(random, 32) ? multiplier : 0,
                            (int32_t)fl_rtl_draw_below(random, 62) - 31};
}

/* What the function takes: logits near each other or far apart, int16 elements of a LayerNorm, sums. */
static int32_t draw_element(const char *name, unsigned keep, fl_rtl_random *random)
{
    const int32_t drawn = (int32_t)fl_rtl_draw(random);
    if (strcmp(name, "softmax") == 0) return drawn >> (24 + keep % 8);
    if (strcmp(name, "layernorm") == 0) return drawn >> (16 + keep);
    return drawn >> fl_rtl_draw_below(random, 32);
}

static void draw_row(lanes *l, const char *name, fl_rtl_random *random)
{
    const unsigned keep = fl_rtl_draw_below(random, 16);
    l->job = (vec_job){.function = function_named(name), .rows = 1};
    l->width = l->job.columns = 1 + fl_rtl_draw_below(random, MAX_COLUMNS);
    if (l->job.function->maskable) l->job.columns = 1 + fl_rtl_draw_below(random, l->width);
    l->job.immediates.in = draw_scale(random);
    l->job.immediates.in2 = draw_scale(random);
    l->job.immediates.out = draw_scale(random);
    l->job.immediates.index_multiplier =
        1 + fl_rtl_draw_below(random, 1u << (8 + fl_rtl_draw_below(random, 17)));
    for (uint32_t i = 0; i < l->job.columns; i++) {
        l->x[i] = draw_element(name, keep, random);
        l->x2[i] = draw_element(name, keep, random);
        l->columns[i] =
            (vec_column){(int32_t)fl_rtl_draw(random) >> fl_rtl_draw_below(random, 32), draw_scale(random)};
    }
    l->job.function->row(&l->job, l->x, l->x2, l->columns, l->result);
    l->pass = l->column = 0;
}

/* The row sequencer: groups, passes and gaps as the contract has them. */
static void stimulus(void *state, const char *name, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    lanes *l = state;
    fl_rtl_design design;
    describe(name, &design);
    fl_vector_group group = {.operands = l->operands, .job = &l->job};
    l->issued = false;
    if (l->wait > 0)
        l->wait--;
    else if (!random_stalls || fl_rtl_draw_below(random, 4) != 0) {
        if (l->pass == 0 && l->column == 0) draw_row(l, name, random);
        const vec_function *function = l->job.function;
        group.valid = true;
        group.pass = l->pass;
        group.first = l->column == 0;
        for (uint32_t i = 0; i < LANES; i++) {
            const uint32_t column = l->column + i;
            const bool inside = column < l->job.columns;
            l->operands[i] = inside
                                 ? (fl_vector_operand){true, l->x[column], l->x2[column], l->columns[column]}
                                 : (fl_vector_operand){false, 0, 0, {0, {0, 0}}};
            l->value[i] = inside ? l->result[column] : 0;
        }
        l->column += LANES;
        group.ends = l->column >= l->width;
        l->issued = l->pass + 1 == function->passes;
        if (group.ends) {
            l->wait = function->gap[l->pass];
            l->pass = (l->pass + 1) % function->passes;
            l->column = 0;
        }
    }
    fl_vector_drive(&design, &group, LANES, in);
}

static void step(void *state, const char *name, uint32_t *out, uint32_t *care)
{
    lanes *l = state;
    const unsigned latency = function_named(name)->latency - 1; /* the encoder is outside */
    out[0] = l->pipeline.valid[latency - 1];
    const uint32_t *leaving = l->pipeline.data[latency - 1];
    uint32_t entering[2 * LANES];
    for (uint32_t i = 0; i < LANES; i++) {
        out[1 + i] = leaving[i];
        if (!out[0] || !leaving[LANES + i]) care[1 + i] = 0;
        entering[i] = (uint32_t)l->value[i];
        entering[LANES + i] = l->operands[i].used;
    }
    stream_advance(&l->pipeline, latency, l->issued, 1, entering, 2 * LANES);
}

/* A block per function: the part's functions take no argument that says which. */
#define BLOCK(function)                                                                                      \
    static fl_status function##_describe(fl_rtl_design *design, fl_error *error)                             \
    {                                                                                                        \
        (void)error;                                                                                         \
        return describe(#function, design);                                                                  \
    }                                                                                                        \
    static void function##_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)    \
    {                                                                                                        \
        stimulus(state, #function, random, random_stalls, in);                                               \
    }                                                                                                        \
    static void function##_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)              \
    {                                                                                                        \
        (void)in;                                                                                            \
        step(state, #function, out, care);                                                                   \
    }                                                                                                        \
    static const fl_rtl_block function##_block = {.describe = function##_describe,                           \
                                                  .state_bytes = sizeof(lanes),                              \
                                                  .reset = reset,                                            \
                                                  .stimulus = function##_stimulus,                           \
                                                  .step = function##_step};                                  \
    static const fl_part function##_part = {.kind = "rtl_block",                                             \
                                            .name = "vector_" #function,                                     \
                                            .help = "lanes of the vector unit: " #function,                  \
                                            .ops = &function##_block};                                       \
    FL_REGISTER_PART(function##_part)

BLOCK(requantize)
BLOCK(bias_requantize)
BLOCK(gelu)
BLOCK(softmax)
BLOCK(add)
BLOCK(layernorm)
