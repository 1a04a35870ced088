#include <gtest/gtest.h>

#include "memory/sram/sram.h"

namespace
{
struct Scratchpad {
    mem_sram sram;
    const char *reason = nullptr;
    bool valid;
    Scratchpad(uint64_t size, uint32_t banks, bool data = false)
        : valid(mem_sram_init(&sram, size, banks, data, &reason))
    {
    }
    ~Scratchpad() { mem_sram_free(&sram); }
};
} // namespace

TEST(MemSram, MaskHoldsEveryBankThatTheRangeTouches)
{
    for (uint32_t banks : {1u, 3u, 64u}) {
        Scratchpad s(banks * 8, banks);
        for (uint64_t from = 0; from < s.sram.size_bytes; from++)
            for (uint64_t bytes = 0; from + bytes <= s.sram.size_bytes; bytes += 3) {
                uint64_t expected = 0;
                for (uint64_t i = from; i < from + bytes; i++) expected |= UINT64_C(1) << (i / 8);
                ASSERT_EQ(mem_sram_bank_mask(&s.sram, from, bytes), expected) << from << " " << bytes;
            }
    }
}

TEST(MemSram, BankServesOneUnitUntilItsLastCommandReleasesIt)
{
    Scratchpad s(64, 4);
    EXPECT_TRUE(mem_sram_acquire(&s.sram, 0x3, 0));
    EXPECT_TRUE(mem_sram_acquire(&s.sram, 0x2, 0));
    EXPECT_EQ(mem_sram_conflicts(&s.sram, 0xE, 1), 0x2u);
    EXPECT_FALSE(mem_sram_acquire(&s.sram, 0xE, 1));
    EXPECT_EQ(mem_sram_conflicts(&s.sram, 0xC, 2), 0u) << "a refused acquisition takes nothing";
    mem_sram_release(&s.sram, 0x3, 0);
    EXPECT_EQ(mem_sram_conflicts(&s.sram, 0xF, 1), 0x2u);
    mem_sram_release(&s.sram, 0x2, 0);
    EXPECT_TRUE(mem_sram_acquire(&s.sram, 0xF, 1));
}

TEST(MemSram, RefusesContradictionsWithAReason)
{
    for (auto shape : {std::array<uint64_t, 2>{64, 0}, {64, 65}, {63, 4}, {0, 4}}) {
        Scratchpad s(shape[0], (uint32_t)shape[1]);
        EXPECT_FALSE(s.valid);
        EXPECT_NE(s.reason, nullptr);
    }
    Scratchpad with_data(64, 4, true);
    EXPECT_TRUE(with_data.valid);
    EXPECT_NE(with_data.sram.data, nullptr);
}
