// Two sides that know of a cycle at different times: what the unit did, and why it did nothing.
#include "sim/machine/pin_account.h"

#include <gtest/gtest.h>

#include "tests/support/random.h"

namespace
{
enum { LAYERS = 3 };

// The accounts of a core's operations, and one unit of it.
struct Accounts {
    fl_layer_causes layers[LAYERS] = {};
    fl::LayerAccount unit{layers, FL_MATRIX};
    uint64_t &at(uint32_t layer, fl_cause cause) { return layers[layer].cycles[FL_MATRIX][cause]; }
};

TEST(PinAccount, CountsNothingBeforeBothSidesAreKnown)
{
    Accounts accounts;
    fl::PinAccount pin(accounts.unit);
    pin.worked(0, FL_CAUSE_BUSY, 1);
    pin.known(1);
    pin.merge();
    EXPECT_EQ(accounts.unit.end(), 0u);
    pin.idle(3, FL_CAUSE_OPERANDS, 2);
    pin.merge();
    EXPECT_EQ(accounts.unit.end(), 1u);
    EXPECT_EQ(accounts.at(1, FL_CAUSE_BUSY), 1u);
    pin.known(3);
    pin.merge();
    EXPECT_EQ(accounts.unit.end(), 3u);
    EXPECT_EQ(accounts.at(2, FL_CAUSE_OPERANDS), 2u);
}

// Against a table of cycles: what was worked on, else the reason that held then, each with its operation.
TEST(PinAccount, EqualsATableOfCycles)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        test_random r = {seed};
        Accounts accounts, expected;
        fl::PinAccount pin(accounts.unit);
        const auto layer = [&r] { return static_cast<uint32_t>(test_random_range(&r, 0, LAYERS - 1)); };
        const uint64_t cycles = static_cast<uint64_t>(test_random_range(&r, 1, 60));
        uint64_t reasons_until = 0;
        fl_cause reason = FL_CAUSE_IDLE;
        uint32_t reason_layer = 0;
        for (uint64_t cycle = 0; cycle < cycles || cycle < reasons_until; cycle++) {
            if (reasons_until <= cycle) { // the processor says ahead of time why the next cycles are idle
                reasons_until = cycle + static_cast<uint64_t>(test_random_range(&r, 1, 5));
                reason = test_random_range(&r, 0, 1) ? FL_CAUSE_OPERANDS : FL_CAUSE_IDLE;
                reason_layer = layer();
                pin.idle(reasons_until, reason, reason_layer);
            }
            if (cycle < cycles && test_random_range(&r, 0, 1)) { // the unit says afterwards what it did
                const fl_cause work = test_random_range(&r, 0, 1) ? FL_CAUSE_BUSY : FL_CAUSE_FILL;
                const uint32_t work_layer = layer();
                pin.worked(cycle, work, work_layer);
                expected.at(work_layer, work)++;
                pin.known(cycle + 1);
                pin.merge();
                ASSERT_LE(accounts.unit.end(), cycle + 1);
            } else {
                expected.at(reason_layer, reason)++;
            }
        }
        pin.known(reasons_until);
        pin.merge();
        EXPECT_EQ(accounts.unit.end(), reasons_until);
        for (uint32_t l = 0; l < LAYERS; l++)
            for (int c = 0; c < FL_CAUSE_COUNT; c++)
                EXPECT_EQ(accounts.at(l, static_cast<fl_cause>(c)), expected.at(l, static_cast<fl_cause>(c)))
                    << "operation " << l << " " << fl_cause_name(static_cast<fl_cause>(c));
    }
}
} // namespace
