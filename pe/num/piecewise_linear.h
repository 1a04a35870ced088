/* Piecewise-linear functions: the tables of NN-LUT (Yu et al., DAC 2022) and of iRNN (Sari et al.). */
#ifndef NUM_PIECEWISE_LINEAR_H
#define NUM_PIECEWISE_LINEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NUM_PWL_MAX_PIECES = 64 };

/* NN-LUT: y = slope[i] x + intercept[i], i = number of breakpoints at or below x. */
typedef struct num_nnlut_real {
    unsigned pieces; /* one more than there are breakpoints */
    double breakpoint[NUM_PWL_MAX_PIECES], slope[NUM_PWL_MAX_PIECES], intercept[NUM_PWL_MAX_PIECES];
} num_nnlut_real;
typedef struct num_nnlut {
    unsigned pieces;
    int32_t breakpoint[NUM_PWL_MAX_PIECES], slope[NUM_PWL_MAX_PIECES];
    int64_t intercept[NUM_PWL_MAX_PIECES];
} num_nnlut;
/* The table equal to sum over k of m[k] relu(n[k] x + b[k]), hidden < NUM_PWL_MAX_PIECES units; units with n
 * = 0 only shift the result. false for too many units. */
bool num_nnlut_from_network(const double *n, const double *b, const double *m, unsigned hidden,
                            num_nnlut_real *table);
/* Integer form for inputs of scale S and slopes with F fraction bits: breakpoints ceil(d / S), which compares
 * exactly as d does, slopes and intercepts rounded half away from zero, result scale S / 2^F. */
void num_nnlut_quantize(const num_nnlut_real *real, double scale, unsigned fraction_bits, num_nnlut *table);
int64_t num_nnlut_eval(const num_nnlut *table, int32_t q, unsigned *piece); /* `piece` may be NULL */

/* iRNN: knots are input codes; y = zero_point + (slope[i] (q - knot[i]) + intercept[i] + half) >>
 * fraction_bits, clamped. Inputs beyond the outer knots are clamped to them. */
typedef struct num_irnn_pwl {
    unsigned pieces, fraction_bits;
    int32_t zero_point, out_min, out_max;
    int32_t knot[NUM_PWL_MAX_PIECES + 1], slope[NUM_PWL_MAX_PIECES], intercept[NUM_PWL_MAX_PIECES];
} num_irnn_pwl;
/* Fits table->pieces (1..NUM_PWL_MAX_PIECES) to f(low), f(low + 1) .. f(low + count - 1), given in units of
 * the output scale, 2 <= count <= NUM_PWL_MAX_GRID: starts with every code as a knot and removes the one
 * whose removal adds least squared error, the first on a tie, never an end. The other fields of the table are
 * the caller's. */
enum { NUM_PWL_MAX_GRID = 256 };
void num_irnn_pwl_fit(const double *f, int32_t low, unsigned count, num_irnn_pwl *table);
int32_t num_irnn_pwl_eval(const num_irnn_pwl *table, int32_t q);

/* MadNorm of iRNN: (q - mean) / mean |q - mean| with `fraction_bits` (at most 23) fraction bits for a row
 * of 1..2^15 elements, |q| < 2^15; mean rounds half up. A constant row gives zeros. */
void num_madnorm_row(const int32_t *q, size_t n, unsigned fraction_bits, int32_t *out);

#ifdef __cplusplus
}
#endif
#endif
