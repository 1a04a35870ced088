#include "memory/dram/controller_check.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const NAMES[] = {"ACT", "PRE", "PREA", "RD", "WR", "REF", "REFB", "PDE", "PDX"};

enum {
    ACT = 1 << DRAM_ACT,
    PRE = 1 << DRAM_PRE | 1 << DRAM_PREA,
    RD = 1 << DRAM_RD,
    WR = 1 << DRAM_WR,
    COLUMN = RD | WR,
    REF = 1 << DRAM_REF,
    REFB = 1 << DRAM_REFB,
    PDE = 1 << DRAM_PDE,
    PDX = 1 << DRAM_PDX,
    ANY = (1 << DRAM_KIND_COUNT) - 1,
    WHOLE_RANK = 1 << DRAM_PREA | REF | PDE | PDX,
    MAX_RULES = 40
};

/* Where the earlier command was. */
typedef enum scope { BANK, GROUP, RANK, OTHER_RANKS, CHANNEL } scope;

/* One row of the standard's table: a command of `after` comes at least `clocks` after each of `before` in the
 * scope. */
typedef struct rule {
    const char *name;
    unsigned before, after;
    scope scope;
    int64_t clocks;
} rule;

/* The clock of the last command of each kind plus one; 0: none. */
typedef struct stamps {
    uint64_t of[DRAM_KIND_COUNT];
} stamps;

typedef struct channel {
    stamps channel, ranks[DRAM_MAX_RANKS], groups[DRAM_MAX_BANKS], banks[DRAM_MAX_BANKS];
    int64_t rows[DRAM_MAX_BANKS];     /* -1: closed */
    uint64_t acts[DRAM_MAX_RANKS][4]; /* stamps of the last four activates, a ring */
    unsigned act[DRAM_MAX_RANKS];
    bool down[DRAM_MAX_RANKS];
} channel;

struct mem_dram_check {
    rule rules[MAX_RULES];
    unsigned rule_count, rank_banks, group_banks, ranks;
    uint64_t faw;
    channel channels[];
};

static void set_rules(mem_dram_check *k, const mem_dram_params *t)
{
    const int64_t data = (int64_t)(t->burst_length / t->transfers_per_clock), cl = (int64_t)t->cl,
                  cwl = (int64_t)t->cwl;
    const int64_t rtrs = (int64_t)t->rtrs, written = cwl + data, wr = (int64_t)t->wr,
                  rfc_pb = (int64_t)t->rfc_pb;
    /* clang-format off */
    const rule rules[] = {
        {"command bus",    ANY,  ANY,          CHANNEL,     1},
        {"tRCD",           ACT,  COLUMN,       BANK,        (int64_t)t->rcd},
        {"tRAS",           ACT,  PRE,          BANK,        (int64_t)t->ras},
        {"tRC",            ACT,  ACT|REF|REFB, BANK,        (int64_t)t->rc},
        {"tRP",            PRE,  ACT|REF|REFB, BANK,        (int64_t)t->rp},
        {"tRRD_S",         ACT,  ACT|REFB,     RANK,        (int64_t)t->rrd_s},
        {"tRRD_L",         ACT,  ACT,          GROUP,       (int64_t)t->rrd_l},
        {"tCCD_S",         COLUMN, COLUMN,     RANK,        (int64_t)t->ccd_s},
        {"tCCD_L",         COLUMN, COLUMN,     GROUP,       (int64_t)t->ccd_l},
        {"tRTP",           RD,   PRE,          BANK,        (int64_t)t->rtp},
        {"tWR",            WR,   PRE,          BANK,        written + wr},
        {"tWTR_S",         WR,   RD,           RANK,        written + (int64_t)t->wtr_s},
        {"tWTR_L",         WR,   RD,           GROUP,       written + (int64_t)t->wtr_l},
        {"read to write",  RD,   WR,           CHANNEL,     cl + data + 2 - cwl},
        {"tRTRS",          RD,   RD,           OTHER_RANKS, data + rtrs},
        {"tRTRS",          WR,   WR,           OTHER_RANKS, data + rtrs},
        {"tRTRS",          RD,   WR,           OTHER_RANKS, cl + data + rtrs - cwl},
        {"tRTRS",          WR,   RD,           OTHER_RANKS, written + rtrs - cl},
        {"tRFC",           REF,  ANY,          RANK,        (int64_t)t->rfc},
        {"tRFCpb",         REFB, ACT|PRE,      BANK,        rfc_pb},
        {"tRFCpb",         REFB, REFB|PDE,     RANK,        rfc_pb},
        {"tRREFD",         REFB, ACT,          RANK,        (int64_t)t->rrefd},
        {"tXP",            PDX,  ANY,          RANK,        (int64_t)t->xp},
        {"tCKE",           PDX,  PDE,          RANK,        (int64_t)t->cke},
        {"tCKE",           PDE,  PDX,          RANK,        (int64_t)t->cke},
        {"read to power-down",  RD, PDE,       RANK,        cl + data + 1},
        {"write to power-down", WR, PDE,       RANK,        written + wr},
    };
    /* clang-format on */
    k->rule_count = sizeof rules / sizeof *rules;
    for (unsigned i = 0; i < k->rule_count; i++) k->rules[i] = rules[i];
}

