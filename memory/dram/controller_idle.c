/* Long idle time of the controller's span model: refreshes and power-downs repeat with the refresh interval.
 *
 * One period is gone through command by command. If it leaves every channel as it found it, but for the
 * clock, so will all others until a burst arrives: clocks move by whole periods and what the period has
 * counted is multiplied. Clocks that have passed decide nothing any more and count as equal. */
#include <stdlib.h>
#include <string.h>

#include "memory/dram/controller_span.h"

uint64_t dram_idle_period(const mem_dram *d)
{
    return d->t.refresh == DRAM_PER_BANK ? d->refresh_interval * d->rank_banks : d->refresh_interval;
}

/* What a channel is in, besides its queues, which are empty. */
typedef struct resources {
    dram_bank banks[DRAM_MAX_BANKS];
    dram_group groups[DRAM_MAX_RANKS * DRAM_MAX_GROUPS];
    dram_rank ranks[DRAM_MAX_RANKS];
} resources;

static void move(uint64_t *clock, uint64_t now, uint64_t by) { *clock = *clock <= now ? 0 : *clock + by; }

/* All clocks up to `now` are forgotten, the others `by` later. */
static void move_resources(const mem_dram *d, dram_bank *banks, dram_group *groups, dram_rank *ranks,
                           uint64_t now, uint64_t by)
{
    for (unsigned k = 0; k < d->banks; k++) {
        dram_bank *b = &banks[k];
        uint64_t *const clocks[] = {&b->activate_free, &b->precharge_free, &b->column_free, &b->refreshed,
                                    &b->close_due};
        for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) move(clocks[i], now, by);
    }
    for (unsigned k = 0; k < d->t.ranks * d->t.bank_groups; k++) {
        uint64_t *const clocks[] = {&groups[k].column_free[0], &groups[k].column_free[1],
                                    &groups[k].activate_free};
        for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) move(clocks[i], now, by);
    }
    for (unsigned k = 0; k < d->t.ranks; k++) {
        dram_rank *r = &ranks[k];
        uint64_t *const clocks[] = {&r->column_free[0], &r->column_free[1], &r->activate_free,
                                    &r->faw_free[0],    &r->faw_free[1],    &r->faw_free[2],
                                    &r->faw_free[3],    &r->ready,          &r->refreshed,
                                    &r->sleep_free,     &r->wake_free,      &r->bank_refresh_free};
        for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) move(clocks[i], now, by);
        r->refresh_due += by; /* which counts also when it has passed */
        r->standby_since += by;
    }
}

static void move_channel(const mem_dram *d, dram_channel *c, uint64_t now, uint64_t by)
{
    move_resources(d, c->banks, c->groups, c->ranks, now, by);
}

static void save(const mem_dram *d, const dram_channel *c, resources *saved)
{
    memcpy(saved->banks, c->banks, d->banks * sizeof *c->banks);
    memcpy(saved->groups, c->groups, d->t.ranks * d->t.bank_groups * sizeof *c->groups);
    memcpy(saved->ranks, c->ranks, d->t.ranks * sizeof *c->ranks);
}

static bool same(const mem_dram *d, const dram_channel *c, const resources *saved)
{
    return memcmp(saved->banks, c->banks, d->banks * sizeof *c->banks) == 0 &&
           memcmp(saved->groups, c->groups, d->t.ranks * d->t.bank_groups * sizeof *c->groups) == 0 &&
           memcmp(saved->ranks, c->ranks, d->t.ranks * sizeof *c->ranks) == 0;
}

static void multiply(uint64_t *value, uint64_t before, uint64_t times)
{
    *value += (*value - before) * times;
}

static void multiply_counts(mem_dram_counts *n, const mem_dram_counts *before, uint64_t times)
{
    multiply(&n->refreshes, before->refreshes, times);
    multiply(&n->bank_refreshes, before->bank_refreshes, times);
    for (int k = 0; k < DRAM_STANDBY_COUNT; k++) multiply(&n->standby[k], before->standby[k], times);
}

void dram_pass_idle(mem_dram *d, dram_span_state *s, uint64_t end)
{
    const uint64_t period = dram_idle_period(d);
    const size_t channels = d->t.channels;
    resources *saved = malloc(channels * sizeof *saved);
    fl_account *accounts = calloc(channels, sizeof *accounts);
    if (saved == NULL || accounts == NULL) abort();
    dram_note_all(d, s);
    for (size_t n = 0; n < channels; n++) {
        move_channel(d, &s->channels[n], s->clock, 0);
        save(d, &s->channels[n], &saved[n]);
        accounts[n] = s->channels[n].account;
    }
    const mem_dram_counts counts = s->counts;

    const uint64_t start = s->clock;
    dram_go(d, s, start + period);
    dram_note_all(d, s);
    const uint64_t times = (end - s->clock) / period;
    bool repeats = true;
    for (size_t n = 0; n < channels; n++) {
        move_channel(d, &s->channels[n], s->clock, 0);
        move_resources(d, saved[n].banks, saved[n].groups, saved[n].ranks, start, period);
        repeats &= same(d, &s->channels[n], &saved[n]);
    }
    if (repeats) {
        for (size_t n = 0; n < channels; n++) {
            dram_channel *c = &s->channels[n];
            move_channel(d, c, s->clock, times * period);
            for (int k = 0; k < FL_CAUSE_COUNT; k++)
                multiply(&c->account.cycles[k], accounts[n].cycles[k], times);
            c->account.until += times * period;
            c->settled = false;
            c->look = 0;
        }
        multiply_counts(&s->counts, &counts, times);
        s->clock += times * period;
    }
    free(saved);
    free(accounts);
}
