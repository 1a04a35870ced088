/* Checks a command trace against every DDR4 timing constraint, independently of the engines: it knows nothing
 * of policy and compares each command with all earlier ones that still matter. */
#ifndef MEM_DRAM_CHECK_H
#define MEM_DRAM_CHECK_H

#include "memory/dram/ddr4.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The first violated constraint in clock order as text ("tRCD: ACT at 10, RD at 20, 17 clocks needed"), false
 * when there is none. commands: in order of issue. */
bool mem_ddr4_violation(const mem_ddr4_params *params, const ddr4_command *commands, size_t count, char *text,
                        size_t text_bytes);

#ifdef __cplusplus
}
#endif
#endif
