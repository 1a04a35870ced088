/* Lockstep of the REXP softmax unit against the functions of pe/num/softmax_rexp.h. */
#include "pe/num/softmax_rexp.h"
#include "sim/base/registry.h"
#include "sim/cosim/rtl.h"

enum { MAX_LENGTH = 64 };
enum { MULTIPLIER_I, VALID_I, LAST_I, DATA_I, READY_I };
enum { READY_O, VALID_O, LAST_O, DATA_O };

/* The phases of a row; docs/rtl/fl_softmax_rexp.md. */
typedef enum phase { LOAD, SUM, SCALE, EMIT } phase;

typedef struct softmax {
    phase phase;
    unsigned count, length;
    int8_t row[MAX_LENGTH];
    int32_t max;
    uint32_t sum, alpha;
    bool holds;    /* the generator offers the same logit until it is taken */
    unsigned left; /* logits of the row that are still to be offered */
} softmax;

static void reset(void *state) { *(softmax *)state = (softmax){0}; }

static void stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    softmax *s = state;
    in[READY_I] = !random_stalls || fl_rtl_draw_below(random, 3) != 0;
    if (s->holds) return;
    if (s->left == 0) s->left = 1 + fl_rtl_draw_below(random, fl_rtl_draw_below(random, 2) ? 6 : MAX_LENGTH);
    /* A scale for a whole row: from where a few steps change the numerator to where all do. */
    if (s->phase == LOAD && s->count == 0)
        in[MULTIPLIER_I] = 1 + fl_rtl_draw_below(random, 1u << (8 + fl_rtl_draw_below(random, 17)));
    in[VALID_I] = !random_stalls || fl_rtl_draw_below(random, 3) != 0;
    in[DATA_I] = (uint32_t)fl_rtl_draw(random) & 0xff;
    in[LAST_I] = s->left == 1;
}

static uint32_t numerator(const softmax *s, uint32_t multiplier)
{
    return num_rexp_u8
        .numerator[num_rexp_index(&num_rexp_u8, (uint32_t)(s->max - s->row[s->count]), multiplier)];
}

/* Goes to the next element of the row; true behind the last one. */
static bool next_element(softmax *s)
{
    if (++s->count < s->length) return false;
    s->count = 0;
    return true;
}

static void load(softmax *s, const uint32_t *in)
{
    s->holds = false;
    s->left--;
    s->row[s->count] = (int8_t)in[DATA_I];
    if (s->count == 0 || s->row[s->count] > s->max) s->max = s->row[s->count];
    s->count++;
    s->sum = 0;
    if (!in[LAST_I]) return;
    s->length = s->count;
    s->count = 0;
    s->phase = SUM;
}

static void step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    softmax *s = state;
    out[READY_O] = s->phase == LOAD;
    out[VALID_O] = s->phase == EMIT;
    care[LAST_O] = care[DATA_O] = s->phase == EMIT ? UINT32_MAX : 0;
    s->holds = in[VALID_I] && s->phase != LOAD;
    switch (s->phase) {
    case LOAD:
        if (in[VALID_I]) load(s, in);
        break;
    case SUM:
        s->sum += numerator(s, in[MULTIPLIER_I]);
        if (next_element(s)) s->phase = SCALE;
        break;
    case SCALE:
        s->alpha = num_rexp_alpha(&num_rexp_u8, MAX_LENGTH, s->sum);
        s->phase = EMIT;
        break;
    case EMIT:
        out[LAST_O] = s->count + 1 == s->length;
        out[DATA_O] = num_divide_by_255(numerator(s, in[MULTIPLIER_I]) * s->alpha);
        if (in[READY_I] && next_element(s)) s->phase = LOAD;
        break;
    }
}

static const fl_rtl_block block = {
    .design = {.top = "fl_softmax_rexp",
               .files = {"rtl/vector/fl_softmax_rexp.sv"},
               .params = {{"MaxLength", MAX_LENGTH}},
               .ports = {{"index_multiplier_i", 24, false},
                         {"valid_i", 1, false},
                         {"ready_o", 1, true},
                         {"last_i", 1, false},
                         {"data_i", 8, false},
                         {"valid_o", 1, true},
                         {"ready_i", 1, false},
                         {"last_o", 1, true},
                         {"data_o", 8, true}},
               .clocked = true},
    .state_bytes = sizeof(softmax),
    .reset = reset,
    .stimulus = stimulus,
    .step = step,
};
static const fl_part part = {.kind = "rtl_block",
                             .name = "softmax_rexp",
                             .help = "REXP softmax of a row: two tables, no divider",
                             .ops = &block};
FL_REGISTER_PART(part)
