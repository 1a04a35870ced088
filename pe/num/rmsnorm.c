#include "pe/num/rmsnorm.h"

#include "pe/num/bits.h"
#include "pe/num/layernorm_ibert.h"

void num_rmsnorm_row(const int32_t *q, size_t n, int64_t *out)
{
    uint64_t squares = 0;
    for (size_t i = 0; i < n; i++) squares += (uint64_t)num_magnitude(q[i]) * num_magnitude(q[i]);
    const uint32_t factor = num_layernorm_factor(squares);
    for (size_t i = 0; i < n; i++) out[i] = num_layernorm_element(q[i], factor, 0);
}
