/* Construction of NN-LUT tables (Yu et al., DAC 2022) without training: pieces of equal largest error. */
#ifndef NUM_NNLUT_FIT_H
#define NUM_NNLUT_FIT_H

#include "pe/num/piecewise_linear.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NUM_NNLUT_GRID = 2001 }; /* points at which f is read */

/* Fits `pieces` (1..NUM_PWL_MAX_PIECES) lines to f over [low, high], low < high: the smallest error that
 * greedy pieces of at most that error reach, each a chord moved to the middle of its deviations. Pieces do
 * not meet: steps of up to twice the error. f must be finite. Returns the largest error at the grid's points.
 * Calibration is this fit over the range that was observed (num_range). Inputs beyond the range take the
 * outer lines. */
double num_nnlut_fit(double (*f)(double x), double low, double high, unsigned pieces, num_nnlut_real *table);
/* Adds a line below `at` (at most the first breakpoint) or from `at` on (at least the last): tails that are
 * known. false when the table is full. */
bool num_nnlut_add_left(num_nnlut_real *table, double at, double slope, double intercept);
bool num_nnlut_add_right(num_nnlut_real *table, double at, double slope, double intercept);

/* Bytes of a table: breakpoints, slopes and intercepts of `word_bytes` each; 188 for 16 pieces in 32 bits. */
static inline size_t num_nnlut_bytes(unsigned pieces, size_t word_bytes)
{
    return (3 * (size_t)pieces - 1) * word_bytes;
}
/* Of iRNN's table for 8-bit inputs: knots of one byte, slopes of two, intercepts of four; 57 for 8 pieces. */
static inline size_t num_irnn_pwl_bytes(unsigned pieces) { return 7 * (size_t)pieces + 1; }

#ifdef __cplusplus
}
#endif
#endif
