#include "sim/sweep/metrics.h"

#include <math.h>
#include <string.h>

#include "sim/base/nearest.h"

static double area_mm2(const fl_machine_config *machine)
{
    fl_cost_structure structure = fl_machine_structure(machine);
    fl_area area;
    fl_cost_area(&machine->costs, &structure, &area);
    return fl_area_total(&area) * 1e-6;
}

static double buffer_bytes(const fl_machine_config *machine)
{
    fl_cost_structure structure = fl_machine_structure(machine);
    double sum = 0;
    for (int b = 0; b < FL_BUFFER_COUNT; b++) sum += (double)structure.buffer_bytes[b];
    return sum;
}

static double pes(const fl_machine_config *machine) { return (double)fl_machine_structure(machine).pes; }

static double cycles(const fl_report *r) { return (double)r->result->cycles; }
static double latency_ms(const fl_report *r) { return r->seconds * 1e3; }
static double energy_mj(const fl_report *r) { return fl_energy_total(&r->energy) * 1e-9; }
static double power_mw(const fl_report *r)
{
    return r->seconds > 0 ? fl_energy_total(&r->energy) * 1e-9 / r->seconds : 0;
}
static double delay_energy(const fl_report *r) { return latency_ms(r) * energy_mj(r); }
static double macs(const fl_report *r) { return (double)r->result->macs; }
static double gops(const fl_report *r) { return r->seconds > 0 ? 2e-9 * macs(r) / r->seconds : 0; }
static double utilization(const fl_report *r) { return fl_report_utilization(r); }
static double dram_mib(const fl_report *r)
{
    return (double)(r->result->memory.read_bytes + r->result->memory.write_bytes) / 1048576;
}

const fl_metric fl_metrics[] = {
    {"cycles", "core cycles from reset to the last completion", NULL, cycles},
    {"latency_ms", "simulated time, ms", NULL, latency_ms},
    {"energy_mj", "energy, mJ", NULL, energy_mj},
    {"power_mw", "average power, mW", NULL, power_mw},
    {"energy_delay", "energy-delay product, mJ ms", NULL, delay_energy},
    {"area_mm2", "area, mm2", area_mm2, NULL},
    {"utilization", "useful PE operations over all PE-cycles", NULL, utilization},
    {"gops", "two operations per multiply-accumulate, 1e9 per second", NULL, gops},
    {"macs", "multiply-accumulates", NULL, macs},
    {"dram_mib", "DRAM bytes read and written, MiB", NULL, dram_mib},
    {"pes", "processing elements", pes, NULL},
    {"buffers.total", "capacity of all scratchpads, bytes", buffer_bytes, NULL},
};
const size_t fl_metric_count = sizeof fl_metrics / sizeof *fl_metrics;

const fl_metric *fl_metric_find(const char *name)
{
    for (size_t i = 0; i < fl_metric_count; i++)
        if (strcmp(fl_metrics[i].name, name) == 0) return &fl_metrics[i];
    return NULL;
}

void fl_metric_unknown(const char *name, fl_text *out)
{
    enum { MAX_METRICS = 64 };
    const char *names[MAX_METRICS];
    char hint[FL_NEAREST_HINT];
    size_t count = 0;
    for (; count < fl_metric_count && count < MAX_METRICS; count++) names[count] = fl_metrics[count].name;
    fl_text_printf(out, "unknown metric \"%s\"%s (allowed: ", name,
                   fl_nearest_hint(name, names, count, hint));
    for (size_t m = 0; m < count; m++) fl_text_printf(out, "%s%s", m == 0 ? "" : ", ", names[m]);
    fl_text_puts(out, "; \"max utilization\" when more is better)");
}

double fl_metric_value(const fl_metric *metric, const fl_report *report)
{
    return metric->of_run != NULL ? metric->of_run(report) : metric->of_machine(report->machine);
}

bool fl_objective_parse(const char *text, fl_objective *objective)
{
    objective->maximise = strncmp(text, "max ", 4) == 0;
    if (objective->maximise || strncmp(text, "min ", 4) == 0) text += 4;
    const fl_metric *metric = fl_metric_find(text);
    if (metric != NULL) objective->metric = metric->name;
    return metric != NULL;
}

/* Whether a is at least as good as b everywhere and better somewhere. */
static bool beats(const double *a, const double *b, const fl_objective *objectives, size_t count)
{
    bool better = false;
    for (size_t o = 0; o < count; o++) {
        double gain = objectives[o].maximise ? a[o] - b[o] : b[o] - a[o];
        if (gain < 0) return false;
        better |= gain > 0;
    }
    return better;
}

void fl_pareto_front(const double *values, size_t count, const fl_objective *objectives,
                     size_t objective_count, bool *front)
{
    for (size_t i = 0; i < count; i++) {
        front[i] = true;
        for (size_t o = 0; o < objective_count; o++)
            front[i] &= isfinite(values[i * objective_count + o]) != 0;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count && front[i];
             j++) /* a beaten point beats nothing that its better does not beat */
            if (front[j] && beats(values + j * objective_count, values + i * objective_count, objectives,
                                  objective_count))
                front[i] = false;
}
