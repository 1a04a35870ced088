#include "pe/num/lut_gemm.h"

static size_t word_index(num_lut_gemm shape, size_t row, size_t column, unsigned plane)
{
    return (column / 32 * shape.planes + plane) * shape.rows + row;
}

void num_lut_gemm_pack(num_lut_gemm shape, uint32_t *bits, size_t row, size_t column, uint8_t code)
{
    for (unsigned plane = 0; plane < shape.planes; plane++) {
        bits[word_index(shape, row, column, plane)] |= (uint32_t)(code >> plane & 1) << column % 32;
    }
}

void num_lut_build(const int32_t *x, unsigned lut_bits, int32_t *table)
{
    table[0] = 0;
    for (unsigned t = 0; t < lut_bits; t++) table[0] -= x[t];
    for (unsigned t = 0; t < lut_bits; t++) {
        for (unsigned c = 0; c < 1u << t; c++) table[c + (1u << t)] = table[c] + 2 * x[t];
    }
}

static bool is_valid(num_lut_gemm shape)
{
    const unsigned bits = shape.lut_bits;
    if (bits == 0 || bits > NUM_LUT_MAX_BITS || (bits & (bits - 1)) != 0) return false;
    return shape.planes >= 1 && shape.planes <= 8 && shape.group > 0 && shape.group % bits == 0;
}

/* Adds what one sub-vector, starting at `column`, contributes to every row. */
static void add_sub_vector(num_lut_gemm shape, const uint32_t *bits, const int32_t *alpha,
                           const int32_t *table, size_t column, int64_t *y)
{
    const uint32_t mask = (1u << shape.lut_bits) - 1;
    const int32_t *group_alpha = alpha + column / shape.group * shape.planes * shape.rows;
    for (unsigned plane = 0; plane < shape.planes; plane++) {
        const uint32_t *words = bits + word_index(shape, 0, column, plane);
        for (size_t row = 0; row < shape.rows; row++) {
            const uint32_t key = words[row] >> column % 32 & mask;
            y[row] += (int64_t)group_alpha[plane * shape.rows + row] * table[key];
        }
    }
}

bool num_lut_gemv(num_lut_gemm shape, const uint32_t *bits, const int32_t *alpha, const int32_t *offset,
                  const int32_t *x, int64_t *y)
{
    if (!is_valid(shape)) return false;
    for (size_t row = 0; row < shape.rows; row++) y[row] = 0;

    for (size_t column = 0; column < shape.columns; column += shape.lut_bits) {
        int32_t part[NUM_LUT_MAX_BITS], table[1 << NUM_LUT_MAX_BITS];
        for (unsigned t = 0; t < shape.lut_bits; t++)
            part[t] = column + t < shape.columns ? x[column + t] : 0;
        num_lut_build(part, shape.lut_bits, table);
        add_sub_vector(shape, bits, alpha, table, column, y);
        if (!offset) continue;
        const int32_t sum = table[(1u << shape.lut_bits) - 1]; /* all signs + */
        const int32_t *group_offset = offset + column / shape.group * shape.rows;
        for (size_t row = 0; row < shape.rows; row++) y[row] += (int64_t)group_offset[row] * sum;
    }
    return true;
}
