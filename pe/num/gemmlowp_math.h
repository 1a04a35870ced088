/* Transcendental functions of gemmlowp's fixedpoint.h, bit-exact with its scalar code, and TensorFlow Lite
 * Micro's int8 softmax built on them. Qm.n: m integer and n fraction bits below the sign. */
#ifndef NUM_GEMMLOWP_MATH_H
#define NUM_GEMMLOWP_MATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* e^a in Q0.31 for a <= 0 in Q(integer_bits).(31 - integer_bits), integer_bits 0..29; a > 0 counts as 0.
 * Error 2.2e-7. */
int32_t num_exp_on_negative(int32_t a, unsigned integer_bits);
/* 1 / (1 + a) in Q0.31 for a in [0, 1), Q0.31. Error 2.8e-9. */
int32_t num_one_over_one_plus(int32_t a);
/* 1 / (1 + e^-a) in Q0.31 for a in Q4.27 (INT32_MIN counts as INT32_MIN + 1, here and below). Error 6.5e-8.
 */
int32_t num_logistic(int32_t a);
/* tanh(a) in Q0.31 for a in Q4.27. Error 1.2e-7. */
int32_t num_tanh(int32_t a);

/* SiLU, a * logistic(a), for a in Q4.27; result in Q4.27, rounded. Error 1.1e-6. (num_shift_gelu_row with the
 * inverse scale of S itself, not of 1.702 S, is SiLU from shifts.) */
int32_t num_silu(int32_t a);

/* Constants of a softmax over int8 logits. Output scale 1/256, zero point -128. */
typedef struct num_softmax_tflite {
    int32_t multiplier, left_shift, diff_min;
} num_softmax_tflite;
/* From beta * input scale; false unless beta * scale is at least 2^-26 and finite. */
bool num_softmax_tflite_build(double beta_times_scale, num_softmax_tflite *constants);
/* One row of 1..4095 elements; out may be q. */
void num_softmax_tflite_row(const num_softmax_tflite *constants, const int8_t *q, size_t n, int8_t *out);

#ifdef __cplusplus
}
#endif
#endif
