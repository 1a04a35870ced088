/* Lockstep of the flint encoder, the float-style flint decoder and the binary PE. */
#include "pe/num/binary.h"
#include "pe/num/flint.h"
#include "sim/base/registry.h"
#include "sim/cosim/rtl.h"

enum { IS_SIGNED, VALUE };

static void encode_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    (void)state, (void)random_stalls;
    in[IS_SIGNED] = fl_rtl_draw_below(random, 2);
    in[VALUE] =
        fl_rtl_draw_below(random, 4) ? fl_rtl_draw_below(random, 200) - 100 : (uint32_t)fl_rtl_draw(random);
    in[VALUE] &= 0xffff;
}

static void encode_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    (void)state, (void)care;
    const num_format format = {.kind = NUM_FLINT, .bits = 4, .is_signed = in[IS_SIGNED]};
    out[0] = num_encode(format, (int16_t)in[VALUE]);
}

static void decode_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    (void)state, (void)random_stalls;
    in[0] = fl_rtl_draw_below(random, 16);
}

static void decode_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    (void)state, (void)care;
    const num_flint_float parts = num_flint_decode_float(4, in[0]);
    out[0] = parts.is_zero;
    out[1] = parts.exponent;
    out[2] = parts.fraction;
}

enum { VALID, FIRST, A, B };

typedef struct xnor {
    bool valid, known; /* known: a first step has set the sum */
    uint32_t sum;
} xnor;

/* Reset does not clear the sum: a first step does. */
static void xnor_reset(void *state) { *(xnor *)state = (xnor){0}; }

static void xnor_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    const xnor *x = state;
    in[VALID] = !random_stalls || fl_rtl_draw_below(random, 3) != 0;
    in[FIRST] = !x->known || fl_rtl_draw_below(random, 16) == 0;
    in[A] = (uint32_t)fl_rtl_draw(random);
    in[B] = (uint32_t)fl_rtl_draw(random);
}

static void xnor_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    xnor *x = state;
    out[0] = x->valid;
    out[1] = x->sum;
    if (!x->valid) care[1] = 0;
    x->valid = in[VALID];
    if (!in[VALID]) return;
    x->sum = (in[FIRST] ? 0 : x->sum) + (uint32_t)num_binary_dot(&in[A], &in[B], 32);
    x->known = true;
}

static const fl_rtl_block encode = {
    .design = {.top = "fl_encode_flint4",
               .files = {"rtl/pe/fl_encode_flint4.sv"},
               .params = {{"InBits", 16}},
               .ports = {{"is_signed_i", 1, false}, {"value_i", 16, false}, {"code_o", 4, true}}},
    .stimulus = encode_stimulus,
    .step = encode_step,
};
static const fl_rtl_block decode = {
    .design = {.top = "fl_decode_flint4_float",
               .files = {"rtl/pe/fl_decode_flint4_float.sv"},
               .ports = {{"code_i", 4, false},
                         {"zero_o", 1, true},
                         {"exponent_o", 3, true},
                         {"fraction_o", 3, true}}},
    .stimulus = decode_stimulus,
    .step = decode_step,
};
static const fl_rtl_block binary = {
    .design = {.top = "fl_pe_xnor",
               .files = {"rtl/pe/fl_pe_xnor.sv"},
               .params = {{"Width", 32}},
               .ports = {{"valid_i", 1, false},
                         {"first_i", 1, false},
                         {"a_i", 32, false},
                         {"b_i", 32, false},
                         {"valid_o", 1, true},
                         {"sum_o", 32, true}},
               .clocked = true},
    .state_bytes = sizeof(xnor),
    .reset = xnor_reset,
    .stimulus = xnor_stimulus,
    .step = xnor_step,
};

static const fl_part encode_part = {.kind = "rtl_block",
                                    .name = "encode_flint4",
                                    .help = "4-bit flint encoder: nearest value, ties up",
                                    .ops = &encode};
static const fl_part decode_part = {.kind = "rtl_block",
                                    .name = "decode_flint4_float",
                                    .help = "float-style decoder of 4-bit flint, for comparison",
                                    .ops = &decode};
static const fl_part binary_part = {.kind = "rtl_block",
                                    .name = "pe_xnor",
                                    .help = "binary PE: XNOR and popcount of 32 products a cycle",
                                    .ops = &binary};
FL_REGISTER_PART(encode_part)
FL_REGISTER_PART(decode_part)
FL_REGISTER_PART(binary_part)
