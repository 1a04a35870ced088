#include "memory/l2/l2.h"

#include <stdio.h>
#include <stdlib.h>

static const mem_l2_model *model_of(const mem_l2 *l2)
{
    return l2->t.model == MEM_PIN ? &mem_l2_pin : &mem_l2_span;
}

/* The bank limits what is under way; the ports below have room for all of it. */
static mem_engine *create_below(const mem_l2_params *t, uint64_t core_clock_hz, const char **reason)
{
    const mem_engine_ops *ops = t->below.part->ops;
    uint32_t outstanding = (uint32_t)(t->banks * (t->mshrs > t->write_buffers ? t->mshrs : t->write_buffers));
    mem_port_params ports[L2_BELOW_PORTS] = {{outstanding, (uint32_t)t->bus_bytes},
                                             {outstanding, (uint32_t)t->bus_bytes}};
    mem_engine *below = ops->create(t->below.params, core_clock_hz, ports, L2_BELOW_PORTS, reason);
    if (below == NULL) return NULL;
    uint32_t bursts = (uint32_t)(t->line_bytes / ops->burst_bytes(below));
    if (bursts == 1) return below;
    ops->destroy(below);
    *reason = "a line is shorter than a burst of the memory below";
    if (bursts == 0) return NULL;
    for (unsigned p = 0; p < L2_BELOW_PORTS; p++) ports[p].outstanding *= bursts;
    return ops->create(t->below.params, core_clock_hz, ports, L2_BELOW_PORTS, reason);
}

static mem_engine *create(const void *params, uint64_t core_clock_hz, const mem_port_params *ports,
                          unsigned port_count, const char **reason)
{
    const mem_l2_params *t = params;
    if (!mem_plan_check_ports(ports, port_count, reason)) return NULL;
    mem_engine *below = create_below(t, core_clock_hz, reason);
    if (below == NULL) return NULL;
    mem_l2 *l2 = calloc(1, sizeof *l2);
    if (l2 == NULL) abort();
    l2->t = *t;
    l2->sets = t->capacity_bytes / (t->banks * t->ways * t->line_bytes);
    l2->access_cycles = (t->line_bytes + t->width_bytes - 1) / t->width_bytes;
    l2->line_shift = mem_log2(t->line_bytes);
    l2->bank_shift = mem_log2(t->banks);
    l2->below_ops = t->below.part->ops;
    l2->below = below;
    mem_plan_init(&l2->plan, &model_of(l2)->model, ports, port_count, (uint32_t)t->line_bytes);
    return (mem_engine *)l2;
}

static void destroy(mem_engine *engine)
{
    mem_l2 *l2 = (mem_l2 *)engine;
    l2->below_ops->destroy(l2->below);
    mem_plan_destroy(engine);
}

static uint64_t capacity_bytes(const mem_engine *engine)
{
    const mem_l2 *l2 = (const mem_l2 *)engine;
    return l2->below_ops->capacity_bytes(l2->below);
}

static double peak_bytes_per_second(const mem_engine *engine)
{
    const mem_l2 *l2 = (const mem_l2 *)engine;
    return l2->below_ops->peak_bytes_per_second(l2->below);
}

static void stats(mem_engine *engine, uint64_t now, mem_stats *stats)
{
    mem_l2 *l2 = (mem_l2 *)engine;
    const mem_front *front = mem_plan_state_at(&l2->plan, now);
    l2->below_ops->stats(l2->below, now, stats);
    mem_l2_stats *own = &stats->l2;
    *own = front->stats.l2;
    own->port_count = l2->plan.port_count;
    model_of(l2)->report(l2, l2->plan.state, now, own);
    bool back = l2->t.write == L2_BACK;
    own->read_bytes = (own->hits[0] + (back ? own->writes : 0)) * l2->t.line_bytes;
    own->write_bytes = (own->hits[1] + (back ? own->misses[1] : 0) + own->fills) * l2->t.line_bytes;
}

static mem_sram_shape sram(const void *params)
{
    const mem_l2_params *t = params;
    return (mem_sram_shape){t->capacity_bytes / t->banks, t->banks, t->width_bytes};
}

void mem_l2_ask_below(const mem_l2 *l2, bool write, uint64_t address, uint64_t bytes, uint64_t now)
{
    mem_block block = {.address = address,
                       .width_bytes = (uint32_t)bytes,
                       .rows = 1,
                       .planes = 1,
                       .row_stride_bytes = bytes,
                       .plane_stride_bytes = bytes,
                       .write = write};
    l2->below_ops->submit(l2->below, write ? L2_WRITE_PORT : L2_READ_PORT, &block, now);
}

