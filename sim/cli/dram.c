/* flintlock dram: replays request traces on a DRAM part, checks command traces against its timing, and
 * measures it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/dram/check.h"
#include "memory/dram/controller_check.h"
#include "memory/dram/trace.h"
#include "sim/base/config.h"
#include "sim/base/file.h"
#include "sim/base/units.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"

enum { DDR4_OUTSTANDING = 64, DRAM_OUTSTANDING = 256, ONE_CLOCK = 1 << 20, TABLE_READS = 100000 };

/* A part's file as it was read; one of the two kinds of parameters is there. */
typedef struct dram_part {
    const char *file;
    fl_config *config;
    const mem_engine_ops *ops;
    const mem_ddr4_params *ddr4;
    const mem_dram_params *dram;
    uint64_t clock_hz;
} dram_part;

static fl_status read_file(const char *path, fl_text *text, fl_error *error)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot read: %s", path, strerror(errno));
    char bytes[65536];
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, file)) > 0;) fl_text_append(text, bytes, size);
    int fault = ferror(file) ? errno : text->failed ? ENOMEM : 0;
    fclose(file);
    return fault == 0 ? FL_OK
                      : fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot read: %s", path, strerror(fault));
}

/* The caller frees p->config, also after an error. */
static fl_status read_part(const cli_options *options, const char *file, dram_part *p, fl_error *error)
{
    *p = (dram_part){.file = file};
    fl_status status =
        fl_config_load(file, options->machine_sets, options->machine_set_count, &p->config, error);
    const fl_part *part = NULL;
    void *values = NULL;
    if (status == FL_OK)
        status = fl_part_read(p->config, fl_config_root(p->config), "memory", &part, &values, error);
    if (status == FL_OK) status = fl_config_check_used(p->config, error);
    if (status != FL_OK) return status;
    p->ops = part->ops;
    if (part->ops == &mem_ddr4_ops) {
        p->ddr4 = values;
        p->clock_hz = p->ddr4->clock_hz;
    } else if (part->ops == &mem_dram_ops) {
        p->dram = values;
        p->clock_hz = p->dram->clock_hz;
    } else {
        return fl_fail(error, FL_BAD_INPUT, NULL, "%s: type %s has no commands (allowed: ddr4, dram)", file,
                       part->name);
    }
    return FL_OK;
}

/* An engine whose core cycle is a memory clock, with one port whose bus takes a burst per clock. */
static fl_status make_engine(const dram_part *p, mem_engine **engine, fl_error *error)
{
    const mem_port_params port = {.outstanding = p->dram != NULL ? DRAM_OUTSTANDING : DDR4_OUTSTANDING,
                                  .bus_bytes = ONE_CLOCK};
    const char *reason = NULL;
    const void *params = p->dram != NULL ? (const void *)p->dram : p->ddr4;
    *engine = p->ops->create(params, p->clock_hz, &port, 1, &reason);
    return *engine != NULL ? FL_OK : fl_fail(error, FL_BAD_INPUT, NULL, "%s: %s", p->file, reason);
}

/* --- run and check
 * ---------------------------------------------------------------------------------------------- */

typedef struct command_log {
    const dram_part *part;
    fl_text text;
} command_log;

static void log_ddr4(void *owner, const ddr4_command *command)
{
    command_log *log = owner;
    mem_command_print(log->part->ddr4, command, &log->text);
}

static void log_dram(void *owner, const mem_dram_command *command)
{
    command_log *log = owner;
    mem_dram_command_print(log->part->dram, command, &log->text);
}

