#include "sim/machine/dram_energy.h"

#include <gtest/gtest.h>

namespace
{
fl_layer_result layer(uint64_t cycles, uint64_t read, uint64_t written)
{
    fl_layer_result l = {};
    l.cycles = cycles;
    l.actions.dram_read_bytes = read;
    l.actions.dram_write_bytes = written;
    return l;
}

// 64 B of 256 read, 64 B of 64 written, 1 of 4 cycles.
TEST(DramEnergyShares, GoByBytesAndCycles)
{
    const mem_energy energy = {50, 100, 10, 4, 40};
    fl_layer_result layers[] = {layer(1, 64, 64), layer(3, 192, 0)};
    fl_share_dram_energy(&energy, 4, layers, 2);
    const mem_energy &e = layers[0].dram_energy, &f = layers[1].dram_energy;
    EXPECT_DOUBLE_EQ(e.activate_pj, 20);
    EXPECT_DOUBLE_EQ(e.read_pj, 25);
    EXPECT_DOUBLE_EQ(e.write_pj, 10);
    EXPECT_DOUBLE_EQ(e.refresh_pj, 1);
    EXPECT_DOUBLE_EQ(e.background_pj, 10);
    EXPECT_DOUBLE_EQ(f.activate_pj, 30);
    EXPECT_DOUBLE_EQ(f.read_pj, 75);
    EXPECT_DOUBLE_EQ(f.write_pj, 0);
    EXPECT_DOUBLE_EQ(f.refresh_pj, 3);
    EXPECT_DOUBLE_EQ(f.background_pj, 30);
}

// A cache fetches the lines of which an operation writes a part.
TEST(DramEnergyShares, GoByCyclesWhereNoOperationMovedBytes)
{
    const mem_energy energy = {0, 100, 10, 0, 0};
    fl_layer_result layers[] = {layer(1, 0, 32), layer(3, 0, 32)};
    fl_share_dram_energy(&energy, 4, layers, 2);
    EXPECT_DOUBLE_EQ(layers[0].dram_energy.read_pj, 25);
    EXPECT_DOUBLE_EQ(layers[1].dram_energy.read_pj, 75);
    EXPECT_DOUBLE_EQ(layers[0].dram_energy.write_pj, 5);
}
} // namespace
