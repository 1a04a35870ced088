/* Checks the commands of a DRAM controller against the constraints of the standards, independently of the
 * engines: a table of constraints over the last commands of each kind, and nothing of the policy. */
#ifndef MEM_DRAM_CONTROLLER_CHECK_H
#define MEM_DRAM_CONTROLLER_CHECK_H

#include "memory/dram/controller.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mem_dram_check mem_dram_check;

/* NULL when there is no memory for it. */
mem_dram_check *mem_dram_check_new(const mem_dram_params *params);
void mem_dram_check_free(mem_dram_check *check);

/* The next command, not before its predecessor. False when it breaks a constraint, with a text that names it
 * ("tRCD: ACT at 10, RD at 20, 17 clocks needed"). */
bool mem_dram_check_next(mem_dram_check *check, const mem_dram_command *command, char *text,
                         size_t text_bytes);

#ifdef __cplusplus
}
#endif
#endif
