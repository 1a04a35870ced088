// Cycle accounting of a unit that is clocked: it reports what it did in a cycle one edge later, while the
// command processor knows at once why an idle unit waits. Both are kept as runs and merged where both are
// known.
#ifndef FL_MACHINE_PIN_ACCOUNT_H
#define FL_MACHINE_PIN_ACCOUNT_H

#include <deque>

#include "sim/base/account.h"

namespace fl
{
class PinAccount
{
public:
    explicit PinAccount(fl_account &account) : account_(account) {}

    // The unit spent `cycle` on `cause`.
    void worked(uint64_t cycle, fl_cause cause) { works_.push_back({cycle, cause}); }
    // The unit's work is known for all cycles before `cycle`.
    void known(uint64_t cycle) { known_ = cycle; }
    // Cycles before `cycle` in which the unit did not work are due to `reason`.
    void idle(uint64_t cycle, fl_cause reason)
    {
        if (reasons_.empty() || cycle > reasons_.back().cycle) reasons_.push_back({cycle, reason});
    }
    // Attributes every cycle for which both sides are known.
    void merge()
    {
        while (!reasons_.empty() && account_.until < known_) {
            uint64_t end = reasons_.front().cycle < known_ ? reasons_.front().cycle : known_;
            while (!works_.empty() && works_.front().cycle < end) {
                fl_account_until(&account_, works_.front().cycle, reasons_.front().cause);
                fl_account_until(&account_, works_.front().cycle + 1, works_.front().cause);
                works_.pop_front();
            }
            fl_account_until(&account_, end, reasons_.front().cause);
            if (reasons_.front().cycle > account_.until) return;
            reasons_.pop_front();
        }
    }

private:
    struct Mark {
        uint64_t cycle;
        fl_cause cause;
    };
    fl_account &account_;
    std::deque<Mark> works_, reasons_;
    uint64_t known_ = 0;
};
} // namespace fl

#endif
