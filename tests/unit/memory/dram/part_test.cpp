// The parts as a user meets them: through the registry and the YAML files in configs/parts.
#include <gtest/gtest.h>

#include "memory/dram/check.h"
#include "memory/dram/ddr4.h"
#include "memory/dram/ideal.h"
#include "sim/base/config.h"
#include "tests/support/memory_traffic.h"

namespace
{
template <typename Params> Params read(const char *text_or_file, bool file, const char *part_name)
{
    fl_config *config = nullptr;
    fl_error error = {};
    fl_status status =
        file ? fl_config_load(text_or_file, nullptr, 0, &config, &error)
             : fl_config_parse("test", text_or_file, strlen(text_or_file), nullptr, 0, &config, &error);
    EXPECT_EQ(status, FL_OK) << error.text;
    const fl_part *part = nullptr;
    void *values = nullptr;
    Params params = {};
    if (status == FL_OK)
        status = fl_part_read(config, fl_config_root(config), "memory", &part, &values, &error);
    EXPECT_EQ(status, FL_OK) << error.text;
    if (status != FL_OK) return params;
    EXPECT_STREQ(part->name, part_name);
    EXPECT_EQ(part->params_bytes, sizeof params);
    params = *static_cast<Params *>(values);
    EXPECT_EQ(fl_config_check_used(config, &error), FL_OK) << error.text;
    fl_config_free(config);
    return params;
}
const uint64_t MIB = 1 << 20, GIB = 1 << 30;
const struct {
    const char *name;
    double peak;
    uint64_t capacity;
    uint32_t burst;
} DRAM_FILES[] = {{"ddr3_1600", 12.8e9, 4 * GIB, 64}, {"ddr4_2400", 19.2e9, 8 * GIB, 64},
                  {"ddr4_3200", 25.6e9, 8 * GIB, 64}, {"ddr5_4800", 19.2e9, 8 * GIB, 64},
                  {"lpddr4_3200", 6.4e9, GIB, 32},    {"lpddr4_4266", 8.532e9, GIB, 32},
                  {"lpddr5_6400", 12.8e9, GIB, 32},   {"gddr6_16", 32e9, 512 * MIB, 32},
                  {"hbm2_2000", 16e9, 512 * MIB, 32}, {"hbm2_2000_stack", 256e9, 8 * GIB, 512},
                  {"hbm2e_3200", 25.6e9, GIB, 32},    {"hbm3_6400", 25.6e9, 512 * MIB, 32}};
} // namespace

// What the comment at the head of each file says.
TEST(MemParts, DramFilesDescribeTheirSizeAndRatedSpeed)
{
    for (auto &c : DRAM_FILES) {
        SCOPED_TRACE(c.name);
        auto params =
            read<mem_ddr4_params>(("configs/parts/" + std::string(c.name) + ".yaml").c_str(), true, "ddr4");
        const mem_port_params port = {32, 64};
        const char *reason = nullptr;
        mem_engine *engine = mem_ddr4_ops.create(&params, 1000000000, &port, 1, &reason);
        ASSERT_NE(engine, nullptr) << reason;
        EXPECT_EQ(mem_ddr4_ops.capacity_bytes(engine), c.capacity);
        EXPECT_EQ(mem_ddr4_ops.burst_bytes(engine), c.burst);
        EXPECT_DOUBLE_EQ(mem_ddr4_ops.peak_bytes_per_second(engine), c.peak);
        mem_ddr4_ops.destroy(engine);
    }
}

// The twin test's own timings are random; here are those of each file, with commands checked.
TEST(MemParts, EveryDramFileGivesEqualEnginesAndLegalCommands)
{
    const uint64_t seed = 9;
    test_random r = {seed};
    for (const auto &file : DRAM_FILES) {
        for (int n = 0; n < 24; n++) {
            SCOPED_TRACE(std::string(file.name) + ", seed " + std::to_string(seed) + " case " +
                         std::to_string(n));
            auto span = read<mem_ddr4_params>(("configs/parts/" + std::string(file.name) + ".yaml").c_str(),
                                              true, "ddr4");
            auto pin = span;
            pin.model = 1;
            uint32_t burst = (uint32_t)(span.bus_bits / 8 * span.burst_length);
            Traffic t = random_traffic(&r, burst, UINT64_C(1) << 25, n % 4 ? 60 : 800);
            EXPECT_EQ(twin_difference(mem_ddr4_ops, &span, &pin, t), "");
            std::vector<ddr4_command> trace;
            run_stepped(mem_ddr4_ops, &span, t, [&](mem_engine *engine) {
                mem_ddr4_set_trace(
                    engine,
                    [](void *owner, const ddr4_command *c) {
                        static_cast<std::vector<ddr4_command> *>(owner)->push_back(*c);
                    },
                    &trace);
            });
            char text[200] = "";
            EXPECT_FALSE(mem_ddr4_violation(&span, trace.data(), trace.size(), text, sizeof text)) << text;
        }
    }
}

TEST(MemParts, DefaultsOfDdr4AreItsFirstFile)
{
    auto file = read<mem_ddr4_params>("configs/parts/ddr4_2400.yaml", true, "ddr4");
    auto defaults = read<mem_ddr4_params>("type: ddr4\n", false, "ddr4");
    EXPECT_EQ(memcmp(&file, &defaults, offsetof(mem_ddr4_params, model)), 0);
}

TEST(MemParts, IdealReadsItsKeys)
{
    auto p = read<mem_ideal_params>("type: ideal\nlatency: 7 cycles\nbytes_per_cycle: 32 B\nmodel: pin\n",
                                    false, "ideal");
    EXPECT_EQ(p.latency_cycles, 7u);
    EXPECT_EQ(p.bytes_per_cycle, 32u);
    EXPECT_EQ(p.burst_bytes, 64u);
    EXPECT_EQ(p.model, 1);
}

TEST(MemParts, ContradictionsAreRefusedWithAReason)
{
    auto good = read<mem_ddr4_params>("type: ddr4\n", false, "ddr4");
    const mem_port_params port = {32, 64}, no_bus = {32, 0};
    auto refused = [](const mem_ddr4_params &p, const mem_port_params &q) {
        const char *reason = nullptr;
        EXPECT_EQ(mem_ddr4_ops.create(&p, 1000000000, &q, 1, &reason), nullptr);
        EXPECT_NE(reason, nullptr);
    };
    auto p = good;
    p.refi = 300;
    refused(p, port);
    p = good;
    p.ccd_s = 3;
    refused(p, port);
    p = good;
    p.bank_groups = p.banks_per_group = 16;
    refused(p, port);
    p = good;
    p.columns = 4;
    refused(p, port);
    refused(good, no_bus);
}
