/* What most commands start from: a machine, a workload, and the mapping of one onto the other. */
#ifndef FL_CLI_SESSION_H
#define FL_CLI_SESSION_H

#include "sim/cli/options.h"
#include "sim/machine/machine.h"
#include "sim/machine/mapping.h"
#include "workloads/workload.h"

typedef struct cli_session {
    fl_config *machine_config, *workload_config;
    fl_machine_config machine;
    wl_workload *workload;
    fl_mapping *mappings;
    fl_dram_profile dram;
} cli_session;

/* files[0]: machine, files[1]: workload. On failure the session is empty; close it in either case. */
fl_status cli_session_open(const cli_options *options, cli_session *session, fl_error *error);
void cli_session_close(cli_session *session);

/* Set by the first Ctrl-C; runs stop at the next completed command and write nothing. */
extern volatile int cli_interrupted;
void cli_catch_interrupt(void);

/* Seconds of a monotonic clock. */
double cli_seconds(void);

#endif
