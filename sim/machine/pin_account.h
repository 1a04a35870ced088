// Cycle accounting of a unit that is clocked: it reports what it did in a cycle one edge later, while the
// command processor knows at once why an idle unit waits. Both are kept as runs and merged where both are
// known.
#ifndef FL_MACHINE_PIN_ACCOUNT_H
#define FL_MACHINE_PIN_ACCOUNT_H

#include <deque>

#include "sim/machine/layer_account.h"

namespace fl
{
class PinAccount
{
public:
    explicit PinAccount(LayerAccount &account) : account_(account) {}

    // The unit spent `cycle` on `cause`, for a command of `layer`.
    void worked(uint64_t cycle, fl_cause cause, uint32_t layer) { works_.push_back({cycle, cause, layer}); }
    // The unit's work is known for all cycles before `cycle`.
    void known(uint64_t cycle) { known_ = cycle; }
    // Cycles before `cycle` in which the unit did not work are due to `reason` and charged to `layer`.
    void idle(uint64_t cycle, fl_cause reason, uint32_t layer)
    {
        if (reasons_.empty() || cycle > reasons_.back().cycle) reasons_.push_back({cycle, reason, layer});
    }
    // Attributes every cycle for which both sides are known.
    void merge()
    {
        while (!reasons_.empty() && account_.end() < known_) {
            const Mark reason = reasons_.front();
            uint64_t end = reason.cycle < known_ ? reason.cycle : known_;
            while (!works_.empty() && works_.front().cycle < end) {
                const Mark &work = works_.front();
                account_.until(work.cycle, reason.cause, reason.layer);
                account_.until(work.cycle + 1, work.cause, work.layer);
                works_.pop_front();
            }
            account_.until(end, reason.cause, reason.layer);
            if (reason.cycle > account_.end()) return;
            reasons_.pop_front();
        }
    }

private:
    struct Mark {
        uint64_t cycle;
        fl_cause cause;
        uint32_t layer;
    };
    LayerAccount &account_;
    std::deque<Mark> works_, reasons_;
    uint64_t known_ = 0;
};
} // namespace fl

#endif