mem_dram_check *mem_dram_check_new(const mem_dram_params *t)
{
    mem_dram_check *k = calloc(1, sizeof *k + t->channels * sizeof(channel));
    if (k == NULL) return NULL;
    set_rules(k, t);
    k->ranks = (unsigned)t->ranks;
    k->rank_banks = (unsigned)(t->bank_groups * t->banks_per_group);
    k->group_banks = (unsigned)t->banks_per_group;
    k->faw = t->faw;
    for (unsigned c = 0; c < t->channels; c++)
        for (unsigned b = 0; b < DRAM_MAX_BANKS; b++) k->channels[c].rows[b] = -1;
    return k;
}

void mem_dram_check_free(mem_dram_check *k) { free(k); }

static bool too_soon(const rule *r, const stamps *last, const mem_dram_command *c, char *text,
                     size_t text_bytes)
{
    for (unsigned kind = 0; kind < DRAM_KIND_COUNT; kind++) {
        if ((r->before >> kind & 1) == 0 || last->of[kind] == 0) continue;
        if ((int64_t)c->clock >= (int64_t)last->of[kind] - 1 + r->clocks) continue;
        snprintf(text, text_bytes, "%s: %s at %llu, %s at %llu, %lld clocks needed", r->name, NAMES[kind],
                 (unsigned long long)(last->of[kind] - 1), NAMES[c->kind], (unsigned long long)c->clock,
                 (long long)r->clocks);
        return true;
    }
    return false;
}

/* The rule against every place of its scope that the command concerns. */
static bool breaks(const mem_dram_check *k, const channel *n, const rule *r, const mem_dram_command *c,
                   char *text, size_t text_bytes)
{
    const unsigned rank = c->place.rank, bank = c->place.bank;
    const bool whole = (WHOLE_RANK >> c->kind & 1) != 0;
    switch (r->scope) {
    case CHANNEL:
        return too_soon(r, &n->channel, c, text, text_bytes);
    case RANK:
        return too_soon(r, &n->ranks[rank], c, text, text_bytes);
    case OTHER_RANKS:
        for (unsigned o = 0; o < k->ranks; o++)
            if (o != rank && too_soon(r, &n->ranks[o], c, text, text_bytes)) return true;
        return false;
    case GROUP:
        return too_soon(r, &n->groups[bank / k->group_banks], c, text, text_bytes);
    case BANK:
        if (!whole) return too_soon(r, &n->banks[bank], c, text, text_bytes);
        for (unsigned b = rank * k->rank_banks; b < (rank + 1) * k->rank_banks; b++)
            if (too_soon(r, &n->banks[b], c, text, text_bytes)) return true;
        return false;
    }
    return false;
}

/* Rows and power-down: the state that the command needs. */
static bool state_fits(const mem_dram_check *k, const channel *n, const mem_dram_command *c)
{
    const unsigned rank = c->place.rank;
    const int64_t row = n->rows[c->place.bank];
    if (n->down[rank] != (c->kind == DRAM_PDX)) return false;
    switch (c->kind) {
    case DRAM_ACT:
    case DRAM_REFB:
        return row < 0;
    case DRAM_RD:
    case DRAM_WR:
        return row == (int64_t)c->place.row;
    case DRAM_REF:
        for (unsigned b = rank * k->rank_banks; b < (rank + 1) * k->rank_banks; b++)
            if (n->rows[b] >= 0) return false;
        return true;
    default:
        return true;
    }
}

static void note(const mem_dram_check *k, channel *n, const mem_dram_command *c)
{
    const unsigned rank = c->place.rank, bank = c->place.bank;
    const uint64_t stamp = c->clock + 1;
    n->channel.of[c->kind] = n->ranks[rank].of[c->kind] = stamp;
    if (WHOLE_RANK >> c->kind & 1) {
        for (unsigned b = rank * k->rank_banks; b < (rank + 1) * k->rank_banks; b++) {
            /* a precharge of a closed bank changes nothing */
            if (c->kind != DRAM_PREA || n->rows[b] >= 0) n->banks[b].of[c->kind] = stamp;
            if (c->kind == DRAM_PREA) n->rows[b] = -1;
        }
    } else {
        n->groups[bank / k->group_banks].of[c->kind] = n->banks[bank].of[c->kind] = stamp;
    }
    if (c->kind == DRAM_ACT) {
        n->rows[bank] = c->place.row;
        n->acts[rank][n->act[rank]++ % 4] = stamp;
    }
    if (c->kind == DRAM_PRE) n->rows[bank] = -1;
    if (c->kind == DRAM_PDE || c->kind == DRAM_PDX) n->down[rank] = c->kind == DRAM_PDE;
}

bool mem_dram_check_next(mem_dram_check *k, const mem_dram_command *c, char *text, size_t text_bytes)
{
    channel *n = &k->channels[c->place.channel];
    const unsigned rank = c->place.rank;
    for (unsigned i = 0; i < k->rule_count; i++)
        if ((k->rules[i].after >> c->kind & 1) && breaks(k, n, &k->rules[i], c, text, text_bytes))
            return false;
    const uint64_t fourth = n->acts[rank][n->act[rank] % 4];
    if (c->kind == DRAM_ACT && fourth != 0 && c->clock < fourth - 1 + k->faw) {
        snprintf(text, text_bytes, "tFAW: a fifth activate at %llu", (unsigned long long)c->clock);
        return false;
    }
    if (!state_fits(k, n, c)) {
        snprintf(text, text_bytes, "%s at %llu: the bank or rank is not in the right state", NAMES[c->kind],
                 (unsigned long long)c->clock);
        return false;
    }
    note(k, n, c);
    return true;
}
