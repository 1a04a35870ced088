/* Decoding of rows of 4-bit codes: an equal of num_decode that looks up sixteen codes at once. */
#ifndef NUM_NIBBLES_H
#define NUM_NIBBLES_H

#include "pe/num/format.h"

#ifdef __cplusplus
extern "C" {
#endif

/* values[i] = num_decode of the i-th code of the row, i < n. format.bits is 4: every value fits 16 bits. */
void num_nibbles_unpack_int16(num_format format, const uint8_t *row, size_t n, int16_t *values);
void num_nibbles_unpack(num_format format, const uint8_t *row, size_t n, int32_t *values);

#ifdef __cplusplus
}
#endif
#endif
