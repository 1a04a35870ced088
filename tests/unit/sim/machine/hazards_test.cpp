// Tokens from banks: who has to wait for whom.
#include "sim/machine/hazards.h"

#include <gtest/gtest.h>

namespace
{
class Hazards : public ::testing::Test
{
protected:
    Hazards()
    {
        fl_machine_config machine = {};
        for (fl_buffer_config &b : machine.buffers) b = {1024, 4, 16};
        fl_hazards_init(&hazards_, &machine);
    }

    static fl_region region(uint32_t offset, uint32_t bytes)
    {
        return {FL_VECTOR_BUFFER, offset, bytes, bytes, bytes};
    }

    fl_command read(fl_queue queue, uint32_t sequence, const fl_region &r)
    {
        fl_command c = {};
        c.queue = static_cast<uint8_t>(queue);
        fl_hazards_read(&hazards_, &c, sequence, &r);
        return c;
    }
    fl_command write(fl_queue queue, uint32_t sequence, const fl_region &r)
    {
        fl_command c = {};
        c.queue = static_cast<uint8_t>(queue);
        fl_hazards_write(&hazards_, &c, sequence, &r);
        return c;
    }

    static void expect_wait(const fl_command &c, fl_queue queue, uint32_t sequence, fl_cause cause)
    {
        ASSERT_EQ(c.wait_count, 1);
        EXPECT_EQ(c.waits[0].queue, queue);
        EXPECT_EQ(c.waits[0].sequence, sequence);
        EXPECT_EQ(c.waits[0].cause, cause);
    }

    fl_hazards hazards_;
};

TEST_F(Hazards, FreshBanksNeedNoToken)
{
    EXPECT_EQ(read(FL_MATRIX, 0, region(0, 1024)).wait_count, 0);
    EXPECT_EQ(write(FL_MATRIX, 1, region(0, 1024)).wait_count, 0);
}

TEST_F(Hazards, ReadersWaitForTheWriter)
{
    write(FL_LOAD, 5, region(256, 256));
    expect_wait(read(FL_VECTOR, 0, region(256, 16)), FL_LOAD, 5, FL_CAUSE_OPERANDS);
    expect_wait(read(FL_VECTOR, 1, region(0, 257)), FL_LOAD, 5, FL_CAUSE_OPERANDS);
    EXPECT_EQ(read(FL_VECTOR, 2, region(0, 256)).wait_count, 0) << "the bank before";
    EXPECT_EQ(read(FL_VECTOR, 3, region(512, 512)).wait_count, 0) << "the bank behind";
}

TEST_F(Hazards, WritersWaitForReadersAndWriters)
{
    read(FL_STORE, 2, region(0, 256));
    expect_wait(write(FL_VECTOR, 0, region(0, 4)), FL_STORE, 2, FL_CAUSE_OUTPUT_SPACE);
    write(FL_LOAD, 9, region(512, 8));
    expect_wait(write(FL_VECTOR, 1, region(700, 8)), FL_LOAD, 9, FL_CAUSE_OUTPUT_SPACE);
}

TEST_F(Hazards, TwoReadersDoNotWaitForEachOther)
{
    read(FL_STORE, 2, region(0, 256));
    EXPECT_EQ(read(FL_VECTOR, 0, region(0, 256)).wait_count, 0);
}

TEST_F(Hazards, ResultsOfTheOwnQueueAreAwaitedButNotItsReads)
{
    write(FL_VECTOR, 4, region(0, 16));
    expect_wait(read(FL_VECTOR, 5, region(16, 16)), FL_VECTOR, 4, FL_CAUSE_DEPENDENCY);
    EXPECT_EQ(write(FL_VECTOR, 6, region(0, 16)).wait_count, 0);
}

TEST_F(Hazards, OneQueueIsAwaitedOnceForItsLatestCommand)
{
    write(FL_LOAD, 3, region(0, 16));
    write(FL_LOAD, 8, region(256, 16));
    write(FL_LOAD, 6, region(512, 16));
    expect_wait(read(FL_VECTOR, 0, region(0, 1024)), FL_LOAD, 8, FL_CAUSE_OPERANDS);
}

TEST_F(Hazards, LastReadIsTheLatestOfTheBanks)
{
    const fl_region all = region(0, 1024), second = region(256, 256);
    EXPECT_EQ(fl_hazards_last_read(&hazards_, &all), 0u);
    read(FL_STORE, 7, region(256, 16));
    read(FL_VECTOR, 3, region(768, 16));
    EXPECT_EQ(fl_hazards_last_read(&hazards_, &all), 8u);
    EXPECT_EQ(fl_hazards_last_read(&hazards_, &second), 8u);
    const fl_region fourth = region(768, 256);
    EXPECT_EQ(fl_hazards_last_read(&hazards_, &fourth), 4u);
}

TEST(CommandWait, KeepsTheLaterOfTwo)
{
    fl_command c = {};
    fl_command_wait(&c, FL_LOAD, 4, FL_CAUSE_OPERANDS);
    fl_command_wait(&c, FL_LOAD, 2, FL_CAUSE_DEPENDENCY);
    ASSERT_EQ(c.wait_count, 1);
    EXPECT_EQ(c.waits[0].sequence, 4u);
    EXPECT_EQ(c.waits[0].cause, FL_CAUSE_OPERANDS);
    fl_command_wait(&c, FL_LOAD, 9, FL_CAUSE_DEPENDENCY);
    ASSERT_EQ(c.wait_count, 1);
    EXPECT_EQ(c.waits[0].sequence, 9u);
    EXPECT_EQ(c.waits[0].cause, FL_CAUSE_DEPENDENCY);
}
} // namespace