static void print_replay(const mem_replay *r, size_t count, double peak)
{
    const mem_stats *s = &r->stats;
    double bytes = (double)(s->read_bytes + s->write_bytes), ns = 1e9 / (double)s->clock_hz;
    double rate = bytes / ((double)r->last_done * ns * 1e-9);
    printf("%zu requests, %.0f bytes in %llu clocks of %.4g ns: %.4g GB/s, %.1f %% of %.4g GB/s\n", count,
           bytes, (unsigned long long)r->last_done, ns, rate * 1e-9, 100 * rate / peak, peak * 1e-9);
    printf("row hits %llu (%.1f %%), misses %llu, conflicts %llu; activates %llu, refreshes %llu\n",
           (unsigned long long)s->row_hits, 100 * (double)s->row_hits / (double)count,
           (unsigned long long)s->row_misses, (unsigned long long)s->row_conflicts,
           (unsigned long long)s->activates, (unsigned long long)s->refreshes);
    printf("clocks");
    for (int c = 0; c < FL_CAUSE_COUNT; c++)
        if (s->clock.cycles[c] != 0)
            printf(" %s %llu", fl_cause_name((fl_cause)c), (unsigned long long)s->clock.cycles[c]);
    printf("\nlatency in clocks: least %llu, mean %.1f, most %llu\n", (unsigned long long)r->latency_least,
           (double)r->latency_sum / (double)count, (unsigned long long)r->latency_most);
    for (int k = 0; k < MEM_REPLAY_BUCKETS; k++)
        if (r->latency[k] != 0)
            printf("  %10llu .. %-10llu %llu\n", 1ULL << k, (2ULL << k) - 1,
                   (unsigned long long)r->latency[k]);
}

/* stats: at `clocks`. Of type ddr4 there is nothing to say. */
static void print_energy(const dram_part *p, const mem_stats *stats, uint64_t clocks)
{
    if (p->dram == NULL) return;
    if (!stats->has_energy) {
        printf("energy is not counted: the part does not give idd.VDD and all currents\n");
        return;
    }
    const mem_energy *e = &stats->energy;
    const double sum = mem_energy_total(e), bytes = (double)(stats->read_bytes + stats->write_bytes);
    printf("energy %.4g uJ: activate %.4g, read %.4g, write %.4g, refresh %.4g, background %.4g; %.3g "
           "pJ/bit, %.4g mW\n",
           sum * 1e-6, e->activate_pj * 1e-6, e->read_pj * 1e-6, e->write_pj * 1e-6, e->refresh_pj * 1e-6,
           e->background_pj * 1e-6, sum / (8 * bytes), sum * 1e-9 * (double)p->clock_hz / (double)clocks);
}

static fl_status run(const cli_options *options, const dram_part *p, fl_error *error)
{
    const char *name = options->files[1];
    mem_engine *engine;
    fl_text text = {0};
    mem_request *requests = NULL;
    size_t count = 0;
    fl_status status = make_engine(p, &engine, error);
    if (status != FL_OK) return status;
    status = read_file(name, &text, error);
    if (status == FL_OK)
        status = mem_requests_parse(name, text.bytes, text.size, p->ops->capacity_bytes(engine), &requests,
                                    &count, error);
    command_log log = {.part = p};
    if (status == FL_OK && options->save != NULL) {
        if (p->dram != NULL)
            mem_dram_set_trace(engine, log_dram, &log);
        else
            mem_ddr4_set_trace(engine, log_ddr4, &log);
    }
    if (status == FL_OK) {
        mem_replay replay;
        mem_replay_on(p->ops, engine, requests, count, &replay);
        print_replay(&replay, count, p->ops->peak_bytes_per_second(engine));
        print_energy(p, &replay.stats, replay.last_done);
    }
    if (status == FL_OK && options->save != NULL)
        status = fl_file_write_text(options->save, &log.text, error);
    p->ops->destroy(engine);
    free(requests);
    free(text.bytes);
    free(log.text.bytes);
    return status;
}

/* Both return true with the violation's text when there is one. */
static bool ddr4_violation(const dram_part *p, const void *commands, size_t count, char *text, size_t bytes)
{
    return mem_ddr4_violation(p->ddr4, commands, count, text, bytes);
}

static bool dram_violation(const dram_part *p, const void *commands, size_t count, char *text, size_t bytes)
{
    mem_dram_check *check = mem_dram_check_new(p->dram);
    if (check == NULL) abort();
    bool legal = true;
    for (size_t i = 0; i < count && legal; i++)
        legal = mem_dram_check_next(check, (const mem_dram_command *)commands + i, text, bytes);
    mem_dram_check_free(check);
    return !legal;
}

