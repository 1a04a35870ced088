/* Lockstep of the requantiser against num_multiply_by_multiplier. */
#include "pe/num/requant.h"
#include "sim/base/registry.h"
#include "sim/cosim/blocks/stream.h"

enum { VALID_I, DATA_I, MULTIPLIER_I, SHIFT_I, READY_I };
enum { READY_O, VALID_O, DATA_O };
enum { LATENCY = 3 };

static void reset(void *state) { *(stream_model *)state = (stream_model){0}; }

static void stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    if (!stream_offer(state, random, random_stalls, &in[VALID_I], &in[READY_I])) return;
    /* Small and large values alike, the extremes now and then; shifts that leave something over are the
     * common case. */
    uint32_t drawn = (uint32_t)fl_rtl_draw(random);
    in[DATA_I] = (uint32_t)((int32_t)drawn >> fl_rtl_draw_below(random, 32));
    if (fl_rtl_draw_below(random, 32) == 0)
        in[DATA_I] = fl_rtl_draw_below(random, 2) ? 0x80000000u : 0x7fffffffu;
    in[MULTIPLIER_I] =
        fl_rtl_draw_below(random, 64) == 0 ? 0 : 0x40000000u | (uint32_t)(fl_rtl_draw(random) & 0x3fffffffu);
    int32_t shift = fl_rtl_draw_below(random, 4) ? -(int32_t)fl_rtl_draw_below(random, 24)
                                                 : (int32_t)fl_rtl_draw_below(random, 62) - 31;
    in[SHIFT_I] = (uint32_t)shift & 63;
}

static int32_t saturate8(int32_t value) { return value > 127 ? 127 : value < -128 ? -128 : value; }

static void step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    stream_model *s = state;
    out[READY_O] = stream_enable(s, LATENCY, in[READY_I]);
    out[VALID_O] = s->valid[LATENCY - 1];
    out[DATA_O] = s->data[LATENCY - 1][0];
    if (!out[VALID_O]) care[DATA_O] = 0;
    const num_multiplier m = {(int32_t)in[MULTIPLIER_I], (int32_t)(in[SHIFT_I] << 26) >> 26};
    const uint32_t result = (uint32_t)saturate8(num_multiply_by_multiplier((int32_t)in[DATA_I], m));
    stream_advance(s, LATENCY, in[VALID_I], in[READY_I], &result, 1);
}

static const fl_rtl_block block = {
    .design = {.top = "fl_requantize",
               .files = {"rtl/vector/fl_requantize.sv"},
               .params = {{"OutBits", 8}},
               .ports = {{"valid_i", 1, false},
                         {"ready_o", 1, true},
                         {"data_i", 32, false},
                         {"multiplier_i", 32, false},
                         {"shift_i", 6, false},
                         {"valid_o", 1, true},
                         {"ready_i", 1, false},
                         {"data_o", 8, true}},
               .clocked = true},
    .state_bytes = sizeof(stream_model),
    .reset = reset,
    .stimulus = stimulus,
    .step = step,
};
static const fl_part part = {.kind = "rtl_block",
                             .name = "requantize",
                             .help = "fixed-point requantiser with gemmlowp's double rounding",
                             .ops = &block};
FL_REGISTER_PART(part)
