/* The stimulus of a lockstep as text, with what the golden model answers: for simulators of netlists, which
 * need no Verilator then (scripts/synthesise).
 *
 *   design TOP Param=value ...
 *   files PATH ...
 *   in|out PORT WIDTH                   in the order of the words
 *   RESET IN... / EXPECTED... / CARE... one line per cycle, words in hexadecimal; RESET is 1 in a cycle under
 * reset
 */
#ifndef FL_COSIM_RECORD_H
#define FL_COSIM_RECORD_H

#include "sim/cosim/rtl.h"

#ifdef __cplusplus
extern "C" {
#endif

void fl_record_design(fl_text *text, const fl_rtl_design *design);
/* `expected`, `care`: NULL when nothing is compared in the cycle. */
void fl_record_cycle(fl_text *text, const fl_rtl_design *design, bool reset, const uint32_t *in,
                     const uint32_t *expected, const uint32_t *care);

/* `options->cycles` cycles of a block with a golden model. */
fl_status fl_record_block(const fl_rtl_block *block, const fl_lockstep_options *options, fl_text *text,
                          fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
