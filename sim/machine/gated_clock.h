// A clock that runs only while somebody needs it, so that a machine with clocked units still ends when it has
// nothing to do.
#ifndef FL_MACHINE_GATED_CLOCK_H
#define FL_MACHINE_GATED_CLOCK_H

#include "sim/machine/unit.h"

namespace fl
{
class GatedClock : public sc_core::sc_module
{
public:
    sc_core::sc_signal<bool> out{"out"};

    GatedClock(sc_core::sc_module_name name, CoreClock clock) : sc_module(name), clock_(clock)
    {
        SC_HAS_PROCESS(GatedClock);
        SC_METHOD(tick);
        dont_initialize();
        sensitive << event_;
    }
    // Rising edges from cycle `first` on, until as many releases as requests. Called before that edge.
    void request(uint64_t first)
    {
        users_++;
        if (running_) return;
        running_ = true;
        notify_at(event_, clock_.rising(first));
    }
    void release() { users_--; }

private:
    void tick()
    {
        uint64_t cycle = clock_.now();
        high_ = !high_;
        out.write(high_);
        running_ = high_ || users_ != 0;
        if (high_)
            notify_at(event_, clock_.falling(cycle));
        else if (running_)
            notify_at(event_, clock_.rising(cycle + 1));
    }

    CoreClock clock_;
    unsigned users_ = 0;
    bool running_ = false, high_ = false;
    sc_core::sc_event event_;
};
} // namespace fl

#endif
