// The bytes of the scratchpads in a run with data; nothing without.
#ifndef FL_MACHINE_SCRATCHPADS_H
#define FL_MACHINE_SCRATCHPADS_H

#include <vector>

#include "sim/machine/machine_config.h"

namespace fl
{
class Scratchpads
{
public:
    Scratchpads(const fl_machine_config &machine, bool data)
    {
        for (int b = 0; data && b < FL_BUFFER_COUNT; b++) bytes_[b].assign(machine.buffers[b].size_bytes, 0);
    }
    // Start of a region; nullptr in a run without data.
    uint8_t *at(const fl_region &region)
    {
        std::vector<uint8_t> &buffer = bytes_[region.buffer];
        return buffer.empty() ? nullptr : buffer.data() + region.offset_bytes;
    }

private:
    std::vector<uint8_t> bytes_[FL_BUFFER_COUNT];
};
} // namespace fl

#endif
