/* flintlock map: which tiles, loop order and buffering the mapper chose, with the terms of the price, and the
 * commands. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/cli/commands.h"
#include "sim/cli/session.h"
#include "sim/machine/command_text.h"
#include "sim/machine/share.h"

static void print_gemm(const wl_op *op, const fl_mapping *map, fl_text *out)
{
    const wl_gemm *g = &op->gemm;
    fl_text_printf(
        out, "%4u x %4u x %-4u x%-4u  tile %u items of %u x %u x %u, %s outside, slots a%u b%u c%u out%u",
        g->m, g->n, g->k, g->outer * g->inner, map->items, map->rows, map->columns, map->depth,
        map->order == FL_ROWS_OUTER ? "rows" : "columns", map->input.slots, map->weight.slots,
        map->accumulator.slots, map->result.slots);
}

static void print_vector(const wl_op *op, const fl_mapping *map, fl_text *out)
{
    fl_text_printf(out, "%4u rows of %-4u          %s, tile %u rows, slots in%u out%u", op->rows, op->columns,
                   op->function, map->rows, map->source.slots, map->result.slots);
}

static void print_mapping(const cli_session *session, fl_text *out)
{
    fl_text_puts(out, "operation, shape, choice; price = max(matrix, vector, dram, slots) + fill + commands, "
                      "in core cycles\n");
    fl_text_printf(out,
                   "dram: %.2f B per cycle at the pins, %.2f in one stream, %.2f in a read and a write "
                   "stream, latency %.0f cycles\n",
                   session->dram.peak_bytes_per_cycle, session->dram.alone.stream, session->dram.alone.mixed,
                   session->dram.latency_cycles);
    if (session->machine.cores > 1)
        fl_text_printf(
            out,
            "dram for all cores: %.2f B per cycle in a stream each, %.2f in a read and a write stream each\n",
            session->dram.shared.stream, session->dram.shared.mixed);
    for (uint32_t i = 0; i < session->workload->op_count; i++) {
        const wl_op *op = &session->workload->ops[i];
        const fl_mapping *map = &session->mappings[i];
        fl_text_printf(out, "%-30s ", op->name);
        if (op->kind == WL_GEMM)
            print_gemm(op, map, out);
        else
            print_vector(op, map, out);
        if (map->chain == 0) {
            fl_text_printf(out, ", chained to the operation before%s\n", map->stored ? "" : ", not stored");
            continue;
        }
        if (map->chain > 1)
            fl_text_printf(out, ", heads a chain of %u%s", map->chain, map->stored ? "" : ", not stored");
        if (session->machine.cores > 1)
            fl_text_printf(out, ", split by %s%s", fl_split_names[map->split],
                           map->multicast ? ", weights multicast" : "");
        fl_text_printf(out,
                       "\n%-30s matrix %" PRIu64 ", vector %" PRIu64 ", dram %" PRIu64 " (%" PRIu64
                       " B), slots %.0f, fill %.0f, commands %.0f: price %.0f\n",
                       "", map->matrix_cycles, map->vector_cycles, map->dram_cycles, map->dram_bytes,
                       map->slot_cycles, map->fill_cycles, map->command_cycles, map->price_cycles);
    }
}

static void print_commands(const cli_session *session, fl_text *out)
{
    fl_stream *stream = fl_stream_new(&session->machine, session->workload, session->mappings, 0,
                                      session->workload->op_count);
    fl_command command;
    for (fl_stream *core = stream; core != NULL; core = core->next_core) {
        if (core != stream) fl_text_puts(out, "\n");
        while (core->next(core, &command)) fl_command_print(&command, out);
    }
    stream->free(stream);
}

fl_status cli_map(const cli_options *options, fl_error *error)
{
    cli_session session = {0};
    fl_status status = cli_session_open(options, &session, error);
    if (status == FL_OK) {
        fl_text text = {0};
        if (!options->commands)
            print_mapping(&session, &text);
        else
            print_commands(&session, &text);
        if (!text.failed) fputs(text.bytes, stdout);
        fl_text_free(&text);
        if (options->save != NULL) {
            print_commands(&session, &text);
            status = text.failed ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory")
                                 : fl_file_write_atomic(options->save, text.bytes, text.size, error);
            fl_text_free(&text);
        }
    }
    cli_session_close(&session);
    return status;
}
