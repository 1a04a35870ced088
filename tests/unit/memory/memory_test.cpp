#include <gtest/gtest.h>

#include "memory/engine/cursor.h"
#include "tests/support/memory_traffic.h"

TEST(MemBlock, CountsAndWalksTheBurstsThatItsRowsTouch)
{
    const uint64_t seed = 3;
    test_random r = {seed};
    for (int n = 0; n < 500; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        Traffic t = random_traffic(&r, 64, 1 << 26, 60);
        const mem_block &b = t.items[0].block;
        bool dense = b.row_stride_bytes == b.width_bytes,
             all_dense = (dense || b.rows == 1) && b.plane_stride_bytes == (uint64_t)b.rows * b.width_bytes;
        // Byte by byte: a burst is new when it differs from the last one, or a gap or a separate row came
        // before.
        uint64_t bursts = 0, last = UINT64_MAX, bytes = 0;
        for (uint32_t p = 0; p < b.planes; p++)
            for (uint32_t row = 0; row < b.rows; row++) {
                bool joined = row > 0 ? dense : p > 0 && all_dense;
                if (!joined) last = UINT64_MAX;
                for (uint32_t i = 0; i < b.width_bytes; i++) {
                    uint64_t burst =
                        (b.address + p * b.plane_stride_bytes + row * b.row_stride_bytes + i) / 64;
                    bursts += burst != last;
                    last = burst;
                }
            }
        EXPECT_EQ(mem_block_bursts(&b, 64), bursts) << describe(t);
        mem_cursor c;
        uint64_t walked = 0;
        for (mem_cursor_start(&c, &b, 64); !mem_cursor_at_end(&c); mem_cursor_next(&c), walked++)
            bytes += mem_cursor_bytes(&c);
        EXPECT_EQ(walked, bursts);
        EXPECT_EQ(bytes, mem_block_bytes(&b));
    }
}

TEST(MemBlock, DenseRowsAreOneRun)
{
    mem_block b = {0, 384, 64, 1, 384, 0, false};
    EXPECT_EQ(mem_block_bursts(&b, 64), 384u);
    b = {32, 32, 3, 1, 32, 0, false};
    EXPECT_EQ(mem_block_bursts(&b, 64), 2u);
    b.row_stride_bytes = 64;
    EXPECT_EQ(mem_block_bursts(&b, 64), 3u);
}
