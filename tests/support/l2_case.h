// Random caches for tests of the memory kind l2.
#ifndef FL_TESTS_SUPPORT_L2_CASE_H
#define FL_TESTS_SUPPORT_L2_CASE_H

#include <sstream>
#include <stdexcept>
#include <string>

#include "memory/l2/l2.h"
#include "sim/base/config.h"
#include "tests/support/memory_traffic.h"

// The parameters that a machine's `memory:` has when it is `text`, a map in braces.
inline mem_l2_params l2_params(const std::string &text)
{
    fl_config *config = nullptr; // never freed: the parameters point into it
    fl_error error = {};
    const fl_part *part = nullptr;
    void *values = nullptr;
    const std::string file = "memory: " + text + "\n";
    fl_status status = fl_config_parse("test", file.c_str(), file.size(), nullptr, 0, &config, &error);
    if (status == FL_OK)
        status = fl_part_read_at(config, fl_config_root(config), "memory", "memory", nullptr, &part, &values,
                                 &error);
    if (status == FL_OK) status = fl_config_check_used(config, &error);
    if (status != FL_OK) throw std::runtime_error(error.text);
    static auto *kept = new std::vector<fl_config *>;
    kept->push_back(config);
    return *static_cast<mem_l2_params *>(values);
}

// A span cache on a span memory, and a pin cache on a pin memory, alike in everything else.
struct L2Twins {
    mem_l2_params span, pin;
    std::string below;
};

inline std::string describe(const L2Twins &t)
{
    const mem_l2_params &p = t.span;
    std::ostringstream out;
    out << "capacity " << p.capacity_bytes << " ways " << p.ways << " line " << p.line_bytes << " banks "
        << p.banks << " width " << p.width_bytes << " latency " << p.latency_cycles << " mshrs " << p.mshrs
        << " write_buffer " << p.write_buffers << " bus " << p.bus_bytes << " write " << p.write << " below "
        << t.below << "\n";
    return out.str();
}

// Memories to put below, of bursts of 64 B.
inline std::vector<L2Twins> l2_twins()
{
    static const char *const BELOW[] = {"type: ideal, latency: 3 cycles, bytes_per_cycle: 48 B",
                                        "type: ideal",
                                        "type: ddr4, lookahead: 8",
                                        "type: ddr4, clock: 400 MHz, timing.tREFI: 900, lookahead: 2",
                                        "type: dram",
                                        "type: dram, channels: 2, page: closed, power_down: 50, "
                                        "idd: {VDD: 1200 mV, IDD0: 48 mA, IDD2N: 34 mA, IDD2P: 25 mA, IDD3N: "
                                        "43 mA, IDD3P: 32 mA, IDD4R: 135 mA, IDD4W: 123 mA, IDD5B: 192 mA}"};
    std::vector<L2Twins> twins;
    for (const char *below : BELOW) {
        auto with = [&](const char *model) {
            std::string text = below;
            size_t dot = text.find("timing.tREFI: 900");
            if (dot != std::string::npos) text.replace(dot, 17, "timing: {tREFI: 900}");
            return l2_params(std::string("{type: l2, model: ") + model + ", below: {" + text +
                             ", model: " + model + "}}");
        };
        twins.push_back({with("span"), with("pin"), below});
    }
    return twins;
}

inline L2Twins random_l2(test_random *r, const std::vector<L2Twins> &bases)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    L2Twins t = bases[range(0, (int64_t)bases.size() - 1)];
    mem_l2_params &p = t.span;
    p.line_bytes = UINT64_C(64) << (range(0, 2) ? 0 : range(0, 2));
    p.ways = range(0, 1) ? range(1, 4) : range(1, 16);
    p.banks = UINT64_C(1) << range(0, 4);
    const uint64_t sets = range(0, 1) ? range(1, 3) : range(1, 40);
    p.capacity_bytes = p.banks * p.ways * p.line_bytes * sets;
    p.width_bytes = range(0, 1) ? p.line_bytes : range(8, 200);
    p.latency_cycles = range(0, 30);
    p.mshrs = range(0, 1) ? range(1, 3) : range(1, 20);
    p.write_buffers = range(0, 1) ? range(1, 2) : range(1, 12);
    p.bus_bytes = range(0, 1) ? 64 : range(5, 130);
    p.write = range(0, 2) == 0;
    const fl_subpart below = t.pin.below;
    t.pin = p;
    t.pin.below = below;
    t.pin.model = 1;
    return t;
}

// Traffic that comes back to the same lines, on up to 16 ports.
inline Traffic l2_traffic(test_random *r, const mem_l2_params &p, uint64_t most_lines)
{
    auto range = [&](int64_t low, int64_t high) { return (uint64_t)test_random_range(r, low, high); };
    const uint64_t reach = range(0, 3) ? p.capacity_bytes * range(1, 6) : UINT64_C(1) << 28;
    Traffic t = random_traffic(r, p.line_bytes, reach + 4 * p.line_bytes, most_lines);
    const unsigned ports = (unsigned)(range(0, 1) ? range(1, 4) : range(1, MEM_MAX_PORTS));
    t.ports.resize(ports, t.ports[0]);
    for (TrafficItem &item : t.items) {
        item.port = (unsigned)range(0, ports - 1);
        if (range(0, 1)) item.block.address = t.items[range(0, (int64_t)t.items.size() - 1)].block.address;
        if (range(0, 2) && item.block.row_stride_bytes > item.block.width_bytes)
            item.block.row_stride_bytes = p.line_bytes * range(0, 12);
    }
    return t;
}

#endif
