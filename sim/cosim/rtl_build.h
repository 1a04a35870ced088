/* The tools that turn a design into a shared object, one step each; rtl_cache.c decides when and where. Not
 * for others. Each step writes into `folder` and sends what the tools say to the file `log`; `root` is the
 * tree of sources. Errors: no such tool, and what it complains of. */
#ifndef FL_COSIM_RTL_BUILD_H
#define FL_COSIM_RTL_BUILD_H

#include <limits.h>

#include "sim/cosim/rtl.h"

#define FL_RTL_LIBRARY "design.so"
/* The cells that netlists are mapped onto (Debian package qflow-tech-osu018). */
#define FL_RTL_LIBERTY "/usr/share/qflow/tech/osu018/osu018_stdcells.lib"

/* Yosys' way from an elaborated design to those cells, and what it reads, in the tree of sources. */
#define FL_RTL_MAP            "rtl/gates/map.ys"
#define FL_RTL_MAP_CONSTRAINT "rtl/gates/constraint"

/* Everything besides the sources that decides what comes out: tool versions and flags. Owned by the caller.
 */
char *fl_rtl_recipe(unsigned variant);
/* Path of a file of the tree; absolute paths and the files of a foreign design stay as they are. */
void fl_rtl_resolve(const fl_rtl_design *design, const char *root, const char *file, char path[PATH_MAX]);
/* Verilator's command line for the design's sources, without the outputs. */
void fl_rtl_verilator(const fl_rtl_design *design, unsigned variant, const char *root, fl_text *line);

fl_status fl_rtl_build_runtime(const char *root, const char *folder, const char *log, fl_error *error);
/* netlist.v in `folder`, from Yosys: gates of the Liberty cells, each as its function. */
fl_status fl_rtl_build_netlist(const fl_rtl_design *design, const char *root, const char *folder,
                               const char *log, fl_error *error);
/* C++ from Verilator, of the design or of its netlist. Fails too when the module's ports are not the
 * design's. */
fl_status fl_rtl_verilate(const fl_rtl_design *design, unsigned variant, const char *root, const char *folder,
                          const char *log, fl_error *error);
/* The shared object, with the run-time library in `runtime`; nothing else stays in `folder`. */
fl_status fl_rtl_compile(const fl_rtl_design *design, unsigned variant, const char *root, const char *folder,
                         const char *runtime, const char *log, fl_error *error);

#endif
