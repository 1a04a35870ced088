#include "memory/dram/controller.h"

#include <stdio.h>
#include <stdlib.h>

#include "memory/dram/energy.h"
#include "memory/dram/rows.h"
#include "sim/base/registry.h"

static mem_dram *dram_of(mem_engine *engine) { return (mem_dram *)engine; }
static const mem_dram *dram_of_const(const mem_engine *engine) { return (const mem_dram *)engine; }

/* What two keys say against each other: `wrong` is true of the parameters. The first one that is named is
 * blamed. */
typedef struct contradiction {
    const char *key;
    bool wrong;
    const char *text;
} contradiction;

static bool find_contradiction(const mem_dram_params *t, const char **key, const char **text)
{
    const uint64_t data = t->burst_length / t->transfers_per_clock;
    const uint64_t close =
        t->rfc + t->rcd + t->ras + t->cl + t->cwl + 2 * data + t->wr + t->rtp + t->rp + t->xp + t->cke;
    const uint64_t interval =
        t->refresh == DRAM_PER_BANK ? t->refi / (t->bank_groups * t->banks_per_group) : t->refi;
    const contradiction rows[] = {
        {"banks_per_group", t->ranks * t->bank_groups * t->banks_per_group > DRAM_MAX_BANKS,
         "a channel has more than 64 banks"},
        {"columns", t->columns < t->burst_length, "a row is shorter than a burst"},
        {"burst_length", t->burst_length < t->transfers_per_clock, "a burst is shorter than a clock"},
        {"timing.tCCD_S", t->ccd_s < data, "tCCD_S is shorter than the data of a burst"},
        {"timing.tCCD_L", t->ccd_l < t->ccd_s, "tCCD_L is shorter than tCCD_S"},
        {"timing.tRRD_L", t->rrd_l < t->rrd_s, "tRRD_L is shorter than tRRD_S"},
        {"timing.tWTR_L", t->wtr_l < t->wtr_s, "tWTR_L is shorter than tWTR_S"},
        {"timing.CWL", t->cl + 2 < t->cwl, "CWL is more than two clocks longer than CL"},
        {"timing.tREFI", t->refi != 0 && t->refi <= close, "tREFI leaves no time between refreshes"},
        {"timing.tRFCpb",
         t->refresh == DRAM_PER_BANK && t->refi != 0 && interval <= t->rfc_pb + t->rp + t->rrd_s,
         "tREFI / banks leaves no time between refreshes of banks"},
        {"write_high", t->write_high > t->write_queue, "write_high is more than write_queue holds"},
        {"write_low", t->write_low >= t->write_high, "write_low is not below write_high"},
        {"device_bits", t->device_bits > t->bus_bits, "a device is wider than the channel"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].wrong) continue;
        *key = rows[i].key;
        *text = rows[i].text;
        return true;
    }
    return false;
}

static bool map_of(const mem_dram_params *t, mem_address_map *map, char *wrong, size_t wrong_bytes)
{
    const unsigned widths[MEM_FIELD_COUNT] = {[MEM_FIELD_CHANNEL] = mem_log2(t->channels),
                                              [MEM_FIELD_RANK] = mem_log2(t->ranks),
                                              [MEM_FIELD_GROUP] = mem_log2(t->bank_groups),
                                              [MEM_FIELD_BANK] = mem_log2(t->banks_per_group),
                                              [MEM_FIELD_ROW] = mem_log2(t->rows),
                                              [MEM_FIELD_COLUMN] = mem_log2(t->columns / t->burst_length)};
    return mem_address_map_parse(t->mapping, widths, mem_log2(t->bus_bits / 8 * t->burst_length),
                                 t->bank_hash == 1, map, wrong, wrong_bytes);
}

