// What the command processor knows of a unit: it takes commands in order, finishes them in order, and
// accounts for its cycles.
//
// Phases of a cycle c: on the rising edge (time c * period) units finish work and report; on the falling edge
// the command processor looks at tokens and banks and issues commands, which start on the next rising edge,
// cycle c + 1. Nothing a unit does on a rising edge depends on the order in which units are called.
#ifndef FL_MACHINE_UNIT_H
#define FL_MACHINE_UNIT_H

#include <systemc>

#include "sim/machine/command.h"
#include "sim/machine/layer_account.h"

namespace fl
{
// The command processor as a unit sees it.
class UnitListener
{
public:
    virtual ~UnitListener() = default;
    // The oldest command of the queue is complete; called on the rising edge of the cycle that gives its
    // token.
    virtual void completed(fl_queue queue) = 0;
    // Look again on the falling edge of this cycle: the command register, of which ready_at could not tell,
    // has become empty.
    virtual void wake() = 0;
    // Where the unit's cycles are counted.
    virtual LayerAccount &account(fl_queue queue) = 0;
};

class Unit
{
public:
    virtual ~Unit() = default;
    // The first cycle on whose rising edge the command register is empty; UINT64_MAX: not known yet, the unit
    // will complete a command or wake the listener. A unit keeps one command ahead, so that it loses no cycle
    // between commands.
    virtual uint64_t ready_at() const = 0;
    // Attributes the cycles before `cycle` that the unit has not counted itself to `reason`, and charges them
    // to an operation. Called at least before each command, so that no such cycle lies behind two of them.
    virtual void settle(uint64_t cycle, fl_cause reason, uint32_t layer) = 0;
    // Called on the falling edge before: puts the command into the register on the rising edge of `start`.
    // The command stays where it is until it is complete.
    virtual void issue(const fl_command &command, uint64_t start) = 0;
};

// Turns cycles into SystemC time and back.
struct CoreClock {
    uint64_t period_ps;
    sc_core::sc_time rising(uint64_t cycle) const { return at(cycle * period_ps); }
    sc_core::sc_time falling(uint64_t cycle) const { return at(cycle * period_ps + period_ps / 2); }
    uint64_t now() const { return sc_core::sc_time_stamp().value() / period_ps; }
    static sc_core::sc_time at(uint64_t ps) { return sc_core::sc_time::from_value(ps); }
};

// Notifies `event` at an absolute time, keeping an earlier notification.
inline void notify_at(sc_core::sc_event &event, const sc_core::sc_time &when)
{
    event.notify(when - sc_core::sc_time_stamp());
}
} // namespace fl

#endif
