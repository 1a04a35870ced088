#include "pe/num/optimiser.h"

#include <math.h>

#include "pe/num/binary.h"

static double clamp(double x, double limit) { return fmin(fmax(x, -limit), limit); }

double num_madam_limit(const double *w, size_t n)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++) squares += w[i] * w[i];
    return n ? 3 * sqrt(squares / (double)n) : 0;
}

int num_madam_gradient(num_madam rule, unsigned t, double gradient, double *mean_square)
{
    const double g = isfinite(gradient) ? gradient : 0;
    *mean_square = rule.decay * *mean_square + (1 - rule.decay) * g * g;
    const double corrected = *mean_square / (1 - pow(rule.decay, t));
    return g == 0 ? 0 : (int)nearbyint(clamp(g / sqrt(corrected), rule.gradient_bound));
}

void num_madam_step(num_madam rule, unsigned t, const double *gradient, double *mean_square, double *w,
                    size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const int g = num_madam_gradient(rule, t, gradient[i], &mean_square[i]);
        w[i] = clamp(w[i] * exp2(w[i] > 0 ? -rule.rate * g : rule.rate * g), rule.limit);
    }
}

void num_adamax_step(num_adamax rule, unsigned t, const double *gradient, double *m, double *v, double *w,
                     size_t n)
{
    const double step = num_ap2(rule.rate / (1 - pow(rule.mean_decay, t)));
    for (size_t i = 0; i < n; i++) {
        const double g = isfinite(gradient[i]) ? gradient[i] : 0;
        m[i] = rule.mean_decay * m[i] + (1 - rule.mean_decay) * g;
        v[i] = num_ap2(fmax(rule.max_decay * v[i], fabs(g)));
        w[i] = clamp(w[i] - step * (m[i] / (v[i] + 0x1p-27)) * rule.layer_factor, 1);
    }
}
