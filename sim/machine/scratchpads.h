// The machine's four scratchpads, seen from commands: their bytes in a run with data, and who holds which
// bank. A bank serves one unit at a time, from the issue to the completion of a command; a unit's own
// commands may share it.
#ifndef FL_MACHINE_SCRATCHPADS_H
#define FL_MACHINE_SCRATCHPADS_H

#include "memory/sram/sram.h"
#include "sim/machine/machine.h"

namespace fl
{
class Scratchpads
{
public:
    // waits: where waiting for banks is counted, zeroed by the caller.
    Scratchpads(const fl_machine_config &machine, bool data, fl_bank_waits &waits);
    ~Scratchpads();
    Scratchpads(const Scratchpads &) = delete;
    Scratchpads &operator=(const Scratchpads &) = delete;

    // Start of a region; nullptr in a run without data.
    uint8_t *at(const fl_region &region)
    {
        uint8_t *data = buffers_[region.buffer].data;
        return data == nullptr ? nullptr : data + region.offset_bytes;
    }

    // The banks that a command touches.
    struct Banks {
        uint64_t mask[FL_BUFFER_COUNT];
    };
    Banks banks_of(const fl_command &command) const;

    bool available(const Banks &banks, fl_queue queue) const;
    void acquire(const Banks &banks, fl_queue queue);
    void release(const Banks &banks, fl_queue queue);

    // A command waits for its banks from `cycle` on, until end_wait of its queue counts it; nobody takes or
    // frees a bank in between.
    void begin_wait(const Banks &banks, fl_queue queue, uint64_t cycle);
    void end_wait(fl_queue queue, uint64_t cycle);

private:
    // A bank that a waiting command needs, and the unit that holds it.
    struct Conflict {
        uint8_t buffer, bank, holder;
    };
    struct Wait {
        uint64_t since = 0;
        unsigned count = 0;
        Conflict conflicts[FL_BUFFER_COUNT * MEM_SRAM_MAX_BANKS] = {};
    };

    Wait waiting_[FL_QUEUE_COUNT] = {};
    fl_bank_waits &waits_;
    mem_sram buffers_[FL_BUFFER_COUNT];
};
} // namespace fl

#endif
