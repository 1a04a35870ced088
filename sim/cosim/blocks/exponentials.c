/* Lockstep of the element-wise functions with exponentials: i-exp and the streaming ShiftGELU. */
#include "pe/num/shift_exp.h"
#include "sim/base/registry.h"
#include "sim/cosim/blocks/constants.h"
#include "sim/cosim/blocks/stream.h"

static void reset(void *state) { *(stream_model *)state = (stream_model){0}; }

/* Now and then valid_i stays low until the constants may change. */
typedef struct scaled_stream {
    stream_model stream;
    unsigned elements; /* to be offered with the same constants */
} scaled_stream;

enum { IEXP_LATENCY = 3, HALVINGS = 30, X0_BITS = 12, DISTANCE_BITS = 16 };
enum { VALID_I = 4, DISTANCE_I, READY_I };
enum { READY_O, VALID_O, POLYNOMIAL_O, HALVINGS_O };

static void scaled_reset(void *state)
{
    reset(state);
    ((scaled_stream *)state)->elements = 0;
}

static void iexp_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    scaled_stream *s = state;
    if (s->elements == 0 && stream_is_empty(&s->stream, IEXP_LATENCY)) {
        draw_integer_exp(random, DISTANCE_BITS, X0_BITS, in);
        s->elements = 1 + fl_rtl_draw_below(random, 300);
    }
    if (!stream_offer(&s->stream, random, random_stalls, &in[VALID_I], &in[READY_I])) return;
    if (s->elements == 0) in[VALID_I] = 0;
    s->elements -= in[VALID_I];
    in[DISTANCE_I] = (uint32_t)(fl_rtl_draw(random) & 0xffff) >> fl_rtl_draw_below(random, 12);
}

static void iexp_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    stream_model *s = &((scaled_stream *)state)->stream;
    out[READY_O] = stream_enable(s, IEXP_LATENCY, in[READY_I]);
    out[VALID_O] = s->valid[IEXP_LATENCY - 1];
    out[POLYNOMIAL_O] = s->data[IEXP_LATENCY - 1][0];
    out[HALVINGS_O] = s->data[IEXP_LATENCY - 1][1];
    if (!out[VALID_O]) care[POLYNOMIAL_O] = care[HALVINGS_O] = 0;
    const num_integer_exp constants = integer_exp_of(in);
    const num_exp_parts parts = num_integer_exp_parts(&constants, -(int32_t)in[DISTANCE_I], HALVINGS);
    const uint32_t result[2] = {(uint32_t)parts.polynomial, parts.halvings};
    stream_advance(s, IEXP_LATENCY, in[VALID_I], in[READY_I], result, 2);
}

enum { GELU_LATENCY = 12, GELU_FRACTION = 10 };
enum { GELU_VALID_I = 2, GELU_DATA_I, GELU_READY_I };

static void gelu_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    scaled_stream *s = state;
    if (s->elements == 0 && stream_is_empty(&s->stream, GELU_LATENCY)) {
        draw_inverse_scale(random, 11, in);
        s->elements = 1 + fl_rtl_draw_below(random, 300);
    }
    if (!stream_offer(&s->stream, random, random_stalls, &in[GELU_VALID_I], &in[GELU_READY_I])) return;
    if (s->elements == 0) in[GELU_VALID_I] = 0;
    s->elements -= in[GELU_VALID_I];
    in[GELU_DATA_I] = (uint32_t)fl_rtl_draw(random) & 0xff;
}

static void gelu_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    stream_model *s = &((scaled_stream *)state)->stream;
    out[READY_O] = stream_enable(s, GELU_LATENCY, in[GELU_READY_I]);
    out[VALID_O] = s->valid[GELU_LATENCY - 1];
    out[2] = s->data[GELU_LATENCY - 1][0];
    if (!out[VALID_O]) care[2] = 0;
    const num_shift_exp_constants constants = {(int32_t)in[0], GELU_FRACTION};
    const uint32_t result = (uint32_t)num_shift_gelu_element(constants, (int8_t)in[GELU_DATA_I]);
    stream_advance(s, GELU_LATENCY, in[GELU_VALID_I], in[GELU_READY_I], &result, 1);
}

static const fl_rtl_block iexp = {
    .design = {.top = "fl_iexp",
               .files = {"rtl/vector/fl_iexp.sv", "rtl/vector/fl_iexp_lane.sv"},
               .ports = {{"x0_i", X0_BITS, false},
                         {"reciprocal_i", DISTANCE_BITS + X0_BITS + 1, false},
                         {"b_i", X0_BITS + 2, false},
                         {"c_i", 2 * X0_BITS + 3, false},
                         {"valid_i", 1, false},
                         {"ready_o", 1, true},
                         {"distance_i", DISTANCE_BITS, false},
                         {"valid_o", 1, true},
                         {"ready_i", 1, false},
                         {"polynomial_o", 2 * X0_BITS + 3, true},
                         {"halvings_o", 5, true}},
               .clocked = true},
    .state_bytes = sizeof(scaled_stream),
    .reset = scaled_reset,
    .stimulus = iexp_stimulus,
    .step = iexp_step,
};
static const fl_rtl_block gelu = {
    .design = {.top = "fl_shift_gelu",
               .files = {"rtl/vector/fl_shift_gelu.sv", "rtl/vector/fl_shift_gelu_lane.sv",
                         "rtl/vector/fl_shift_exp.sv"},
               .ports = {{"inverse_scale_i", 8, false},
                         {"reciprocal_i", 20, false},
                         {"valid_i", 1, false},
                         {"ready_o", 1, true},
                         {"data_i", 8, false},
                         {"valid_o", 1, true},
                         {"ready_i", 1, false},
                         {"data_o", 16, true}},
               .clocked = true},
    .state_bytes = sizeof(scaled_stream),
    .reset = scaled_reset,
    .stimulus = gelu_stimulus,
    .step = gelu_step,
};

static const fl_part iexp_part = {.kind = "rtl_block",
                                  .name = "iexp",
                                  .help = "i-exp of I-BERT, 16-bit distance from the maximum",
                                  .ops = &iexp};
static const fl_part gelu_part = {.kind = "rtl_block",
                                  .name = "shift_gelu",
                                  .help = "ShiftGELU of I-ViT as a stream, no row pass",
                                  .ops = &gelu};
FL_REGISTER_PART(iexp_part)
FL_REGISTER_PART(gelu_part)
