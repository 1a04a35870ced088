/* Lockstep of the integer LayerNorm with both square roots, and of the divider that they use. */
#include "pe/num/isqrt.h"
#include "pe/num/layernorm_ibert.h"
#include "pe/num/shift_exp.h"
#include "sim/base/registry.h"
#include "sim/cosim/blocks/row.h"

enum {
    MAX_LENGTH = 16,
    LATENCY = 3,
    DIVIDER_BITS = 36,
    DIVISION_CYCLES = DIVIDER_BITS + 2,
    IVIT_DIVISIONS = 10
};
enum { VALID_I, LAST_I, DATA_I, BIAS_I, READY_I };

typedef struct layernorm {
    row_model row;
    uint32_t column; /* port column_o */
    int32_t bias[MAX_LENGTH];
    unsigned magnitude_bits; /* of the row's elements */
} layernorm;

static void layernorm_reset(void *state) { *(layernorm *)state = (layernorm){0}; }

static void layernorm_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    layernorm *l = state;
    if (row_is_idle(&l->row, LATENCY) && l->row.left == 0) {
        for (size_t i = 0; i < MAX_LENGTH; i++)
            l->bias[i] = (int32_t)fl_rtl_draw(random) >> (1 + fl_rtl_draw_below(random, 20));
        l->magnitude_bits = fl_rtl_draw_below(random, 17);
    }
    in[BIAS_I] = (uint32_t)l->bias[l->row.count] & 0x7fffffff;
    if (!row_offer(&l->row, LATENCY, random, random_stalls, MAX_LENGTH, &in[VALID_I], &in[LAST_I],
                   &in[READY_I]))
        return;
    /* Rows of all spreads, about zero or not; constant ones among them. */
    const int32_t spread = (int32_t)(int16_t)fl_rtl_draw(random) >> (16 - l->magnitude_bits);
    in[DATA_I] = (uint32_t)(l->magnitude_bits % 2 ? spread : spread / 2 + l->bias[0] % 16384) & 0xffff;
}

/* Results of a complete row, and how long its scalar work takes. */
static void ibert_row(layernorm *l)
{
    row_model *r = &l->row;
    int64_t sum = 0;
    uint64_t squares = 0;
    for (size_t i = 0; i < r->length; i++) sum += r->row[i];
    const int32_t mean = num_layernorm_mean(sum, (uint32_t)r->length);
    for (size_t i = 0; i < r->length; i++)
        squares += (uint64_t)((int64_t)(r->row[i] - mean) * (r->row[i] - mean));
    const uint32_t factor = num_layernorm_factor(squares);
    for (size_t i = 0; i < r->length; i++)
        r->results[i] = (uint32_t)num_layernorm_element(r->row[i] - mean, factor, l->bias[i]);
    unsigned divisions;
    num_isqrt(squares, &divisions);
    r->scalar_wait = divisions == 0 ? 0 : (divisions + 1) * DIVISION_CYCLES;
}

static void ivit_row(layernorm *l)
{
    row_model *r = &l->row;
    int64_t results[MAX_LENGTH];
    num_layernorm_ivit_row(r->row, l->bias, r->length, results);
    for (size_t i = 0; i < r->length; i++) r->results[i] = (uint32_t)results[i];
    r->scalar_wait = (IVIT_DIVISIONS + 1) * DIVISION_CYCLES;
}

static void layernorm_step(layernorm *l, void (*row)(layernorm *), const uint32_t *in, uint32_t *out,
                           uint32_t *care)
{
    row_model *r = &l->row;
    out[1] = (uint32_t)r->count; /* column_o follows ready_o */
    uint32_t outputs[4], cares[4] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    row_outputs(r, LATENCY, outputs, cares);
    out[0] = outputs[ROW_READY_O];
    for (unsigned i = ROW_VALID_O; i <= ROW_DATA_O; i++) {
        out[i + 1] = outputs[i];
        care[i + 1] = cares[i];
    }
    if (!row_advance(r, LATENCY, true, in[VALID_I], in[LAST_I], (int16_t)in[DATA_I], in[READY_I])) return;
    row(l);
    r->reduce_wait = DIVISION_CYCLES;
}

