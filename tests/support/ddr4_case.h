// DDR4 channels for tests and benchmarks of the memory kinds ddr4 and dram.
#ifndef FL_TESTS_SUPPORT_DDR4_CASE_H
#define FL_TESTS_SUPPORT_DDR4_CASE_H

#include <string>

#include "memory/dram/ddr4.h"
#include "tests/support/random.h"

inline mem_ddr4_params ddr4_2400(int model = MEM_SPAN)
{
    mem_ddr4_params p = {};
    p.clock_hz = 1200000000;
    p.transfers_per_clock = 2;
    p.bus_bits = 64;
    p.burst_length = 8;
    p.bank_groups = p.banks_per_group = 4;
    p.rows = 65536;
    p.columns = 1024;
#define SET(field, key, value, help) p.field = std::stoull(value);
    DDR4_TIMINGS(SET)
#undef SET
    p.refi = 9360;
    p.lookahead = p.row_hit_cap = 16;
    p.model = model;
    return p;
}

template <typename Params> Params with_model(Params p, int model)
{
    p.model = model;
    return p;
}

// How long rows take, unlike any part's.
template <typename Params> void draw_row_timings(test_random *r, Params *p)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    p->rcd = range(1, 25);
    p->rp = range(1, 25);
    p->ras = range(1, 50);
    p->rc = range(1, 80);
    p->rrd_s = range(1, 8);
    p->rrd_l = range((int64_t)p->rrd_s, 12);
    p->faw = range(1, 60);
}

// Banks unlike any part's, and the timings of their rows.
template <typename Params> void draw_banks(test_random *r, Params *p)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    p->transfers_per_clock = UINT64_C(2) << range(0, 2);
    p->bank_groups = UINT64_C(1) << range(0, 3);
    p->banks_per_group = UINT64_C(1) << range(0, 3);
    p->cwl = range(4, 20);
    p->cl = range((int64_t)p->cwl - 2, 25);
    draw_row_timings(r, p);
}

#endif
