/* Commands as text, one per line, for `flintlock map --save` and `flintlock run --replay`:
 *
 *   QUEUE layer=N wait=QUEUE:SEQUENCE:CAUSE,... key=value ...
 *
 * Numbers are decimal, regions are buffer:offset:bytes:stride:item, formats and functions are names. A line
 * that starts with # is a comment. Printing and parsing are driven by one table of fields per queue. */
#ifndef FL_MACHINE_COMMAND_TEXT_H
#define FL_MACHINE_COMMAND_TEXT_H

#include "sim/base/text.h"
#include "sim/machine/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

void fl_command_print(const fl_command *command, fl_text *out);

/* Parses one line; `where` locates errors. */
fl_status fl_command_parse(const char *line, const fl_where *where, fl_command *command, fl_error *error);

/* A stream of the commands of a saved file, all checked against the machine and the workload first: layers
 * exist, regions lie in their buffers, DRAM blocks in the tensors' extent. */
fl_status fl_command_stream_load(const char *path, const fl_machine_config *machine,
                                 const wl_workload *workload, fl_stream **stream, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
