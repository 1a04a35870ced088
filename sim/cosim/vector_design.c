#include "sim/cosim/vector_design.h"

#include <string.h>

/* Input ports by name: bits per lane, 0 for a port of the whole group; and the value. */
typedef uint32_t port_value(const fl_vector_group *group, uint32_t lane);

static uint32_t valid(const fl_vector_group *g, uint32_t lane) { return (void)lane, g->valid; }
static uint32_t pass(const fl_vector_group *g, uint32_t lane) { return (void)lane, g->pass; }
static uint32_t first(const fl_vector_group *g, uint32_t lane) { return (void)lane, g->first; }
static uint32_t ends(const fl_vector_group *g, uint32_t lane) { return (void)lane, g->ends; }
static uint32_t used(const fl_vector_group *g, uint32_t lane) { return g->operands[lane].used; }
static uint32_t x(const fl_vector_group *g, uint32_t lane) { return (uint32_t)g->operands[lane].x; }
static uint32_t x2(const fl_vector_group *g, uint32_t lane) { return (uint32_t)g->operands[lane].x2; }
static uint32_t bias(const fl_vector_group *g, uint32_t lane)
{
    return (uint32_t)g->operands[lane].parameters.bias;
}

/* Functions without parameters per column scale every lane alike. */
static num_multiplier scale_of(const fl_vector_group *g, uint32_t lane)
{
    return g->job->function->uses_columns ? g->operands[lane].parameters.scale : g->job->immediates.out;
}
static uint32_t multiplier(const fl_vector_group *g, uint32_t lane)
{
    return (uint32_t)scale_of(g, lane).multiplier;
}
static uint32_t shift(const fl_vector_group *g, uint32_t lane) { return (uint32_t)scale_of(g, lane).shift; }
/* Multiplier and shift of an immediate: NAME_multiplier, NAME_shift. */
#define IMMEDIATE(name)                                                                                      \
    static uint32_t name##_multiplier(const fl_vector_group *g, uint32_t lane)                               \
    {                                                                                                        \
        return (void)lane, (uint32_t)g->job->immediates.name.multiplier;                                     \
    }                                                                                                        \
    static uint32_t name##_shift(const fl_vector_group *g, uint32_t lane)                                    \
    {                                                                                                        \
        return (void)lane, (uint32_t)g->job->immediates.name.shift;                                          \
    }
IMMEDIATE(in)
IMMEDIATE(in2)
IMMEDIATE(out)

/* From 2^19 on every distance but 0 has the last numerator, so 24 bits are enough. */
static uint32_t index_multiplier(const fl_vector_group *g, uint32_t lane)
{
    (void)lane;
    const uint32_t wanted = g->job->immediates.index_multiplier;
    return wanted < 1u << 24 ? wanted : (1u << 24) - 1;
}

static const struct input {
    const char *name;
    uint32_t bits;
    bool per_lane;
    port_value *value;
} INPUTS[] = {
    {"valid_i", 1, false, valid},
    {"pass_i", 2, false, pass},
    {"first_i", 1, false, first},
    {"ends_i", 1, false, ends},
    {"used_i", 1, true, used},
    {"x_i", 32, true, x},
    {"x2_i", 32, true, x2},
    {"logit_i", 8, true, x},
    {"element_i", 16, true, x},
    {"bias_i", 32, true, bias},
    {"multiplier_i", 32, true, multiplier},
    {"shift_i", 6, true, shift},
    {"index_multiplier_i", 24, false, index_multiplier},
    {"in_multiplier_i", 32, false, in_multiplier},
    {"in_shift_i", 6, false, in_shift},
    {"in2_multiplier_i", 32, false, in2_multiplier},
    {"in2_shift_i", 6, false, in2_shift},
    {"out_multiplier_i", 32, false, out_multiplier},
    {"out_shift_i", 6, false, out_shift},
};
enum { INPUT_COUNT = sizeof INPUTS / sizeof *INPUTS, MAX_INPUTS = 12, MAX_FILES = 6 };

