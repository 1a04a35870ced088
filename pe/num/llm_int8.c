#include "pe/num/llm_int8.h"

#include <math.h>

#include "pe/num/minifloat.h"

/* Nearest fp16 value, ties to even. */
static float fp16_round(float x)
{
    const num_minifloat fp16 = {5, 10, 15, true, NUM_IEEE};
    return (float)num_minifloat_decode(fp16, num_minifloat_encode(fp16, x, NUM_TO_INFINITY));
}

float num_llm_int8_quantize_row(const float *x, size_t columns, float threshold, int8_t *codes,
                                bool *outliers)
{
    float absmax = 0;
    for (size_t j = 0; j < columns; j++) {
        const float magnitude = fabsf(x[j]);
        if (magnitude < threshold && magnitude > absmax) absmax = magnitude;
        if (outliers && magnitude >= threshold) outliers[j] = true;
    }
    const float scale = absmax > 0 ? 127.0f / absmax : 0;
    for (size_t j = 0; j < columns; j++) {
        const float scaled = fabsf(x[j]) < threshold ? nearbyintf(x[j] * scale) : 0;
        /* 127 / absmax overflows for subnormal absmax; such rows would give infinities. */
        codes[j] = (int8_t)(scaled > 127 ? 127 : scaled < -127 ? -127 : isnan(scaled) ? 0 : scaled);
    }
    return absmax;
}

void num_llm_int8_mask_row(int8_t *codes, size_t columns, const bool *outliers)
{
    for (size_t j = 0; j < columns; j++) {
        if (outliers[j]) codes[j] = 0;
    }
}

float num_llm_int8_dot(const float *x, const int8_t *x_codes, float x_absmax, const int8_t *w_codes,
                       float w_absmax, float bias, const bool *outliers, size_t columns)
{
    int32_t acc = 0;
    float outlier_sum = 0;
    for (size_t j = 0; j < columns; j++) {
        acc += x_codes[j] * w_codes[j];
        if (outliers[j]) outlier_sum += x[j] * fp16_round((float)w_codes[j] * w_absmax / 127.0f);
    }
    const float main_part = fp16_round((float)acc * 6.200012e-05f * x_absmax * w_absmax + bias);
    return fp16_round(main_part + fp16_round(outlier_sum));
}
