#include "pe/num/piecewise_linear.h"

#include <math.h>

bool num_nnlut_from_network(const double *n, const double *b, const double *m, unsigned hidden,
                            num_nnlut_real *table)
{
    if (hidden >= NUM_PWL_MAX_PIECES) return false;
    unsigned order[NUM_PWL_MAX_PIECES], count = 0;
    double constant = 0;
    for (unsigned k = 0; k < hidden; k++) {
        if (n[k] == 0) {
            constant += b[k] > 0 ? m[k] * b[k] : 0;
            continue;
        }
        unsigned at = count++;
        for (; at > 0 && -b[order[at - 1]] / n[order[at - 1]] > -b[k] / n[k]; at--) order[at] = order[at - 1];
        order[at] = k;
    }
    table->pieces = count + 1;
    for (unsigned i = 0; i <= count; i++) {
        if (i < count) table->breakpoint[i] = -b[order[i]] / n[order[i]];
        table->slope[i] = 0;
        table->intercept[i] = constant;
        for (unsigned j = 0; j < count; j++) {
            const unsigned k = order[j];
            const bool active = j < i ? n[k] > 0 : n[k] < 0;
            table->slope[i] += active ? m[k] * n[k] : 0;
            table->intercept[i] += active ? m[k] * b[k] : 0;
        }
    }
    return true;
}

void num_nnlut_quantize(const num_nnlut_real *real, double scale, unsigned fraction_bits, num_nnlut *table)
{
    table->pieces = real->pieces;
    for (unsigned i = 0; i < real->pieces; i++) {
        if (i + 1 < real->pieces) table->breakpoint[i] = (int32_t)ceil(real->breakpoint[i] / scale);
        table->slope[i] = (int32_t)lround(ldexp(real->slope[i], (int)fraction_bits));
        table->intercept[i] = llround(ldexp(real->intercept[i], (int)fraction_bits) / scale);
    }
}

int64_t num_nnlut_eval(const num_nnlut *table, int32_t q, unsigned *piece)
{
    unsigned i = 0;
    for (unsigned k = 0; k + 1 < table->pieces; k++) i += q >= table->breakpoint[k];
    if (piece) *piece = i;
    return (int64_t)table->slope[i] * q + table->intercept[i];
}

/* Squared error of the chord from grid point `from` to `to` over the points between. */
static double chord_error(const double *f, unsigned from, unsigned to)
{
    double sum = 0;
    for (unsigned i = from + 1; i < to; i++) {
        const double chord = f[from] + (f[to] - f[from]) * (double)(i - from) / (double)(to - from);
        sum += (chord - f[i]) * (chord - f[i]);
    }
    return sum;
}

static double removal_cost(const double *f, const unsigned *knot, unsigned k)
{
    return chord_error(f, knot[k - 1], knot[k + 1]) - chord_error(f, knot[k - 1], knot[k]) -
           chord_error(f, knot[k], knot[k + 1]);
}

void num_irnn_pwl_fit(const double *f, int32_t low, unsigned count, num_irnn_pwl *table)
{
    unsigned knot[NUM_PWL_MAX_GRID], knots = count;
    for (unsigned i = 0; i < count; i++) knot[i] = i;
    while (knots > table->pieces + 1) {
        unsigned best = 1;
        double best_cost = INFINITY;
        for (unsigned k = 1; k + 1 < knots; k++) {
            const double cost = removal_cost(f, knot, k);
            if (cost >= best_cost) continue;
            best = k;
            best_cost = cost;
        }
        knots--;
        for (unsigned k = best; k < knots; k++) knot[k] = knot[k + 1];
    }
    table->pieces = knots - 1;
    for (unsigned i = 0; i < knots; i++) {
        table->knot[i] = low + (int32_t)knot[i];
        if (i + 1 == knots) break;
        const double slope = (f[knot[i + 1]] - f[knot[i]]) / (double)(knot[i + 1] - knot[i]);
        table->slope[i] = (int32_t)lround(ldexp(slope, (int)table->fraction_bits));
        table->intercept[i] = (int32_t)lround(ldexp(f[knot[i]], (int)table->fraction_bits));
    }
}

int32_t num_irnn_pwl_eval(const num_irnn_pwl *table, int32_t q)
{
    const int32_t low = table->knot[0], high = table->knot[table->pieces];
    const int32_t kept = q < low ? low : q > high ? high : q;
    unsigned i = 0;
    for (unsigned k = 1; k < table->pieces; k++) i += kept >= table->knot[k];
    const int64_t half = table->fraction_bits ? (int64_t)1 << (table->fraction_bits - 1) : 0;
    const int64_t sum = (int64_t)table->slope[i] * (kept - table->knot[i]) + table->intercept[i] + half;
    const int64_t y = (sum >> table->fraction_bits) + table->zero_point;
    return (int32_t)(y < table->out_min ? table->out_min : y > table->out_max ? table->out_max : y);
}

void num_madnorm_row(const int32_t *q, size_t n, unsigned fraction_bits, int32_t *out)
{
    int64_t sum = 0, deviation = 0;
    const int64_t count = (int64_t)n;
    for (size_t i = 0; i < n; i++) sum += q[i];
    const int64_t floor = sum / count - (sum % count < 0);
    const int64_t mean = floor + (2 * (sum - floor * count) >= count);
    for (size_t i = 0; i < n; i++) deviation += q[i] > mean ? q[i] - mean : mean - q[i];
    const int64_t reciprocal = deviation ? (count << 24) / deviation : 0;
    const int64_t half = (int64_t)1 << (23 - fraction_bits);
    for (size_t i = 0; i < n; i++) {
        out[i] = (int32_t)(((q[i] - mean) * reciprocal + half) >> (24 - fraction_bits));
    }
}