static bool check(const void *params, const char **key, char *text, size_t text_bytes)
{
    const char *reason;
    mem_address_map map;
    if (find_contradiction(params, key, &reason)) {
        snprintf(text, text_bytes, "%s", reason);
        return false;
    }
    *key = "mapping";
    return map_of(params, &map, text, text_bytes);
}

/* Bursts that share a row in every group when they go round the groups at every column command: the lowest
 * address bits are those of the group and of columns. 0 when runs of row hits have no closed form here
 * (controller_run.c). */
static uint64_t run_bursts_of(const mem_dram *d)
{
    const mem_dram_params *t = &d->t;
    const mem_piece *lowest = &d->map.pieces[0];
    const unsigned start = (unsigned)__builtin_ctzll(t->bus_bits / 8 * t->burst_length);
    const bool round = t->bank_groups == 1
                           ? t->ccd_l == d->data_clocks
                           : lowest->field == MEM_FIELD_GROUP && lowest->from == start &&
                                 lowest->mask + 1 == t->bank_groups && t->ccd_l <= t->bank_groups * t->ccd_s;
    if (!round || t->ccd_s != d->data_clocks || t->channels > 1 || d->close_after < t->bank_groups * t->ccd_s)
        return 0;
    unsigned first_other = 64;
    for (unsigned i = 0; i < d->map.piece_count; i++)
        if (d->map.pieces[i].field != MEM_FIELD_GROUP && d->map.pieces[i].from < first_other)
            first_other = d->map.pieces[i].from;
    return first_other == 64 ? 0 : UINT64_C(1) << (first_other - start);
}

/* A place in the port is freed early enough for the burst that takes it, `ahead` columns and one before its
 * own: the bus keeps up, and `outstanding` column spacings cover the way back. */
static bool streams(const mem_dram *d, unsigned port, unsigned direction, uint64_t ahead)
{
    const uint64_t bus = mem_plan_bus_cycles(&d->plan, port, d->plan.burst_bytes), stride = d->data_clocks;
    const uint64_t cycle = mem_clock_from_core(&d->clock, 1);
    return cycle <= stride && bus * d->clock.from_core.numerator <= stride * d->clock.from_core.denominator &&
           d->plan.ports[port].outstanding * stride >= (ahead + 1) * stride + d->latency[direction] +
                                                           d->data_clocks +
                                                           mem_clock_from_core(&d->clock, bus) + cycle + 1;
}

/* How long a column command keeps others away, with the data bus in it: one burst behind the other, two
 * clocks from reads to writes, tRTRS between ranks. */
static void find_gaps(mem_dram *d)
{
    const mem_dram_params *t = &d->t;
    for (unsigned from = 0; from < 2; from++) {
        const uint64_t end = d->latency[from] + d->data_clocks;
        for (unsigned to = 0; to < 2; to++) {
            const bool back = from == DRAM_WRITE && to == DRAM_READ;
            const uint64_t turn = from == DRAM_READ && to == DRAM_WRITE ? 2 : 0;
            const uint64_t own = mem_later(end + turn, d->latency[to]) - d->latency[to],
                           other = mem_later(end + mem_later(turn, t->rtrs), d->latency[to]) - d->latency[to];
            d->rank_gap[from][0][to] = mem_later(mem_later(t->ccd_s, own), back ? end + t->wtr_s : 0);
            d->rank_gap[from][1][to] = other;
            d->group_gap[from][to] = mem_later(t->ccd_l, back ? end + t->wtr_l : 0);
        }
        d->precharge_gap[from] = from == DRAM_WRITE ? end + t->wr : t->rtp;
        d->sleep_gap[from] = mem_later(t->power_down, from == DRAM_WRITE ? end + t->wr : end + 1);
    }
}

