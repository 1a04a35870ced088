/* Encoding of 4-bit formats by a ladder of thresholds: an equal of num_encode that compilers vectorise. */
#ifndef NUM_LADDER_H
#define NUM_LADDER_H

#include "pe/num/format.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Packs the codes of num_encode(format, values[i]), two to a byte; padding bits of an odd row are 0. format.bits is 4. */
void num_ladder_pack(num_format format, const int32_t *values, size_t n, uint8_t *row);

#ifdef __cplusplus
}
#endif
#endif
