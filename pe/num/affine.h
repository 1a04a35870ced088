/* Affine quantisation, real = scale * (q - zero_point): its parameters from a range, and the plain table of a
 * function over int8 codes (Jacob et al., CVPR 2018; gemmlowp). */
#ifndef NUM_AFFINE_H
#define NUM_AFFINE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct num_affine {
    double scale; /* > 0 */
    int32_t zero_point;
} num_affine;

/* A range as training or calibration observes it. {0} has seen nothing. */
typedef struct num_range {
    double low, high;
    size_t batches;
} num_range;

/* Follows the minimum and maximum of a batch: low += momentum * (minimum - low), the same for high; the first
 * batch sets both. momentum 1 forgets, 0.01 is a slow average. Elements that are not finite are ignored, and
 * so is a batch without others. */
void num_range_observe(num_range *range, const float *x, size_t n, double momentum);
/* Parameters that map the range, extended to contain 0, to low_code..high_code (within int16): real 0 is
 * exact, rounding half away from zero. An empty range, or one of 0 alone, has scale 1. */
num_affine num_affine_choose(num_range range, int32_t low_code, int32_t high_code);
/* Clamps zero_point + x / scale to low_code..high_code, then rounds half away from zero (gemmlowp's order).
 * NaN gives the zero point, clamped. */
int32_t num_affine_quantise(num_affine format, double x, int32_t low_code, int32_t high_code);

/* Plain table of a function over all int8 codes, entry q + 128: 256 bytes, one cycle, the best 8-bit result
 * there is. */
enum { NUM_LUT8_ENTRIES = 256 };
void num_lut8_build(double (*f)(double x), num_affine in, num_affine out, int8_t table[NUM_LUT8_ENTRIES]);
/* out may be q. */
void num_lut8_row(const int8_t table[NUM_LUT8_ENTRIES], const int8_t *q, size_t n, int8_t *out);

#ifdef __cplusplus
}
#endif
#endif
