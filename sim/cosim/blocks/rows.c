/* Lockstep of the row functions: 2D-LUT softmax, Shiftmax, log-int-softmax, ShiftGELU of a row. */
#include "pe/num/integer_exp.h"
#include "pe/num/shift_exp.h"
#include "pe/num/softmax_lut2d.h"
#include "sim/base/registry.h"
#include "sim/cosim/blocks/constants.h"
#include "sim/cosim/blocks/row.h"

enum { MAX_LENGTH = 64 };

static void reset(void *state) { *(row_model *)state = (row_model){0}; }

/* Elements of rows: anywhere, or close together. */
static uint32_t draw_element(fl_rtl_random *random)
{
    return (fl_rtl_draw_below(random, 4) ? (uint32_t)fl_rtl_draw(random)
                                         : 40 - fl_rtl_draw_below(random, 12)) &
           0xff;
}

static void offer(row_model *r, unsigned latency, fl_rtl_random *random, bool random_stalls, uint32_t *ports)
{
    if (row_offer(r, latency, random, random_stalls, MAX_LENGTH, &ports[0], &ports[1], &ports[3]))
        ports[2] = draw_element(random);
}

/* One cycle; `ports` are valid_i, last_i, data_i, ready_i. True when the row is complete. */
static bool advance(row_model *r, unsigned latency, bool reduces, const uint32_t *ports)
{
    return row_advance(r, latency, reduces, ports[0], ports[1], (int8_t)ports[2], ports[3]);
}

/* --- 2D-LUT softmax --- */

enum { LUT2D_LATENCY = 3 };

static void lut2d_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    row_model *r = state;
    if (row_is_idle(r, LUT2D_LATENCY))
        in[0] = 1 + fl_rtl_draw_below(random, 1u << fl_rtl_draw_below(random, 25));
    offer(r, LUT2D_LATENCY, random, random_stalls, in + 1);
}

static void lut2d_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    static num_lut2d tables;
    row_model *r = state;
    row_outputs(r, LUT2D_LATENCY, out, care);
    if (!advance(r, LUT2D_LATENCY, true, in + 1)) return;
    if (tables.width == 0) num_lut2d_build(8, 101, 60, &tables);
    uint16_t results[MAX_LENGTH];
    num_softmax_lut2d_row(&tables, NUM_INDEX_ROUND, in[0], r->row, r->length, results);
    for (size_t i = 0; i < r->length; i++) r->results[i] = results[i];
}

/* --- Shiftmax and ShiftGELU --- */

enum { SHIFTMAX_LATENCY = 4, DIVISION_CYCLES = 31 + 1, GELU_LATENCY = 12 };

static void shiftmax_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    row_model *r = state;
    if (row_is_idle(r, SHIFTMAX_LATENCY)) draw_inverse_scale(random, 10, in);
    offer(r, SHIFTMAX_LATENCY, random, random_stalls, in + 2);
}

static void shiftmax_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    row_model *r = state;
    row_outputs(r, SHIFTMAX_LATENCY, out, care);
    if (!advance(r, SHIFTMAX_LATENCY, true, in + 2)) return;
    uint16_t results[MAX_LENGTH];
    num_shiftmax_row((num_shift_exp_constants){(int32_t)in[0], 15}, NUM_SHIFT_FACTOR, 16, r->row, r->length,
                     results);
    for (size_t i = 0; i < r->length; i++) r->results[i] = results[i];
    r->scalar_wait = DIVISION_CYCLES;
}

static void gelu_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    row_model *r = state;
    if (row_is_idle(r, GELU_LATENCY)) draw_inverse_scale(random, 11, in);
    offer(r, GELU_LATENCY, random, random_stalls, in + 2);
}

static void gelu_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    row_model *r = state;
    row_outputs(r, GELU_LATENCY, out, care);
    if (!advance(r, GELU_LATENCY, false, in + 2)) return;
    int32_t results[MAX_LENGTH];
    num_shift_gelu_row((num_shift_exp_constants){(int32_t)in[0], 23}, NUM_SHIFT_EXACT, true, r->row,
                       r->length, results);
    for (size_t i = 0; i < r->length; i++) r->results[i] = (uint32_t)results[i];
}

/* --- log-int-softmax --- */

enum { LIS_LATENCY = 5, LIS_HALVINGS = 20, LIS_X0_BITS = 7 };

static void lis_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    row_model *r = state;
    uint32_t *ports = in + 4;
    if (row_is_idle(r, LIS_LATENCY)) draw_integer_exp(random, 9, LIS_X0_BITS, in);
    if (!row_offer(r, LIS_LATENCY, random, random_stalls, MAX_LENGTH, &ports[0], &ports[1], &ports[3]))
        return;
    /* Logits whole halvings apart make sums that lie on a threshold. */
    ports[2] = r->length % 2 ? draw_element(random) : (40 - in[0] * fl_rtl_draw_below(random, 3)) & 0xff;
}

