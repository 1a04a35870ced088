/* Lockstep of what stands around and beside TypeFusion PEs: encoder, quantiser, four PEs that fuse into one
 * of 8 bits. */
#include "pe/num/requant.h"
#include "pe/pe.h"
#include "sim/base/registry.h"
#include "sim/cosim/blocks/stream.h"

/* fl_pkg::format_t */
static num_format format_of(uint32_t bits)
{
    return (num_format){.kind = (uint8_t)(bits & 3), .bits = bits & 8 ? 8 : 4, .is_signed = bits & 4};
}

static uint32_t draw_format(fl_rtl_random *random)
{
    const uint32_t kind = fl_rtl_draw_below(random, 3);
    return kind | fl_rtl_draw_below(random, 2) << 2 |
           (kind == NUM_INT ? fl_rtl_draw_below(random, 2) << 3 : 0);
}

/* --- encoder: format_i, value_i --- */

static void encode_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    (void)state, (void)random_stalls;
    in[0] = draw_format(random);
    in[1] =
        (uint32_t)((int32_t)(uint32_t)fl_rtl_draw(random) >> (16 + fl_rtl_draw_below(random, 15))) & 0xffff;
    /* Ties of powers of two and their neighbours. */
    if (fl_rtl_draw_below(random, 4) == 0)
        in[1] = ((3u << fl_rtl_draw_below(random, 14)) + fl_rtl_draw_below(random, 3) - 1) & 0xffff;
    if (fl_rtl_draw_below(random, 2)) in[1] = -in[1] & 0xffff;
}

static void encode_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    (void)state, (void)care;
    out[0] = num_encode(format_of(in[0]), (int16_t)in[1]);
}

/* --- quantiser --- */

enum { LATENCY = 4, MAX_ELEMENTS = 200 };
enum { FORMAT_I, VALID_I, DATA_I, MULTIPLIER_I, SHIFT_I, READY_I };
enum { READY_O, VALID_O, CODE_O };

/* The requantiser's three stages hold values, the encoder's one codes; a gap in the fourth closes before the
 * others stall. */
typedef struct quantizer {
    stream_model values; /* three stages */
    stream_model code;   /* one */
    unsigned elements;   /* to be offered with the same format */
} quantizer;

static void quantize_reset(void *state) { *(quantizer *)state = (quantizer){0}; }

static bool is_idle(const quantizer *q)
{
    return !q->values.valid[0] && !q->values.valid[1] && !q->values.valid[2] && !q->code.valid[0] &&
           !q->values.holds;
}

static void quantize_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    quantizer *q = state;
    if (q->elements == 0 && is_idle(q)) {
        in[FORMAT_I] = draw_format(random);
        q->elements = 1 + fl_rtl_draw_below(random, MAX_ELEMENTS);
    }
    if (!stream_offer(&q->values, random, random_stalls, &in[VALID_I], &in[READY_I])) return;
    if (q->elements == 0) in[VALID_I] = 0;
    q->elements -= in[VALID_I];
    in[DATA_I] = (uint32_t)((int32_t)(uint32_t)fl_rtl_draw(random) >> fl_rtl_draw_below(random, 30));
    in[MULTIPLIER_I] = 0x40000000u | (uint32_t)(fl_rtl_draw(random) & 0x3fffffffu);
    in[SHIFT_I] = (uint32_t) - (int32_t)fl_rtl_draw_below(random, 20) & 63;
}

static void quantize_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    quantizer *q = state;
    const uint32_t takes_value = stream_enable(&q->code, 1, in[READY_I]);
    out[READY_O] = stream_enable(&q->values, LATENCY - 1, takes_value);
    out[VALID_O] = q->code.valid[0];
    out[CODE_O] = q->code.data[0][0];
    if (!out[VALID_O]) care[CODE_O] = 0;
    const uint32_t code = num_encode(format_of(in[FORMAT_I]), (int32_t)q->values.data[LATENCY - 2][0]);
    stream_advance(&q->code, 1, q->values.valid[LATENCY - 2], in[READY_I], &code, 1);
    const num_multiplier m = {(int32_t)in[MULTIPLIER_I], (int32_t)(in[SHIFT_I] << 26) >> 26};
    const uint32_t value = (uint32_t)num_multiply_by_multiplier((int32_t)in[DATA_I], m);
    stream_advance(&q->values, LATENCY - 1, in[VALID_I], takes_value, &value, 1);
}

/* --- four PEs --- */

enum { A_FORMAT_I, B_FORMAT_I, FUSED_VALID_I, FIRST_I, A_I, B_I };

typedef struct step_of_four {
    bool valid, first;
    num_operand a[2], b[2];
} step_of_four;

typedef struct fused {
    step_of_four decoded;
    bool summed;      /* the sums were updated in the last cycle */
    uint32_t sums[4]; /* row-major */
    bool valid;
    uint32_t result[4];
    unsigned left; /* steps of the dot product */
    unsigned idle; /* cycles before the formats may change */
} fused;

static void fused_reset(void *state) { *(fused *)state = (fused){0}; }

static const pe_type *ant4(void) { return fl_registry_find("pe", "ant4")->ops; }

