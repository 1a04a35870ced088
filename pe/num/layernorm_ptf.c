#include "pe/num/layernorm_ptf.h"

#include <math.h>

static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

uint8_t num_ptf_encode(num_ptf format, unsigned shift, float x)
{
    return (uint8_t)clamp(nearbyint(x / ldexp(format.scale, (int)shift) + format.zero_point), 0, 255);
}

static double channel_error(num_ptf format, unsigned shift, const float *x, size_t tokens, size_t stride)
{
    double sum = 0;
    for (size_t t = 0; t < tokens; t++) {
        const float value = x[t * stride];
        const int code = num_ptf_encode(format, shift, value) - format.zero_point;
        const double error = value - ldexp(format.scale, (int)shift) * code;
        sum += error * error;
    }
    return sum;
}

num_ptf num_ptf_fit(const float *x, size_t tokens, size_t channels, uint8_t *shift)
{
    const size_t n = tokens * channels;
    double min = n ? x[0] : 0, max = min;
    for (size_t i = 1; i < n; i++) {
        min = fmin(min, x[i]);
        max = fmax(max, x[i]);
    }
    const double step = max > min ? (max - min) / 255 : 1;
    const num_ptf format = {max > min ? step / 8 : 1, (int32_t)clamp(-nearbyint(min / step), 0, 255)};
    for (size_t c = 0; c < channels; c++) {
        double best = INFINITY;
        shift[c] = 0;
        for (unsigned s = 0; s <= NUM_PTF_MAX_SHIFT; s++) {
            const double error = channel_error(format, s, x + c, tokens, channels);
            if (error >= best) continue;
            best = error;
            shift[c] = (uint8_t)s;
        }
    }
    return format;
}

void num_layernorm_ptf_row(num_ptf format, const uint8_t *shift, const num_layernorm_ptf *layer,
                           const uint8_t *q, size_t channels, uint8_t *out)
{
    int64_t sum = 0, squares = 0;
    for (size_t c = 0; c < channels; c++) {
        const int64_t v = (int64_t)(q[c] - format.zero_point) * (1 << shift[c]);
        sum += v;
        squares += v * v;
    }
    const double count = (double)channels;
    const double deviation = sqrt((double)((int64_t)channels * squares - sum * sum)); /* sqrt(V) */
    for (size_t c = 0; c < channels; c++) {
        const double gamma = deviation > 0 ? layer->gamma[c] / deviation : 0;
        const double a = count * gamma / layer->out_scale;
        const int n = a == 0 ? 0 : (int)clamp(7 - ilogb(a), 0, 31);
        const double multiplier = copysign(clamp(floor(ldexp(fabs(a), n)), 0, 255), a);
        const double b = nearbyint(ldexp((layer->beta[c] - (double)sum * gamma) / layer->out_scale, n));
        const double v = (double)(q[c] - format.zero_point) * (1 << shift[c]);
        const double y = nearbyint(ldexp(multiplier * v + b, -n));
        out[c] = (uint8_t)clamp(y + layer->out_zero_point, 0, 255);
    }
}
