/* Bring your own RTL: a module of the user's that takes the place of a block's RTL in lockstep, named in
 * YAML.
 *
 *   block: requantize                 # whose model it is held to; docs/rtl/ has the ports
 *   rtl:
 *     top: my_requantize
 *     files: [my_requantize.sv]       # relative to the YAML file
 *     parameters: {OutBits: 8}        # optional
 */
#ifndef FL_COSIM_OWN_RTL_H
#define FL_COSIM_OWN_RTL_H

#include "sim/base/config.h"
#include "sim/cosim/rtl.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_own_rtl {
    fl_config *config;
    const fl_part *block; /* kind "rtl_block" */
    fl_rtl_design design; /* the block's ports, the user's module */
    char *paths[FL_RTL_MAX_FILES];
    const fl_node *top;
    fl_node *parameters; /* NULL: none */ /* where errors of the build are located */
} fl_own_rtl;

/* Owned by the caller, also after an error. Errors are located: unknown block, missing file ... */
fl_status fl_own_rtl_load(const char *path, fl_own_rtl *own, fl_error *error);
void fl_own_rtl_free(fl_own_rtl *own);

/* The block's lockstep with the user's module. As fl_lockstep; errors of Verilator and Yosys and ports that
 * are not the block's are located at `rtl.top`. */
fl_status fl_own_rtl_lockstep(const fl_own_rtl *own, const fl_lockstep_options *options, fl_text *report,
                              fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
