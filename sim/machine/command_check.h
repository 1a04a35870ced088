/* Whether a command that was not derived, but read, fits the machine and the workload. */
#ifndef FL_MACHINE_COMMAND_CHECK_H
#define FL_MACHINE_COMMAND_CHECK_H

#include "sim/machine/command.h"
#include "sim/machine/machine_config.h"
#include "workloads/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Its layer exists, units take its shapes and formats, its regions lie in their buffers, its DRAM block in
 * the tensors' extent. `where` locates errors. */
fl_status fl_command_check(const fl_machine_config *machine, const wl_workload *workload,
                           const fl_command *command, const fl_where *where, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