static mem_engine *create(const void *params, uint64_t core_clock_hz, const mem_port_params *ports,
                          unsigned port_count, const char **reason)
{
    const mem_dram_params *t = params;
    const char *key;
    char wrong[160];
    mem_address_map map;
    if (!mem_plan_check_ports(ports, port_count, reason) || find_contradiction(t, &key, reason)) return NULL;
    *reason = "the address mapping does not fit the organisation";
    if (!map_of(t, &map, wrong, sizeof wrong)) return NULL;
    *reason = NULL;
    mem_dram *d = calloc(1, sizeof *d);
    if (d == NULL) abort();
    const uint64_t burst_bytes = t->bus_bits / 8 * t->burst_length;
    d->t = *t;
    d->map = map;
    d->clock = mem_clock_make(core_clock_hz, t->clock_hz);
    d->burst_shift = mem_log2(burst_bytes);
    d->data_clocks = t->burst_length / t->transfers_per_clock;
    d->latency[DRAM_READ] = t->cl;
    d->latency[DRAM_WRITE] = t->cwl;
    find_gaps(d);
    d->rank_banks = (unsigned)(t->bank_groups * t->banks_per_group);
    d->banks = (unsigned)t->ranks * d->rank_banks;
    d->refresh_interval = t->refresh == DRAM_PER_BANK ? t->refi / d->rank_banks : t->refi;
    d->close_after = t->page == DRAM_OPEN ? UINT64_MAX : t->page == DRAM_CLOSED ? 0 : t->page_timeout;
    d->capacity_bytes = t->channels * d->banks * t->rows * t->columns * (t->bus_bits / 8);
    mem_plan_init(&d->plan, t->model == MEM_PIN ? &mem_dram_pin : &mem_dram_span, ports, port_count,
                  (uint32_t)burst_bytes);
    d->run_bursts = run_bursts_of(d);
    for (unsigned p = 0; p < port_count; p++)
        for (unsigned w = 0; w < 2; w++) {
            d->port_streams[p][w] = streams(d, p, w, 0);
            /* where rows change, columns overtake each other by a few rounds of the groups */
            d->port_fills[p][w] =
                streams(d, p, w, (w == DRAM_WRITE ? t->write_queue : t->read_queue) + 4 * t->bank_groups);
        }
    return (mem_engine *)d;
}

static uint64_t capacity_bytes(const mem_engine *engine) { return dram_of_const(engine)->capacity_bytes; }

static double peak_bytes_per_second(const mem_engine *engine)
{
    const mem_dram_params *t = &dram_of_const(engine)->t;
    return (double)t->channels * (double)t->transfers_per_clock * (double)t->clock_hz * (double)t->bus_bits /
           8.0;
}

static void count(mem_dram *d, uint64_t now, mem_stats *stats, mem_dram_counts *counts)
{
    mem_plan_state_at(&d->plan, now);
    if (d->t.model == MEM_PIN)
        mem_dram_pin_counts(d, stats, counts);
    else
        mem_dram_span_counts(d, stats, counts);
    stats->read_bursts = counts->reads;
    stats->write_bursts = counts->writes;
    stats->read_bytes = counts->reads * d->plan.burst_bytes;
    stats->write_bytes = counts->writes * d->plan.burst_bytes;
    stats->activates = counts->activates;
    stats->refreshes = counts->refreshes + counts->bank_refreshes;
    stats->clock_hz = d->t.clock_hz;
    stats->has_energy = mem_dram_idd_given(&d->t.idd);
    if (stats->has_energy) stats->energy = mem_dram_energy_of(&d->t, counts);
}

static void stats(mem_engine *engine, uint64_t now, mem_stats *stats)
{
    mem_dram_counts counts;
    count(dram_of(engine), now, stats, &counts);
}

void mem_dram_count(mem_engine *engine, uint64_t now, mem_dram_counts *counts)
{
    mem_stats ignored;
    count(dram_of(engine), now, &ignored, counts);
}

void mem_dram_set_trace(mem_engine *engine, mem_dram_trace trace, void *owner)
{
    dram_of(engine)->trace = trace;
    dram_of(engine)->trace_owner = owner;
}