static fl_status check(const cli_options *options, const dram_part *p, fl_error *error)
{
    const char *name = options->files[1];
    fl_text text = {0};
    void *commands = NULL;
    size_t count = 0;
    char violation[200];
    fl_status status = read_file(name, &text, error);
    if (status == FL_OK && p->dram != NULL)
        status = mem_dram_commands_parse(name, text.bytes, text.size, p->dram, (mem_dram_command **)&commands,
                                         &count, error);
    else if (status == FL_OK)
        status = mem_commands_parse(name, text.bytes, text.size, p->ddr4, (ddr4_command **)&commands, &count,
                                    error);
    if (status == FL_OK && count == 0) status = fl_fail(error, FL_BAD_INPUT, NULL, "%s: no commands", name);
    if (status == FL_OK &&
        (p->dram != NULL ? dram_violation : ddr4_violation)(p, commands, count, violation, sizeof violation))
        status = fl_fail(error, FL_DIFFERENCE, NULL, "%s: %s", name, violation);
    if (status == FL_OK) printf("%zu commands, no violation\n", count);
    free(commands);
    free(text.bytes);
    return status;
}

/* --- read
 * ------------------------------------------------------------------------------------------------------- */

/* Reads `bytes` from address 0 on, round and round, in blocks of 256 MiB of which two are queued. Returns the
 * clock at which the last one is done. */
static uint64_t read_all(const mem_engine_ops *ops, mem_engine *engine, uint64_t bytes)
{
    const uint64_t capacity = ops->capacity_bytes(engine);
    uint64_t queued = 0, now = 0;
    for (unsigned waiting = 0; queued < bytes || waiting > 0;) {
        for (; queued < bytes && waiting < 2; waiting++) {
            uint64_t address = queued % capacity, width = 1 << 28;
            if (width > bytes - queued) width = bytes - queued;
            if (width > capacity - address) width = capacity - address;
            const mem_block block = {
                .address = address, .width_bytes = (uint32_t)width, .rows = 1, .planes = 1};
            ops->submit(engine, 0, &block, now);
            queued += width;
        }
        now = ops->next_done(engine);
        for (unsigned port; ops->take_done(engine, now, &port);) waiting--;
    }
    return now;
}

static fl_status read_bytes(const cli_options *options, const dram_part *p, fl_error *error)
{
    const char *amount = options->files[1];
    uint64_t bytes;
    if (fl_quantity_uint(amount, FL_UNIT_BYTES, &bytes) != FL_QUANTITY_OK || bytes == 0)
        return fl_fail(error, FL_BAD_INPUT, NULL,
                       "flintlock dram read: \"%s\" is not an amount such as \"64 MiB\"", amount);
    mem_engine *engine;
    fl_status status = make_engine(p, &engine, error);
    if (status != FL_OK) return status;
    const uint64_t clocks = read_all(p->ops, engine, bytes);
    mem_stats stats;
    p->ops->stats(engine, clocks, &stats);
    const double seconds = (double)clocks / (double)p->clock_hz, peak = p->ops->peak_bytes_per_second(engine);
    printf("%llu bursts in %llu clocks: %.4g ms, %.4g GB/s, %.1f %% of %.4g GB/s\n",
           (unsigned long long)stats.read_bursts, (unsigned long long)clocks, seconds * 1e3,
           (double)bytes / seconds * 1e-9, 100 * (double)bytes / seconds / peak, peak * 1e-9);
    print_energy(p, &stats, clocks);
    p->ops->destroy(engine);
    return FL_OK;
}

/* --- table
 * ------------------------------------------------------------------------------------------------------ */

/* Reads of one burst, offered at once. Returns the clocks that they take. */
static fl_status measure(const dram_part *p, bool random, uint64_t *clocks, fl_error *error)
{
    mem_engine *engine;
    fl_status status = make_engine(p, &engine, error);
    if (status != FL_OK) return status;
    mem_request *requests = calloc(TABLE_READS, sizeof *requests);
    if (requests == NULL) abort();
    const uint64_t burst = p->ops->burst_bytes(engine), bursts = p->ops->capacity_bytes(engine) / burst;
    uint64_t chaos = 1;
    for (size_t i = 0; i < TABLE_READS; i++) {
        chaos = chaos * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        requests[i].address = (random ? (chaos >> 20) % bursts : i % bursts) * burst;
    }
    mem_replay replay;
    mem_replay_on(p->ops, engine, requests, TABLE_READS, &replay);
    *clocks = replay.last_done;
    free(requests);
    p->ops->destroy(engine);
    return FL_OK;
}

