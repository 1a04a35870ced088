// What the cores' finished blocks have moved through the memory that they share; from it a DMA tells how much
// of a wait for DRAM is due to other cores.
#ifndef FL_MACHINE_MEMORY_TRAFFIC_H
#define FL_MACHINE_MEMORY_TRAFFIC_H

#include <cstdint>

#include "sim/machine/command.h"

namespace fl
{
class MemoryTraffic
{
public:
    // cycles_per_burst: core cycles at the memory's peak rate.
    explicit MemoryTraffic(double cycles_per_burst) : cycles_per_burst_(cycles_per_burst) {}

    void moved(unsigned core, uint64_t bursts)
    {
        bursts_[core] += bursts;
        all_ += bursts;
    }
    uint64_t by_others(unsigned core) const { return all_ - bursts_[core]; }
    uint64_t cycles(uint64_t bursts) const
    {
        return static_cast<uint64_t>(static_cast<double>(bursts) * cycles_per_burst_);
    }

private:
    double cycles_per_burst_;
    uint64_t bursts_[FL_MAX_CORES] = {}, all_ = 0;
};
} // namespace fl

#endif
