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

static uint32_t exponential(const num_lut2d *tables, num_index_rule rule, uint32_t index_multiplier,
                            uint32_t distance)
{
    const uint64_t half = rule == NUM_INDEX_ROUND ? 1 << 15 : 0;
    const uint64_t index = ((uint64_t)distance * index_multiplier + half) >> 16;
    return tables->exponential[index < tables->exponentials ? index : tables->exponentials - 1];
}

void num_softmax_lut2d_row(const num_lut2d *tables, num_index_rule rule, uint32_t index_multiplier,
                           const int32_t *q, size_t n, uint16_t *out)
{
    const uint32_t full = full_scale(tables);
    const uint64_t half_sum = rule == NUM_INDEX_ROUND ? 1u << (tables->width - 1) : 0;
    const uint32_t half_row = rule == NUM_INDEX_ROUND ? full : 0;
    int32_t max = q[0];
    uint64_t sum = 0;
    for (size_t i = 1; i < n; i++) max = q[i] > max ? q[i] : max;
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint16_t)exponential(tables, rule, index_multiplier, (uint32_t)((int64_t)max - q[i]));
        sum += out[i];
    }
    const uint64_t index = (sum + half_sum) >> tables->width;
    const uint64_t column = index < 1 ? 1 : index > tables->columns ? tables->columns : index;
    for (size_t i = 0; i < n; i++)
        out[i] = tables->quotient[(20u * out[i] + half_row) / (2 * full)][column - 1];
}
