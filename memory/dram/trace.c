#include "memory/dram/trace.h"

#include <stdlib.h>
#include <string.h>

static const char *const KINDS[] = {"ACT", "PRE", "PREA", "RD", "WR", "REF"};
static const char *const DRAM_KINDS[DRAM_KIND_COUNT] = {"ACT", "PRE",  "PREA", "RD", "WR",
                                                        "REF", "REFB", "PDE",  "PDX"};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS, MOST_WORDS = 8, WORD_BYTES = 24 };

/* A line's words, cut at WORD_BYTES - 1 characters, which no valid word has. */
typedef struct line {
    fl_where where; /* column: of the first word */
    int columns[MOST_WORDS];
    char words[MOST_WORDS][WORD_BYTES];
    unsigned count;
} line;

typedef struct reader {
    const char *at, *end;
    line line;
} reader;

/* The next line that has words; false at the end. Words beyond MOST_WORDS - 1 count but are not kept apart.
 */
static bool next_line(reader *r)
{
    line *l = &r->line;
    for (l->count = 0; r->at < r->end && l->count == 0;) {
        const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
        if (stop == NULL) stop = r->end;
        l->where.line++;
        const char *c = r->at;
        while (c < stop && *c != '#') {
            if (*c == ' ' || *c == '\t' || *c == '\r') {
                c++;
                continue;
            }
            size_t length = 0;
            while (c + length < stop && strchr(" \t\r#", c[length]) == NULL) length++;
            if (l->count < MOST_WORDS) {
                size_t kept = length < WORD_BYTES ? length : WORD_BYTES - 1;
                memcpy(l->words[l->count], c, kept);
                l->columns[l->count] = (int)(c - r->at) + 1;
                l->words[l->count++][kept] = '\0';
            }
            c += length > 0 ? length : 1; /* a zero byte is no word */
        }
        l->where.column = l->columns[0];
        r->at = stop < r->end ? stop + 1 : r->end;
    }
    return l->count > 0;
}

static fl_where word_at(const line *l, int word)
{
    return (fl_where){.file = l->where.file, .line = l->where.line, .column = l->columns[word]};
}

static bool number(const char *word, uint64_t *value)
{
    bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
    const char *digits = hex ? word + 2 : word;
    if (*digits == '\0' || strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits))
        return false;
    if (strlen(digits) > (hex ? 16u : 19u)) return false;
    *value = strtoull(digits, NULL, hex ? 16 : 10);
    return true;
}

/* Clocks stay below 2^62, so that no sum of a few of them overflows. */
static bool clock_of(const char *word, uint64_t not_before, uint64_t *clock)
{
    return number(word, clock) && *clock >= not_before && *clock < UINT64_C(1) << 62;
}

/* Room for one more item in a list that doubles. */
static fl_status grow(void **items, size_t count, size_t item_bytes, fl_error *error)
{
    if (count != 0 && (count < 256 || (count & (count - 1)) != 0)) return FL_OK;
    void *more = realloc(*items, (count < 256 ? 256 : 2 * count) * item_bytes);
    if (more == NULL)
        return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory after %zu lines of a trace", count);
    *items = more;
    return FL_OK;
}

static fl_status parse_request(const line *l, uint64_t capacity_bytes, uint64_t not_before, mem_request *q,
                               fl_error *error)
{
    if (l->count != 3) return fl_fail(error, FL_BAD_INPUT, &l->where, "a request is ADDRESS R|W CLOCK");
    const fl_where where[3] = {word_at(l, 0), word_at(l, 1), word_at(l, 2)};
    if (!number(l->words[0], &q->address) || q->address >= capacity_bytes)
        return fl_fail(error, FL_BAD_INPUT, &where[0], "\"%s\" is not an address below 0x%llx", l->words[0],
                       (unsigned long long)capacity_bytes);
    q->write = strcmp(l->words[1], "W") == 0;
    if (!q->write && strcmp(l->words[1], "R") != 0)
        return fl_fail(error, FL_BAD_INPUT, &where[1], "\"%s\" is neither R nor W", l->words[1]);
    if (!clock_of(l->words[2], not_before, &q->clock))
        return fl_fail(error, FL_BAD_INPUT, &where[2], "\"%s\" is not a clock from %llu on", l->words[2],
                       (unsigned long long)not_before);
    return FL_OK;
}

