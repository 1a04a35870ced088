#include "memory/dram/ddr4.h"

#include <stdlib.h>

#include "memory/dram/rows.h"
#include "sim/base/registry.h"

static mem_ddr4 *ddr4_of(mem_engine *engine) { return (mem_ddr4 *)engine; }
static const mem_ddr4 *ddr4_of_const(const mem_engine *engine) { return (const mem_ddr4 *)engine; }

static const char *contradiction(const mem_ddr4_params *t)
{
    if (t->bank_groups * t->banks_per_group > DDR4_MAX_BANKS) return "more than 64 banks";
    if (t->columns < t->burst_length) return "a row is shorter than a burst";
    if (t->burst_length < t->transfers_per_clock) return "a burst is shorter than a clock";
    if (t->ccd_s < t->burst_length / t->transfers_per_clock)
        return "tCCD_S is shorter than the data of a burst";
    if (t->ccd_l < t->ccd_s || t->rrd_l < t->rrd_s || t->wtr_l < t->wtr_s)
        return "a same-group timing (_L) is shorter than its different-group one (_S)";
    if (t->cl + 2 < t->cwl) return "CWL is more than two clocks longer than CL";
    uint64_t close = t->rfc + t->rcd + t->ras + t->cwl + t->burst_length + t->wr + t->rtp + t->rp;
    if (t->refi != 0 && t->refi <= close) return "tREFI leaves no time between refreshes";
    return NULL;
}

/* When a run of row hits is served at one column command every stride_clocks whatever the port's history;
 * ddr4_run.c says why these conditions suffice. `window`: bursts between a place's end and its next burst's
 * turn. */
static bool streams(const mem_ddr4 *d, unsigned port, uint64_t window)
{
    const mem_ddr4_params *t = &d->t;
    if (d->stride_clocks != d->data_clocks || t->ccd_l > t->bank_groups * t->ccd_s) return false;
    uint64_t bus = mem_plan_bus_cycles(&d->plan, port, d->plan.burst_bytes);
    if (bus * d->clock.from_core.numerator > d->stride_clocks * d->clock.from_core.denominator) return false;
    uint64_t latency = (t->cl > t->cwl ? t->cl : t->cwl) + d->data_clocks;
    uint64_t rounding = mem_clock_from_core(&d->clock, 1) + 1;
    return d->plan.ports[port].outstanding * d->stride_clocks >=
           window * d->stride_clocks + latency + mem_clock_from_core(&d->clock, bus) + rounding;
}

static void set_column_delays(mem_ddr4 *d)
{
    const mem_ddr4_params *t = &d->t;
    d->data_clocks = t->burst_length / t->transfers_per_clock;
    d->read_to_write = t->cl + d->data_clocks + 2 - t->cwl;
    d->write_to_read_s = t->cwl + d->data_clocks + t->wtr_s;
    d->write_to_read_l = t->cwl + d->data_clocks + t->wtr_l;
    d->write_to_precharge = t->cwl + d->data_clocks + t->wr;
    d->after[0] = (ddr4_column_delays){.same = t->ccd_s,
                                       .other = mem_later(t->ccd_s, d->read_to_write),
                                       .same_group = t->ccd_l,
                                       .other_group = t->ccd_l,
                                       .precharge = t->rtp,
                                       .data_end = t->cl + d->data_clocks};
    d->after[1] = (ddr4_column_delays){.same = t->ccd_s,
                                       .other = d->write_to_read_s,
                                       .same_group = t->ccd_l,
                                       .other_group = mem_later(t->ccd_l, d->write_to_read_l),
                                       .precharge = d->write_to_precharge,
                                       .data_end = t->cwl + d->data_clocks};
}

static mem_engine *create(const void *params, uint64_t core_clock_hz, const mem_port_params *ports,
                          unsigned port_count, const char **reason)
{
    const mem_ddr4_params *t = params;
    if (!mem_plan_check_ports(ports, port_count, reason)) return NULL;
    *reason = contradiction(t);
    if (*reason != NULL) return NULL;
    mem_ddr4 *d = calloc(1, sizeof *d);
    if (d == NULL) abort();
    uint64_t burst_bytes = t->bus_bits / 8 * t->burst_length;
    d->t = *t;
    d->clock = mem_clock_make(core_clock_hz, t->clock_hz);
    set_column_delays(d);
    d->burst_shift = mem_log2(burst_bytes);
    d->group_shift = mem_log2(t->bank_groups);
    d->group_mask = (uint32_t)t->bank_groups - 1;
    d->column_shift = mem_log2(t->columns / t->burst_length);
    d->bank_shift = mem_log2(t->banks_per_group);
    d->row_shift = d->burst_shift + d->group_shift + d->column_shift;
    d->run_span = t->bank_groups * (t->columns / t->burst_length);
    d->stride_clocks = t->bank_groups == 1 ? t->ccd_l : t->ccd_s;
    d->stride_walk = mem_clock_walk_by(&d->clock, d->stride_clocks);
    d->run_worth_bytes = (t->lookahead + 1) * burst_bytes;
    d->capacity_bytes = d->run_span * t->banks_per_group * t->rows * burst_bytes;
    mem_plan_init(&d->plan, t->model == MEM_PIN ? &mem_ddr4_pin : &mem_ddr4_span, ports, port_count,
                  (uint32_t)burst_bytes);
    for (unsigned p = 0; p < port_count; p++) {
        d->port_streams[p] = streams(d, p, 0);
        d->port_backlogs[p] = t->lookahead > 1 && streams(d, p, t->lookahead);
        d->burst_bus_cycles[p] = (uint32_t)mem_plan_bus_cycles(&d->plan, p, (uint32_t)burst_bytes);
    }
    return (mem_engine *)d;
}

