#include "pe/num/attention_irnn.h"

#include <math.h>

enum { DIFFERENCES = 256, FULL_WEIGHT = 255 };

static int32_t clamp8(int64_t x) { return x < INT8_MIN ? INT8_MIN : x > INT8_MAX ? INT8_MAX : (int32_t)x; }

void num_irnn_pwl_learn(double (*f)(double x), num_affine in, int32_t low, unsigned count, num_affine out,
                        num_irnn_pwl *table)
{
    double grid[NUM_PWL_MAX_GRID];
    for (unsigned i = 0; i < count; i++)
        grid[i] = f(in.scale * ((double)low + i - in.zero_point)) / out.scale;
    table->zero_point = out.zero_point;
    num_irnn_pwl_fit(grid, low, count, table);
}

void num_irnn_attention_build(double score_scale, double score8_scale, double value_scale, num_affine context,
                              unsigned pieces, num_irnn_attention *constants)
{
    *constants = (num_irnn_attention){
        .score = num_quantize_multiplier(score_scale / score8_scale),
        .exponential = {.pieces = pieces, .fraction_bits = 12, .out_max = FULL_WEIGHT},
        .context = num_quantize_multiplier(value_scale / FULL_WEIGHT / context.scale),
        .context_zero_point = context.zero_point,
    };
    num_irnn_pwl_learn(exp, (num_affine){score8_scale, 0}, 1 - DIFFERENCES, DIFFERENCES,
                       (num_affine){1.0 / FULL_WEIGHT, 0}, &constants->exponential);
}

void num_irnn_attention_weights(const num_irnn_attention *constants, const int32_t *scores, size_t n,
                                uint8_t *weights)
{
    int32_t max = INT8_MIN;
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const int32_t q = clamp8(num_multiply_by_multiplier(scores[i], constants->score));
        max = q > max ? q : max;
    }
    for (size_t i = 0; i < n; i++) {
        const int32_t q = clamp8(num_multiply_by_multiplier(scores[i], constants->score));
        weights[i] = (uint8_t)num_irnn_pwl_eval(&constants->exponential, q - max);
        sum += weights[i];
    }
    for (size_t i = 0; i < n && sum > 0; i++)
        weights[i] = (uint8_t)(((uint64_t)FULL_WEIGHT * weights[i] + sum / 2) / sum);
}

void num_irnn_attention_context(const num_irnn_attention *constants, const uint8_t *weights,
                                const int8_t *values, size_t n, size_t channels, int8_t *out)
{
    for (size_t c = 0; c < channels; c++) {
        int32_t sum = 0;
        for (size_t i = 0; i < n; i++) sum += weights[i] * values[i * channels + c];
        out[c] = (int8_t)clamp8((int64_t)num_multiply_by_multiplier(sum, constants->context) +
                                constants->context_zero_point);
    }
}
