/* MX block formats (OCP Microscaling Formats 1.0): blocks of up to 32 elements share an E8M0 scale.
 *
 * value = 2^(scale - 127) * element. Elements are minifloats, or int8 in units of 1/64. Scale 255 means NaN.
 */
#ifndef NUM_MX_H
#define NUM_MX_H

#include <stddef.h>

#include "pe/num/minifloat.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NUM_MX_BLOCK = 32, NUM_MX_NAN = 255 };

typedef struct num_mx {
    bool is_int8;          /* elements are int8 / 64 */
    num_minifloat element; /* otherwise */
} num_mx;

/* "mxfp8_e4m3", "mxfp8_e5m2", "mxfp6_e3m2", "mxfp6_e2m3", "mxfp4", "mxint8". false: no such name. */
bool num_mx_parse(const char *name, num_mx *format);

/* Encodes one block of n elements (any n) into n codes, one per byte, and a scale (specification
 * section 6.3): scale exponent floor(log2 max|x|) minus the element's largest exponent, clamped to [-127,
 * 127]; elements are rounded to nearest even and saturate; int8 stays within +-127. A block of zeros has
 * scale 0; a block with NaN or infinity has scale NUM_MX_NAN and codes 0. */
void num_mx_encode(num_mx format, const float *x, size_t n, uint8_t *scale, uint8_t *codes);
/* Value of one element. Exact in double. */
double num_mx_decode(num_mx format, uint8_t scale, uint8_t code);

#ifdef __cplusplus
}
#endif
#endif