const mem_engine_ops mem_l2_ops = {MEM_PLAN_OPS,
                                   .create = create,
                                   .destroy = destroy,
                                   .capacity_bytes = capacity_bytes,
                                   .peak_bytes_per_second = peak_bytes_per_second,
                                   .stats = stats,
                                   .sram = sram};

static bool check(const void *params, const char **key, char *text, size_t text_bytes)
{
    const mem_l2_params *t = params;
    uint64_t round = t->banks * t->ways * t->line_bytes;
    if (t->below.part->ops == &mem_l2_ops) {
        *key = "below";
        snprintf(text, text_bytes, "an l2 below an l2 is not modelled");
        return false;
    }
    if (t->capacity_bytes % round == 0) return true;
    *key = "capacity";
    snprintf(text, text_bytes, "is not a multiple of banks * ways * line = %llu B",
             (unsigned long long)round);
    return false;
}

static const char *const WRITES[] = {"back", "through", NULL};

#define AT(field) offsetof(mem_l2_params, field)
/* clang-format off */
static const fl_param PARAMS[] = {
    {.key = "capacity", .type = FL_UINT, .unit = FL_UNIT_BYTES, .min = 64, .max = 1u << 30, .fallback = "4 MiB",
     .help = "bytes of all banks, a multiple of banks * ways * line", .offset = AT(capacity_bytes)},
    {.key = "ways", .type = FL_UINT, .min = 1, .max = 64, .fallback = "16",
     .help = "lines of a set; the least recently used one is replaced", .offset = AT(ways)},
    {.key = "line", .type = FL_UINT, .unit = FL_UNIT_BYTES, .min = 16, .max = 4096, .power_of_two = 1, .fallback = "64 B",
     .help = "bytes of a line, a burst of the memory below or several", .offset = AT(line_bytes)},
    {.key = "banks", .type = FL_UINT, .min = 1, .max = L2_MAX_BANKS, .power_of_two = 1, .fallback = "8",
     .help = "equal banks, line by line; a bank serves one port at a time", .offset = AT(banks)},
    {.key = "width", .type = FL_UINT, .unit = FL_UNIT_BYTES, .min = 1, .max = 4096, .fallback = "64 B",
     .help = "bytes per core cycle that a bank reads or writes", .offset = AT(width_bytes)},
    {.key = "latency", .type = FL_UINT, .unit = FL_UNIT_CYCLES, .max = 1e6, .fallback = "20 cycles",
     .help = "core cycles from the end of a bank's access, or of a fill, to the port's bus", .offset = AT(latency_cycles)},
    {.key = "mshrs", .type = FL_UINT, .min = 1, .max = 1024, .fallback = "16",
     .help = "lines per bank on their way from the memory below", .offset = AT(mshrs)},
    {.key = "write_buffer", .type = FL_UINT, .min = 1, .max = 1024, .fallback = "8",
     .help = "lines per bank on their way to the memory below", .offset = AT(write_buffers)},
    {.key = "bus", .type = FL_UINT, .unit = FL_UNIT_BYTES, .min = 1, .max = 4096, .fallback = "64 B",
     .help = "bytes per core cycle from the memory below, and as many to it", .offset = AT(bus_bytes)},
    {.key = "write", .type = FL_CHOICE, .choices = WRITES, .fallback = "back",
     .help = "back: written lines stay until they are replaced; through: every write goes on to the memory below",
     .offset = AT(write)},
    {.key = "below", .type = FL_SUBPART, .part_kind = "memory",
     .help = "the memory behind the cache", .offset = AT(below)},
    {.key = "model", .type = FL_CHOICE, .choices = mem_model_names, .fallback = "span",
     .help = "span: skips cycles; pin: its per-cycle twin", .offset = AT(model)},
};
/* clang-format on */

static const fl_part L2 = {.kind = "memory",
                           .name = "l2",
                           .help = "a banked cache that the ports share, in front of another memory",
                           .params = PARAMS,
                           .param_count = sizeof PARAMS / sizeof *PARAMS,
                           .params_bytes = sizeof(mem_l2_params),
                           .ops = &mem_l2_ops,
                           .check = check};
FL_REGISTER_PART(L2)
