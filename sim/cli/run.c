#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/cli/commands.h"
#include "sim/cli/session.h"
#include "sim/machine/command_text.h"
#include "sim/machine/weight_layout.h"
#include "sim/report/cores.h"
#include "sim/report/layer_causes.h"
#include "sim/report/report.h"
#include "sim/report/timeline.h"

typedef struct observer_state {
    const cli_session *session;
    fl_timeline *timeline;
    double next_print; /* progress on a terminal only */
} observer_state;

static void observe(void *context, const fl_command *command, uint32_t sequence, uint64_t start,
                    uint64_t done)
{
    observer_state *state = context;
    if (state->timeline != NULL) fl_timeline_add(state->timeline, command, sequence, start, done);
    if (state->next_print == 0 || (sequence & 63) != 0 || cli_seconds() < state->next_print) return;
    state->next_print = cli_seconds() + 0.2;
    fprintf(stderr, "\r  operation %u of %u (%s)\033[K", command->layer + 1,
            state->session->workload->op_count, state->session->workload->ops[command->layer].name);
}

static fl_status simulate(const cli_session *session, const cli_options *options, observer_state *state,
                          uint8_t *dram, fl_run_result *result, fl_error *error)
{
    fl_stream *stream = NULL;
    fl_status status = FL_OK;
    if (options->replay != NULL && session->machine.cores > 1)
        status =
            fl_fail(error, FL_BAD_INPUT, NULL, "--replay: a command file is for one core, but cores is %u",
                    (unsigned)session->machine.cores);
    else if (options->replay != NULL)
        status =
            fl_command_stream_load(options->replay, &session->machine, session->workload, &stream, error);
    else
        stream = fl_stream_new(&session->machine, session->workload, session->mappings, 0,
                               session->workload->op_count);
    if (status != FL_OK) return status;
    bool terminal = isatty(2) != 0;
    state->next_print = terminal ? cli_seconds() + 1 : 0;
    fl_run_options run = {
        .dram = dram, .dram_bytes = session->workload->dram_bytes, .interrupted = &cli_interrupted};
    if (terminal || state->timeline != NULL) run.observer = observe, run.observer_context = state;
    status = fl_machine_run(&session->machine, stream, session->workload->op_count, &run, result, error);
    if (terminal && cli_seconds() > state->next_print - 0.2) fprintf(stderr, "\r\033[K");
    stream->free(stream);
    return status;
}

static fl_status write_text(const char *directory, const char *name, fl_text *text, fl_error *error)
{
    char path[4096];
    fl_status status = FL_OK;
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        status = fl_fail(error, FL_BAD_INPUT, NULL, "--out: path too long");
    else if (text->failed)
        status = fl_fail(error, FL_BAD_INPUT, NULL, "%s: out of memory", path);
    else
        status = fl_file_write_atomic(path, text->bytes, text->size, error);
    fl_text_free(text);
    return status;
}

static fl_status write_effective_config(const cli_session *session, const char *directory, fl_error *error)
{
    char *machine = fl_config_print_into(session->machine_config, directory),
         *workload = fl_config_print_into(session->workload_config, directory);
    fl_text text = {0};
    fl_text_puts(&text, "# the machine, every effective value\n");
    fl_text_puts(&text, machine == NULL ? "" : machine);
    fl_status status = write_text(directory, "config.effective.yaml", &text, error);
    fl_text_puts(&text, "# the workload, every effective value\n");
    fl_text_puts(&text, workload == NULL ? "" : workload);
    if (status == FL_OK) status = write_text(directory, "workload.effective.yaml", &text, error);
    fl_text_free(&text);
    free(machine);
    free(workload);
    return status;
}

/* An older run into the same folder may have left one, which would not belong to these results. */
static void remove_timeline(const char *directory)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/timeline.json", directory) < (int)sizeof path) remove(path);
}

