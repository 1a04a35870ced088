/* flintlock dram: replays request traces on a DRAM part, and checks command traces against its timing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/dram/check.h"
#include "memory/dram/trace.h"
#include "sim/base/config.h"
#include "sim/base/file.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"

enum { OUTSTANDING = 64 };

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

/* The parameters in a part's file, which the configuration owns. */
static fl_status read_part(const cli_options *options, fl_config **config, const mem_ddr4_params **params,
                           fl_error *error)
{
    fl_status status =
        fl_config_load(options->files[0], options->machine_sets, options->machine_set_count, config, error);
    const fl_part *part = NULL;
    void *values = NULL;
    if (status == FL_OK)
        status = fl_part_read(*config, fl_config_root(*config), "memory", &part, &values, error);
    if (status == FL_OK) status = fl_config_check_used(*config, error);
    if (status != FL_OK) return status;
    if (part->ops != &mem_ddr4_ops)
        return fl_fail(error, FL_BAD_INPUT, NULL, "%s: type %s has no commands (allowed: ddr4)",
                       options->files[0], part->name);
    *params = values;
    return FL_OK;
}

typedef struct command_log {
    const mem_ddr4_params *params;
    fl_text text;
} command_log;

static void log_command(void *owner, const ddr4_command *command)
{
    command_log *log = owner;
    mem_command_print(log->params, command, &log->text);
}

static void print_replay(const mem_ddr4_params *p, const mem_replay *r, size_t count)
{
    const mem_stats *s = &r->stats;
    double bytes = (double)(s->read_bytes + s->write_bytes), ns = 1e9 / (double)p->clock_hz;
    double peak = (double)p->clock_hz * (double)p->transfers_per_clock * (double)p->bus_bits / 8;
    double rate = bytes / ((double)r->last_done * ns * 1e-9);
    printf("%zu requests, %.0f bytes in %llu clocks of %.4g ns: %.4g GB/s, %.1f %% of %.4g GB/s\n", count,
           bytes, (unsigned long long)r->last_done, ns, rate * 1e-9, 100 * rate / peak, peak * 1e-9);
    printf("row hits %llu, misses %llu, conflicts %llu; activates %llu, refreshes %llu\n",
           (unsigned long long)s->row_hits, (unsigned long long)s->row_misses,
           (unsigned long long)s->row_conflicts, (unsigned long long)s->activates,
           (unsigned long long)s->refreshes);
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

static fl_status run(const cli_options *options, const mem_ddr4_params *params, const fl_text *text,
                     fl_error *error)
{
    const char *name = options->files[1], *reason = NULL;
    uint64_t capacity =
        params->bus_bits / 8 * params->columns * params->rows * params->bank_groups * params->banks_per_group;
    mem_request *requests = NULL;
    size_t count = 0;
    fl_status status = mem_requests_parse(name, text->bytes, text->size, capacity, &requests, &count, error);
    if (status != FL_OK) return status;
    command_log log = {.params = params};
    mem_replay replay;
    if (mem_replay_run(params, requests, count, OUTSTANDING, options->save != NULL ? log_command : NULL, &log,
                       &replay, &reason))
        print_replay(params, &replay, count);
    else
        status = fl_fail(error, FL_BAD_INPUT, NULL, "%s: %s", options->files[0], reason);
    if (status == FL_OK && options->save != NULL)
        status = fl_file_write_text(options->save, &log.text, error);
    free(requests);
    free(log.text.bytes);
    return status;
}

static fl_status check(const cli_options *options, const mem_ddr4_params *params, const fl_text *text,
                       fl_error *error)
{
    ddr4_command *commands = NULL;
    size_t count = 0;
    fl_status status =
        mem_commands_parse(options->files[1], text->bytes, text->size, params, &commands, &count, error);
    char violation[200];
    if (status == FL_OK && mem_ddr4_violation(params, commands, count, violation, sizeof violation))
        status = fl_fail(error, FL_DIFFERENCE, NULL, "%s: %s", options->files[1], violation);
    if (status == FL_OK) printf("%zu commands, no violation\n", count);
    free(commands);
    return status;
}

fl_status cli_dram(int argc, char **argv, fl_error *error)
{
    bool runs = argc > 0 && strcmp(argv[0], "run") == 0;
    if (!runs && (argc == 0 || strcmp(argv[0], "check") != 0))
        return fl_fail(error, FL_BAD_INPUT, NULL,
                       "flintlock dram: takes run or check, a part's file and a trace");
    cli_options options;
    fl_status status = cli_options_parse(argc - 1, argv + 1, runs ? "dram run" : "dram check",
                                         CLI_SET | (runs ? CLI_SAVE : 0), &options, error);
    if (status == FL_OK && options.file_count != 2)
        return fl_fail(error, FL_BAD_INPUT, NULL, "flintlock dram %s: takes a part's file and a trace",
                       argv[0]);
    fl_config *config = NULL;
    const mem_ddr4_params *params = NULL;
    fl_text text = {0};
    if (status == FL_OK) status = read_part(&options, &config, &params, error);
    if (status == FL_OK) status = read_file(options.files[1], &text, error);
    if (status == FL_OK) status = (runs ? run : check)(&options, params, &text, error);
    free(text.bytes);
    fl_config_free(config);
    return status;
}