static double most(double a, double b) { return a > b ? a : b; }

/* The closed form: data clocks over the spacing that binds, less the time under refresh. */
static fl_status print_row(const dram_part *p, bool headed, fl_error *error)
{
    if (p->dram == NULL)
        return fl_fail(error, FL_BAD_INPUT, NULL, "%s: the table takes parts of type dram", p->file);
    const mem_dram_params *t = p->dram;
    const double data = (double)t->burst_length / (double)t->transfers_per_clock;
    const double refresh = t->refi == 0 ? 0 : (double)t->rfc / (double)t->refi;
    const double banks = (double)(t->bank_groups * t->banks_per_group * t->ranks), ranks = (double)t->ranks;
    const double column = most(data, t->bank_groups > 1 ? (double)t->ccd_s : (double)t->ccd_l);
    double row = most((double)t->faw / 4 / ranks, (double)t->rrd_s / ranks);
    row = most(row, most(data, (double)t->rc / banks));
    uint64_t clocks[2];
    for (int random = 0; random < 2; random++) {
        fl_status status = measure(p, random != 0, &clocks[random], error);
        if (status != FL_OK) return status;
    }
    if (headed)
        printf("%-20s %7s %11s %11s %11s %11s\n", "part", "GB/s", "seq. limit", "sequential", "rand. limit",
               "random");
    const double channels = (double)t->channels, ideal = TABLE_READS * data / channels;
    const char *name = strrchr(p->file, '/') != NULL ? strrchr(p->file, '/') + 1 : p->file;
    printf("%-20.*s %7.4g %9.1f %% %9.1f %% %9.1f %% %9.1f %%\n", (int)strcspn(name, "."), name,
           channels * (double)(t->clock_hz * t->transfers_per_clock * t->bus_bits / 8) * 1e-9,
           100 * data / column * (1 - refresh), 100 * ideal / (double)clocks[0],
           100 * data / row * (1 - refresh), 100 * ideal / (double)clocks[1]);
    return FL_OK;
}

fl_status cli_dram_table(const cli_options *options, fl_error *error)
{
    fl_status status = FL_OK;
    for (size_t i = 0; i < options->file_count && status == FL_OK; i++) {
        dram_part p;
        status = read_part(options, options->files[i], &p, error);
        if (status == FL_OK) status = print_row(&p, i == 0, error);
        fl_config_free(p.config);
    }
    return status;
}

/* --- commands
 * ---------------------------------------------------------------------------------------------------- */

/* `work` on the part that the first argument names. */
static fl_status with_part(const cli_options *options,
                           fl_status (*work)(const cli_options *, const dram_part *, fl_error *),
                           fl_error *error)
{
    dram_part p;
    fl_status status = read_part(options, options->files[0], &p, error);
    if (status == FL_OK) status = work(options, &p, error);
    fl_config_free(p.config);
    return status;
}

/* --standard NAME is the file configs/parts/dram/NAME.yaml, --trace FILE the trace. */
fl_status cli_dram_run(const cli_options *options, fl_error *error)
{
    char path[256];
    cli_options named = *options;
    if (named.standard != NULL) {
        snprintf(path, sizeof path, "configs/parts/dram/%s.yaml", named.standard);
        memmove(&named.files[1], &named.files[0], named.file_count++ * sizeof named.files[0]);
        named.files[0] = path;
    }
    if (named.requests != NULL) named.files[named.file_count++] = named.requests;
    if (named.file_count != 2)
        return fl_fail(error, FL_BAD_INPUT, NULL,
                       "flintlock dram run: takes PART or --standard, and TRACE or --trace");
    return with_part(&named, run, error);
}

fl_status cli_dram_check(const cli_options *options, fl_error *error)
{
    return with_part(options, check, error);
}
fl_status cli_dram_read(const cli_options *options, fl_error *error)
{
    return with_part(options, read_bytes, error);
}
