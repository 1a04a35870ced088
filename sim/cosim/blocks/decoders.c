/* Lockstep of the boundary decoders and of the multiply-accumulate: the golden model is the PE type itself.
 */
#include <assert.h>

#include "pe/pe.h"
#include "sim/base/registry.h"
#include "sim/cosim/rtl.h"

static const pe_type *pe_named(const char *name)
{
    const fl_part *part = fl_registry_find("pe", name);
    assert(part != NULL);
    return part->ops;
}

/* fl_pkg::format_t */
static num_format format_of(uint32_t bits)
{
    return (num_format){.kind = (uint8_t)(bits & 3), .bits = bits & 8 ? 8 : 4, .is_signed = bits & 4};
}

enum { FORMAT, CODE, SLICE, USED };

/* Any format the type takes; slices of 8-bit integers. */
static void decoder_stimulus(fl_rtl_random *random, uint32_t *in, bool all_kinds, bool sliced)
{
    uint32_t kind = all_kinds ? fl_rtl_draw_below(random, 3) : NUM_INT;
    bool wide = kind == NUM_INT && fl_rtl_draw_below(random, 2);
    in[FORMAT] = kind | fl_rtl_draw_below(random, 2) << 2 | (uint32_t)wide << 3;
    in[CODE] = fl_rtl_draw_below(random, 256);
    in[SLICE] = sliced && wide && fl_rtl_draw_below(random, 2);
    in[USED] = fl_rtl_draw_below(random, 16) != 0;
}

static void decoder_step(const char *pe, const uint32_t *in, uint32_t *out)
{
    num_operand operands[PE_MAX_SLICES] = {{0, 0}, {0, 0}};
    if (in[USED]) pe_named(pe)->decode(format_of(in[FORMAT]), in[CODE], operands);
    out[0] = (uint32_t)operands[in[SLICE]].base;
    out[1] = operands[in[SLICE]].shift;
}

static void ant4_stimulus(void *state, fl_rtl_random *random, bool stalls, uint32_t *in)
{
    (void)state, (void)stalls;
    decoder_stimulus(random, in, true, true);
}
static void ant4_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    (void)state, (void)care;
    decoder_step("ant4", in, out);
}
static void int4_stimulus(void *state, fl_rtl_random *random, bool stalls, uint32_t *in)
{
    (void)state, (void)stalls;
    decoder_stimulus(random, in, false, true);
}
static void int4_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    (void)state, (void)care;
    decoder_step("int4", in, out);
}

static void int8_stimulus(void *state, fl_rtl_random *random, bool stalls, uint32_t *in)
{
    (void)state, (void)stalls;
    uint32_t drawn[4];
    decoder_stimulus(random, drawn, false, false);
    in[0] = drawn[FORMAT], in[1] = drawn[CODE], in[2] = drawn[USED];
}
static void int8_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    (void)state, (void)care;
    const uint32_t sliced[4] = {in[0], in[1], 0, in[2]};
    uint32_t both[2];
    decoder_step("int8", sliced, both);
    out[0] = both[0];
}

/* Operands as {base, shift}. */
static num_operand operand_of(uint32_t bits, unsigned base_bits, unsigned shift_bits)
{
    uint32_t base = bits >> shift_bits & ((1u << base_bits) - 1), sign = 1u << (base_bits - 1);
    return (num_operand){(int16_t)((int32_t)(base ^ sign) - (int32_t)sign),
                         (uint8_t)(bits & ((1u << shift_bits) - 1))};
}

static void mac_stimulus(void *state, fl_rtl_random *random, bool stalls, uint32_t *in)
{
    (void)state, (void)stalls;
    in[0] = fl_rtl_draw_below(random, 1u << 9);
    in[1] = fl_rtl_draw_below(random, 1u << 9);
    in[2] = (uint32_t)fl_rtl_draw(random);
}
static void mac_ant4_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    (void)state, (void)care;
    out[0] = pe_named("ant4")->mac(in[2], operand_of(in[0], 5, 4), operand_of(in[1], 5, 4));
}
static void mac_int8_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    (void)state, (void)care;
    out[0] = pe_named("int8")->mac(in[2], operand_of(in[0], 9, 0), operand_of(in[1], 9, 0));
}

