/* Rows of 4-bit codes: equals of num_decode and num_encode that look up sixteen elements at once. format.bits
 * is 4. */
#ifndef NUM_NIBBLES_H
#define NUM_NIBBLES_H

#include "pe/num/format.h"

#ifdef __cplusplus
extern "C" {
#endif

/* values[i] = num_decode of the i-th code of the row, i < n; every 4-bit format fits 16 bits. */
void num_nibbles_unpack_int16(num_format format, const uint8_t *row, size_t n, int16_t *values);
void num_nibbles_unpack(num_format format, const uint8_t *row, size_t n, int32_t *values);

/* Packs num_encode of values[i], two codes to a byte; the padding bits of an odd row are 0. */
void num_nibbles_pack(num_format format, const int32_t *values, size_t n, uint8_t *row);

#ifdef __cplusplus
}
#endif
#endif
