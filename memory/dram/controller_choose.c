/* What the controller's span model decides: direction, refreshes, and each channel's next command.
 *
 * The first column, activate and precharge for requests are kept apart, each until its clock passes or one of
 * its banks, ranks or groups changes, so that a command makes one of the three stale and no bank is looked at
 * again for what has not moved. */
#include "memory/dram/controller_span.h"

static void turn_around(const mem_dram *d, dram_channel *c, uint64_t now)
{
    dram_account(d, c, now);
    c->direction = 1 - c->direction;
    c->served = 0;
    c->stale = DRAM_ALL_STALE;
    for (uint64_t left = c->waiting[0] | c->waiting[1]; left != 0; left &= left - 1)
        dram_rethink(d, c, (unsigned)__builtin_ctzll(left), now);
}

static void choose_direction(const mem_dram *d, dram_channel *c, uint64_t now)
{
    const unsigned reads = c->fill[DRAM_READ], writes = c->fill[DRAM_WRITE];
    if (writes == 0 && c->direction == DRAM_READ) return;
    const bool aged = writes > 0 && now >= c->requests[c->oldest[DRAM_WRITE]].arrival + d->t.write_age;
    const bool turn_over = c->served >= d->t.turn;
    bool change;
    if (c->direction == DRAM_READ)
        change = reads == 0 || ((writes >= d->t.write_high || aged) && turn_over);
    else
        change = writes == 0 || (reads > 0 && ((writes <= d->t.write_low && !aged) || turn_over));
    if (change) turn_around(d, c, now);
    if (c->direction == DRAM_READ && writes > 0 && !aged)
        c->visit = mem_sooner(c->visit, c->requests[c->oldest[DRAM_WRITE]].arrival + d->t.write_age);
}

static void demand_refreshes(const mem_dram *d, dram_channel *c, uint64_t now)
{
    for (unsigned r = 0; r < d->t.ranks; r++) {
        dram_rank *rank = &c->ranks[r];
        if (rank->refreshing) continue;
        uint64_t must = rank->refresh_due;
        if (d->t.refresh_postpone > 0) {
            const dram_bank *turn = &c->banks[r * d->rank_banks + rank->turn];
            bool wanted = d->t.refresh == DRAM_ALL_BANK
                              ? rank->requests > 0
                              : turn->first[0] != DRAM_NONE || turn->first[1] != DRAM_NONE;
            if (wanted) must += d->t.refresh_postpone * d->refresh_interval;
        }
        if (now < must) {
            c->visit = mem_sooner(c->visit, must);
            continue;
        }
        dram_account(d, c, now);
        rank->refreshing = true;
        dram_block(d, c);
    }
}

void dram_block(const mem_dram *d, dram_channel *c)
{
    const uint64_t all = d->rank_banks == 64 ? UINT64_MAX : (UINT64_C(1) << d->rank_banks) - 1;
    c->blocked = 0;
    c->stale = DRAM_ALL_STALE;
    for (unsigned r = 0; r < d->t.ranks; r++) {
        const unsigned first = r * d->rank_banks;
        if (c->ranks[r].down || (c->ranks[r].refreshing && d->t.refresh == DRAM_ALL_BANK))
            c->blocked |= all << first;
        else if (c->ranks[r].refreshing)
            c->blocked |= UINT64_C(1) << (first + c->ranks[r].turn);
    }
}

/* --- when commands are allowed
 * ---------------------------------------------------------------------------------- */

/* What the rank allows. */
static inline uint64_t rank_free(const dram_channel *c, dram_want want, unsigned rank)
{
    const dram_rank *r = &c->ranks[rank];
    return want == DRAM_WANT_COLUMN     ? r->column_free[c->direction]
           : want == DRAM_WANT_ACTIVATE ? r->activate_free
                                        : 0;
}

/* What the bank and its group allow. */
static inline uint64_t bank_free(const dram_channel *c, dram_want want, const dram_bank *b)
{
    return want == DRAM_WANT_COLUMN ? mem_later(b->column_free, c->groups[b->group].column_free[c->direction])
           : want == DRAM_WANT_ACTIVATE ? mem_later(b->activate_free, c->groups[b->group].activate_free)
                                        : b->precharge_free;
}