fl_status mem_requests_parse(const char *name, const char *text, size_t bytes, uint64_t capacity_bytes,
                             mem_request **requests, size_t *count, fl_error *error)
{
    reader r = {.at = text, .end = text + bytes, .line.where.file = name};
    void *items = NULL;
    fl_status status = FL_OK;
    uint64_t last = 0;
    for (*count = 0; status == FL_OK && next_line(&r); *count += status == FL_OK) {
        mem_request q = {0};
        status = grow(&items, *count, sizeof q, error);
        if (status == FL_OK) status = parse_request(&r.line, capacity_bytes, last, &q, error);
        if (status == FL_OK) ((mem_request *)items)[*count] = q;
        last = q.clock;
    }
    if (status == FL_OK && *count == 0)
        status = fl_fail(error, FL_BAD_INPUT, &(fl_where){.file = name}, "no requests");
    if (status != FL_OK) {
        free(items);
        items = NULL;
    }
    *requests = items;
    return status;
}

static fl_status parse_command(const line *l, const mem_ddr4_params *p, uint64_t not_before, ddr4_command *c,
                               fl_error *error)
{
    int kind = KIND_COUNT;
    for (int k = 0; k < KIND_COUNT && l->count >= 2; k++)
        if (strcmp(l->words[1], KINDS[k]) == 0) kind = k;
    bool whole_rank = kind == DDR4_PREA || kind == DDR4_REF;
    if (kind == KIND_COUNT || l->count != (whole_rank ? 2 : 5))
        return fl_fail(error, FL_BAD_INPUT, &l->where,
                       "a command is CLOCK PREA|REF or CLOCK ACT|PRE|RD|WR GROUP BANK ROW");
    c->kind = (ddr4_command_kind)kind;
    if (!clock_of(l->words[0], not_before, &c->clock))
        return fl_fail(error, FL_BAD_INPUT, &l->where, "\"%s\" is not a clock from %llu on", l->words[0],
                       (unsigned long long)not_before);
    if (whole_rank) return FL_OK;
    static const char *const NAMES[] = {"group", "bank", "row"};
    uint64_t bounds[] = {p->bank_groups, p->banks_per_group, p->rows}, values[3];
    for (int k = 0; k < 3; k++)
        if (!number(l->words[2 + k], &values[k]) || values[k] >= bounds[k])
            return fl_fail(error, FL_BAD_INPUT, &(fl_where){l->where.file, l->where.line, l->columns[2 + k]},
                           "\"%s\" is not a %s below %llu", l->words[2 + k], NAMES[k],
                           (unsigned long long)bounds[k]);
    c->place = (ddr4_place){.bank = (uint32_t)(values[0] * p->banks_per_group + values[1]),
                            .group = (uint32_t)values[0],
                            .row = (uint32_t)values[2]};
    return FL_OK;
}

fl_status mem_commands_parse(const char *name, const char *text, size_t bytes, const mem_ddr4_params *params,
                             ddr4_command **commands, size_t *count, fl_error *error)
{
    reader r = {.at = text, .end = text + bytes, .line.where.file = name};
    void *items = NULL;
    fl_status status = FL_OK;
    uint64_t last = 0;
    for (*count = 0; status == FL_OK && next_line(&r); *count += status == FL_OK) {
        ddr4_command c = {0};
        status = grow(&items, *count, sizeof c, error);
        if (status == FL_OK) status = parse_command(&r.line, params, last, &c, error);
        if (status == FL_OK) ((ddr4_command *)items)[*count] = c;
        last = c.clock;
    }
    if (status != FL_OK) {
        free(items);
        items = NULL;
    }
    *commands = items;
    return status;
}

void mem_command_print(const mem_ddr4_params *p, const ddr4_command *c, fl_text *text)
{
    fl_text_printf(text, "%llu %s", (unsigned long long)c->clock, KINDS[c->kind]);
    if (c->kind != DDR4_PREA && c->kind != DDR4_REF)
        fl_text_printf(text, " %u %u %u", c->place.group, c->place.bank % (uint32_t)p->banks_per_group,
                       c->place.row);
    fl_text_append(text, "\n", 1);
}

static bool concerns_rank(mem_dram_kind kind)
{
    return kind == DRAM_PREA || kind == DRAM_REF || kind == DRAM_PDE || kind == DRAM_PDX;
}

