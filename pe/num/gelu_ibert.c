#include "pe/num/gelu_ibert.h"

#include <math.h>

/* erf(x) ~ sgn(x) * (A * (min(|x|, -B) + B)^2 + 1); the released code writes sqrt(2) as 1.4142. */
static const double A = -0.2888, B = -1.769, ROOT_TWO = 1.4142;

const num_igelu num_igelu_q12 = {.b = -10248, .c = -116183478, .one = -7092};

num_igelu num_igelu_from_scale(double scale)
{
    const double s = scale / ROOT_TWO;
    const double sigma = A * s * s * (1 << NUM_IGELU_SHIFT);
    return (num_igelu){
        .b = (int64_t)floor(B / s),
        .c = (int64_t)floor(1.0 / A / (s * s)),
        .one = (int64_t)floor(1.0 / sigma),
    };
}

double num_igelu_output_scale(double scale)
{
    const double s = scale / ROOT_TWO;
    return -scale * A * s * s * (1 << NUM_IGELU_SHIFT) / 2;
}

double num_ierf_output_scale(double scale)
{
    const double s = scale / ROOT_TWO;
    return -A * s * s;
}

/* erf in units of A (S / sqrt 2)^2, a negative number. */
static int64_t published_erf(const num_igelu *constants, int32_t q)
{
    const int64_t wide = q, magnitude = wide < 0 ? -wide : wide;
    const int64_t clipped = magnitude < -constants->b ? magnitude : -constants->b;
    const int64_t polynomial = (clipped + constants->b) * (clipped + constants->b) + constants->c;
    const int64_t sign = (wide > 0) - (wide < 0);
    return sign * polynomial;
}

int64_t num_ierf_apply(const num_igelu *constants, int32_t q) { return -published_erf(constants, q); }

int64_t num_igelu_apply(const num_igelu *constants, int32_t q)
{
    const int64_t erf = published_erf(constants, q) >> NUM_IGELU_SHIFT;
    return -(int64_t)q * (erf + constants->one);
}
