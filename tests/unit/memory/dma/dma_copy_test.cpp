#include <gtest/gtest.h>

#include <vector>

#include "memory/dma/dma_copy.h"
#include "tests/support/random.h"

TEST(MemDmaCopy, MovesEveryByteAndNoOther)
{
    const uint64_t seed = 11;
    test_random r = {seed};
    for (int n = 0; n < 300; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        auto range = [&](int64_t low, int64_t high) { return (uint32_t)test_random_range(&r, low, high); };
        mem_block b = {};
        b.address = range(0, 50);
        b.width_bytes = range(1, 20);
        b.rows = range(1, 5);
        b.planes = range(1, 3);
        b.row_stride_bytes = b.width_bytes + (range(0, 1) ? 0 : range(0, 9));
        b.plane_stride_bytes = b.rows * b.row_stride_bytes + range(0, 9);
        b.write = range(0, 1);
        uint64_t stride = b.width_bytes + (range(0, 1) ? 0 : range(0, 9)),
                 item = b.rows * stride + range(0, 9);
        std::vector<uint8_t> dram(600), pad(600);
        for (auto &byte : dram) byte = (uint8_t)range(0, 255);
        for (auto &byte : pad) byte = (uint8_t)range(0, 255);
        std::vector<uint8_t> want_dram = dram, want_pad = pad;
        for (uint32_t p = 0; p < b.planes; p++)
            for (uint32_t row = 0; row < b.rows; row++)
                for (uint32_t i = 0; i < b.width_bytes; i++) {
                    uint64_t outside = b.address + p * b.plane_stride_bytes + row * b.row_stride_bytes + i;
                    uint64_t inside = p * item + row * stride + i;
                    if (b.write)
                        want_dram[outside] = pad[inside];
                    else
                        want_pad[inside] = dram[outside];
                }
        mem_dma_copy(&b, dram.data(), pad.data(), stride, item);
        ASSERT_EQ(dram, want_dram);
        ASSERT_EQ(pad, want_pad);
    }
}
