/* Lockstep of the row-by-row Winograd engines, slow (one 1-D unit, one bank) and fast (two of each). */
#include <string.h>

#include "sim/base/registry.h"
#include "sim/cosim/blocks/winograd.h"

enum { MAX_SIDE = 6, MAX_BANKS = 2, MAX_TILE_WORDS = 40 };
enum { VALID_I, ROW_I }; /* ready_i follows the row */
enum { READY_O, VALID_O, COLUMN_O };

/* A bank takes the rows of a tile, then gives the columns of its transform. The slow engine has one. */
typedef struct rows_model {
    uint32_t tile[MAX_TILE_WORDS];                     /* the rows so far */
    int64_t results[MAX_BANKS][NUM_WINOGRAD_MAX_TAPS]; /* of a full bank, row-major */
    bool full[MAX_BANKS];
    unsigned in_bank, out_bank, rows,
        columns; /* banks at work; rows taken and columns given of their tiles */
    bool valid;
    int64_t column[MAX_SIDE]; /* the output register */
    bool holds;               /* the generator offers the same row until it is taken */
} rows_model;

static void reset(void *state) { *(rows_model *)state = (rows_model){0}; }

static unsigned in_side(const engine *e) { return e->kind == WEIGHT ? 3 : num_winograd_inputs(e->f); }
static unsigned out_side(const engine *e)
{
    return e->kind == OUTPUT ? num_winograd_outputs(e->f) : num_winograd_inputs(e->f);
}
static size_t ready_word(const engine *e) { return ROW_I + fl_rtl_words(in_side(e) * e->in_bits); }

static void stimulus(const engine *e, void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    const rows_model *m = state;
    in[ready_word(e)] = !random_stalls || fl_rtl_draw_below(random, 3) != 0;
    if (m->holds) return;
    in[VALID_I] = !random_stalls || fl_rtl_draw_below(random, 4) != 0;
    const size_t words = fl_rtl_words(in_side(e) * e->in_bits);
    memset(in + ROW_I, 0, words * sizeof *in);
    const int64_t low = -((int64_t)1 << (e->in_bits - 1));
    /* Extremes with random signs now and then: the widest intermediate results. */
    const bool extreme = fl_rtl_draw_below(random, 4) == 0;
    for (unsigned i = 0; i < in_side(e); i++)
        put_element(in + ROW_I, e->in_bits, i,
                    extreme ? (fl_rtl_draw_below(random, 2) ? low : -low - 1) : (int64_t)fl_rtl_draw(random));
}

static void take_row(const engine *e, unsigned banks, rows_model *m, const uint32_t *row)
{
    const unsigned side = in_side(e);
    if (m->rows == 0) memset(m->tile, 0, sizeof m->tile);
    for (unsigned i = 0; i < side; i++)
        put_element(m->tile, e->in_bits, m->rows * side + i, element(row, e->in_bits, i));
    if (++m->rows < side) return;
    m->rows = 0;
    uint32_t packed[MAX_TILE_WORDS] = {0};
    transform(e, m->tile, packed);
    for (unsigned i = 0; i < out_elements(e); i++)
        m->results[m->in_bank][i] = element(packed, e->out_bits, i);
    m->full[m->in_bank] = true;
    m->in_bank = (m->in_bank + 1) % banks;
}

static void give_column(const engine *e, unsigned banks, rows_model *m)
{
    const unsigned side = out_side(e);
    for (unsigned i = 0; i < side; i++) m->column[i] = m->results[m->out_bank][i * side + m->columns];
    if (++m->columns < side) return;
    m->columns = 0;
    m->full[m->out_bank] = false;
    m->out_bank = (m->out_bank + 1) % banks;
}

