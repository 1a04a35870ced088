/* The last cycles of a lockstep, for the report and for a VCD of the ports. */
#ifndef FL_COSIM_WINDOW_H
#define FL_COSIM_WINDOW_H

#include "sim/cosim/rtl.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FL_WINDOW_CYCLES = 16 };

typedef struct fl_window {
    const fl_rtl_design *design;
    size_t in_words, out_words;
    uint64_t recorded; /* cycles so far; the newest is cycle recorded - 1 */
    uint32_t *words;   /* ring of FL_WINDOW_CYCLES rows: inputs, outputs got, outputs expected, bits compared */
} fl_window;

bool fl_window_new(fl_window *window, const fl_rtl_design *design);
void fl_window_free(fl_window *window);
/* Records a cycle; `expected` and `care` NULL in a cycle without comparison (reset). */
void fl_window_record(fl_window *window, const uint32_t *in, const uint32_t *got, const uint32_t *expected,
                      const uint32_t *care);
/* The first output that differs in the newest cycle, NULL when none does. `word` is its first word in the outputs. */
const fl_rtl_port *fl_window_difference(const fl_window *window, size_t *word);
/* One line per cycle with every port in hexadecimal; an output that differs reads got!expected. */
void fl_window_print(const fl_window *window, fl_text *text);
/* The ports as a VCD, outputs also as <name>.expected. */
fl_status fl_window_write_vcd(const fl_window *window, const char *path, fl_error *error);

/* A port's value in hexadecimal. */
void fl_rtl_print_value(fl_text *text, const uint32_t *words, uint32_t width_bits);

#ifdef __cplusplus
}
#endif
#endif
