#include "pe/num/nnlut_fit.h"

#include <math.h>
#include <string.h>

/* A function on a grid, evaluated again at every visit: a table of values would need memory of its own. */
typedef struct grid {
    double (*f)(double x);
    double low, step;
} grid;

static double place(const grid *g, unsigned i) { return g->low + g->step * i; }

typedef struct line {
    double slope, intercept, error;
} line;

/* The chord from one grid point to another, moved to the middle of its deviations. */
static line fit_line(const grid *g, unsigned from, unsigned to)
{
    const double x0 = place(g, from), y0 = g->f(x0);
    const double slope = to > from ? (g->f(place(g, to)) - y0) / (place(g, to) - x0) : 0;
    double least = 0, largest = 0;
    for (unsigned i = from + 1; i < to; i++) {
        const double deviation = g->f(place(g, i)) - (y0 + slope * (place(g, i) - x0));
        least = fmin(least, deviation);
        largest = fmax(largest, deviation);
    }
    return (line){slope, y0 - slope * x0 + (least + largest) / 2, (largest - least) / 2};
}

/* Last grid point that one line from `from` reaches within `error`: strides that double, then bisection. */
static unsigned reach(const grid *g, unsigned from, double error)
{
    unsigned good = from, bad = from + 2;
    while (bad < NUM_NNLUT_GRID && fit_line(g, from, bad).error <= error) {
        good = bad;
        bad += bad - from;
    }
    if (bad > NUM_NNLUT_GRID) bad = NUM_NNLUT_GRID;
    while (bad - good > 1) {
        const unsigned middle = good + (bad - good) / 2;
        if (fit_line(g, from, middle).error <= error)
            good = middle;
        else
            bad = middle;
    }
    return good;
}

/* Greedy pieces of at most `error`; false when `pieces` do not reach the end. */
static bool segment(const grid *g, double error, unsigned pieces, num_nnlut_real *table)
{
    const unsigned last = NUM_NNLUT_GRID - 1;
    unsigned from = 0;
    for (table->pieces = 0; table->pieces < pieces;) {
        const unsigned to = reach(g, from, error);
        const line l = fit_line(g, from, to);
        table->slope[table->pieces] = l.slope;
        table->intercept[table->pieces++] = l.intercept;
        if (to == last) return true;
        table->breakpoint[table->pieces - 1] = place(g, to);
        from = to;
    }
    return false;
}

double num_nnlut_fit(double (*f)(double x), double low, double high, unsigned pieces, num_nnlut_real *table)
{
    const grid g = {f, low, (high - low) / (NUM_NNLUT_GRID - 1)};
    double good = fit_line(&g, 0, NUM_NNLUT_GRID - 1).error, bad = 0;
    for (int round = 0; round < 20 && pieces > 1; round++) {
        const double middle = (good + bad) / 2;
        if (segment(&g, middle, pieces, table))
            good = middle;
        else
            bad = middle;
    }
    segment(&g, good, pieces, table);
    return good;
}

bool num_nnlut_add_left(num_nnlut_real *table, double at, double slope, double intercept)
{
    const size_t n = table->pieces;
    if (n >= NUM_PWL_MAX_PIECES) return false;
    memmove(table->breakpoint + 1, table->breakpoint, (n - 1) * sizeof *table->breakpoint);
    memmove(table->slope + 1, table->slope, n * sizeof *table->slope);
    memmove(table->intercept + 1, table->intercept, n * sizeof *table->intercept);
    table->breakpoint[0] = at;
    table->slope[0] = slope;
    table->intercept[0] = intercept;
    table->pieces++;
    return true;
}

bool num_nnlut_add_right(num_nnlut_real *table, double at, double slope, double intercept)
{
    if (table->pieces >= NUM_PWL_MAX_PIECES) return false;
    table->breakpoint[table->pieces - 1] = at;
    table->slope[table->pieces] = slope;
    table->intercept[table->pieces++] = intercept;
    return true;
}
