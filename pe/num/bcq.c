#include "pe/num/bcq.h"

#include <math.h>
#include <string.h>

static double sign_of_bit(uint8_t code, unsigned plane) { return code >> plane & 1 ? 1.0 : -1.0; }

double num_bcq_value(const double *alpha, unsigned planes, uint8_t code)
{
    double sum = 0;
    for (unsigned i = 0; i < planes; i++) sum += alpha[i] * sign_of_bit(code, i);
    return sum;
}

void num_bcq_fit_greedy(const float *w, size_t n, unsigned planes, double *alpha, uint8_t *codes)
{
    if (n > 0) memset(codes, 0, n);
    for (unsigned i = 0; i < planes; i++) {
        double sum = 0;
        for (size_t k = 0; k < n; k++) {
            const double residual = w[k] - num_bcq_value(alpha, i, codes[k]);
            sum += fabs(residual);
            if (residual >= 0) codes[k] = (uint8_t)(codes[k] | 1u << i);
        }
        alpha[i] = n > 0 ? sum / (double)n : 0;
    }
}

typedef double equations[NUM_BCQ_MAX_PLANES][NUM_BCQ_MAX_PLANES + 1]; /* last column: right-hand side */

static void normal_equations(const float *w, size_t n, unsigned planes, const uint8_t *codes, equations m)
{
    for (unsigned i = 0; i < planes; i++) {
        for (unsigned j = 0; j <= planes; j++) m[i][j] = 0;
        for (size_t k = 0; k < n; k++) {
            for (unsigned j = 0; j < planes; j++)
                m[i][j] += sign_of_bit(codes[k], i) * sign_of_bit(codes[k], j);
            m[i][planes] += sign_of_bit(codes[k], i) * w[k];
        }
    }
}

/* Gauss-Jordan elimination of a symmetric positive semidefinite system of small integers. A row without a
 * pivot repeats earlier planes; its unknown is 0, which is still a least-squares solution. */
static void solve(unsigned planes, equations m, double *alpha)
{
    const double least_pivot = 1e-6;
    for (unsigned i = 0; i < planes; i++) {
        if (m[i][i] < least_pivot) continue;
        for (unsigned row = 0; row < planes; row++) {
            const double factor = m[row][i] / m[i][i];
            for (unsigned j = 0; row != i && j <= planes; j++) m[row][j] -= factor * m[i][j];
        }
    }
    for (unsigned i = 0; i < planes; i++) alpha[i] = m[i][i] < least_pivot ? 0 : m[i][planes] / m[i][i];
}

static void sort_magnitudes_descending(double *alpha, unsigned planes)
{
    for (unsigned i = 0; i < planes; i++) {
        const double magnitude = fabs(alpha[i]);
        unsigned at = i;
        for (; at > 0 && alpha[at - 1] < magnitude; at--) alpha[at] = alpha[at - 1];
        alpha[at] = magnitude;
    }
}

static uint8_t nearest_code(const double *sums, unsigned count, double w)
{
    unsigned best = 0;
    for (unsigned code = 1; code < count; code++) {
        const double gain = fabs(w - sums[best]) - fabs(w - sums[code]);
        if (gain > 0 || (gain == 0 && sums[code] > sums[best])) best = code;
    }
    return (uint8_t)best;
}

void num_bcq_refine(const float *w, size_t n, unsigned planes, unsigned rounds, double *alpha, uint8_t *codes)
{
    if (n == 0) return;
    for (unsigned round = 0; round < rounds; round++) {
        equations m;
        normal_equations(w, n, planes, codes, m);
        solve(planes, m, alpha);
        sort_magnitudes_descending(alpha, planes);

        double sums[1u << NUM_BCQ_MAX_PLANES];
        for (unsigned code = 0; code < 1u << planes; code++)
            sums[code] = num_bcq_value(alpha, planes, (uint8_t)code);
        for (size_t k = 0; k < n; k++) codes[k] = nearest_code(sums, 1u << planes, w[k]);
    }
}

void num_bcq_from_uniform(unsigned planes, double scale, double zero, double *alpha, double *offset)
{
    for (unsigned i = 0; i < planes; i++) alpha[i] = ldexp(scale, (int)i - 1);
    *offset = scale * (ldexp(1, (int)planes) - 1) / 2 - scale * zero;
}
