#include "sim/report/deviation.h"

#include <math.h>

void fl_deviation_add(fl_deviation_sum *sum, double reference, double value)
{
    const double error = fabs(value - reference);
    sum->largest = fmax(sum->largest, error);
    sum->total += error;
    sum->signal += reference * reference;
    sum->noise += error * error;
    sum->n++;
}

void fl_deviation_finish(const fl_deviation_sum *sum, fl_deviation *row)
{
    row->largest = sum->largest;
    row->mean = sum->n ? sum->total / (double)sum->n : 0;
    row->sqnr_db = sum->noise > 0 ? 10 * log10(sum->signal / sum->noise) : INFINITY;
    row->row_sum = row->top = NAN;
}

/* SplitMix64. */
static uint64_t next_word(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

double fl_normal(uint64_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += (double)(next_word(state) >> 11) * 0x1p-53;
    return sum;
}

int32_t fl_quantise(double x, double scale, double low, double high)
{
    return (int32_t)fmin(fmax(round(x / scale), low), high);
}

typedef struct printer {
    FILE *out;
    bool markdown, softmax;
} printer;

static void print_row(void *context, const fl_deviation *row)
{
    const printer *p = context;
    const char *format =
        p->markdown ? "| %s | %s | %s | %.3g | %.2g | %.1f |" : "%-10s %-34s %-28s %10.3g %10.2g %8.1f";
    fprintf(p->out, format, row->function, row->variant, row->input, row->largest, row->mean, row->sqnr_db);
    if (p->softmax) fprintf(p->out, p->markdown ? " %.2f | %.2f |" : " %8.2f %8.2f", row->row_sum, row->top);
    fprintf(p->out, "\n");
}

static void print_table(const char *title, void (*family)(fl_deviation_sink *, void *), printer p)
{
    if (p.markdown)
        fprintf(p.out,
                "## %s\n\n| function | variant | input | max | mean | SQNR [dB] |%s\n| --- | --- | --- | --- "
                "| --- | --- |%s\n",
                title, p.softmax ? " row sum | top-1 |" : "", p.softmax ? " --- | --- |" : "");
    else
        fprintf(p.out, "%s\n%-10s %-34s %-28s %10s %10s %8s%s\n", title, "function", "variant", "input",
                "max", "mean", "SQNR dB", p.softmax ? "  row sum    top-1" : "");
    family(print_row, &p);
    fprintf(p.out, "\n");
}

void fl_deviations_print(bool markdown, FILE *out)
{
    print_table("Softmax", fl_softmax_deviations, (printer){out, markdown, true});
    print_table("Exponential, sigmoid, tanh, erf, GELU, SiLU", fl_elementwise_deviations,
                (printer){out, markdown, false});
    print_table("LayerNorm, RMSNorm", fl_layernorm_deviations, (printer){out, markdown, false});
}
