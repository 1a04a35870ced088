#include "sim/cosim/record.h"

#include <inttypes.h>
#include <stdlib.h>

enum { RESET_CYCLES = 2 };

void fl_record_design(fl_text *text, const fl_rtl_design *design)
{
    fl_text_printf(text, "design %s", design->top);
    for (const fl_rtl_param *p = design->params; p->name != NULL; p++)
        fl_text_printf(text, " %s=%" PRIu32, p->name, p->value);
    fl_text_puts(text, "\nfiles");
    for (const char *const *file = design->files; *file != NULL; file++) fl_text_printf(text, " %s", *file);
    fl_text_puts(text, "\n");
    for (const fl_rtl_port *port = design->ports; port->name != NULL; port++)
        fl_text_printf(text, "%s %s %" PRIu32 "\n", port->is_output ? "out" : "in", port->name,
                       port->width_bits);
}

static void print_words(fl_text *text, const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fl_text_printf(text, " %" PRIx32, words == NULL ? UINT32_C(0) : words[i]);
}

void fl_record_cycle(fl_text *text, const fl_rtl_design *design, bool reset, const uint32_t *in,
                     const uint32_t *expected, const uint32_t *care)
{
    size_t outputs = fl_rtl_output_words(design);
    fl_text_printf(text, "%d", reset);
    print_words(text, in, fl_rtl_input_words(design));
    fl_text_puts(text, " /");
    print_words(text, expected, outputs);
    fl_text_puts(text, " /");
    print_words(text, care, outputs);
    fl_text_puts(text, "\n");
}

fl_status fl_record_block(const fl_rtl_block *block, const fl_lockstep_options *options, fl_text *text,
                          fl_error *error)
{
    fl_rtl_design design;
    fl_status status = fl_rtl_block_design(block, &design, error);
    if (status != FL_OK) return status;
    size_t inputs = fl_rtl_input_words(&design), outputs = fl_rtl_output_words(&design);
    void *state = calloc(1, block->state_bytes + 1);
    uint32_t *in = calloc(inputs + 2 * outputs + 1, sizeof *in);
    if (state == NULL || in == NULL) {
        free(state);
        free(in);
        return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    }
    uint32_t *expected = in + inputs, *care = expected + outputs;
    fl_rtl_random random = {options->seed};
    fl_record_design(text, &design);
    for (uint64_t cycle = 0; cycle < options->cycles; cycle++) {
        bool reset = design.clocked && cycle < RESET_CYCLES;
        block->stimulus(state, &random, options->random_stalls, in);
        for (size_t i = 0; i < outputs; i++) {
            expected[i] = 0;
            care[i] = UINT32_MAX;
        }
        if (!reset) block->step(state, in, expected, care);
        fl_record_cycle(text, &design, reset, in, reset ? NULL : expected, reset ? NULL : care);
        if (reset && block->reset != NULL) block->reset(state);
    }
    free(state);
    free(in);
    return FL_OK;
}
