#include "pe/num/layernorm_ibert.h"

#include <stddef.h>

#include "pe/num/isqrt.h"

int32_t num_layernorm_mean(int64_t sum, uint32_t columns)
{
    const int64_t n = columns;
    const int64_t truncated = sum / n, remainder = sum % n;
    const int64_t below = truncated - (remainder < 0); /* floor of the quotient */
    const int64_t above = 2 * (sum - below * n);       /* twice the distance from it, in units of 1 / n */
    const int64_t odd = below & 1;
    return (int32_t)(below + (above > n || (above == n && odd)));
}

uint32_t num_layernorm_factor(uint64_t square_sum)
{
    const uint32_t std = num_isqrt(square_sum, NULL);
    return std == 0 ? 0 : (uint32_t)(((uint64_t)1 << 31) / std);
}
