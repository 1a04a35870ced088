// The parts as a user meets them: through the registry and the YAML files in configs/parts.
#include <gtest/gtest.h>

#include "memory/dram/ddr4.h"
#include "memory/dram/ideal.h"
#include "sim/base/config.h"

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
} // namespace

TEST(MemParts, Ddr4FilesDescribeEightGibibytesAtTheirRatedSpeed)
{
    struct {
        const char *file;
        double peak;
    } cases[] = {{"configs/parts/ddr4_2400.yaml", 19.2e9}, {"configs/parts/ddr4_3200.yaml", 25.6e9}};
    for (auto &c : cases) {
        auto params = read<mem_ddr4_params>(c.file, true, "ddr4");
        const mem_port_params port = {32, 64};
        const char *reason = nullptr;
        mem_engine *engine = mem_ddr4_ops.create(&params, 1000000000, &port, 1, &reason);
        ASSERT_NE(engine, nullptr) << reason;
        EXPECT_EQ(mem_ddr4_ops.capacity_bytes(engine), UINT64_C(8) << 30);
        EXPECT_EQ(mem_ddr4_ops.burst_bytes(engine), 64u);
        EXPECT_DOUBLE_EQ(mem_ddr4_ops.peak_bytes_per_second(engine), c.peak);
        mem_ddr4_ops.destroy(engine);
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