static uint64_t capacity_bytes(const mem_engine *engine) { return ddr4_of_const(engine)->capacity_bytes; }

static double peak_bytes_per_second(const mem_engine *engine)
{
    const mem_ddr4 *d = ddr4_of_const(engine);
    return (double)d->t.transfers_per_clock * (double)d->t.clock_hz * (double)d->t.bus_bits / 8.0;
}

static void stats(mem_engine *engine, uint64_t now, mem_stats *stats)
{
    mem_ddr4 *d = ddr4_of(engine);
    *stats = mem_plan_state_at(&d->plan, now)->stats;
    stats->clock_hz = d->t.clock_hz;
}

void mem_ddr4_set_trace(mem_engine *engine, ddr4_trace trace, void *owner)
{
    ddr4_of(engine)->trace = trace;
    ddr4_of(engine)->trace_owner = owner;
}

uint64_t mem_ddr4_soonest(const mem_ddr4 *d, int64_t bursts, uint64_t from, uint64_t ready,
                          uint64_t refresh_due)
{
    if (bursts <= 0) return from + 1;
    const mem_ddr4_params *t = &d->t;
    uint64_t first = mem_clock_from_core(&d->clock, from);
    const uint64_t start = first > ready ? first : ready;
    uint64_t last = start + (uint64_t)(bursts - 1) * t->ccd_s;
    if (refresh_due >= first && last >= refresh_due) {
        /* The first column that is not before the refresh waits until it is over and a row is open again. */
        const uint64_t before = refresh_due > start ? (refresh_due - start + t->ccd_s - 1) / t->ccd_s : 0;
        const uint64_t column = start + before * t->ccd_s, opened = refresh_due + t->rfc + t->rcd;
        if (opened > column) last += opened - column;
    }
    return mem_clock_to_core(&d->clock, last + (t->cl < t->cwl ? t->cl : t->cwl) + d->data_clocks) + 1;
}

const mem_engine_ops mem_ddr4_ops = {MEM_PLAN_OPS,
                                     .create = create,
                                     .destroy = mem_plan_destroy,
                                     .capacity_bytes = capacity_bytes,
                                     .peak_bytes_per_second = peak_bytes_per_second,
                                     .stats = stats};

static const char *const HASHES[] = {"none", "xor", NULL};

#define AT(field) offsetof(mem_ddr4_params, field)
/* clang-format off */
static const fl_param PARAMS[] = {
    {.key = "clock", .type = FL_UINT, .unit = FL_UNIT_HERTZ, .min = 1e6, .max = 1e11, .fallback = "1200 MHz",
     .help = "clock of the command bus", .offset = AT(clock_hz)},
    POWER("transfers_per_clock", 2, 16, "2", "transfers per pin and clock; 4 to 8 where data has a clock of its own", transfers_per_clock),
    POWER("bus_bits",         8,  1024,    "64",    "data pins of the channel",                              bus_bits),
    POWER("burst_length",     4,  32,      "8",     "transfers per burst",                                   burst_length),
    POWER("bank_groups",      1,  8,       "4",     "bank groups",                                           bank_groups),
    POWER("banks_per_group",  1,  16,      "4",     "banks of a group",                                      banks_per_group),
    POWER("rows",             1,  1 << 24, "65536", "rows of a bank",                                        rows),
    POWER("columns",          4,  1 << 16, "1024",  "columns of a row, each as wide as the bus",             columns),
    TIMING_ROWS
    CLOCKS("timing.tREFI",         0, "9360", "average refresh interval (7.8 us), memory clocks; 0: no refresh", refi),
    CLOCKS("timing.refresh_phase", 0, "0",    "clock of the first refresh; 0: tREFI",                       refresh_phase),
    COUNT("lookahead",   1, DDR4_MAX_LOOKAHEAD, "16", "bursts in arbitrated order whose rows may be opened early",   lookahead),
    COUNT("row_hit_cap", 1, 1 << 20,            "256","bursts in a row that a port gets while another one waits",    row_hit_cap),
    CHOICE("bank_hash", HASHES,          "none", "xor: the lowest bits of the row permute the banks of a group", bank_hash),
    CHOICE("model",     mem_model_names, "span", "span: skips clocks; pin: its per-clock twin",                  model),
};
/* clang-format on */

static const fl_part DDR4 = {.kind = "memory",
                             .name = "ddr4",
                             .help =
                                 "one DDR4 channel at command level: open page, in-order columns, early rows",
                             .params = PARAMS,
                             .param_count = sizeof PARAMS / sizeof *PARAMS,
                             .params_bytes = sizeof(mem_ddr4_params),
                             .ops = &mem_ddr4_ops};
FL_REGISTER_PART(DDR4)
