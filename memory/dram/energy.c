#include "memory/dram/energy.h"

static double positive(double x) { return x > 0 ? x : 0; }

bool mem_dram_idd_given(const mem_dram_idd *i)
{
    return i->vdd > 0 && i->idd0 > 0 && i->idd2n > 0 && i->idd2p > 0 && i->idd3n > 0 && i->idd3p > 0 &&
           i->idd4r > 0 && i->idd4w > 0 && i->idd5b > 0;
}

mem_energy mem_dram_energy_of(const mem_dram_params *t, const mem_dram_counts *n)
{
    const mem_dram_idd *i = &t->idd;
    const double data = (double)t->burst_length / (double)t->transfers_per_clock;
    const double ras = (double)t->ras, rc = (double)t->rc;
    /* pJ of the devices of a rank per mA and clock: mA * V * ns */
    const double unit = (double)(t->bus_bits / t->device_bits) * i->vdd * 1e-3 * 1e9 / (double)t->clock_hz;
    /* IDD0 is an activate and a precharge every tRC; IDD3N for tRAS of it and IDD2N for the rest would flow
     * anyway. */
    const double activate = positive(i->idd0 * rc - i->idd3n * ras - i->idd2n * (rc - ras));
    const double refresh = positive(i->idd5b - i->idd2n) * (double)t->rfc;
    const double per_bank = refresh / (double)(t->bank_groups * t->banks_per_group);
    const double standby[DRAM_STANDBY_COUNT] = {[DRAM_PRECHARGED] = i->idd2n,
                                                [DRAM_ACTIVE] = i->idd3n,
                                                [DRAM_PRECHARGED_DOWN] = i->idd2p,
                                                [DRAM_ACTIVE_DOWN] = i->idd3p};
    double background = 0;
    for (int s = 0; s < DRAM_STANDBY_COUNT; s++) background += standby[s] * (double)n->standby[s];
    return (mem_energy){
        .activate_pj = unit * activate * (double)n->activates,
        .read_pj = unit * positive(i->idd4r - i->idd3n) * data * (double)n->reads,
        .write_pj = unit * positive(i->idd4w - i->idd3n) * data * (double)n->writes,
        .refresh_pj = unit * (refresh * (double)n->refreshes + per_bank * (double)n->bank_refreshes),
        .background_pj = unit * background,
    };
}
