/* A timeline of commands for Perfetto (https://ui.perfetto.dev) in the trace event format: a process
 * per core, two tracks per unit (even and odd commands, which may overlap), one slice per command,
 * microseconds of simulated time. */
#ifndef FL_REPORT_TIMELINE_H
#define FL_REPORT_TIMELINE_H

#include "sim/base/text.h"
#include "sim/machine/machine.h"
#include "workloads/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_timeline fl_timeline;

fl_timeline *fl_timeline_new(void); /* NULL when out of memory */
void fl_timeline_free(fl_timeline *timeline);
void fl_timeline_add(fl_timeline *timeline, const fl_command *command, uint32_t sequence, uint64_t start,
                     uint64_t done);
void fl_timeline_json(const fl_timeline *timeline, const wl_workload *workload,
                      const fl_machine_config *machine, fl_text *out);

#ifdef __cplusplus
}
#endif
#endif
