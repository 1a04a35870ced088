#include "sim/machine/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/stream_state.h"

fl_command *fl_emit(fl_generator *g, fl_queue queue)
{
    if (g->queue_count == g->queue_capacity) {
        g->queue_capacity = g->queue_capacity == 0 ? 64 : 2 * g->queue_capacity;
        g->queue = realloc(g->queue, g->queue_capacity * sizeof *g->queue);
        assert(g->queue != NULL);
    }
    fl_command *command = &g->queue[g->queue_count++];
    memset(command, 0, sizeof *command);
    command->layer = g->op;
    command->core = (uint8_t)g->core;
    command->queue = (uint8_t)queue;
    return command;
}

static unsigned segment(const wl_tensor *t, uint64_t row)
{
    return (unsigned)(row * FL_STORE_SEGMENTS / t->rows);
}

void fl_mark_stored(fl_generator *g, uint32_t t, uint64_t row, uint64_t rows, uint32_t sequence)
{
    const wl_tensor *tensor = fl_tensor(g, t);
    const uint32_t new_rows = wl_new_rows(tensor);
    for (uint64_t end = row + rows, next; row < end; row = next) { /* sequence by sequence */
        next = row + new_rows - row % new_rows;
        if (next > end) next = end;
        unsigned last = segment(tensor, wl_written_row(tensor, next - 1));
        for (unsigned s = segment(tensor, wl_written_row(tensor, row)); s <= last; s++)
            g->stores[t][s] = sequence + 1;
    }
}

void fl_wait_stored(fl_generator *g, fl_command *command, uint32_t t, fl_box box)
{
    unsigned last = segment(fl_tensor(g, t), box.row_end - 1);
    for (unsigned s = segment(fl_tensor(g, t), box.row); s <= last; s++)
        if (g->stores[t][s] != 0)
            fl_command_wait(command, FL_STORE, g->stores[t][s] - 1, FL_CAUSE_DEPENDENCY);
}

static void refill(fl_generator *g)
{
    g->queue_head = g->queue_count = 0;
    while (g->queue_count == 0 && g->op < g->last_op) {
        bool gemm = fl_current_op(g)->kind == WL_GEMM;
        if (!g->op_started) {
            g->share = fl_share_of(fl_current_op(g), fl_current_mapping(g), g->core, g->cores);
            if (fl_share_is_empty(&g->share)) {
                g->op += fl_current_mapping(g)->chain;
                continue;
            }
            g->row = g->share.row.first;
            fl_start_stages(g);
            if (gemm) fl_start_gemm(g);
            g->op_started = true;
        }
        bool more = gemm ? fl_step_gemm(g) : fl_step_vector(g);
        if (!more) g->op += fl_current_mapping(g)->chain, g->op_started = false;
    }
}

static bool generator_next(fl_stream *stream, fl_command *command)
{
    fl_generator *g = (fl_generator *)stream;
    if (g->queue_head == g->queue_count) refill(g);
    if (g->queue_head == g->queue_count) return false;
    *command = g->queue[g->queue_head++];
    return true;
}

static void generator_free(fl_stream *stream)
{
    fl_generator *g = (fl_generator *)stream;
    if (stream->next_core != NULL) stream->next_core->free(stream->next_core);
    free(g->queue);
    free(g->stores);
    fl_core_waits_free(&g->core_waits);
    free(g);
}

static fl_generator *generator_new(const fl_generator *prototype, unsigned core)
{
    fl_generator *g = malloc(sizeof *g);
    assert(g != NULL);
    *g = *prototype;
    g->core = core;
    g->stores = calloc(g->workload->tensor_count, sizeof *g->stores);
    assert(g->stores != NULL);
    fl_core_waits_init(&g->core_waits, g->workload, g->mappings, g->cores, g->op, g->last_op);
    return g;
}

fl_stream *fl_stream_new(const fl_machine_config *machine, const wl_workload *workload,
                         const fl_mapping *mappings, uint32_t first_op, uint32_t last_op)
{
    fl_generator prototype = {.stream = {.next = generator_next, .free = generator_free},
                              .machine = machine,
                              .workload = workload,
                              .mappings = mappings,
                              .cores = (unsigned)machine->cores,
                              .op = first_op,
                              .last_op = last_op};
    prototype.function_count = fl_registry_list("vector_function", prototype.functions,
                                                sizeof prototype.functions / sizeof *prototype.functions);
    fl_hazards_init(&prototype.hazards, machine);
    for (unsigned core = prototype.cores; core > 0; core--)
        prototype.stream.next_core = &generator_new(&prototype, core - 1)->stream;
    return prototype.stream.next_core;
}
