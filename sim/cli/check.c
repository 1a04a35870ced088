/* flintlock check: the machine's bytes against the untiled reference executor's, and its cycles with and
 * without data. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/commands.h"
#include "sim/cli/session.h"
#include "sim/machine/weight_layout.h"

static fl_status run_machine(const cli_session *session, uint32_t ops, uint8_t *dram, uint64_t *cycles,
                             fl_error *error)
{
    fl_stream *stream = fl_stream_new(&session->machine, session->workload, session->mappings, 0, ops);
    fl_run_options options = {
        .dram = dram, .dram_bytes = session->workload->dram_bytes, .interrupted = &cli_interrupted};
    fl_run_result result = {0};
    fl_status status =
        fl_machine_run(&session->machine, stream, session->workload->op_count, &options, &result, error);
    *cycles = result.cycles;
    fl_run_result_free(&result);
    stream->free(stream);
    return status;
}

static void describe_difference(const wl_workload *workload, const wl_tensor *t, uint64_t row,
                                const uint8_t *got, const uint8_t *expected)
{
    uint32_t column = 0;
    while (column < t->columns &&
           num_load_code(t->format, got, column) == num_load_code(t->format, expected, column))
        column++;
    const char *op = t->producer == WL_NONE ? "none" : workload->ops[t->producer].name;
    if (column == t->columns) {
        printf("check: tensor %s (written by %s), row %" PRIu64 ": padding bits differ\n", t->name, op, row);
        return;
    }
    char format[12];
    printf("check: tensor %s (written by %s), row %" PRIu64 ", column %u: machine %d, reference %d (%s)\n",
           t->name, op, row, column, num_decode(t->format, num_load_code(t->format, got, column)),
           num_decode(t->format, num_load_code(t->format, expected, column)),
           num_format_name(t->format, format));
}

/* Compares every tensor in order of production, so that the first difference is the cause and not a
 * consequence. */
static fl_status compare(const wl_workload *workload, const fl_mapping *mappings, uint32_t ops,
                         const uint8_t *machine, const uint8_t *reference)
{
    uint64_t bytes = 0, tensors = 0, inside = 0;
    for (uint32_t op = 0; op < ops; op++) {
        if (!mappings[op].stored) {
            inside++;
            continue;
        }
        const wl_tensor *t = &workload->tensors[wl_op_output(&workload->ops[op])];
        for (uint64_t row = 0; row < t->rows; row++) {
            uint64_t at = t->address + row * t->row_stride_bytes;
            if (memcmp(machine + at, reference + at, t->row_bytes) == 0) continue;
            describe_difference(workload, t, row, machine + at, reference + at);
            return FL_DIFFERENCE;
        }
        bytes += t->rows * t->row_bytes;
        tensors++;
    }
    printf("check: %" PRIu64 " tensors, %" PRIu64 " bytes equal the reference executor's", tensors, bytes);
    printf(inside == 0 ? "\n" : "; %" PRIu64 " more never leave the chip\n", inside);
    return FL_OK;
}

static fl_status check_images(const cli_session *session, uint32_t ops, uint8_t *machine, uint8_t *reference,
                              fl_error *error)
{
    wl_fill(session->workload, machine);
    memcpy(reference, machine, session->workload->dram_bytes);
    fl_arrange_weights(session->workload, session->mappings, machine);
    uint64_t with_data, without_data;
    fl_status status = run_machine(session, ops, machine, &with_data, error);
    if (status == FL_OK) status = run_machine(session, ops, NULL, &without_data, error);
    if (status != FL_OK) return status;
    uint64_t overflows = wl_reference_run(session->workload, reference, ops);
    status = compare(session->workload, session->mappings, ops, machine, reference);
    if (overflows != 0)
        printf("check: %" PRIu64 " accumulators left the 32-bit range and wrapped\n", overflows);
    if (with_data != without_data) {
        printf("check: %" PRIu64 " cycles with data, %" PRIu64 " without\n", with_data, without_data);
        return FL_DIFFERENCE;
    }
    if (status == FL_OK) printf("check: %" PRIu64 " cycles, the same with and without data\n", with_data);
    return status;
}

/* Operations that are checked. Without --full a model is checked up to the end of its first layer, which
 * takes every path once; a chain is never cut. */
static uint32_t checked_ops(const cli_session *session, bool full)
{
    static const char second_layer[] = "layer1.";
    uint32_t count = session->workload->op_count, op = 0;
    while (op < count &&
           (full || strncmp(session->workload->ops[op].name, second_layer, sizeof second_layer - 1) != 0))
        op++;
    while (op < count && session->mappings[op].chain == 0) op++;
    if (op < count) printf("check: the first %u of %u operations (--full takes all)\n", op, count);
    return op;
}

fl_status cli_check(const cli_options *options, fl_error *error)
{
    cli_session session = {0};
    fl_status status = cli_session_open(options, &session, error);
    if (status == FL_OK) {
        uint8_t *machine = calloc(1, session.workload->dram_bytes),
                *reference = calloc(1, session.workload->dram_bytes);
        if (machine == NULL || reference == NULL)
            status = fl_fail(error, FL_BAD_INPUT, NULL, "no memory for two images of %llu bytes",
                             (unsigned long long)session.workload->dram_bytes);
        else
            status = check_images(&session, checked_ops(&session, options->full), machine, reference, error);
        free(machine);
        free(reference);
    }
    cli_session_close(&session);
    return status;
}