uint64_t mem_dram_first_refresh(const mem_dram *d, unsigned rank)
{
    if (d->refresh_interval == 0) return UINT64_MAX;
    uint64_t first = d->t.refresh_phase > 0 ? d->t.refresh_phase : d->refresh_interval;
    return first + rank * d->refresh_interval / d->t.ranks;
}

uint64_t mem_dram_soonest(const mem_dram *d, int64_t bursts, uint64_t from)
{
    if (bursts <= 0) return from + 1;
    uint64_t rounds = ((uint64_t)bursts + d->t.channels - 1) / d->t.channels;
    uint64_t last = mem_clock_from_core(&d->clock, from) + (rounds - 1) * d->data_clocks;
    uint64_t latency = d->t.cl < d->t.cwl ? d->t.cl : d->t.cwl;
    return mem_clock_to_core(&d->clock, last + latency + d->data_clocks) + 1;
}

const mem_engine_ops mem_dram_ops = {MEM_PLAN_OPS,
                                     .create = create,
                                     .destroy = mem_plan_destroy,
                                     .capacity_bytes = capacity_bytes,
                                     .peak_bytes_per_second = peak_bytes_per_second,
                                     .stats = stats};

static const char *const HASHES[] = {"none", "xor", NULL};
static const char *const SCHEDULERS[] = {"fr_fcfs", "bank_fcfs", "fcfs", NULL};
static const char *const PAGES[] = {"open", "closed", "timeout", NULL};
static const char *const REFRESHES[] = {"all_bank", "per_bank", NULL};

#define AT(field)                           offsetof(mem_dram_params, field)
#define TIME(name, low, value, text, field) CLOCKS(name, low, value, text ", memory clocks", field)
#define CURRENT(name, text, field)                                                                           \
    {                                                                                                        \
        .key = "idd." name, .type = FL_REAL, .unit = FL_UNIT_MILLIAMPERES, .max = 1e4, .fallback = "0 mA",   \
        .help = "current of one device: " text, .offset = AT(idd.field)                                      \
    }
