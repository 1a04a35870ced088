/* Lockstep of element-wise function units: i-GELU and NN-LUT. */
#include "pe/num/gelu_ibert.h"
#include "pe/num/piecewise_linear.h"
#include "sim/base/registry.h"
#include "sim/cosim/blocks/stream.h"

static void stream_reset(void *state) { *(stream_model *)state = (stream_model){0}; }

enum { GELU_LATENCY = 3 };

static void gelu_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    if (stream_offer(state, random, random_stalls, &in[0], &in[2]))
        in[1] = (uint32_t)fl_rtl_draw(random) & 0xffff;
}

static void gelu_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    stream_model *s = state;
    out[0] = stream_enable(s, GELU_LATENCY, in[2]);
    out[1] = s->valid[GELU_LATENCY - 1];
    out[2] = s->data[GELU_LATENCY - 1][0];
    if (!out[1]) care[2] = 0;
    const uint32_t result = (uint32_t)num_igelu_apply(&num_igelu_q12, (int16_t)in[1]);
    stream_advance(s, GELU_LATENCY, in[0], in[2], &result, 1);
}

static const fl_rtl_block gelu = {
    .design = {.top = "fl_igelu",
               .files = {"rtl/vector/fl_igelu.sv", "rtl/vector/fl_igelu_lane.sv"},
               .ports = {{"valid_i", 1, false},
                         {"ready_o", 1, true},
                         {"data_i", 16, false},
                         {"valid_o", 1, true},
                         {"ready_i", 1, false},
                         {"data_o", 32, true}},
               .clocked = true},
    .state_bytes = sizeof(stream_model),
    .reset = stream_reset,
    .stimulus = gelu_stimulus,
    .step = gelu_step,
};

/* 32-bit operands of any scale whose polynomial stays within 32 bits: -44000 < b. */
enum { B, C, ONE, SCALED_VALID, SCALED_DATA, SCALED_READY };

typedef struct scaled_gelu {
    stream_model stream;
    unsigned elements; /* to be offered with the same constants */
} scaled_gelu;

static void scaled_gelu_reset(void *state) { *(scaled_gelu *)state = (scaled_gelu){0}; }

static void scaled_gelu_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    scaled_gelu *s = state;
    if (s->elements == 0 && stream_is_empty(&s->stream, GELU_LATENCY)) {
        const unsigned bits = 8 + fl_rtl_draw_below(random, 7); /* of 1 / S */
        const num_igelu constants =
            num_igelu_from_scale(1.0 / (double)(1 + fl_rtl_draw_below(random, 1u << bits)));
        in[B] = (uint32_t)constants.b;
        in[C] = (uint32_t)constants.c;
        in[ONE] = (uint32_t)constants.one;
        s->elements = 1 + fl_rtl_draw_below(random, 300);
    }
    if (!stream_offer(&s->stream, random, random_stalls, &in[SCALED_VALID], &in[SCALED_READY])) return;
    if (s->elements == 0) in[SCALED_VALID] = 0;
    s->elements -= in[SCALED_VALID];
    /* Beyond the limit of the clip, below it, and just at it. */
    const uint32_t magnitude = -in[B] + fl_rtl_draw_below(random, 3) - 1;
    switch (fl_rtl_draw_below(random, 4)) {
    case 0:
        in[SCALED_DATA] = (uint32_t)fl_rtl_draw(random);
        break;
    case 1:
        in[SCALED_DATA] = fl_rtl_draw_below(random, 2) ? magnitude : -magnitude;
        break;
    default:
        in[SCALED_DATA] = fl_rtl_draw_below(random, 2 * magnitude + 3) - magnitude - 1;
        break;
    }
}

static void scaled_gelu_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    stream_model *s = &((scaled_gelu *)state)->stream;
    out[0] = stream_enable(s, GELU_LATENCY, in[SCALED_READY]);
    out[1] = s->valid[GELU_LATENCY - 1];
    out[2] = s->data[GELU_LATENCY - 1][0];
    if (!out[1]) care[2] = 0;
    const num_igelu constants = {(int32_t)in[B], (int32_t)in[C], (int32_t)in[ONE]};
    const uint32_t result = (uint32_t)num_igelu_apply(&constants, (int32_t)in[SCALED_DATA]);
    stream_advance(s, GELU_LATENCY, in[SCALED_VALID], in[SCALED_READY], &result, 1);
}

static const fl_rtl_block scaled_gelu_block = {
    .design = {.top = "fl_igelu_scaled",
               .files = {"rtl/vector/fl_igelu_scaled.sv", "rtl/vector/fl_igelu_lane.sv"},
               .ports = {{"b_i", 32, false},
                         {"c_i", 32, false},
                         {"one_i", 32, false},
                         {"valid_i", 1, false},
                         {"ready_o", 1, true},
                         {"data_i", 32, false},
                         {"valid_o", 1, true},
                         {"ready_i", 1, false},
                         {"data_o", 32, true}},
               .clocked = true},
    .state_bytes = sizeof(scaled_gelu),
    .reset = scaled_gelu_reset,
    .stimulus = scaled_gelu_stimulus,
    .step = scaled_gelu_step,
};

enum { PIECES = 16, LUT_LATENCY = 2, MAX_ELEMENTS = 400 };
enum { WRITE, INDEX, BREAKPOINT, SLOPE, INTERCEPT, VALID, DATA, READY };

/* Two's complement of a value's lowest 16 or 32 bits. */
static int32_t operand(unsigned bits, uint32_t value) { return bits == 16 ? (int16_t)value : (int32_t)value; }

/* The generator writes a table, lets elements through, drains the pipeline and writes the next one. */
typedef struct nn_lut {
    stream_model stream;
    num_nnlut table;
    unsigned written;  /* entries of the table so far */
    unsigned elements; /* still to be sent with it */
} nn_lut;

