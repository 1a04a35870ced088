// Cycle accounting of a unit, by cause and by the operation that the cycles are charged to. Causes add up to
// the cycles so far, and operations to the unit's own account, by construction: each cycle is written once.
#ifndef FL_MACHINE_LAYER_ACCOUNT_H
#define FL_MACHINE_LAYER_ACCOUNT_H

#include "sim/machine/machine.h"

namespace fl
{
class LayerAccount
{
public:
    // layers: of the unit's core, one per operation; borrowed.
    LayerAccount(fl_layer_causes *layers, fl_queue queue) : layers_(layers), queue_(queue) {}

    // First cycle that is not accounted yet.
    uint64_t end() const { return end_; }
    // Attributes the cycles [end, cycle) to `cause`; nothing when cycle <= end.
    void until(uint64_t cycle, fl_cause cause, uint32_t layer)
    {
        if (cycle > end_) add(cycle - end_, cause, layer);
    }
    // Attributes the next `count` cycles to `cause`.
    void add(uint64_t count, fl_cause cause, uint32_t layer)
    {
        layers_[layer].cycles[queue_][cause] += count;
        end_ += count;
    }

private:
    fl_layer_causes *layers_;
    fl_queue queue_;
    uint64_t end_ = 0;
};
} // namespace fl

#endif
