#include "sim/cli/session.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

volatile int cli_interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    cli_interrupted = 1;
}

void cli_catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

double cli_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static fl_status load_machine(const cli_options *options, cli_session *session, fl_error *error)
{
    fl_status status = fl_config_load(options->files[0], options->machine_sets, options->machine_set_count,
                                      &session->machine_config, error);
    if (status == FL_OK) status = fl_machine_config_read(session->machine_config, &session->machine, error);
    if (status == FL_OK) status = fl_dram_probe(&session->machine, &session->dram, error);
    return status;
}

/* The workload's reader knows its keys without the prefix that the user wrote: "--set: layers=0: ...". */
static void restore_prefix(fl_error *error)
{
    static const char set[] = "--set: ", prefix[] = "workload.";
    size_t at = sizeof set - 1, length = strlen(error->text);
    if (strncmp(error->text, set, at) != 0 || length + sizeof prefix > sizeof error->text) return;
    memmove(error->text + at + sizeof prefix - 1, error->text + at, length - at + 1);
    memcpy(error->text + at, prefix, sizeof prefix - 1);
}

static fl_status load_workload(const cli_options *options, cli_session *session, fl_error *error)
{
    fl_status status = fl_config_load(options->files[1], options->workload_sets, options->workload_set_count,
                                      &session->workload_config, error);
    if (status == FL_OK) status = wl_build(session->workload_config, &session->workload, error);
    if (status != FL_OK) restore_prefix(error);
    return status;
}

fl_status cli_session_open(const cli_options *options, cli_session *session, fl_error *error)
{
    *session = (cli_session){0};
    fl_status status = load_machine(options, session, error);
    if (status == FL_OK) status = load_workload(options, session, error);
    if (status != FL_OK) return status;
    session->mappings = calloc(session->workload->op_count, sizeof *session->mappings);
    if (session->mappings == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    return fl_map_workload(&session->machine, session->workload, &session->dram, session->mappings, error);
}

void cli_session_close(cli_session *session)
{
    free(session->mappings);
    if (session->workload != NULL) wl_free(session->workload);
    if (session->workload_config != NULL) fl_config_free(session->workload_config);
    if (session->machine_config != NULL) fl_config_free(session->machine_config);
    *session = (cli_session){0};
}
