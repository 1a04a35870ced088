#include "pe/num/softmax_rexp.h"

#include <math.h>
#include <stdbool.h>

#include "pe/num/bits.h"

/* clang-format off */
const num_rexp num_rexp_u8 = {
    .width = 8, .numerators = 8, .alphas = 320,
    .numerator = {255, 94, 35, 13, 5, 2, 1, 0},
    .alpha = { /* round(255 / j), j = 1 .. 320 */
        255, 128, 85, 64, 51, 43, 36, 32, 28, 26, 23, 21, 20, 18, 17, 16, 15, 14, 13, 13,
        12, 12, 11, 11, 10, 10, 9, 9, 9, 9, 8, 8, 8, 8, 7, 7, 7, 7, 7, 6,
        6, 6, 6, 6, 6, 6, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 4, 4, 4, 4,
        4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
        2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
        2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
        2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    },
};
/* clang-format on */

void num_rexp_build(unsigned width, unsigned alphas, num_rexp *tables)
{
    const double full = (1u << width) - 1;
    *tables = (num_rexp){.width = width};
    do {
        const double entry = round(exp(-(double)tables->numerators) * full);
        tables->numerator[tables->numerators++] = (uint16_t)entry;
    } while (tables->numerator[tables->numerators - 1] != 0);
    do {
        const double entry = round(full / (tables->alphas + 1));
        tables->alpha[tables->alphas++] = (uint16_t)entry;
    } while (tables->alphas < alphas && tables->alpha[tables->alphas - 1] != 0);
}

size_t num_rexp_bytes(const num_rexp *tables)
{
    const size_t entries = tables->numerators + tables->alphas;
    return tables->width > 8 ? 2 * entries : entries;
}

uint32_t num_rexp_divide(const num_rexp *tables, uint32_t product)
{
    const uint32_t full = (1u << tables->width) - 1;
    return (product + full / 2) / full;
}

/* A row has at most one result per numerator: they are computed once and looked up. */
NUM_VECTORISED
void num_softmax_rexp_row(const num_rexp *restrict tables, num_index_rule rule, uint32_t index_multiplier,
                          const int32_t *restrict q, size_t n, uint16_t *restrict out)
{
    const bool literal = rule == NUM_INDEX_LITERAL;
    int32_t max = q[0];
    uint64_t sum = 0;
    for (size_t i = 1; i < n; i++) max = q[i] > max ? q[i] : max;
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint16_t)num_rexp_index(tables, (uint32_t)((int64_t)max - q[i]), index_multiplier);
        sum += tables->numerator[out[i]];
    }
    const uint64_t half =
        literal ? (uint64_t)1 << (tables->width - 1) : 0; /* undoes the rounding of alpha's j */
    const uint32_t alpha = num_rexp_alpha(tables, tables->alphas, sum < half ? 0 : sum - half);
    uint16_t result[NUM_REXP_MAX_NUMERATORS] = {0};
    for (unsigned k = 0; k < tables->numerators; k++) {
        const uint32_t product = tables->numerator[k] * alpha;
        result[k] = (uint16_t)(literal ? product >> tables->width : num_rexp_divide(tables, product));
    }
    for (size_t i = 0; i < n; i++) out[i] = result[out[i]];
}
