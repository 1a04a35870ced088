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
               .files = {"rtl/vector/fl_igelu.sv"},
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

enum { PIECES = 16, LUT_LATENCY = 2, MAX_ELEMENTS = 400 };
enum { WRITE, INDEX, BREAKPOINT, SLOPE, INTERCEPT, VALID, DATA, READY };

/* The generator writes a table, lets elements through, drains the pipeline and writes the next one. */
typedef struct nn_lut {
    stream_model stream;
    num_nnlut table;
    unsigned written;  /* entries of the table so far */
    unsigned elements; /* still to be sent with it */
} nn_lut;

static void nn_lut_reset(void *state) { *(nn_lut *)state = (nn_lut){.table.pieces = PIECES}; }

static void draw_entry(nn_lut *l, fl_rtl_random *random, uint32_t *in)
{
    const unsigned i = l->written;
    /* Breakpoints ascend in steps that reach from one end of the range to the other. */
    const int32_t low = -32768 + (int32_t)i * 4096;
    in[WRITE] = 1;
    in[INDEX] = i;
    in[BREAKPOINT] = (uint32_t)(low - 2048 + (int32_t)fl_rtl_draw_below(random, 4000)) & 0xffff;
    in[SLOPE] = (uint32_t)fl_rtl_draw(random) & 0xffff;
    in[INTERCEPT] = (uint32_t)fl_rtl_draw(random);
    if (i > 0) l->table.breakpoint[i - 1] = (int16_t)in[BREAKPOINT];
    l->table.slope[i] = (int16_t)in[SLOPE];
    l->table.intercept[i] = (int32_t)in[INTERCEPT];
    if (++l->written == PIECES) l->elements = fl_rtl_draw_below(random, MAX_ELEMENTS);
}

static void nn_lut_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    nn_lut *l = state;
    in[WRITE] = 0;
    const bool drained = !l->stream.valid[0] && !l->stream.valid[1] && !l->stream.holds;
    if (l->written == PIECES && l->elements == 0 && drained) l->written = 0;
    const bool fresh = stream_offer(&l->stream, random, random_stalls, &in[VALID], &in[READY]);
    if (l->written < PIECES) draw_entry(l, random, in);
    if (!fresh) return;
    if (l->written < PIECES || l->elements == 0 || in[WRITE]) in[VALID] = 0;
    if (in[VALID]) l->elements--;
    /* Values at a breakpoint and just below it are the ones that matter. */
    const uint32_t near =
        (uint32_t)l->table.breakpoint[fl_rtl_draw_below(random, PIECES - 1)] - fl_rtl_draw_below(random, 2);
    in[DATA] = (fl_rtl_draw_below(random, 2) ? near : (uint32_t)fl_rtl_draw(random)) & 0xffff;
}

static void nn_lut_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    nn_lut *l = state;
    out[0] = stream_enable(&l->stream, LUT_LATENCY, in[READY]);
    out[1] = l->stream.valid[LUT_LATENCY - 1];
    out[2] = l->stream.data[LUT_LATENCY - 1][0];
    if (!out[1]) care[2] = 0;
    const uint32_t result = (uint32_t)num_nnlut_eval(&l->table, (int16_t)in[DATA], NULL);
    stream_advance(&l->stream, LUT_LATENCY, in[VALID], in[READY], &result, 1);
}

static const fl_rtl_block nn_lut_block = {
    .design = {.top = "fl_nn_lut",
               .files = {"rtl/vector/fl_nn_lut.sv"},
               .params = {{"Pieces", PIECES}},
               .ports = {{"write_i", 1, false},
                         {"index_i", 4, false},
                         {"breakpoint_i", 16, false},
                         {"slope_i", 16, false},
                         {"intercept_i", 32, false},
                         {"valid_i", 1, false},
                         {"ready_o", 1, true},
                         {"data_i", 16, false},
                         {"valid_o", 1, true},
                         {"ready_i", 1, false},
                         {"data_o", 32, true}},
               .clocked = true},
    .state_bytes = sizeof(nn_lut),
    .reset = nn_lut_reset,
    .stimulus = nn_lut_stimulus,
    .step = nn_lut_step,
};

static const fl_part gelu_part = {
    .kind = "rtl_block", .name = "igelu", .help = "i-GELU of I-BERT, 16-bit input", .ops = &gelu};
static const fl_part nn_lut_part = {.kind = "rtl_block",
                                    .name = "nn_lut",
                                    .help =
                                        "NN-LUT: 16-piece linear function, comparators and a multiply-add",
                                    .ops = &nn_lut_block};
FL_REGISTER_PART(gelu_part)
FL_REGISTER_PART(nn_lut_part)
