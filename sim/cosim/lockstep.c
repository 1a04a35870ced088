/* Lockstep of a block: the golden model and the RTL get the same inputs, and every output is compared in
 * every cycle. */
#include <limits.h>
#include <stdlib.h>

#include "sim/cosim/coverage.h"
#include "sim/cosim/record.h"
#include "sim/cosim/window.h"

enum {
    RESET_CYCLES = 2,    /* at the start; inputs are random meanwhile */
    RESET_EVERY = 20000, /* on average, one cycle of reset in the middle of traffic */
};

typedef struct lockstep {
    const char *name;
    const fl_rtl_block *block;
    const fl_lockstep_options *options;
    fl_rtl_design design;
    fl_rtl_model *model;
    void *state;
    uint32_t *in, *got, *expected, *care;
    fl_window window;
    fl_rtl_random random;
    bool broken;  /* an assertion of the RTL failed */
    bool differs; /* an output did */
} lockstep;

fl_status fl_rtl_block_design(const fl_rtl_block *block, fl_rtl_design *design, fl_error *error)
{
    if (block->describe != NULL) return block->describe(design, error);
    *design = block->design;
    return FL_OK;
}

static void close_lockstep(lockstep *l)
{
    fl_rtl_close(l->model);
    free(l->state);
    free(l->in);
    fl_window_free(&l->window);
}

static fl_status open_lockstep(lockstep *l, const char *name, const fl_rtl_block *block,
                               const fl_lockstep_options *options, unsigned variant, fl_error *error)
{
    *l = (lockstep){.name = name, .block = block, .options = options, .random = {options->seed}};
    fl_status status = FL_OK;
    if (options->design != NULL)
        l->design = *options->design;
    else
        status = fl_rtl_block_design(block, &l->design, error);
    if (status != FL_OK) return status;
    size_t inputs = fl_rtl_input_words(&l->design), outputs = fl_rtl_output_words(&l->design);
    l->model = fl_rtl_open(&l->design, variant, options->seed, error);
    if (l->model == NULL) return FL_BAD_INPUT;
    l->state = calloc(1, block->state_bytes + 1);
    l->in = calloc(inputs + 3 * outputs + 1, sizeof *l->in);
    if (!fl_window_new(&l->window, &l->design) || l->state == NULL || l->in == NULL) {
        close_lockstep(l);
        return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    }
    l->got = l->in + inputs;
    l->expected = l->got + outputs;
    l->care = l->expected + outputs;
    return FL_OK;
}

/* One cycle under reset, not compared. False when the RTL stopped. */
static bool reset_cycle(lockstep *l)
{
    const fl_rtl_block *block = l->block;
    if (block->reset != NULL) block->reset(l->state);
    block->stimulus(l->state, &l->random, l->options->random_stalls, l->in);
    bool good = fl_rtl_reset(l->model, true) && fl_rtl_settle(l->model, l->in, l->got) &&
                fl_rtl_clock(l->model, NULL) && fl_rtl_reset(l->model, false);
    fl_window_record(&l->window, l->in, l->got, NULL, NULL);
    if (block->reset != NULL) block->reset(l->state);
    return good;
}

static bool compared_cycle(lockstep *l)
{
    const fl_rtl_block *block = l->block;
    block->stimulus(l->state, &l->random, l->options->random_stalls, l->in);
    bool good = fl_rtl_settle(l->model, l->in, l->got);
    for (size_t i = 0; i < l->window.out_words; i++) {
        l->expected[i] = 0;
        l->care[i] = UINT32_MAX;
    }
    block->step(l->state, l->in, l->expected, l->care);
    fl_window_record(&l->window, l->in, l->got, l->expected, l->care);
    l->differs = good && fl_window_differs(&l->window);
    return good && !l->differs && fl_rtl_clock(l->model, NULL);
}

/* Runs until the first difference or the end; traces from cycle `trace_from` on. */
static void run(lockstep *l, uint64_t trace_from, const char *trace_path)
{
    for (uint64_t cycle = 0; cycle < l->options->cycles && !fl_lockstep_interrupted(l->options); cycle++) {
        if (trace_path != NULL && cycle == trace_from) fl_rtl_trace(l->model, trace_path);
        bool resets =
            l->design.clocked && (cycle < RESET_CYCLES || fl_rtl_draw_below(&l->random, RESET_EVERY) == 0);
        if (resets ? reset_cycle(l) : compared_cycle(l)) continue;
        l->broken = !l->differs;
        return;
    }
}

/* The same run again, with the waves of every signal before its end. */
static fl_status trace_again(const lockstep *first, fl_text *text, fl_error *error)
{
    char path[PATH_MAX];
    lockstep again;
    fl_status status =
        open_lockstep(&again, first->name, first->block, first->options, first->options->variant, error);
    if (status != FL_OK) return status;
    status = fl_window_signals(first->name, first->options, path, text, error);
    if (status == FL_OK) run(&again, fl_window_traced(&first->window), path);
    close_lockstep(&again);
    return status;
}

fl_status fl_lockstep(const char *name, const fl_rtl_block *block, const fl_lockstep_options *options,
                      fl_text *text, fl_error *error)
{
    if (block->run != NULL) return block->run(name, options, text, error);
    if (options->record != NULL) return fl_record_block(block, options, options->record, error);
    lockstep l;
    fl_status status =
        open_lockstep(&l, name, block, options, options->variant & ~(unsigned)FL_RTL_TRACE, error);
    if (status != FL_OK) return status;
    run(&l, 0, NULL);
    bool bad = l.broken || l.differs;
    if (fl_lockstep_interrupted(options))
        status = fl_fail(error, FL_BAD_INPUT, NULL, "%s: interrupted", name);
    else if (bad)
        status = fl_window_report(&l.window, name, options, l.broken ? "the RTL stopped" : NULL,
                                  fl_rtl_message(l.model), text, error);
    if (status == FL_OK && options->folder != NULL && options->variant & FL_RTL_TRACE)
        status = trace_again(&l, text, error);
    if (status == FL_OK) status = fl_lockstep_write_coverage(l.model, name, options, error);
    close_lockstep(&l);
    return status != FL_OK ? status : bad ? FL_DIFFERENCE : FL_OK;
}