/* clang-format off */
static const fl_param PARAMS[] = {
    POWER("channels",         1,  DRAM_MAX_CHANNELS, "1", "channels, each with command bus, data bus and queues of its own", channels),
    POWER("ranks",            1,  DRAM_MAX_RANKS,    "1", "ranks of a channel",                                    ranks),
    {.key = "clock", .type = FL_UINT, .unit = FL_UNIT_HERTZ, .min = 1e6, .max = 1e11, .fallback = "1200 MHz",
     .help = "clock of the command bus", .offset = AT(clock_hz)},
    POWER("transfers_per_clock", 2, 16, "2", "transfers per pin and clock; 4 to 8 where data has a clock of its own", transfers_per_clock),
    POWER("bus_bits",         8,  1024,    "64",    "data pins of a channel",                                      bus_bits),
    POWER("device_bits",      4,  1024,    "8",     "data pins of a device, for energy",                           device_bits),
    POWER("burst_length",     4,  32,      "8",     "transfers per burst",                                         burst_length),
    POWER("bank_groups",      1,  8,       "4",     "bank groups of a rank",                                       bank_groups),
    POWER("banks_per_group",  1,  16,      "4",     "banks of a group",                                            banks_per_group),
    POWER("rows",             1,  1 << 24, "65536", "rows of a bank",                                              rows),
    POWER("columns",          4,  1 << 16, "1024",  "columns of a row, each as wide as the bus",                   columns),
    TIMING_ROWS
    TIME("timing.tREFI",         0, "9360", "average refresh interval (7.8 us); 0: no refresh",                  refi),
    TIME("timing.refresh_phase", 0, "0",    "clock of the first refresh; 0: one interval",                       refresh_phase),
    TIME("timing.tRFCpb",        1, "200",  "refresh of a bank to its next command or refresh of another",       rfc_pb),
    TIME("timing.tRREFD",        1, "6",    "refresh of a bank to activate of another one",                      rrefd),
    TIME("timing.tRTRS",         0, "2",    "gap on the data bus between ranks",                                 rtrs),
    TIME("timing.tXP",           1, "8",    "end of power-down to the next command",                             xp),
    TIME("timing.tCKE",          1, "6",    "shortest time in and between power-downs",                          cke),
    {.key = "mapping", .type = FL_NAME, .fallback = "ro-ra-ba-co-bg-ch", .offset = AT(mapping),
     .help = "address fields from the highest bit down: ro, ra, bg, ba, co, ch; a number behind a field cuts it"},
    CHOICE("bank_hash", HASHES,     "none",    "xor: the lowest bits of the row permute banks and groups",         bank_hash),
    CHOICE("scheduler", SCHEDULERS, "fr_fcfs", "fr_fcfs: row hits first; bank_fcfs: banks in order; fcfs: columns in order", scheduler),
    COUNT("row_hit_cap",  1, 1 << 16,        "16",   "row hits that may bypass an older request of their bank",    row_hit_cap),
    COUNT("read_queue",   1, DRAM_MAX_QUEUE, "64",   "reads that a channel holds",                                 read_queue),
    COUNT("write_queue",  1, DRAM_MAX_QUEUE, "64",   "writes that a channel holds",                                write_queue),
    COUNT("write_high",   1, DRAM_MAX_QUEUE, "32",   "queued writes that start a drain",                           write_high),
    COUNT("write_low",    0, DRAM_MAX_QUEUE, "8",    "queued writes that end it when reads wait",                  write_low),
    TIME("write_age",   1, "1000",                 "age of a write that starts a drain",                         write_age),
    COUNT("turn",         1, 1 << 20,        "32",   "columns after which reads and writes may interrupt each other's turn", turn),
    CHOICE("page", PAGES, "open", "rows that nobody waits for: stay open, are closed at once, or after page_timeout", page),
    TIME("page_timeout", 1, "200",                 "time since a row's last use after which it is closed",       page_timeout),
    CHOICE("refresh", REFRESHES, "all_bank", "all_bank: a rank at a time; per_bank: a bank at a time",             refresh),
    COUNT("refresh_postpone", 0, 8, "0", "refreshes that may be owed while requests wait",                         refresh_postpone),
    TIME("power_down",   0, "0",                   "idle time after which a rank powers down; 0: never",         power_down),
    {.key = "idd.VDD", .type = FL_REAL, .unit = FL_UNIT_MILLIVOLTS, .max = 1e4, .fallback = "0 mV",
     .help = "supply voltage; energy is counted by command when it and all currents are given, that is, not 0", .offset = AT(idd.vdd)},
    CURRENT("IDD0",  "one bank, activate and precharge every tRC",  idd0),
    CURRENT("IDD2N", "precharge standby",                           idd2n),
    CURRENT("IDD2P", "precharge power-down",                        idd2p),
    CURRENT("IDD3N", "active standby",                              idd3n),
    CURRENT("IDD3P", "active power-down",                           idd3p),
    CURRENT("IDD4R", "reads without a gap",                         idd4r),
    CURRENT("IDD4W", "writes without a gap",                        idd4w),
    CURRENT("IDD5B", "refreshes, one every tRFC",                   idd5b),
    CHOICE("model", mem_model_names, "span", "span: skips clocks; pin: its per-clock twin", model),
};
/* clang-format on */

static const fl_part DRAM = {.kind = "memory",
                             .name = "dram",
                             .help =
                                 "DRAM channels with queues, schedulers, page and refresh policies, energy",
                             .params = PARAMS,
                             .param_count = sizeof PARAMS / sizeof *PARAMS,
                             .params_bytes = sizeof(mem_dram_params),
                             .check = check,
                             .ops = &mem_dram_ops};
FL_REGISTER_PART(DRAM)
