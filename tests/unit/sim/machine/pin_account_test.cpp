// Two sides that know of a cycle at different times: what the unit did, and why it did nothing.
#include "sim/machine/pin_account.h"

#include <gtest/gtest.h>

#include "tests/support/random.h"

namespace
{
TEST(PinAccount, CountsNothingBeforeBothSidesAreKnown)
{
    fl_account account = {};
    fl::PinAccount pin(account);
    pin.worked(0, FL_CAUSE_BUSY);
    pin.known(1);
    pin.merge();
    EXPECT_EQ(account.until, 0u);
    pin.idle(3, FL_CAUSE_OPERANDS);
    pin.merge();
    EXPECT_EQ(account.until, 1u);
    EXPECT_EQ(account.cycles[FL_CAUSE_BUSY], 1u);
    pin.known(3);
    pin.merge();
    EXPECT_EQ(account.until, 3u);
    EXPECT_EQ(account.cycles[FL_CAUSE_OPERANDS], 2u);
}

// Against a table of cycles: what was worked on, else the reason that held then.
TEST(PinAccount, EqualsATableOfCycles)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        test_random r = {seed};
        fl_account account = {}, expected = {};
        fl::PinAccount pin(account);
        const uint64_t cycles = static_cast<uint64_t>(test_random_range(&r, 1, 60));
        uint64_t reasons_until = 0;
        for (uint64_t cycle = 0; cycle < cycles; cycle++) {
            if (reasons_until <= cycle) { // the processor says ahead of time why the next cycles are idle
                reasons_until = cycle + static_cast<uint64_t>(test_random_range(&r, 1, 5));
                const fl_cause reason = test_random_range(&r, 0, 1) ? FL_CAUSE_OPERANDS : FL_CAUSE_IDLE;
                pin.idle(reasons_until, reason);
                for (uint64_t c = cycle; c < reasons_until; c++) fl_account_until(&expected, c + 1, reason);
            }
            if (test_random_range(&r, 0, 1)) { // the unit says afterwards what it did
                const fl_cause work = test_random_range(&r, 0, 1) ? FL_CAUSE_BUSY : FL_CAUSE_FILL;
                pin.worked(cycle, work);
                expected.cycles[work]++;
                pin.known(cycle + 1);
                pin.merge();
                ASSERT_LE(account.until, cycle + 1);
            }
        }
        pin.known(reasons_until);
        pin.merge();
        uint64_t total = 0;
        for (uint64_t c : account.cycles) total += c;
        EXPECT_EQ(total, reasons_until);
        EXPECT_EQ(account.until, reasons_until);
        EXPECT_EQ(account.cycles[FL_CAUSE_BUSY], expected.cycles[FL_CAUSE_BUSY]);
        EXPECT_EQ(account.cycles[FL_CAUSE_FILL], expected.cycles[FL_CAUSE_FILL]);
    }
}
} // namespace
