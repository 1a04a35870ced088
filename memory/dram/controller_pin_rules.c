/* What the standard allows, for the controller's pin model: stamps against parameters, bank by bank. */
#include "memory/dram/controller_pin.h"

bool dram_awake(const mem_dram *d, const dram_pin_state *s, const pin_rank *r)
{
    return !r->down && dram_passed(s, r->pdx, d->t.xp) && dram_passed(s, r->ref, d->t.rfc);
}

bool dram_may_activate(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned bank)
{
    const mem_dram_params *t = &d->t;
    const unsigned rank = dram_rank_of(d, bank);
    if (!dram_awake(d, s, &c->ranks[rank]) || !dram_passed(s, c->ranks[rank].acts[0], t->faw)) return false;
    const pin_bank *own = &c->banks[bank];
    if (!dram_passed(s, own->pre, t->rp) || !dram_passed(s, own->act, t->rc) ||
        !dram_passed(s, own->ref, t->rfc_pb))
        return false;
    for (unsigned b = rank * d->rank_banks; b < (rank + 1) * d->rank_banks; b++) {
        bool same = dram_group_of(d, b) == dram_group_of(d, bank);
        if (!dram_passed(s, c->banks[b].act, same ? t->rrd_l : t->rrd_s)) return false;
        if (!dram_passed(s, c->banks[b].ref, t->rrefd)) return false;
    }
    return true;
}

bool dram_may_precharge(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned bank)
{
    const pin_bank *b = &c->banks[bank];
    return dram_awake(d, s, &c->ranks[dram_rank_of(d, bank)]) && dram_passed(s, b->act, d->t.ras) &&
           dram_passed(s, b->rd, d->t.rtp) && dram_passed(s, b->wr, d->t.cwl + d->data_clocks + d->t.wr);
}

/* The data bus: one burst behind the other, with a gap where the rank changes or a write follows a read. */
static bool bus_free(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned rank,
                     unsigned direction)
{
    if (c->column == 0) return true;
    uint64_t gap = rank != c->column_rank ? d->t.rtrs : 0;
    if (direction == DRAM_WRITE && c->column_direction == DRAM_READ && gap < 2) gap = 2;
    uint64_t end = c->column - 1 + d->latency[c->column_direction] + d->data_clocks;
    return s->clock + d->latency[direction] >= end + gap;
}

bool dram_may_column(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned bank,
                     unsigned direction)
{
    const mem_dram_params *t = &d->t;
    const unsigned rank = dram_rank_of(d, bank);
    if (!dram_awake(d, s, &c->ranks[rank]) || !dram_passed(s, c->banks[bank].act, t->rcd)) return false;
    for (unsigned b = rank * d->rank_banks; b < (rank + 1) * d->rank_banks; b++) {
        bool same = dram_group_of(d, b) == dram_group_of(d, bank);
        uint64_t column = same ? t->ccd_l : t->ccd_s;
        uint64_t write_to_read = t->cwl + d->data_clocks + (same ? t->wtr_l : t->wtr_s);
        if (!dram_passed(s, c->banks[b].rd, column) || !dram_passed(s, c->banks[b].wr, column)) return false;
        if (direction == DRAM_READ && !dram_passed(s, c->banks[b].wr, write_to_read)) return false;
    }
    return bus_free(d, s, c, rank, direction);
}

bool dram_may_refresh_bank(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned bank)
{
    const unsigned rank = dram_rank_of(d, bank);
    const pin_bank *own = &c->banks[bank];
    if (!dram_awake(d, s, &c->ranks[rank]) || !dram_passed(s, own->pre, d->t.rp) ||
        !dram_passed(s, own->act, d->t.rc))
        return false;
    for (unsigned b = rank * d->rank_banks; b < (rank + 1) * d->rank_banks; b++)
        if (!dram_passed(s, c->banks[b].ref, d->t.rfc_pb) || !dram_passed(s, c->banks[b].act, d->t.rrd_s))
            return false;
    return true;
}

bool dram_may_sleep(const mem_dram *d, const dram_pin_state *s, const pin_channel *c, unsigned rank)
{
    const pin_rank *r = &c->ranks[rank];
    if (!dram_awake(d, s, r) || !dram_passed(s, r->pdx, d->t.cke)) return false;
    for (unsigned b = rank * d->rank_banks; b < (rank + 1) * d->rank_banks; b++) {
        if (!dram_passed(s, c->banks[b].rd, d->t.cl + d->data_clocks + 1)) return false;
        if (!dram_passed(s, c->banks[b].wr, d->t.cwl + d->data_clocks + d->t.wr)) return false;
        if (!dram_passed(s, c->banks[b].ref, d->t.rfc_pb)) return false;
    }
    return true;
}
