// The cost tables from gates: do they load into a machine, and are their figures those of the blocks?
#include "sim/cost/blocks.h"

#include <gtest/gtest.h>

#include <string>

#include "sim/cost/cost.h"

namespace
{
struct Blocks : fl_cost_blocks {
    Blocks() : fl_cost_blocks()
    {
        fl_error error = {};
        EXPECT_EQ(fl_cost_blocks_read("configs/costs/osu018_blocks.yaml", this, &error), FL_OK) << error.text;
    }
    ~Blocks() { fl_cost_blocks_free(this); }
    Blocks(const Blocks &) = delete;
    Blocks &operator=(const Blocks &) = delete;

    const fl_cost_block &at(const char *name) const
    {
        const fl_cost_block *block = fl_cost_block_find(this, name);
        EXPECT_NE(block, nullptr) << name;
        static const fl_cost_block none = {};
        return block == nullptr ? none : *block;
    }
};

struct Table : fl_cost_table {
    explicit Table(const std::string &file) : fl_cost_table()
    {
        fl_error error = {};
        const std::string path = "configs/costs/" + file + ".yaml";
        EXPECT_EQ(fl_config_load(path.c_str(), nullptr, 0, &config_, &error), FL_OK) << error.text;
        fl_node *root = fl_config_root(config_);
        EXPECT_EQ(fl_schema_read(config_, root, root, fl_cost_params, fl_cost_param_count,
                                 static_cast<fl_cost_table *>(this), &error),
                  FL_OK)
            << error.text;
        EXPECT_EQ(fl_config_check_used(config_, &error), FL_OK) << error.text;
    }
    ~Table() { fl_config_free(config_); }
    Table(const Table &) = delete;
    Table &operator=(const Table &) = delete;

private:
    fl_config *config_ = nullptr;
};

void expect_near(double got, double expected) { EXPECT_NEAR(got, expected, 2e-3 * expected); }

TEST(CostBlocks, MachineTableIsThatOfItsBlocks)
{
    const Blocks blocks;
    const Table table("osu018");
    expect_near(table.pe_mac_pj, blocks.at("pe_os_ant4").gates.operation_pj);
    expect_near(table.pe_um2, blocks.at("pe_os_ant4").gates.um2);
    expect_near(table.pe_static_mw, blocks.at("pe_os_ant4").leakage_mw);
    expect_near(table.decode_pj, blocks.at("decode_ant4").gates.operation_pj);
    expect_near(table.decoder_um2, blocks.at("decode_ant4").gates.um2);
    expect_near(table.vector_multiply_pj, blocks.at("probe_multiply32").gates.operation_pj);
    expect_near(table.vector_add_pj, blocks.at("probe_add32").gates.operation_pj);
    expect_near(table.vector_table_read_pj, blocks.at("probe_table16").gates.operation_pj);
    expect_near(table.lane_um2, blocks.at("requantize").gates.um2 + blocks.at("igelu").gates.um2 +
                                    blocks.at("softmax_rexp").gates.um2);
}

// Area falls by a bit less than (28 / 180)^2 per the published factors, energy by more than a hundred.
TEST(CostBlocks, ScaledTableIsTheSameMachineAtAnotherNode)
{
    const Blocks blocks;
    const Table large("osu018"), small("osu018_28nm"), published("ant_28nm");
    const fl_cost_block &pe = blocks.at("pe_os_ant4");
    const double area = pe.gates_28nm.um2 / pe.gates.um2,
                 energy = pe.gates_28nm.operation_pj / pe.gates.operation_pj;
    EXPECT_NEAR(area, 0.0198, 1e-4);
    EXPECT_NEAR(energy, 0.00762, 1e-4);
    expect_near(small.pe_um2 / large.pe_um2, area);
    expect_near(small.lane_um2 / large.lane_um2, area);
    EXPECT_NEAR(small.pe_mac_pj / large.pe_mac_pj, energy, 0.01 * energy);
    // What no gate tells is the published table's at its node, and DRAM everywhere.
    EXPECT_EQ(small.sram_um2_per_kib, published.sram_um2_per_kib);
    expect_near(published.sram_um2_per_kib / large.sram_um2_per_kib, area);
    EXPECT_EQ(small.read_pj_per_bit[0], published.read_pj_per_bit[0]);
    EXPECT_EQ(large.dram_read_pj_per_bit, published.dram_read_pj_per_bit);
}

TEST(CostBlocks, EnergyOfAnOperationIsAtLeastThatOfACycle)
{
    const Blocks blocks;
    ASSERT_GT(blocks.count, 20u);
    for (size_t i = 0; i < blocks.count; i++) {
        const fl_cost_block &b = blocks.blocks[i];
        SCOPED_TRACE(b.name);
        EXPECT_GT(b.cells, b.registers);
        EXPECT_GE(b.gates.operation_pj, 0.999 * b.cycle_pj); // not every cycle takes an operand
        EXPECT_GT(b.activity, 0);
        EXPECT_LT(b.activity, 1);
        EXPECT_GT(b.gates.delay_ps, b.gates_28nm.delay_ps);
    }
}
} // namespace