static void ibert_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    layernorm_step(state, ibert_row, in, out, care);
}

static void ivit_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    layernorm_step(state, ivit_row, in, out, care);
}

typedef struct divide {
    uint32_t left, numerator, denominator; /* left: steps to go */
    bool done, known;                      /* known: a division was finished and none begun since */
} divide;

enum { WIDTH = 16 };

static void divide_reset(void *state)
{
    divide *d = state;
    d->left = 0;
    d->done = d->known = false;
}

static void divide_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    const divide *d = state;
    in[0] = d->left == 0 && (!random_stalls || fl_rtl_draw_below(random, 3) == 0);
    in[1] = (uint32_t)fl_rtl_draw(random) & 0xffff;
    in[2] = ((uint32_t)fl_rtl_draw(random) & 0xffff) >> fl_rtl_draw_below(random, 17);
}

static void divide_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    divide *d = state;
    out[0] = d->left > 0;
    out[1] = d->done;
    out[2] = d->denominator ? d->numerator / d->denominator : 0xffff;
    out[3] = d->denominator ? d->numerator % d->denominator : d->numerator;
    if (!d->known) care[2] = care[3] = 0;
    d->done = d->left == 1;
    if (d->done) d->known = true;
    if (d->left > 0) d->left--;
    if (!in[0]) return;
    *d = (divide){.left = WIDTH, .numerator = in[1], .denominator = in[2]};
}

#define LAYERNORM(ivit, step_function)                                                                       \
    {                                                                                                        \
        .design = {.top = "fl_layernorm",                                                                    \
                   .files = {"rtl/vector/fl_layernorm.sv", "rtl/vector/fl_row.sv",                           \
                             "rtl/common/fl_divide.sv"},                                                     \
                   .params = {{"MaxLength", MAX_LENGTH}, {"Ivit", ivit}},                                    \
                   .ports = {{"valid_i", 1, false},                                                          \
                             {"ready_o", 1, true},                                                           \
                             {"last_i", 1, false},                                                           \
                             {"data_i", 16, false},                                                          \
                             {"column_o", 4, true},                                                          \
                             {"bias_i", 31, false},                                                          \
                             {"valid_o", 1, true},                                                           \
                             {"ready_i", 1, false},                                                          \
                             {"last_o", 1, true},                                                            \
                             {"data_o", 32, true}},                                                          \
                   .clocked = true},                                                                         \
        .state_bytes = sizeof(layernorm), .reset = layernorm_reset, .stimulus = layernorm_stimulus,          \
        .step = step_function,                                                                               \
    }
static const fl_rtl_block ibert = LAYERNORM(0, ibert_step);
static const fl_rtl_block ivit = LAYERNORM(1, ivit_step);
static const fl_rtl_block divider = {
    .design = {.top = "fl_divide",
               .files = {"rtl/common/fl_divide.sv"},
               .params = {{"Width", WIDTH}},
               .ports = {{"start_i", 1, false},
                         {"numerator_i", WIDTH, false},
                         {"denominator_i", WIDTH, false},
                         {"busy_o", 1, true},
                         {"done_o", 1, true},
                         {"quotient_o", WIDTH, true},
                         {"remainder_o", WIDTH, true}},
               .clocked = true},
    .state_bytes = sizeof(divide),
    .reset = divide_reset,
    .stimulus = divide_stimulus,
    .step = divide_step,
};

static const fl_part ibert_part = {.kind = "rtl_block",
                                   .name = "layernorm_ibert",
                                   .help = "i-LayerNorm of I-BERT: Newton square root with a stop test",
                                   .ops = &ibert};
static const fl_part ivit_part = {.kind = "rtl_block",
                                  .name = "layernorm_ivit",
                                  .help = "I-LayerNorm of I-ViT: square root in ten steps",
                                  .ops = &ivit};
static const fl_part divider_part = {.kind = "rtl_block",
                                     .name = "divide",
                                     .help = "unsigned divider, a bit of the quotient per cycle",
                                     .ops = &divider};
FL_REGISTER_PART(ibert_part)
FL_REGISTER_PART(ivit_part)
FL_REGISTER_PART(divider_part)
