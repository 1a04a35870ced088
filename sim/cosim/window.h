/* The last cycles of a lockstep, for the report and for a VCD of the ports. */
#ifndef FL_COSIM_WINDOW_H
#define FL_COSIM_WINDOW_H

#include "sim/cosim/rtl.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FL_WINDOW_CYCLES = 16, FL_WINDOW_TRACED_CYCLES = 256 };

typedef struct fl_window {
    const fl_rtl_design *design;
    size_t in_words, out_words;
    uint64_t recorded; /* cycles so far; the newest is cycle recorded - 1 */
    uint32_t *words; /* ring of FL_WINDOW_CYCLES rows: compared or not, inputs, outputs got, outputs expected,
                      bits compared */
} fl_window;

bool fl_window_new(fl_window *window, const fl_rtl_design *design);
void fl_window_free(fl_window *window);
/* Records a cycle; `expected` and `care` NULL in a cycle without comparison (reset). */
void fl_window_record(fl_window *window, const uint32_t *in, const uint32_t *got, const uint32_t *expected,
                      const uint32_t *care);
/* Does an output differ in the newest cycle? */
bool fl_window_differs(const fl_window *window);
/* What happened in the newest cycle, the first port that differs or a `cause` with the first line of its
 * `message` (NULL: none), and the cycles before it, one line each, where an output that differs reads
 * got!expected. Leaves the ports as <folder>/<name>.vcd, outputs also as <port>_expected, unless there is no
 * folder. */
fl_status fl_window_report(const fl_window *window, const char *name, const fl_lockstep_options *options,
                           const char *cause, const char *message, fl_text *text, fl_error *error);

/* For a run that is repeated with the waves of every signal: the cycle that they begin with, and their file,
 * <folder>/<name>.signals.vcd, which the report names. `path` has PATH_MAX bytes. */
uint64_t fl_window_traced(const fl_window *window);
fl_status fl_window_signals(const char *name, const fl_lockstep_options *options, char *path, fl_text *text,
                            fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