static void nn_lut_reset(void *state) { *(nn_lut *)state = (nn_lut){.table.pieces = PIECES}; }

static void draw_entry(nn_lut *l, unsigned bits, fl_rtl_random *random, uint32_t *in)
{
    const unsigned i = l->written;
    /* Breakpoints ascend in steps that reach from one end of the range to the other. */
    const uint32_t step = 1u << (bits - 4), low = i * step - (1u << (bits - 1));
    const uint32_t mask = UINT32_MAX >> (32 - bits);
    in[WRITE] = 1;
    in[INDEX] = i;
    in[BREAKPOINT] = (low - step / 2 + fl_rtl_draw_below(random, step - step / 32)) & mask;
    in[SLOPE] = (uint32_t)fl_rtl_draw(random) & mask;
    in[INTERCEPT] = (uint32_t)fl_rtl_draw(random);
    if (i > 0) l->table.breakpoint[i - 1] = operand(bits, in[BREAKPOINT]);
    l->table.slope[i] = operand(bits, in[SLOPE]);
    l->table.intercept[i] = (int32_t)in[INTERCEPT];
    if (++l->written == PIECES) l->elements = fl_rtl_draw_below(random, MAX_ELEMENTS);
}

static void nn_lut_draw(void *state, unsigned bits, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    nn_lut *l = state;
    in[WRITE] = 0;
    const bool drained = !l->stream.valid[0] && !l->stream.valid[1] && !l->stream.holds;
    if (l->written == PIECES && l->elements == 0 && drained) l->written = 0;
    const bool fresh = stream_offer(&l->stream, random, random_stalls, &in[VALID], &in[READY]);
    if (l->written < PIECES) draw_entry(l, bits, random, in);
    if (!fresh) return;
    if (l->written < PIECES || l->elements == 0 || in[WRITE]) in[VALID] = 0;
    if (in[VALID]) l->elements--;
    /* Values at a breakpoint and just below it are the ones that matter. */
    const uint32_t near =
        (uint32_t)l->table.breakpoint[fl_rtl_draw_below(random, PIECES - 1)] - fl_rtl_draw_below(random, 2);
    const uint32_t x = fl_rtl_draw_below(random, 2) ? near : (uint32_t)fl_rtl_draw(random);
    in[DATA] = x & (UINT32_MAX >> (32 - bits));
}

static void nn_lut_cycle(void *state, unsigned bits, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    nn_lut *l = state;
    out[0] = stream_enable(&l->stream, LUT_LATENCY, in[READY]);
    out[1] = l->stream.valid[LUT_LATENCY - 1];
    out[2] = l->stream.data[LUT_LATENCY - 1][0];
    if (!out[1]) care[2] = 0;
    const uint32_t result = (uint32_t)num_nnlut_eval(&l->table, operand(bits, in[DATA]), NULL);
    stream_advance(&l->stream, LUT_LATENCY, in[VALID], in[READY], &result, 1);
}

#define NN_LUT(bits)                                                                                         \
    static void nn_lut_stimulus_##bits(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in) \
    {                                                                                                        \
        nn_lut_draw(state, bits, random, random_stalls, in);                                                 \
    }                                                                                                        \
    static void nn_lut_step_##bits(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)           \
    {                                                                                                        \
        nn_lut_cycle(state, bits, in, out, care);                                                            \
    }                                                                                                        \
    static const fl_rtl_block nn_lut_block_##bits = {                                                        \
        .design = {.top = "fl_nn_lut",                                                                       \
                   .files = {"rtl/vector/fl_nn_lut.sv", "rtl/vector/fl_nn_lut_lane.sv"},                     \
                   .params = {{"Pieces", PIECES}, {"DataBits", bits}},                                       \
                   .ports = {{"write_i", 1, false},                                                          \
                             {"index_i", 4, false},                                                          \
                             {"breakpoint_i", bits, false},                                                  \
                             {"slope_i", bits, false},                                                       \
                             {"intercept_i", 32, false},                                                     \
                             {"valid_i", 1, false},                                                          \
                             {"ready_o", 1, true},                                                           \
                             {"data_i", bits, false},                                                        \
                             {"valid_o", 1, true},                                                           \
                             {"ready_i", 1, false},                                                          \
                             {"data_o", 32, true}},                                                          \
                   .clocked = true},                                                                         \
        .state_bytes = sizeof(nn_lut),                                                                       \
        .reset = nn_lut_reset,                                                                               \
        .stimulus = nn_lut_stimulus_##bits,                                                                  \
        .step = nn_lut_step_##bits,                                                                          \
    };
NN_LUT(16)
NN_LUT(32)

static const fl_part gelu_part = {
    .kind = "rtl_block", .name = "igelu", .help = "i-GELU of I-BERT, 16-bit input", .ops = &gelu};
static const fl_part scaled_gelu_part = {.kind = "rtl_block",
                                         .name = "igelu_scaled",
                                         .help = "i-GELU of I-BERT, 32-bit operands of any scale",
                                         .ops = &scaled_gelu_block};
static const fl_part nn_lut_part = {.kind = "rtl_block",
                                    .name = "nn_lut",
                                    .help =
                                        "NN-LUT: 16-piece linear function, comparators and a multiply-add",
                                    .ops = &nn_lut_block_16};
static const fl_part nn_lut_int32_part = {.kind = "rtl_block",
                                          .name = "nn_lut_int32",
                                          .help = "the same with operands of 32 bits",
                                          .ops = &nn_lut_block_32};
FL_REGISTER_PART(gelu_part)
FL_REGISTER_PART(scaled_gelu_part)
FL_REGISTER_PART(nn_lut_part)
FL_REGISTER_PART(nn_lut_int32_part)
