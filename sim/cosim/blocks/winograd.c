/* Lockstep of the tap-parallel Winograd engines against the transforms of pe/num. */
#include "sim/cosim/blocks/winograd.h"
#include "sim/base/registry.h"
#include "sim/cosim/blocks/stream.h"

enum { LATENCY = 2 };
enum { VALID_I, DATA_I }; /* ready_i follows the data */
enum { READY_O, VALID_O, DATA_O };

static size_t ready_word(const engine *e) { return DATA_I + fl_rtl_words(in_elements(e) * e->in_bits); }

static void reset(void *state) { *(stream_model *)state = (stream_model){0}; }

static void stimulus(const engine *e, void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    const size_t words = fl_rtl_words(in_elements(e) * e->in_bits);
    if (!stream_offer(state, random, random_stalls, &in[VALID_I], &in[ready_word(e)])) return;
    for (size_t i = 0; i < words; i++) in[DATA_I + i] = (uint32_t)fl_rtl_draw(random);
    if (fl_rtl_draw_below(random, 8) != 0) return;
    /* Extremes with random signs: the widest intermediate results. */
    memset(in + DATA_I, 0, words * sizeof *in);
    const int64_t low = -((int64_t)1 << (e->in_bits - 1));
    for (unsigned i = 0; i < in_elements(e); i++)
        put_element(in + DATA_I, e->in_bits, i, fl_rtl_draw_below(random, 2) ? low : -low - 1);
}

static void step(const engine *e, void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    stream_model *s = state;
    const size_t words = fl_rtl_words(out_elements(e) * e->out_bits);
    const uint32_t ready = in[ready_word(e)];
    out[READY_O] = stream_enable(s, LATENCY, ready);
    out[VALID_O] = s->valid[LATENCY - 1];
    memcpy(out + DATA_O, s->data[LATENCY - 1], words * sizeof *out);
    if (!out[VALID_O]) memset(care + DATA_O, 0, words * sizeof *care);
    uint32_t result[STREAM_MAX_WORDS] = {0};
    transform(e, in + DATA_I, result);
    stream_advance(s, LATENCY, in[VALID_I], ready, result, words);
}

/* One engine: its widths hold the largest value of every stage. */
#define ENGINE(id, kind_value, f4, in_size, out_size, in_b, mid_b, out_b, text)                              \
    static const engine id = {kind_value, f4 ? NUM_WINOGRAD_F4 : NUM_WINOGRAD_F2, in_b, out_b};              \
    static void id##_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)          \
    {                                                                                                        \
        stimulus(&id, state, random, random_stalls, in);                                                     \
    }                                                                                                        \
    static void id##_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)                    \
    {                                                                                                        \
        step(&id, state, in, out, care);                                                                     \
    }                                                                                                        \
    static const fl_rtl_block id##_block = {                                                                 \
        .design = {.top = "fl_winograd_2d",                                                                  \
                   .files = {"rtl/winograd/fl_winograd_2d.sv", "rtl/winograd/fl_winograd_1d.sv"},            \
                   .params = {{"Kind", kind_value},                                                          \
                              {"F4", f4},                                                                    \
                              {"InBits", in_b},                                                              \
                              {"MidBits", mid_b},                                                            \
                              {"OutBits", out_b}},                                                           \
                   .ports = {{"valid_i", 1, false},                                                          \
                             {"ready_o", 1, true},                                                           \
                             {"data_i", (in_size) * (in_size)*in_b, false},                                  \
                             {"valid_o", 1, true},                                                           \
                             {"ready_i", 1, false},                                                          \
                             {"data_o", (out_size) * (out_size)*out_b, true}},                               \
                   .clocked = true},                                                                         \
        .state_bytes = sizeof(stream_model),                                                                 \
        .reset = reset,                                                                                      \
        .stimulus = id##_stimulus,                                                                           \
        .step = id##_step,                                                                                   \
    };                                                                                                       \
    static const fl_part id##_part = {.kind = "rtl_block", .name = #id, .help = text, .ops = &id##_block};   \
    FL_REGISTER_PART(id##_part)

ENGINE(winograd_input_f2, INPUT, 0, 4, 4, 8, 9, 10, "Winograd F(2x2, 3x3) input transform, a tile per cycle")
ENGINE(winograd_input_f4, INPUT, 1, 6, 6, 8, 12, 15, "Winograd F(4x4, 3x3) input transform, a tile per cycle")
ENGINE(winograd_weight_f2, WEIGHT, 0, 3, 4, 8, 10, 12,
       "Winograd F(2x2, 3x3) weight transform, a kernel per cycle")
ENGINE(winograd_weight_f4, WEIGHT, 1, 3, 6, 8, 13, 18,
       "Winograd F(4x4, 3x3) weight transform, a kernel per cycle")
ENGINE(winograd_output_f2, OUTPUT, 0, 4, 2, 24, 26, 28,
       "Winograd F(2x2, 3x3) output transform, a tile per cycle")
ENGINE(winograd_output_f4, OUTPUT, 1, 6, 4, 24, 29, 33,
       "Winograd F(4x4, 3x3) output transform, a tile per cycle")
