/* Lockstep of the LNS PE and of the converter back to logarithmic codes. */
#include "pe/num/lns.h"
#include "sim/base/registry.h"
#include "sim/cosim/blocks/stream.h"

static const num_lns format = {.bits = 8, .log2_gamma = 3};

enum { LOG_TABLE = 1, SUM_BITS = 24, DROP = 12, TOTAL_BITS = SUM_BITS + 9 + 6 };
enum { VALID_I, FIRST_I, LAST_I, A_I, B_I, READY_I };
enum { READY_O, VALID_O, TOTAL_O };
enum { TAIL = 3 /* stages behind the code adder */ };

/* Stage 1 holds a product; what follows is a stream of totals. */
typedef struct pe_lns {
    stream_model tail;
    num_lns_bins bins;
    bool valid, first, last;
    uint32_t a, b;
    bool holds;
    unsigned left; /* products of the dot product that are still to be offered */
    bool starts;
} pe_lns;

static void pe_reset(void *state) { *(pe_lns *)state = (pe_lns){0}; }

static void pe_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    pe_lns *p = state;
    in[READY_I] = !random_stalls || fl_rtl_draw_below(random, 3) != 0;
    if (p->holds) return;
    if (p->left == 0) {
        p->left = 1 + fl_rtl_draw_below(random, 40);
        p->starts = true;
    }
    in[VALID_I] = !random_stalls || fl_rtl_draw_below(random, 4) != 0;
    in[FIRST_I] = p->starts;
    in[LAST_I] = p->left == 1;
    in[A_I] = fl_rtl_draw_below(random, 256);
    in[B_I] = fl_rtl_draw_below(random, 256);
}

/* Sums wrap. */
static int64_t wrapped(int64_t sum) { return (int64_t)((uint64_t)sum << (64 - SUM_BITS)) >> (64 - SUM_BITS); }

static int64_t accumulate(pe_lns *p)
{
    if (p->first) p->bins = (num_lns_bins){{0}};
    num_lns_accumulate(format, &p->bins, p->a, p->b, DROP);
    for (unsigned r = 0; r < 1u << format.log2_gamma; r++) p->bins.sum[r] = wrapped(p->bins.sum[r]);
    return num_lns_total(format, &p->bins, LOG_TABLE);
}

static void pe_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    pe_lns *p = state;
    const bool enable = stream_enable(&p->tail, TAIL, in[READY_I]);
    out[READY_O] = enable;
    out[VALID_O] = p->tail.valid[TAIL - 1];
    memcpy(out + TOTAL_O, p->tail.data[TAIL - 1], 2 * sizeof *out);
    if (!out[VALID_O]) care[TOTAL_O] = care[TOTAL_O + 1] = 0;
    p->holds = in[VALID_I] && !enable;
    if (!enable) return;
    const int64_t total = p->valid ? accumulate(p) : 0;
    const uint32_t words[2] = {(uint32_t)total, (uint32_t)(total >> 32)};
    stream_advance(&p->tail, TAIL, p->valid && p->last, in[READY_I], words, 2);
    p->valid = in[VALID_I];
    if (!p->valid) return;
    p->first = in[FIRST_I], p->last = in[LAST_I], p->a = in[A_I], p->b = in[B_I];
    p->left--;
    p->starts = false;
}

enum { ENCODE_LATENCY = 3 };
enum { VALUE_I = 1, FRACTION_I = 3, ENCODE_READY_I };

static void stream_reset(void *state) { *(stream_model *)state = (stream_model){0}; }

static void encode_stimulus(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in)
{
    if (!stream_offer(state, random, random_stalls, &in[VALID_I], &in[ENCODE_READY_I])) return;
    const int64_t value =
        (int64_t)fl_rtl_draw(random) >> (64 - TOTAL_BITS + fl_rtl_draw_below(random, TOTAL_BITS));
    in[VALUE_I] = (uint32_t)value;
    in[VALUE_I + 1] = (uint32_t)(value >> 32) & ((1u << (TOTAL_BITS - 32)) - 1);
    in[FRACTION_I] =
        fl_rtl_draw_below(random, 4) ? fl_rtl_draw_below(random, 16) : fl_rtl_draw_below(random, 64);
}

static void encode_step(void *state, const uint32_t *in, uint32_t *out, uint32_t *care)
{
    stream_model *s = state;
    out[READY_O] = stream_enable(s, ENCODE_LATENCY, in[ENCODE_READY_I]);
    out[VALID_O] = s->valid[ENCODE_LATENCY - 1];
    out[2] = s->data[ENCODE_LATENCY - 1][0];
    if (!out[VALID_O]) care[2] = 0;
    const uint64_t bits = (uint64_t)in[VALUE_I + 1] << 32 | in[VALUE_I];
    const int64_t value = (int64_t)(bits << (64 - TOTAL_BITS)) >> (64 - TOTAL_BITS);
    const uint32_t code = num_lns_from_integer(format, value, in[FRACTION_I]);
    stream_advance(s, ENCODE_LATENCY, in[VALID_I], in[ENCODE_READY_I], &code, 1);
}

static const fl_rtl_block pe = {
    .design = {.top = "fl_pe_lns",
               .files = {"rtl/pe/fl_pe_lns.sv"},
               .params = {{"LogTable", LOG_TABLE}, {"SumBits", SUM_BITS}, {"Drop", DROP}},
               .ports = {{"valid_i", 1, false},
                         {"ready_o", 1, true},
                         {"first_i", 1, false},
                         {"last_i", 1, false},
                         {"a_i", 8, false},
                         {"b_i", 8, false},
                         {"valid_o", 1, true},
                         {"ready_i", 1, false},
                         {"total_o", TOTAL_BITS, true}},
               .clocked = true},
    .state_bytes = sizeof(pe_lns),
    .reset = pe_reset,
    .stimulus = pe_stimulus,
    .step = pe_step,
};
static const fl_rtl_block encode = {
    .design = {.top = "fl_lns_encode",
               .files = {"rtl/pe/fl_lns_encode.sv"},
               .params = {{"ValueBits", TOTAL_BITS}},
               .ports = {{"valid_i", 1, false},
                         {"ready_o", 1, true},
                         {"value_i", TOTAL_BITS, false},
                         {"fraction_bits_i", 6, false},
                         {"valid_o", 1, true},
                         {"ready_i", 1, false},
                         {"code_o", 8, true}},
               .clocked = true},
    .state_bytes = sizeof(stream_model),
    .reset = stream_reset,
    .stimulus = encode_stimulus,
    .step = encode_step,
};

static const fl_part pe_part = {.kind = "rtl_block",
                                .name = "pe_lns",
                                .help = "LNS PE: code adder, sums per remainder, hybrid conversion",
                                .ops = &pe};
static const fl_part encode_part = {
    .kind = "rtl_block", .name = "lns_encode", .help = "integer to logarithmic code", .ops = &encode};
FL_REGISTER_PART(pe_part)
FL_REGISTER_PART(encode_part)
