// Completions in the order of issue: a function of short latency may not hand out its token before the one in
// front of it.
#ifndef FL_MACHINE_IN_ORDER_H
#define FL_MACHINE_IN_ORDER_H

#include <algorithm>
#include <deque>

#include "sim/machine/command.h"

namespace fl
{
// Commands of a span unit in flight: each with the cycle of its completion, never before the one in front.
class InOrder
{
public:
    void push(const fl_command &command, uint64_t done)
    {
        if (!flying_.empty()) done = std::max(done, flying_.back().done);
        flying_.push_back({&command, done});
    }
    bool empty() const { return flying_.empty(); }
    uint64_t next_done() const { return flying_.front().done; }
    const fl_command &pop()
    {
        const fl_command *command = flying_.front().command;
        flying_.pop_front();
        return *command;
    }

private:
    struct Flying {
        const fl_command *command;
        uint64_t done;
    };
    std::deque<Flying> flying_;
};
} // namespace fl

#endif
