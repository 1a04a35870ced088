#include "pe/num/softmax_lut2d.h"

#include <math.h>

static uint32_t full_scale(const num_lut2d *tables) { return (1u << tables->width) - 1; }

void num_lut2d_build(unsigned width, unsigned exponentials, unsigned columns, num_lut2d *tables)
{
    tables->width = width;
    tables->exponentials = exponentials;
    tables->columns = columns;
    const uint32_t full = full_scale(tables);
    for (unsigned i = 0; i < exponentials; i++)
        tables->exponential[i] = (uint16_t)lround(exp(-0.1 * i) * full);
    for (unsigned i = 0; i < NUM_LUT2D_ROWS; i++) {
        for (unsigned j = 1; j <= columns; j++) {
            tables->quotient[i][j - 1] = (uint16_t)((2 * i * full + 10 * j) / (20 * j));
        }
    }
}

size_t num_lut2d_bytes(const num_lut2d *tables)
{
    const size_t entries = tables->exponentials + (size_t)NUM_LUT2D_ROWS * tables->columns;
    return entries * (tables->width > 8 ? 2 : 1);
}

static uint32_t exponential(const num_lut2d *tables, uint32_t index_multiplier, int32_t q, int32_t max)
{
    const uint64_t distance = (uint64_t)((int64_t)max - q);
    const uint64_t index = (distance * index_multiplier + (1 << 15)) >> 16;
    return tables->exponential[index < tables->exponentials ? index : tables->exponentials - 1];
}

void num_softmax_lut2d_row(const num_lut2d *tables, uint32_t index_multiplier, const int32_t *q, size_t n,
                           uint16_t *out)
{
    const uint32_t full = full_scale(tables);
    int32_t max = q[0];
    uint64_t sum = 0;
    for (size_t i = 1; i < n; i++) max = q[i] > max ? q[i] : max;
    for (size_t i = 0; i < n; i++) sum += exponential(tables, index_multiplier, q[i], max);

    const uint64_t rounded = (sum + (1u << (tables->width - 1))) >> tables->width;
    const uint64_t column = rounded < 1 ? 1 : rounded > tables->columns ? tables->columns : rounded;
    for (size_t i = 0; i < n; i++) {
        const uint32_t e = exponential(tables, index_multiplier, q[i], max);
        out[i] = tables->quotient[(20 * e + full) / (2 * full)][column - 1];
    }
}