static const fl_rtl_block decode_ant4 = {
    .design = {.top = "fl_decode_ant4",
               .files = {"rtl/pe/fl_decode_ant4.sv"},
               .ports = {{"format_i", 4, false},
                         {"code_i", 8, false},
                         {"slice_i", 1, false},
                         {"used_i", 1, false},
                         {"base_o", 5, true},
                         {"shift_o", 4, true}}},
    .stimulus = ant4_stimulus,
    .step = ant4_step,
};
static const fl_rtl_block decode_int4 = {
    .design = {.top = "fl_decode_int4",
               .files = {"rtl/pe/fl_decode_int4.sv"},
               .ports = {{"format_i", 4, false},
                         {"code_i", 8, false},
                         {"slice_i", 1, false},
                         {"used_i", 1, false},
                         {"base_o", 5, true},
                         {"shift_o", 3, true}}},
    .stimulus = int4_stimulus,
    .step = int4_step,
};
static const fl_rtl_block decode_int8 = {
    .design =
        {.top = "fl_decode_int8",
         .files = {"rtl/pe/fl_decode_int8.sv"},
         .ports = {{"format_i", 4, false}, {"code_i", 8, false}, {"used_i", 1, false}, {"base_o", 9, true}}},
    .stimulus = int8_stimulus,
    .step = int8_step,
};
static const fl_rtl_block mac_ant4 = {
    .design = {.top = "fl_mac",
               .files = {"rtl/pe/fl_mac.sv"},
               .params = {{"BaseBits", 5}, {"ShiftBits", 4}},
               .ports = {{"a_i", 9, false}, {"b_i", 9, false}, {"sum_i", 32, false}, {"sum_o", 32, true}}},
    .stimulus = mac_stimulus,
    .step = mac_ant4_step,
};
static const fl_rtl_block mac_int8 = {
    .design = {.top = "fl_mac",
               .files = {"rtl/pe/fl_mac.sv"},
               .params = {{"BaseBits", 9}, {"ShiftBits", 0}},
               .ports = {{"a_i", 9, false}, {"b_i", 9, false}, {"sum_i", 32, false}, {"sum_o", 32, true}}},
    .stimulus = mac_stimulus,
    .step = mac_int8_step,
};

static const fl_part decode_ant4_part = {
    .kind = "rtl_block",
    .name = "decode_ant4",
    .help = "boundary decoder of the TypeFusion PE: int, power of two, flint, int8 slices",
    .ops = &decode_ant4};
static const fl_part decode_int4_part = {.kind = "rtl_block",
                                         .name = "decode_int4",
                                         .help = "boundary decoder of the int4 PE, int8 slices",
                                         .ops = &decode_int4};
static const fl_part decode_int8_part = {.kind = "rtl_block",
                                         .name = "decode_int8",
                                         .help = "boundary decoder of the int8 PE",
                                         .ops = &decode_int8};
static const fl_part mac_ant4_part = {.kind = "rtl_block",
                                      .name = "mac_ant4",
                                      .help = "TypeFusion multiply-accumulate: 5 x 5 multiplier and shifter",
                                      .ops = &mac_ant4};
static const fl_part mac_int8_part = {
    .kind = "rtl_block", .name = "mac_int8", .help = "8-bit integer multiply-accumulate", .ops = &mac_int8};
FL_REGISTER_PART(decode_ant4_part)
FL_REGISTER_PART(decode_int4_part)
FL_REGISTER_PART(decode_int8_part)
FL_REGISTER_PART(mac_ant4_part)
FL_REGISTER_PART(mac_int8_part)
