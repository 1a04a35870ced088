// Which unit holds which scratchpad bank. A bank serves one unit at a time, from the issue to the completion of a command; a
// unit's own commands may share it.
#ifndef FL_MACHINE_BANK_TABLE_H
#define FL_MACHINE_BANK_TABLE_H

#include <cstdint>

#include "sim/machine/hazards.h"

namespace fl
{
class BankTable
{
public:
    explicit BankTable(const fl_machine_config &machine);
    bool available(const fl_command &command) const;
    void acquire(const fl_command &command) { change(command, +1); }
    void release(const fl_command &command) { change(command, -1); }

private:
    struct Bank {
        uint16_t holders[FL_QUEUE_COUNT] = {};
    };
    template <typename Visit> void each_bank(const fl_command &command, Visit visit) const;
    void change(const fl_command &command, int by);

    uint32_t bank_bytes_[FL_BUFFER_COUNT];
    Bank banks_[FL_BUFFER_COUNT][FL_MAX_BANKS];
};
} // namespace fl

#endif
