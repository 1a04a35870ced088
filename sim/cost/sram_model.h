/* Energy and area of a buffer from its banks' shape: an analytical model, and a reader of CACTI's output.
 *
 * The model is CACTI's picture reduced to its two dominating terms (Wilton and Jouppi, CACTI: An Enhanced
 * Cache Access and Cycle Time Model, JSSC 31(5), 1996; Thoziyoor et al., CACTI 5.1, HPL-2008-20): what
 * sensing and decoding cost per bit, and a wire from the cell to the bank's edge. docs/sram.md derives it and
 * gives its error against the published CACTI figures. */
#ifndef FL_COST_SRAM_MODEL_H
#define FL_COST_SRAM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_sram_shape {
    uint64_t bank_bytes, banks;
    uint64_t width_bytes; /* that a bank reads or writes at once */
} fl_sram_shape;

/* Of all banks together; energies per bit that an access moves. */
typedef struct fl_sram_figures {
    double read_pj_per_bit, write_pj_per_bit;
    double um2, static_mw;
} fl_sram_figures;

/* 28 nm, one port of 6T cells per bank. The model has no leakage: static_mw is 0. */
fl_sram_figures fl_sram_analytic(const fl_sram_shape *shape);

/* Results that CACTI printed, one or several runs one after the other in a file. */
typedef struct fl_cacti fl_cacti;

/* Reads the results section of every run. *cacti is owned by the caller (fl_cacti_free), NULL on failure.
 * Errors, located in the file: it cannot be read, it holds no results, a result is missing or no number. */
fl_status fl_cacti_read(const char *path, fl_cacti **cacti, fl_error *error);
void fl_cacti_free(fl_cacti *cacti);

/* Figures from the first run whose banks are of bank_bytes and whose block is width_bytes; false when none
 * is. */
bool fl_cacti_find(const fl_cacti *cacti, const fl_sram_shape *shape, fl_sram_figures *figures);

#ifdef __cplusplus
}
#endif
#endif
