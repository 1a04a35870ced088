#include "memory/dram/check.h"

#include <stdio.h>

static const char *const NAMES[] = {"ACT", "PRE", "PREA", "RD", "WR", "REF"};

enum {
    BIT_ACT = 1 << DDR4_ACT,
    BIT_PRE = 1 << DDR4_PRE,
    BIT_PREA = 1 << DDR4_PREA,
    BIT_RD = 1 << DDR4_RD,
    BIT_WR = 1 << DDR4_WR,
    BIT_REF = 1 << DDR4_REF
};

typedef enum scope { ANY, SAME_GROUP, SAME_BANK } scope;

/* One row of the standard's table: `after` must come at least `clocks` after `before` within the scope. */
typedef struct rule {
    const char *name;
    unsigned before, after;
    scope scope;
    uint64_t clocks;
} rule;

static bool applies(const rule *r, const ddr4_command *before, const ddr4_command *after)
{
    if ((r->before >> before->kind & 1) == 0 || (r->after >> after->kind & 1) == 0) return false;
    bool all = before->kind == DDR4_PREA || before->kind == DDR4_REF || after->kind == DDR4_PREA ||
               after->kind == DDR4_REF;
    if (all || r->scope == ANY) return true;
    return r->scope == SAME_GROUP ? before->place.group == after->place.group
                                  : before->place.bank == after->place.bank;
}

static bool timing_broken(const rule *rules, size_t rule_count, const ddr4_command *before,
                          const ddr4_command *after, char *text, size_t text_bytes)
{
    for (size_t i = 0; i < rule_count; i++) {
        if (!applies(&rules[i], before, after) || after->clock >= before->clock + rules[i].clocks) continue;
        snprintf(text, text_bytes, "%s: %s at %llu, %s at %llu, %llu clocks needed", rules[i].name,
                 NAMES[before->kind], (unsigned long long)before->clock, NAMES[after->kind],
                 (unsigned long long)after->clock, (unsigned long long)rules[i].clocks);
        return true;
    }
    return false;
}

/* Rows: a column command needs its row open, an activate a closed bank, a refresh all banks closed. */
static bool state_broken(int64_t *rows, const ddr4_command *c)
{
    int64_t *row = &rows[c->place.bank];
    bool broken = false;
    switch (c->kind) {
    case DDR4_ACT:
        broken = *row >= 0;
        *row = c->place.row;
        break;
    case DDR4_PRE:
        *row = -1;
        break;
    case DDR4_PREA:
        for (unsigned b = 0; b < DDR4_MAX_BANKS; b++) rows[b] = -1;
        break;
    case DDR4_RD:
    case DDR4_WR:
        broken = *row != (int64_t)c->place.row;
        break;
    case DDR4_REF:
        for (unsigned b = 0; b < DDR4_MAX_BANKS; b++) broken |= rows[b] >= 0;
        break;
    }
    return broken;
}

bool mem_ddr4_violation(const mem_ddr4_params *t, const ddr4_command *commands, size_t count, char *text,
                        size_t text_bytes)
{
    const unsigned column = BIT_RD | BIT_WR, precharge = BIT_PRE | BIT_PREA, any = 63;
    const uint64_t data = t->burst_length / t->transfers_per_clock;
    /* clang-format off */
    const rule rules[] = {
        {"command bus", any,       any,             ANY,        1},
        {"tRCD",        BIT_ACT,   column,          SAME_BANK,  t->rcd},
        {"tRAS",        BIT_ACT,   precharge,       SAME_BANK,  t->ras},
        {"tRC",         BIT_ACT,   BIT_ACT|BIT_REF, SAME_BANK,  t->rc},
        {"tRP",         precharge, BIT_ACT|BIT_REF, SAME_BANK,  t->rp},
        {"tRRD_S",      BIT_ACT,   BIT_ACT,         ANY,        t->rrd_s},
        {"tRRD_L",      BIT_ACT,   BIT_ACT,         SAME_GROUP, t->rrd_l},
        {"tCCD_S",      column,    column,          ANY,        t->ccd_s},
        {"tCCD_L",      column,    column,          SAME_GROUP, t->ccd_l},
        {"tRTP",        BIT_RD,    precharge,       SAME_BANK,  t->rtp},
        {"tWR",         BIT_WR,    precharge,       SAME_BANK,  t->cwl + data + t->wr},
        {"tWTR_S",      BIT_WR,    BIT_RD,          ANY,        t->cwl + data + t->wtr_s},
        {"tWTR_L",      BIT_WR,    BIT_RD,          SAME_GROUP, t->cwl + data + t->wtr_l},
        {"read to write", BIT_RD,  BIT_WR,          ANY,        t->cl + data + 2 - t->cwl},
        {"tRFC",        BIT_REF,   any,             ANY,        t->rfc},
    };
    /* clang-format on */
    uint64_t reach = t->faw;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].clocks > reach) reach = rules[i].clocks;
    int64_t rows[DDR4_MAX_BANKS];
    for (unsigned b = 0; b < DDR4_MAX_BANKS; b++) rows[b] = -1;
    for (size_t n = 0; n < count; n++) {
        const ddr4_command *c = &commands[n];
        unsigned activates = 0;
        for (size_t k = n; k-- > 0 && c->clock < commands[k].clock + reach;) {
            if (timing_broken(rules, sizeof rules / sizeof *rules, &commands[k], c, text, text_bytes))
                return true;
            activates += commands[k].kind == DDR4_ACT && c->clock < commands[k].clock + t->faw;
        }
        if (c->kind == DDR4_ACT && activates >= 4) {
            snprintf(text, text_bytes, "tFAW: a fifth activate at %llu", (unsigned long long)c->clock);
            return true;
        }
        if (state_broken(rows, c)) {
            snprintf(text, text_bytes, "%s at %llu: the bank is not in the right state", NAMES[c->kind],
                     (unsigned long long)c->clock);
            return true;
        }
    }
    return false;
}
