/* Small floating-point formats by descriptor: OCP FP8, FP6 and FP4, bf16, fp16, and the float primitive of
 * ANT.
 *
 * A code is [sign] exponent mantissa, most significant first. With exponent field e and mantissa field j of m
 * bits: e = 0: j * 2^(1 - bias - m), otherwise (1 + j / 2^m) * 2^(e - bias). All values are exact doubles.
 * Sources: OCP 8-bit floating point (OFP8) 1.0, OCP Microscaling Formats 1.0, IEEE 754, ANT (MICRO 2022). */
#ifndef NUM_MINIFLOAT_H
#define NUM_MINIFLOAT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum num_specials {
    NUM_FINITE,     /* every code is a number */
    NUM_IEEE,       /* top exponent: infinity for mantissa 0, else NaN */
    NUM_SINGLE_NAN, /* all exponent and mantissa bits set is NaN; no infinity (E4M3) */
} num_specials;

typedef struct num_minifloat {
    uint8_t exponent_bits; /* 1..8 */
    uint8_t mantissa_bits; /* 0..10 */
    int16_t bias;
    bool is_signed;
    uint8_t specials; /* num_specials */
} num_minifloat;

/* "e4m3", "e5m2", "e3m2", "e2m3", "e2m1", "e3m1", "e3m4", "bf16", "fp16" (all signed). false: no such name.
 */
bool num_minifloat_parse(const char *name, num_minifloat *format);
/* ANT's float of 3..8 bits: 3 exponent bits (2 when only 2 magnitude bits exist), bias 1, finite. */
num_minifloat num_minifloat_ant(unsigned bits, bool is_signed);

/* Bits of a code. */
static inline unsigned num_minifloat_bits(num_minifloat format)
{
    return format.exponent_bits + format.mantissa_bits + (format.is_signed ? 1u : 0u);
}
/* Largest finite value. */
double num_minifloat_max(num_minifloat format);
/* Upper bits of `code` are ignored. */
double num_minifloat_decode(num_minifloat format, uint32_t code);

typedef enum num_overflow {
    NUM_SATURATE,    /* to the largest finite value, also for infinity */
    NUM_TO_INFINITY, /* to infinity, or NaN where there is none; NUM_FINITE formats saturate all the same */
} num_overflow;
/* Code of the nearest value, ties to the even code; the sign of zero is kept in signed formats. Negative
 * values give 0 in unsigned formats. NaN gives a NaN code where there is one, else 0. */
uint32_t num_minifloat_encode(num_minifloat format, double value, num_overflow overflow);
/* Code of the nearest value, ties towards +infinity, saturating, never negative zero: the rule of ANT. */
uint32_t num_minifloat_encode_tie_up(num_minifloat format, double value);

#ifdef __cplusplus
}
#endif
#endif