/* A REF of the rank, or the PREA before it. */
static uint64_t refresh_rank_free(const mem_dram *d, const dram_channel *c, unsigned rank)
{
    uint64_t closes = c->ranks[rank].ready, refreshes = closes;
    for (unsigned b = rank * d->rank_banks; b < (rank + 1) * d->rank_banks; b++) {
        if (c->banks[b].row != DRAM_CLOSED_ROW) closes = mem_later(closes, c->banks[b].precharge_free);
        refreshes = mem_later(refreshes, c->banks[b].activate_free);
    }
    return c->ranks[rank].open > 0 ? closes : refreshes;
}

/* A REFB of the bank whose turn it is, or the PRE before it. */
static uint64_t refresh_bank_free(const mem_dram *d, const dram_channel *c, unsigned rank)
{
    const dram_rank *r = &c->ranks[rank];
    const dram_bank *b = &c->banks[rank * d->rank_banks + r->turn];
    if (b->row != DRAM_CLOSED_ROW) return b->precharge_free;
    return mem_later(mem_later(b->activate_free, r->bank_refresh_free), r->ready);
}

/* --- commands for requests
 * -------------------------------------------------------------------------------------- */

/* The request that the bank works for; the queue holds one for it. */
static uint16_t chosen_of(const mem_dram *d, const dram_channel *c, const dram_bank *b)
{
    uint16_t slot = b->first[c->direction];
    if (d->t.scheduler != DRAM_FR_FCFS || b->hits[c->direction] == 0 || b->bypassed >= d->t.row_hit_cap)
        return slot;
    while (c->requests[slot].row != b->row) slot = c->requests[slot].next;
    return slot;
}

static dram_want want_of(const dram_bank *b, const dram_request *e)
{
    return b->row == e->row            ? DRAM_WANT_COLUMN
           : b->row == DRAM_CLOSED_ROW ? DRAM_WANT_ACTIVATE
                                       : DRAM_WANT_PRECHARGE;
}

void dram_rethink(const mem_dram *d, dram_channel *c, unsigned bank, uint64_t now)
{
    const uint64_t bit = UINT64_C(1) << bank;
    dram_bank *b = &c->banks[bank];
    if (b->want != DRAM_WANT_NOTHING) {
        c->wants[b->want] &= ~bit;
        /* a command for requests is its bank's, which was the first: what it delays is found anew, too */
        if (c->first[b->want].bank == bank) c->stale |= 1u << b->want;
    }
    b->want = DRAM_WANT_NOTHING;
    if (b->first[c->direction] == DRAM_NONE) return;
    b->chosen = chosen_of(d, c, b);
    b->order = c->requests[b->chosen].order << DRAM_KEY_ORDER | bank;
    const dram_want want = want_of(b, &c->requests[b->chosen]);
    b->want = (uint8_t)want;
    c->wants[want] |= bit;
    if (c->stale >> want & 1) return;
    if (c->blocked & bit) return;
    if (d->t.scheduler == DRAM_FCFS) { /* whose columns are those of the head's bank */
        c->stale |= 1u << want;
        return;
    }
    dram_first *first = &c->first[want];
    const uint64_t free = mem_later(bank_free(c, want, b), rank_free(c, want, b->rank)),
                   clock = mem_later(free, now);
    if (clock < first->clock || (clock == first->clock && b->order < first->order))
        *first = (dram_first){.clock = clock, .order = b->order, .bank = bank};
}

/* Commands compare as numbers: by clock from `now` on (no timing reaches 2^31 clocks ahead), older requests
 * first (the row-hit cap keeps them close). The lowest bits say which bank it is. */
enum { KEY_CLOCK = 32 };

static inline __attribute__((always_inline)) void find_first(const mem_dram *d, dram_channel *c,
                                                             dram_want want, uint64_t banks, uint64_t now)
{
    const uint64_t oldest = c->requests[c->oldest[c->direction]].order << DRAM_KEY_ORDER;
    uint64_t best = UINT64_MAX, shared[DRAM_MAX_RANKS];
    for (unsigned r = 0; r < d->t.ranks; r++) shared[r] = mem_later(rank_free(c, want, r), now);
    for (uint64_t left = banks; left != 0; left &= left - 1) {
        const dram_bank *b = &c->banks[__builtin_ctzll(left)];
        const uint64_t clock = mem_later(bank_free(c, want, b), shared[b->rank]);
        best = mem_sooner(best, (clock - now) << KEY_CLOCK | (b->order - oldest));
    }
    const unsigned bank = best & ((1u << DRAM_KEY_ORDER) - 1);
    c->first[want] =
        (dram_first){.clock = now + (best >> KEY_CLOCK), .order = c->banks[bank].order, .bank = bank};
}