static void step(const engine *e, unsigned banks, void *state, const uint32_t *in, uint32_t *out,
                 uint32_t *care)
{
    rows_model *m = state;
    const size_t words = fl_rtl_words(out_side(e) * e->out_bits);
    const bool ready = !m->full[m->in_bank], gives = m->full[m->out_bank];
    out[READY_O] = ready;
    out[VALID_O] = m->valid;
    for (unsigned i = 0; i < out_side(e); i++) put_element(out + COLUMN_O, e->out_bits, i, m->column[i]);
    if (!m->valid) memset(care + COLUMN_O, 0, words * sizeof *care);
    m->holds = in[VALID_I] && !ready;
    const bool enable = !m->valid || in[ready_word(e)];
    if (enable && gives) give_column(e, banks, m);
    if (enable) m->valid = gives;
    if (in[VALID_I] && ready) take_row(e, banks, m, in + ROW_I);
}

/* One engine, slow and fast. */
#define SPEED(id, engine_id, top_name, banks, kind_value, f4, in_size, out_size, in_b, mid_b, out_b, text)   \
    static void id##_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)          \
    {                                                                                                        \
        stimulus(&engine_id, state, random, random_stalls, in);                                              \
    }                                                                                                        \
    static void id##_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)                    \
    {                                                                                                        \
        step(&engine_id, banks, state, in, out, care);                                                       \
    }                                                                                                        \
    static const fl_rtl_block id##_block = {                                                                 \
        .design = {.top = top_name,                                                                          \
                   .files = {"rtl/winograd/" top_name ".sv", "rtl/winograd/fl_winograd_bank.sv",             \
                             "rtl/winograd/fl_winograd_1d.sv"},                                              \
                   .params = {{"Kind", kind_value},                                                          \
                              {"F4", f4},                                                                    \
                              {"InBits", in_b},                                                              \
                              {"MidBits", mid_b},                                                            \
                              {"OutBits", out_b}},                                                           \
                   .ports = {{"valid_i", 1, false},                                                          \
                             {"ready_o", 1, true},                                                           \
                             {"row_i", (in_size)*in_b, false},                                               \
                             {"valid_o", 1, true},                                                           \
                             {"ready_i", 1, false},                                                          \
                             {"column_o", (out_size)*out_b, true}},                                          \
                   .clocked = true},                                                                         \
        .state_bytes = sizeof(rows_model),                                                                   \
        .reset = reset,                                                                                      \
        .stimulus = id##_stimulus,                                                                           \
        .step = id##_step,                                                                                   \
    };                                                                                                       \
    static const fl_part id##_part = {.kind = "rtl_block", .name = #id, .help = text, .ops = &id##_block};   \
    FL_REGISTER_PART(id##_part)

#define ENGINE(id, kind_value, f4, in_size, out_size, in_b, mid_b, out_b, text)                              \
    static const engine id = {kind_value, f4 ? NUM_WINOGRAD_F4 : NUM_WINOGRAD_F2, in_b, out_b};              \
    SPEED(id##_slow, id, "fl_winograd_row_slow", 1, kind_value, f4, in_size, out_size, in_b, mid_b, out_b,   \
          "Winograd " text ", row by row, one 1-D unit")                                                     \
    SPEED(id##_fast, id, "fl_winograd_row_fast", 2, kind_value, f4, in_size, out_size, in_b, mid_b, out_b,   \
          "Winograd " text ", row by row, two 1-D units")

ENGINE(winograd_input_f2, INPUT, 0, 4, 4, 8, 9, 10, "F(2x2, 3x3) input transform")
ENGINE(winograd_input_f4, INPUT, 1, 6, 6, 8, 12, 15, "F(4x4, 3x3) input transform")
ENGINE(winograd_weight_f2, WEIGHT, 0, 3, 4, 8, 10, 12, "F(2x2, 3x3) weight transform")
ENGINE(winograd_weight_f4, WEIGHT, 1, 3, 6, 8, 13, 18, "F(4x4, 3x3) weight transform")
ENGINE(winograd_output_f2, OUTPUT, 0, 4, 2, 24, 26, 28, "F(2x2, 3x3) output transform")
ENGINE(winograd_output_f4, OUTPUT, 1, 6, 4, 24, 29, 33, "F(4x4, 3x3) output transform")