static void lis_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    row_model *r = state;
    row_outputs(r, LIS_LATENCY, out, care);
    if (!advance(r, LIS_LATENCY, true, in + 4)) return;
    const num_integer_exp constants = integer_exp_of(in);
    uint8_t codes[MAX_LENGTH];
    num_softmax_lis_row(&constants, LIS_HALVINGS, r->row, r->length, codes);
    for (size_t i = 0; i < r->length; i++) r->results[i] = codes[i];
}

/* --- registration --- */

#define ROW_INPUTS                                                                                           \
    {"valid_i", 1, false}, {"ready_o", 1, true}, {"last_i", 1, false}, { "data_i", 8, false }
#define ROW_OUTPUTS(data, bits)                                                                              \
    {"valid_o", 1, true}, {"ready_i", 1, false}, {"last_o", 1, true}, { data, bits, true }

static const fl_rtl_block lut2d = {
    .design = {.top = "fl_softmax_lut2d",
               .files = {"rtl/vector/fl_softmax_lut2d.sv", "rtl/vector/fl_row.sv"},
               .params = {{"MaxLength", MAX_LENGTH}},
               .ports = {{"index_multiplier_i", 24, false}, ROW_INPUTS, ROW_OUTPUTS("data_o", 8)},
               .clocked = true},
    .state_bytes = sizeof(row_model),
    .reset = reset,
    .stimulus = lut2d_stimulus,
    .step = lut2d_step,
};
static const fl_rtl_block shiftmax = {
    .design = {.top = "fl_softmax_shift",
               .files = {"rtl/vector/fl_softmax_shift.sv", "rtl/vector/fl_row.sv",
                         "rtl/vector/fl_shift_exp.sv", "rtl/common/fl_divide.sv"},
               .params = {{"MaxLength", MAX_LENGTH}},
               .ports = {{"inverse_scale_i", 8, false},
                         {"reciprocal_i", 19, false},
                         ROW_INPUTS,
                         ROW_OUTPUTS("data_o", 16)},
               .clocked = true},
    .state_bytes = sizeof(row_model),
    .reset = reset,
    .stimulus = shiftmax_stimulus,
    .step = shiftmax_step,
};
static const fl_rtl_block gelu = {
    .design = {.top = "fl_shift_gelu_row",
               .files = {"rtl/vector/fl_shift_gelu_row.sv", "rtl/vector/fl_row.sv",
                         "rtl/vector/fl_shift_gelu_lane.sv", "rtl/vector/fl_shift_exp.sv"},
               /* MaxLength is the module's default: Yosys 0.23 fails on setting it here. */
               .ports = {{"inverse_scale_i", 8, false},
                         {"reciprocal_i", 20, false},
                         ROW_INPUTS,
                         ROW_OUTPUTS("data_o", 16)},
               .clocked = true},
    .state_bytes = sizeof(row_model),
    .reset = reset,
    .stimulus = gelu_stimulus,
    .step = gelu_step,
};
static const fl_rtl_block lis = {
    .design = {.top = "fl_softmax_lis",
               .files = {"rtl/vector/fl_softmax_lis.sv", "rtl/vector/fl_row.sv",
                         "rtl/vector/fl_iexp_lane.sv"},
               .params = {{"MaxLength", MAX_LENGTH}},
               .ports = {{"x0_i", LIS_X0_BITS, false},
                         {"reciprocal_i", LIS_X0_BITS + 10, false},
                         {"b_i", LIS_X0_BITS + 2, false},
                         {"c_i", 2 * LIS_X0_BITS + 3, false},
                         ROW_INPUTS,
                         ROW_OUTPUTS("code_o", 5)},
               .clocked = true},
    .state_bytes = sizeof(row_model),
    .reset = reset,
    .stimulus = lis_stimulus,
    .step = lis_step,
};

static const fl_part lut2d_part = {.kind = "rtl_block",
                                   .name = "softmax_lut2d",
                                   .help = "2D-LUT softmax of a row: two tables, no divider, no product",
                                   .ops = &lut2d};
static const fl_part shiftmax_part = {.kind = "rtl_block",
                                      .name = "softmax_shift",
                                      .help = "Shiftmax of I-ViT: ShiftExp and a division per row",
                                      .ops = &shiftmax};
static const fl_part gelu_part = {.kind = "rtl_block",
                                  .name = "shift_gelu_row",
                                  .help = "ShiftGELU of I-ViT with the row's maximum",
                                  .ops = &gelu};
static const fl_part lis_part = {.kind = "rtl_block",
                                 .name = "softmax_lis",
                                 .help = "log-int-softmax of FQ-ViT: powers of two, no divider",
                                 .ops = &lis};
FL_REGISTER_PART(lut2d_part)
FL_REGISTER_PART(shiftmax_part)
FL_REGISTER_PART(gelu_part)
FL_REGISTER_PART(lis_part)
