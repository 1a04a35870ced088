// The machine's four scratchpads, seen from commands: their bytes in a run with data, and who holds which
// bank. A bank serves one unit at a time, from the issue to the completion of a command; a unit's own
// commands may share it.
#ifndef FL_MACHINE_SCRATCHPADS_H
#define FL_MACHINE_SCRATCHPADS_H

#include "memory/sram/sram.h"
#include "sim/machine/machine_config.h"

namespace fl
{
class Scratchpads
{
public:
    Scratchpads(const fl_machine_config &machine, bool data);
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

private:
    mem_sram buffers_[FL_BUFFER_COUNT];
};
} // namespace fl

#endif