static fl_status parse_dram_command(const line *l, const mem_dram_params *p, uint64_t not_before,
                                    mem_dram_command *c, fl_error *error)
{
    unsigned kind = 0;
    while (kind < DRAM_KIND_COUNT && (l->count < 2 || strcmp(l->words[1], DRAM_KINDS[kind]) != 0)) kind++;
    c->kind = (mem_dram_kind)kind;
    if (kind == DRAM_KIND_COUNT || l->count != (concerns_rank(c->kind) ? 4 : 7))
        return fl_fail(
            error, FL_BAD_INPUT, &l->where,
            "a command is CLOCK PREA|REF|PDE|PDX CHANNEL RANK or CLOCK ACT|PRE|RD|WR|REFB CHANNEL RANK GROUP "
            "BANK ROW");
    if (!clock_of(l->words[0], not_before, &c->clock))
        return fl_fail(error, FL_BAD_INPUT, &l->where, "\"%s\" is not a clock from %llu on", l->words[0],
                       (unsigned long long)not_before);
    static const char *const NAMES[] = {"channel", "rank", "group", "bank", "row"};
    const uint64_t bounds[] = {p->channels, p->ranks, p->bank_groups, p->banks_per_group, p->rows};
    uint64_t values[5] = {0};
    for (unsigned k = 0; k + 2 < l->count; k++) {
        const fl_where where = word_at(l, (int)k + 2);
        if (!number(l->words[2 + k], &values[k]) || values[k] >= bounds[k])
            return fl_fail(error, FL_BAD_INPUT, &where, "\"%s\" is not a %s below %llu", l->words[2 + k],
                           NAMES[k], (unsigned long long)bounds[k]);
    }
    c->place = (mem_place){
        .channel = (uint16_t)values[0],
        .rank = (uint8_t)values[1],
        .group = (uint8_t)values[2],
        .bank = (uint8_t)((values[1] * p->bank_groups + values[2]) * p->banks_per_group + values[3]),
        .row = (uint32_t)values[4]};
    return FL_OK;
}

fl_status mem_dram_commands_parse(const char *name, const char *text, size_t bytes,
                                  const mem_dram_params *params, mem_dram_command **commands, size_t *count,
                                  fl_error *error)
{
    reader r = {.at = text, .end = text + bytes, .line.where.file = name};
    void *items = NULL;
    fl_status status = FL_OK;
    uint64_t last = 0;
    for (*count = 0; status == FL_OK && next_line(&r); *count += status == FL_OK) {
        mem_dram_command c = {0};
        status = grow(&items, *count, sizeof c, error);
        if (status == FL_OK) status = parse_dram_command(&r.line, params, last, &c, error);
        if (status == FL_OK) ((mem_dram_command *)items)[*count] = c;
        last = c.clock;
    }
    if (status != FL_OK) {
        free(items);
        items = NULL;
    }
    *commands = items;
    return status;
}

void mem_dram_command_print(const mem_dram_params *p, const mem_dram_command *c, fl_text *text)
{
    fl_text_printf(text, "%llu %s %u %u", (unsigned long long)c->clock, DRAM_KINDS[c->kind], c->place.channel,
                   c->place.rank);
    if (!concerns_rank(c->kind))
        fl_text_printf(text, " %u %u %u", c->place.group, c->place.bank % (unsigned)p->banks_per_group,
                       c->place.row);
    fl_text_append(text, "\n", 1);
}

static void note_latency(mem_replay *replay, uint64_t latency)
{
    unsigned bucket = latency < 2 ? 0 : 63u - (unsigned)__builtin_clzll(latency);
    replay->latency[bucket < MEM_REPLAY_BUCKETS ? bucket : MEM_REPLAY_BUCKETS - 1]++;
    replay->latency_sum += latency;
    if (latency < replay->latency_least) replay->latency_least = latency;
    if (latency > replay->latency_most) replay->latency_most = latency;
}

void mem_replay_on(const mem_engine_ops *ops, mem_engine *engine, const mem_request *requests, size_t count,
                   mem_replay *replay)
{
    const uint32_t burst = ops->burst_bytes(engine);
    *replay = (mem_replay){.latency_least = UINT64_MAX};
    for (size_t submitted = 0, done = 0; done < count;) {
        uint64_t look = ops->next_done(engine), now = look;
        if (submitted < count && requests[submitted].clock < now) now = requests[submitted].clock;
        for (unsigned p; look <= now && ops->take_done(engine, now, &p); done++) {
            note_latency(replay, now - requests[done].clock);
            replay->last_done = now;
        }
        for (; submitted < count && requests[submitted].clock == now; submitted++) {
            mem_block block = {.address = requests[submitted].address & ~(uint64_t)(burst - 1),
                               .width_bytes = burst,
                               .rows = 1,
                               .planes = 1,
                               .row_stride_bytes = burst,
                               .plane_stride_bytes = burst,
                               .write = requests[submitted].write};
            ops->submit(engine, 0, &block, now);
        }
    }
    ops->stats(engine, replay->last_done, &replay->stats);
}
