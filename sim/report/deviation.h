/* How far the integer functions of pe/num are from float64 libm: one row per function, variant and input. */
#ifndef FL_REPORT_DEVIATION_H
#define FL_REPORT_DEVIATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_deviation {
    const char *function;
    char variant[48], input[48];
    double largest, mean; /* of |value - reference| */
    double sqnr_db;       /* sum of reference^2 over sum of error^2; INFINITY without error */
    double row_sum, top;  /* softmax: mean row sum, share of rows whose first maximum is where the reference
                             has it; else NAN */
} fl_deviation;

typedef void fl_deviation_sink(void *context, const fl_deviation *row);

/* Each measures one family and hands over its rows in the order of its tables. Inputs are sweeps over all
 * codes and fixed pseudo-random draws, so the figures are the same every time. */
void fl_softmax_deviations(fl_deviation_sink *sink, void *context);
void fl_elementwise_deviations(fl_deviation_sink *sink,
                               void *context); /* exp, sigmoid, tanh, erf, GELU, SiLU */
void fl_layernorm_deviations(fl_deviation_sink *sink, void *context);

/* All of them as tables. */
void fl_deviations_print(bool markdown, FILE *out);

/* --- for the families --- */

typedef struct fl_deviation_sum {
    double largest, total, signal, noise;
    size_t n;
} fl_deviation_sum;
void fl_deviation_add(fl_deviation_sum *sum, double reference, double value);
/* Fills the figures of a row. */
void fl_deviation_finish(const fl_deviation_sum *sum, fl_deviation *row);

/* A normal number, mean 0 and variance 1: the sum of twelve uniform ones less 6 (magnitudes end at 6), the
 * same on every machine. *state is any seed. */
double fl_normal(uint64_t *state);
/* x / scale as an integer, ties away from zero, clamped to low..high. */
int32_t fl_quantise(double x, double scale, double low, double high);

#ifdef __cplusplus
}
#endif
#endif