static void fused_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    fused *f = state;
    in[FUSED_VALID_I] = in[FIRST_I] = 0;
    if (f->left == 0 && f->idle < 3) {
        f->idle++;
        return;
    }
    if (f->left == 0) {
        in[A_FORMAT_I] = draw_format(random);
        in[B_FORMAT_I] = draw_format(random);
        in[FIRST_I] = 1;
        f->left = 1 + fl_rtl_draw_below(random, 30);
        f->idle = 0;
    }
    in[FUSED_VALID_I] = in[FIRST_I] || !random_stalls || fl_rtl_draw_below(random, 3) != 0;
    in[A_I] = (uint32_t)fl_rtl_draw(random) & 0xffff;
    in[B_I] = (uint32_t)fl_rtl_draw(random) & 0xffff;
    f->left -= in[FUSED_VALID_I];
}

/* A code per row or column, or two slices of one. */
static void decode(uint32_t format_bits, uint32_t codes, num_operand operands[2])
{
    const num_format format = format_of(format_bits);
    num_operand slices[PE_MAX_SLICES];
    for (unsigned i = 0; i < 2; i++) {
        ant4()->decode(format, format.bits == 8 ? codes & 0xff : codes >> (8 * i) & 15, slices);
        operands[i] = slices[format.bits == 8 ? i : 0];
    }
}

static void fuse(const fused *f, bool a_wide, bool b_wide, uint32_t result[4])
{
    memset(result, 0, 4 * sizeof *result);
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < 2; j++)
            result[(a_wide ? 0 : 2 * i) + (b_wide ? 0 : j)] += f->sums[2 * i + j];
}

static void fused_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    fused *f = state;
    out[0] = f->valid;
    memcpy(out + 1, f->result, sizeof f->result);
    if (!f->valid) memset(care + 1, 0, sizeof f->result);
    fuse(f, in[A_FORMAT_I] & 8, in[B_FORMAT_I] & 8, f->result);
    f->valid = f->summed;
    f->summed = f->decoded.valid;
    for (unsigned k = 0; k < 4 && f->decoded.valid; k++)
        f->sums[k] = ant4()->mac(f->decoded.first ? 0 : f->sums[k], f->decoded.a[k / 2], f->decoded.b[k % 2]);
    f->decoded.valid = in[FUSED_VALID_I];
    f->decoded.first = in[FIRST_I];
    decode(in[A_FORMAT_I], in[A_I], f->decoded.a);
    decode(in[B_FORMAT_I], in[B_I], f->decoded.b);
}

static const fl_rtl_block encoder = {
    .design = {.top = "fl_encode_ant4",
               .files = {"rtl/pe/fl_encode_ant4.sv", "rtl/pe/fl_encode_flint4.sv"},
               .params = {{"InBits", 16}},
               .ports = {{"format_i", 4, false}, {"value_i", 16, false}, {"code_o", 8, true}}},
    .stimulus = encode_stimulus,
    .step = encode_step,
};
static const fl_rtl_block quantize = {
    .design = {.top = "fl_quantize_ant4",
               .files = {"rtl/pe/fl_quantize_ant4.sv", "rtl/pe/fl_encode_ant4.sv",
                         "rtl/pe/fl_encode_flint4.sv", "rtl/vector/fl_requantize.sv"},
               .ports = {{"format_i", 4, false},
                         {"valid_i", 1, false},
                         {"ready_o", 1, true},
                         {"data_i", 32, false},
                         {"multiplier_i", 32, false},
                         {"shift_i", 6, false},
                         {"valid_o", 1, true},
                         {"ready_i", 1, false},
                         {"code_o", 8, true}},
               .clocked = true},
    .state_bytes = sizeof(quantizer),
    .reset = quantize_reset,
    .stimulus = quantize_stimulus,
    .step = quantize_step,
};
static const fl_rtl_block four = {
    .design = {.top = "fl_pe_fused",
               .files = {"rtl/pe/fl_pe_fused.sv", "rtl/pe/fl_decode_ant4.sv", "rtl/pe/fl_mac.sv"},
               .ports = {{"a_format_i", 4, false},
                         {"b_format_i", 4, false},
                         {"valid_i", 1, false},
                         {"first_i", 1, false},
                         {"a_i", 16, false},
                         {"b_i", 16, false},
                         {"valid_o", 1, true},
                         {"sums_o", 128, true}},
               .clocked = true},
    .state_bytes = sizeof(fused),
    .reset = fused_reset,
    .stimulus = fused_stimulus,
    .step = fused_step,
};

static const fl_part encoder_part = {.kind = "rtl_block",
                                     .name = "encode_ant4",
                                     .help = "encoder of every type of the TypeFusion PE",
                                     .ops = &encoder};
static const fl_part quantize_part = {.kind = "rtl_block",
                                      .name = "quantize_ant4",
                                      .help = "requantiser and encoder: sums to 4-bit or 8-bit codes",
                                      .ops = &quantize};
static const fl_part four_part = {.kind = "rtl_block",
                                  .name = "pe_fused",
                                  .help = "four TypeFusion PEs that fuse into one 8-bit PE",
                                  .ops = &four};
FL_REGISTER_PART(encoder_part)
FL_REGISTER_PART(quantize_part)
FL_REGISTER_PART(four_part)
