// Random controllers for tests of the memory kind dram.
#ifndef FL_TESTS_SUPPORT_DRAM_CASE_H
#define FL_TESTS_SUPPORT_DRAM_CASE_H

#include <gtest/gtest.h>

#include <cstring>
#include <sstream>
#include <string>

#include "memory/dram/controller.h"
#include "sim/base/config.h"
#include "sim/base/registry.h"
#include "tests/support/ddr4_case.h"
#include "tests/support/memory_traffic.h"

// The parameters in a part's file, or the defaults of `type: dram` with the currents of DDR4-2400. Names
// point into configurations that stay loaded.
inline mem_dram_params dram_params(const std::string &file = "")
{
    static const char text[] = "type: dram\nidd: {VDD: 1200 mV, IDD0: 48 mA, IDD2N: 34 mA, IDD2P: 25 mA, "
                               "IDD3N: 43 mA, IDD3P: 32 mA, "
                               "IDD4R: 135 mA, IDD4W: 123 mA, IDD5B: 192 mA}\n";
    fl_config *config = nullptr; // never freed: the parameters hold names of it
    fl_error error = {};
    const fl_part *part = nullptr;
    void *values = nullptr;
    fl_status status = file.empty() ? fl_config_parse("test", text, strlen(text), nullptr, 0, &config, &error)
                                    : fl_config_load(file.c_str(), nullptr, 0, &config, &error);
    if (status == FL_OK)
        status = fl_part_read(config, fl_config_root(config), "memory", &part, &values, &error);
    if (status == FL_OK) status = fl_config_check_used(config, &error);
    if (status != FL_OK || strcmp(part->name, "dram") != 0) throw std::runtime_error(error.text);
    static auto *kept = new std::vector<fl_config *>;
    kept->push_back(config);
    return *static_cast<mem_dram_params *>(values);
}

// Policies, and timings unlike any part's, to reach every order in which constraints can bind. Not all are
// valid.
inline mem_dram_params random_policy(test_random *r, mem_dram_params p)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    static const char *const MAPPINGS[] = {"ro-ra-ba-co-bg-ch", "ro-ba-bg-ra-co-ch", "ch-ra-bg-ba-ro-co",
                                           "co-ro-ra-ch-bg-ba", "ro-co-ba-bg-ch-ra", "ra-ro-ba-co-ch-bg-co1"};
    p.channels = UINT64_C(1) << (range(0, 1) ? 0 : range(0, 2));
    p.ranks = UINT64_C(1) << (range(0, 1) ? 0 : range(0, 2));
    p.mapping = MAPPINGS[range(0, 5)];
    p.bank_hash = (int)range(0, 1);
    p.scheduler = (int)(range(0, 1) ? 0 : range(0, 2));
    p.row_hit_cap = range(0, 2) ? range(1, 8) : range(1, 100);
    p.read_queue = range(0, 2) ? range(1, 16) : range(1, DRAM_MAX_QUEUE);
    p.write_queue = range(0, 2) ? range(1, 16) : range(1, DRAM_MAX_QUEUE);
    p.write_high = range(1, (int64_t)p.write_queue);
    p.write_low = range(0, (int64_t)p.write_high - 1);
    p.write_age = range(0, 2) ? range(1, 100) : range(100, 3000);
    p.turn = range(1, 40);
    p.page = (int)(range(0, 1) ? 0 : range(0, 2));
    p.page_timeout = range(1, 300);
    p.refresh = (int)range(0, 1);
    p.refresh_postpone = range(0, 1) ? 0 : range(0, 8);
    p.power_down = range(0, 1) ? 0 : range(1, 500);
    p.refresh_phase = range(0, 2000);
    return p;
}

inline mem_dram_params random_dram(test_random *r, mem_dram_params p)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    p = random_policy(r, p);
    static const uint64_t CLOCKS[] = {1200000000, 1600000000, 1066000000, 400000000};
    p.clock_hz = CLOCKS[range(0, 3)];
    p.rows = UINT64_C(1) << range(2, 16);
    p.columns = UINT64_C(1) << range(4, 10);
    p.refi = range(0, 9) == 0 ? 0 : range(0, 1) ? range(600, 4000) : 9360;
    p.rfc = range(20, 300);
    p.rfc_pb = range(10, 100);
    if (range(0, 2) == 0) return p;
    draw_banks(r, &p);
    const uint64_t data = p.burst_length / p.transfers_per_clock;
    p.ccd_s = range((int64_t)data, (int64_t)data + 2);
    p.ccd_l = range((int64_t)p.ccd_s, (int64_t)p.ccd_s + 6);
    p.wr = range(1, 30);
    p.rtp = range(1, 15);
    p.wtr_s = range(1, 8);
    p.wtr_l = range((int64_t)p.wtr_s, 15);
    p.rrefd = range(1, 10);
    p.rtrs = range(0, 5);
    p.xp = range(1, 12);
    p.cke = range(1, 12);
    return p;
}

inline uint64_t dram_burst_bytes(const mem_dram_params &p) { return p.bus_bits / 8 * p.burst_length; }
inline uint64_t dram_capacity(const mem_dram_params &p)
{
    return p.bus_bits / 8 * p.columns * p.rows * p.banks_per_group * p.bank_groups * p.ranks * p.channels;
}

inline bool is_valid(const mem_dram_params &p)
{
    const mem_port_params port = {8, 64};
    const char *reason = nullptr;
    mem_engine *engine = mem_dram_ops.create(&p, 1000000000, &port, 1, &reason);
    if (engine != nullptr) mem_dram_ops.destroy(engine);
    return engine != nullptr;
}

inline std::string twin_difference(const mem_dram_params &p, const Traffic &t)
{
    const mem_dram_params pin = with_model(p, MEM_PIN), span = with_model(p, MEM_SPAN);
    return twin_difference(mem_dram_ops, &span, &pin, t);
}

// The first valid one.
inline mem_dram_params valid_dram(test_random *r, const mem_dram_params &base)
{
    for (;;) {
        mem_dram_params p = random_dram(r, base);
        if (is_valid(p)) return p;
    }
}

inline std::string describe(const mem_dram_params &p)
{
    std::ostringstream out;
    out << p.mapping << " channels " << p.channels << " ranks " << p.ranks << " clock " << p.clock_hz << " x"
        << p.transfers_per_clock << " groups " << p.bank_groups << " x " << p.banks_per_group << " rows "
        << p.rows << " columns " << p.columns << " hash " << p.bank_hash << "\n  scheduler " << p.scheduler
        << " cap " << p.row_hit_cap << " queues " << p.read_queue << " " << p.write_queue << " "
        << p.write_high << " " << p.write_low << " age " << p.write_age << " turn " << p.turn << " page "
        << p.page << " " << p.page_timeout << " refresh " << p.refresh << " +" << p.refresh_postpone
        << " phase " << p.refresh_phase << " down " << p.power_down << "\n ";
#define SHOW(field, key, value, help) out << " " << key << " " << p.field;
    DDR4_TIMINGS(SHOW)
#undef SHOW
    out << " tREFI " << p.refi << " tRFCpb " << p.rfc_pb << " tRREFD " << p.rrefd << " tRTRS " << p.rtrs
        << " tXP " << p.xp << " tCKE " << p.cke << "\n";
    return out.str();
}

#endif