static fl_status write_results(const cli_session *session, const fl_report *report,
                               const observer_state *state, const char *directory, double wall,
                               double process, fl_error *error)
{
    fl_text text = {0};
    fl_status status = fl_make_directory(directory, error);
    fl_report_summary_json(report, &text);
    if (status == FL_OK) status = write_text(directory, "summary.json", &text, error);
    fl_report_layers_csv(report, &text);
    if (status == FL_OK) status = write_text(directory, "layers.csv", &text, error);
    if (status == FL_OK) status = write_effective_config(session, directory, error);
    fl_report_meta_json(report, wall, process, &text);
    if (status == FL_OK) status = write_text(directory, "meta.json", &text, error);
    if (status == FL_OK && state->timeline != NULL) {
        fl_timeline_json(state->timeline, session->workload, &session->machine, &text);
        status = write_text(directory, "timeline.json", &text, error);
    } else if (status == FL_OK) {
        remove_timeline(directory);
    }
    fl_text_free(&text);
    return status;
}

static uint8_t *filled_dram(const cli_session *session)
{
    uint8_t *dram = calloc(1, session->workload->dram_bytes);
    if (dram == NULL) return NULL;
    wl_fill(session->workload, dram);
    fl_arrange_weights(session->workload, session->mappings, dram);
    return dram;
}

/* Before the simulation: a run that ends with nothing to show is a waste. */
static fl_status check_outputs(const cli_session *session, const cli_options *options, fl_error *error)
{
    const wl_workload *workload = session->workload;
    const char *pattern = options->layers;
    if (options->out != NULL && fl_can_make_directory(options->out, error) != FL_OK) return FL_BAD_INPUT;
    for (uint32_t op = 0; pattern != NULL && op < workload->op_count; op++)
        if (fl_layer_matches(pattern, workload->ops[op].name)) return FL_OK;
    return pattern == NULL ? FL_OK
                           : fl_fail(error, FL_BAD_INPUT, NULL,
                                     "--layers: no operation of %s matches \"%s\" (the first is %s)",
                                     workload->name, pattern, workload->ops[0].name);
}

static void print_config(const cli_session *session)
{
    char *machine = fl_config_print(session->machine_config, true),
         *workload = fl_config_print(session->workload_config, true);
    printf("%s---\n%s", machine == NULL ? "" : machine, workload == NULL ? "" : workload);
    free(machine);
    free(workload);
}

static fl_status run_session(const cli_session *session, const cli_options *options, double process_start,
                             fl_error *error)
{
    uint8_t *dram = NULL;
    if (options->data && (dram = filled_dram(session)) == NULL)
        return fl_fail(error, FL_BAD_INPUT, NULL, "no memory for %llu bytes of tensors",
                       (unsigned long long)session->workload->dram_bytes);
    observer_state state = {.session = session, .timeline = options->trace ? fl_timeline_new() : NULL};
    fl_run_result result = {0};
    double start = cli_seconds();
    fl_status status = simulate(session, options, &state, dram, &result, error);
    double wall = cli_seconds() - start;
    if (status == FL_OK) {
        fl_report report = fl_report_new(&session->machine, session->workload, session->mappings, &result,
                                         session->dram.peak_bytes_per_cycle);
        fl_text table = {0};
        fl_report_table(&report, &table);
        if (options->banks) fl_banks_table(&report, &table);
        if (options->layers != NULL) fl_layer_causes_table(&report, options->layers, &table);
        if (!table.failed) fputs(table.bytes, stdout);
        fl_text_free(&table);
        printf("  simulated in %.1f ms\n", wall * 1e3);
        if (options->out != NULL) {
            status = write_results(session, &report, &state, options->out, wall,
                                   cli_seconds() - process_start, error);
            if (status == FL_OK)
                printf("  wrote %s/summary.json, layers.csv, config.effective.yaml, workload.effective.yaml, "
                       "meta.json%s\n",
                       options->out, options->trace ? ", timeline.json" : "");
        }
    }
    fl_run_result_free(&result);
    fl_timeline_free(state.timeline);
    free(dram);
    return status;
}

fl_status cli_run(const cli_options *options, fl_error *error)
{
    double start = cli_seconds();
    cli_session session = {0};
    if (options->trace && options->out == NULL)
        return fl_fail(error, FL_BAD_INPUT, NULL,
                       "flintlock run: --trace writes timeline.json and needs --out DIR");
    fl_status status = cli_session_open(options, &session, error);
    if (status == FL_OK) status = check_outputs(&session, options, error);
    if (status == FL_OK) {
        if (options->print_config)
            print_config(&session);
        else
            status = run_session(&session, options, start, error);
    }
    cli_session_close(&session);
    return status;
}
