#include "sim/machine/dma_unit.h"

#include <algorithm>

#include "memory/dma/dma_copy.h"

namespace fl
{
DmaUnit::DmaUnit(sc_core::sc_module_name name, const fl_machine_config &machine, fl_queue queue,
                 unsigned core, uint32_t burst_bytes, Scratchpads &scratchpads, uint8_t *dram,
                 UnitListener &listener, CoreClock clock, MemoryTraffic *traffic)
    : sc_module(name), queue_(queue), core_(core), burst_bytes_(burst_bytes),
      bus_bytes_(machine.ports[queue == FL_STORE].bus_bytes), scratchpads_(scratchpads), dram_(dram),
      listener_(listener), account_(listener.account(queue)), clock_(clock),
      dma_("engine", CoreClock::at(clock.period_ps), machine.ports[queue == FL_STORE], burst_bytes),
      traffic_(traffic)
{
}

// With blocks under way, on_done counts the cycles.
void DmaUnit::settle(uint64_t cycle, fl_cause reason, uint32_t layer)
{
    if (flying_.empty()) account_.until(cycle, reason, layer);
}

// The engine takes a block that it gets on a falling edge on the next rising one, which is `start`.
void DmaUnit::issue(const fl_command &command, uint64_t start)
{
    if (traffic_ != nullptr && flying_.empty()) others_seen_ = traffic_->by_others(core_);
    taken_ = start;
    flying_.push_back(&command);
    dma_.push(command.u.dma.block, [this] { on_done(); });
}

// Of `wait` cycles, those in which the memory was busy with blocks of other cores that ended meanwhile. A
// multicast block is everybody's.
uint64_t DmaUnit::contention(const mem_block &block, uint64_t wait)
{
    if (!block.multicast) traffic_->moved(core_, mem_block_bursts(&block, burst_bytes_));
    uint64_t others = traffic_->by_others(core_), bursts = others - others_seen_;
    others_seen_ = others;
    return std::min(wait, traffic_->cycles(bursts));
}

// Blocks are done in order; between two ends the bus carried the later block's data, and waited for the DRAM
// the rest of the time.
void DmaUnit::on_done()
{
    const uint32_t layer = flying_.front()->layer;
    const fl_dma_command &command = flying_.front()->u.dma;
    flying_.pop_front();
    if (dram_ != nullptr)
        mem_dma_copy(&command.block, dram_, scratchpads_.at(command.region), command.region.stride_bytes,
                     command.region.item_bytes);
    uint64_t cycles = clock_.now() - account_.end();
    uint64_t busy = std::min(mem_block_bus_cycles(&command.block, burst_bytes_, bus_bytes_), cycles);
    uint64_t contention = traffic_ == nullptr ? 0 : this->contention(command.block, cycles - busy);
    account_.add(contention, FL_CAUSE_CONTENTION, layer);
    account_.add(cycles - busy - contention, FL_CAUSE_DRAM, layer);
    account_.add(busy, FL_CAUSE_BUSY, layer);
    listener_.completed(queue_);
}
} // namespace fl
