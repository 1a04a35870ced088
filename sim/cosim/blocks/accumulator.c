/* Lockstep of the accumulator buffer: words that are overwritten or added to. */
#include "sim/base/registry.h"
#include "sim/cosim/rtl.h"

enum { DEPTH = 16 };
enum { VALID, OVERWRITE, ADDRESS, SUM, READ_ADDRESS };

typedef struct accumulator {
    uint32_t words[DEPTH];
    bool known[DEPTH]; /* written since power-up; reset does not clear the buffer, and a sum needs a word to
                          add to */
} accumulator;

static void stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    const accumulator *a = state;
    in[VALID] = !random_stalls || fl_rtl_draw_below(random, 3) != 0;
    in[ADDRESS] = fl_rtl_draw_below(random, DEPTH);
    in[OVERWRITE] = !a->known[in[ADDRESS]] || fl_rtl_draw_below(random, 4) == 0;
    in[SUM] = (uint32_t)fl_rtl_draw(random);
    in[READ_ADDRESS] = fl_rtl_draw_below(random, DEPTH);
}

static void step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    accumulator *a = state;
    out[0] = a->words[in[READ_ADDRESS]];
    if (!a->known[in[READ_ADDRESS]]) care[0] = 0;
    if (!in[VALID]) return;
    a->words[in[ADDRESS]] = (in[OVERWRITE] ? 0 : a->words[in[ADDRESS]]) + in[SUM];
    a->known[in[ADDRESS]] = true;
}

static const fl_rtl_block block = {
    .design = {.top = "fl_accumulator",
               .files = {"rtl/array/fl_accumulator.sv"},
               .params = {{"Depth", DEPTH}},
               .ports = {{"valid_i", 1, false},
                         {"overwrite_i", 1, false},
                         {"address_i", 4, false},
                         {"sum_i", 32, false},
                         {"read_address_i", 4, false},
                         {"read_sum_o", 32, true}},
               .clocked = true},
    .state_bytes = sizeof(accumulator),
    .stimulus = stimulus,
    .step = step,
};
static const fl_part part = {.kind = "rtl_block",
                             .name = "accumulator",
                             .help = "accumulator buffer of a column with its adder",
                             .ops = &block};
FL_REGISTER_PART(part)