static const struct lanes_design {
    const char *function, *top;
    fl_rtl_param more; /* beside Lanes */
    const char *files[MAX_FILES], *inputs[MAX_INPUTS];
} DESIGNS[] = {
    {"requantize",
     "fl_vector_requantize",
     {"Bias", 0},
     {"rtl/vector/fl_vector_requantize.sv", "rtl/vector/fl_requantize.sv", "rtl/common/fl_delay.sv"},
     {"valid_i", "x_i", "bias_i", "multiplier_i", "shift_i"}},
    {"bias_requantize",
     "fl_vector_requantize",
     {"Bias", 1},
     {"rtl/vector/fl_vector_requantize.sv", "rtl/vector/fl_requantize.sv", "rtl/common/fl_delay.sv"},
     {"valid_i", "x_i", "bias_i", "multiplier_i", "shift_i"}},
    {"add",
     "fl_vector_add",
     {NULL, 0},
     {"rtl/vector/fl_vector_add.sv", "rtl/vector/fl_requantize.sv", "rtl/common/fl_delay.sv"},
     {"valid_i", "x_i", "x2_i", "in_multiplier_i", "in_shift_i", "in2_multiplier_i", "in2_shift_i"}},
    {"layernorm",
     "fl_vector_layernorm",
     {NULL, 0},
     {"rtl/vector/fl_vector_layernorm.sv", "rtl/common/fl_divide_radix4.sv",
      "rtl/vector/fl_requantize_wide.sv", "rtl/common/fl_delay.sv"},
     {"valid_i", "pass_i", "first_i", "ends_i", "used_i", "element_i", "bias_i", "multiplier_i", "shift_i"}},
    {"gelu",
     "fl_vector_gelu",
     {NULL, 0},
     {"rtl/vector/fl_vector_gelu.sv", "rtl/vector/fl_requantize.sv", "rtl/vector/fl_igelu.sv",
      "rtl/vector/fl_igelu_lane.sv", "rtl/vector/fl_requantize_wide.sv", "rtl/common/fl_delay.sv"},
     {"valid_i", "x_i", "bias_i", "multiplier_i", "shift_i", "out_multiplier_i", "out_shift_i"}},
    {"softmax",
     "fl_vector_softmax",
     {NULL, 0},
     {"rtl/vector/fl_vector_softmax.sv", "rtl/vector/fl_requantize.sv", "rtl/common/fl_delay.sv"},
     {"valid_i", "pass_i", "first_i", "ends_i", "used_i", "logit_i", "index_multiplier_i", "out_multiplier_i",
      "out_shift_i"}},
};
enum { DESIGN_COUNT = sizeof DESIGNS / sizeof *DESIGNS };

static const struct input *input_named(const char *name)
{
    const struct input *input = INPUTS;
    while (strcmp(input->name, name) != 0) input++;
    return input;
}

bool fl_vector_design(const vec_function *function, uint32_t lanes, fl_rtl_design *design)
{
    const struct lanes_design *found = NULL;
    for (size_t i = 0; i < DESIGN_COUNT; i++)
        if (strcmp(DESIGNS[i].function, function->name) == 0) found = &DESIGNS[i];
    if (found == NULL) return false;
    *design = (fl_rtl_design){.top = found->top, .clocked = true};
    memcpy(design->files, found->files, sizeof found->files);
    design->params[0] = (fl_rtl_param){"Lanes", lanes};
    design->params[1] = found->more;
    fl_rtl_port *port = design->ports;
    for (size_t i = 0; i < MAX_INPUTS && found->inputs[i] != NULL; i++) {
        const struct input *input = input_named(found->inputs[i]);
        *port++ = (fl_rtl_port){input->name, input->bits * (input->per_lane ? lanes : 1), false};
    }
    *port++ = (fl_rtl_port){"valid_o", 1, true};
    *port = (fl_rtl_port){"value_o", 32 * lanes, true};
    return true;
}

/* Sets `bits` bits of a port, which are 0 before. */
static void put(uint32_t *words, uint32_t at, uint32_t bits, uint32_t value)
{
    const uint64_t wide = (uint64_t)(value & (uint32_t)(((uint64_t)1 << bits) - 1)) << at % 32;
    words[at / 32] |= (uint32_t)wide;
    if (at % 32 + bits > 32) words[at / 32 + 1] |= (uint32_t)(wide >> 32);
}

void fl_vector_drive(const fl_rtl_design *design, const fl_vector_group *group, uint32_t lanes, uint32_t *in)
{
    memset(in, 0, fl_rtl_input_words(design) * sizeof *in);
    if (!group->valid) return;
    for (const fl_rtl_port *port = design->ports; !port->is_output; port++) {
        const struct input *input = input_named(port->name);
        const uint32_t values = input->per_lane ? lanes : 1;
        for (uint32_t i = 0; i < values; i++) put(in, i * input->bits, input->bits, input->value(group, i));
        in += fl_rtl_words(port->width_bits);
    }
}
