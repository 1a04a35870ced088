#include "memory/dram/ideal.h"

#include <stdlib.h>

#include "sim/base/registry.h"

static mem_engine *create(const void *params, uint64_t core_clock_hz, const mem_port_params *ports,
                          unsigned port_count, const char **reason)
{
    if (!mem_plan_check_ports(ports, port_count, reason)) return NULL;
    mem_ideal *m = calloc(1, sizeof *m);
    if (m == NULL) abort();
    m->params = *(const mem_ideal_params *)params;
    m->core_clock_hz = core_clock_hz;
    mem_plan_init(&m->plan, m->params.model == MEM_PIN ? &mem_ideal_pin : &mem_ideal_span, ports, port_count,
                  (uint32_t)m->params.burst_bytes);
    return (mem_engine *)m;
}

static uint64_t capacity_bytes(const mem_engine *engine)
{
    return ((const mem_ideal *)engine)->params.capacity_bytes;
}

static double peak_bytes_per_second(const mem_engine *engine)
{
    const mem_ideal *m = (const mem_ideal *)engine;
    return (double)m->params.bytes_per_cycle * (double)m->core_clock_hz;
}

static void stats(mem_engine *engine, uint64_t now, mem_stats *stats)
{
    mem_ideal *m = (mem_ideal *)engine;
    *stats = mem_plan_state_at(&m->plan, now)->stats;
    stats->clock_hz = m->core_clock_hz;
    /* The burst under way is booked to its end. */
    if (stats->clock.until > now) {
        stats->clock.cycles[FL_CAUSE_BUSY] -= stats->clock.until - now;
        stats->clock.until = now;
    }
    fl_account_until(&stats->clock, now, FL_CAUSE_IDLE);
}

uint64_t mem_ideal_soonest(const mem_ideal *m, int64_t bursts, uint64_t from)
{
    uint64_t slots = (uint64_t)bursts * m->params.burst_bytes, b = m->params.bytes_per_cycle;
    return bursts <= 0 ? from + 1 : from + (slots + b - 1) / b + m->params.latency_cycles + 1;
}

const mem_engine_ops mem_ideal_ops = {MEM_PLAN_OPS,
                                      .create = create,
                                      .destroy = mem_plan_destroy,
                                      .capacity_bytes = capacity_bytes,
                                      .peak_bytes_per_second = peak_bytes_per_second,
                                      .stats = stats};

#define AT(field) offsetof(mem_ideal_params, field)
/* clang-format off */
static const fl_param PARAMS[] = {
    {.key = "latency", .type = FL_UINT, .unit = FL_UNIT_CYCLES, .max = 1e6, .fallback = "100 cycles",
     .help = "core cycles between a burst's last byte slot and its return", .offset = AT(latency_cycles)},
    {.key = "bytes_per_cycle", .type = FL_UINT, .unit = FL_UNIT_BYTES, .min = 1, .max = 1 << 20, .fallback = "16 B",
     .help = "bandwidth in bytes per core cycle, shared by the ports", .offset = AT(bytes_per_cycle)},
    {.key = "capacity", .type = FL_UINT, .unit = FL_UNIT_BYTES, .min = 1, .fallback = "8 GiB",
     .help = "size of the memory", .offset = AT(capacity_bytes)},
    {.key = "burst", .type = FL_UINT, .unit = FL_UNIT_BYTES, .min = 8, .max = 4096, .power_of_two = 1, .fallback = "64 B",
     .help = "bytes of one burst", .offset = AT(burst_bytes)},
    {.key = "model", .type = FL_CHOICE, .choices = mem_model_names, .fallback = "span",
     .help = "span: skips cycles; pin: its per-cycle twin", .offset = AT(model)},
};
/* clang-format on */

static const fl_part IDEAL = {.kind = "memory",
                              .name = "ideal",
                              .help = "fixed latency and bandwidth shared fairly by the ports",
                              .params = PARAMS,
                              .param_count = sizeof PARAMS / sizeof *PARAMS,
                              .params_bytes = sizeof(mem_ideal_params),
                              .ops = &mem_ideal_ops};
FL_REGISTER_PART(IDEAL)