/* `first` of the kind at `now`. */
static inline __attribute__((always_inline)) const dram_first *first_at(const mem_dram *d, dram_channel *c,
                                                                        dram_want want, uint64_t now)
{
    dram_first *first = &c->first[want];
    if (!(c->stale >> want & 1) && first->clock >= now) return first;
    c->stale &= ~(1u << want);
    uint64_t banks = c->wants[want] & ~c->blocked;
    if (want == DRAM_WANT_COLUMN && d->t.scheduler == DRAM_FCFS && banks != 0)
        banks &= UINT64_C(1) << c->requests[c->oldest[c->direction]].bank;
    if (banks == 0)
        *first = (dram_first){.clock = UINT64_MAX};
    else
        find_first(d, c, want, banks, now);
    return first;
}

/* Makes the command the choice if it comes before the one that is. */
static inline void consider(dram_choice *best, uint64_t clock, dram_priority priority, uint64_t order,
                            unsigned which)
{
    if (clock > best->clock) return;
    if (clock == best->clock &&
        (priority > best->priority || (priority == best->priority && order > best->order)))
        return;
    *best = (dram_choice){.clock = clock, .priority = priority, .order = order, .which = which};
}

void dram_choose(const mem_dram *d, dram_channel *c, uint64_t now)
{
    const dram_first *first = first_at(d, c, DRAM_WANT_COLUMN, now);
    dram_priority priority = DRAM_DO_COLUMN;
    if (first->clock != now) { /* or no row comes before that */
        const dram_first *a = first_at(d, c, DRAM_WANT_ACTIVATE, now),
                         *p = first_at(d, c, DRAM_WANT_PRECHARGE, now);
        const dram_first *row = a->clock < p->clock || (a->clock == p->clock && a->order < p->order) ? a : p;
        if (row->clock < first->clock) {
            first = row;
            priority = DRAM_DO_ROW;
        }
    }
    if (first->clock < c->other.clock ||
        (first->clock == c->other.clock && priority < c->other.priority && first->clock != UINT64_MAX))
        c->choice = (dram_choice){first->clock, first->order, priority, c->banks[first->bank].chosen};
    else
        c->choice = c->other;
}

/* --- the rest
 * --------------------------------------------------------------------------------------------------- */

static void consider_ranks(const mem_dram *d, dram_channel *c, uint64_t now, dram_choice *best)
{
    for (unsigned r = 0; r < d->t.ranks; r++) {
        const dram_rank *rank = &c->ranks[r];
        if (rank->down) {
            if (rank->refreshing || rank->requests > 0)
                consider(best, mem_later(now, rank->wake_free), DRAM_DO_WAKE, r, r);
        } else if (rank->refreshing) {
            uint64_t free =
                d->t.refresh == DRAM_PER_BANK ? refresh_bank_free(d, c, r) : refresh_rank_free(d, c, r);
            consider(best, mem_later(now, free), DRAM_DO_REFRESH, r, r);
        } else if (d->t.power_down > 0 && rank->requests == 0) {
            consider(best, mem_later(now, mem_later(rank->ready, rank->sleep_free)), DRAM_DO_SLEEP, r, r);
        }
    }
}

static void consider_closing(const dram_channel *c, uint64_t now, dram_choice *best)
{
    for (uint64_t left = c->opened & ~c->waiting[c->direction] & ~c->blocked; left != 0; left &= left - 1) {
        const unsigned bank = (unsigned)__builtin_ctzll(left);
        const dram_bank *b = &c->banks[bank];
        if (b->hits[1 - c->direction] > 0) continue;
        uint64_t clock = mem_later(b->close_due, b->precharge_free);
        consider(best, mem_later(clock, now), DRAM_DO_CLOSE, bank, bank);
    }
}

void dram_settle(const mem_dram *d, dram_channel *c, uint64_t now)
{
    c->visit = UINT64_MAX;
    choose_direction(d, c, now);
    demand_refreshes(d, c, now);
    c->other = (dram_choice){.clock = UINT64_MAX};
    if (d->close_after != UINT64_MAX) consider_closing(c, now, &c->other);
    consider_ranks(d, c, now, &c->other);
    dram_choose(d, c, now);
    c->settled = true;
}
