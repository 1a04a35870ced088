// A load or store DMA as part of the machine: commands become descriptors of the DMA engine; bytes move when
// a block is done.
#ifndef FL_MACHINE_DMA_UNIT_H
#define FL_MACHINE_DMA_UNIT_H

#include <deque>

#include "memory/dma/dma.h"
#include "sim/machine/memory_traffic.h"
#include "sim/machine/scratchpads.h"
#include "sim/machine/unit.h"

namespace fl
{
class DmaUnit : public sc_core::sc_module, public Unit
{
public:
    // queue: FL_LOAD or FL_STORE. dram: the image of all tensors, nullptr without data. traffic: of all
    // cores, nullptr when there is only one.
    DmaUnit(sc_core::sc_module_name name, const fl_machine_config &machine, fl_queue queue, unsigned core,
            uint32_t burst_bytes, Scratchpads &scratchpads, uint8_t *dram, UnitListener &listener,
            CoreClock clock, MemoryTraffic *traffic);

    tlm_utils::simple_initiator_socket<Dma> &socket() { return dma_.socket; }

    uint64_t ready_at() const override { return dma_.full() ? UINT64_MAX : taken_ + 1; }
    void settle(uint64_t cycle, fl_cause reason, uint32_t layer) override;
    void issue(const fl_command &command, uint64_t start) override;

private:
    void on_done();
    uint64_t contention(const mem_block &block, uint64_t wait);

    const fl_queue queue_;
    const unsigned core_;
    const uint32_t burst_bytes_, bus_bytes_;
    Scratchpads &scratchpads_;
    uint8_t *dram_;
    UnitListener &listener_;
    LayerAccount &account_;
    CoreClock clock_;
    Dma dma_;
    std::deque<const fl_command *> flying_;
    uint64_t taken_ = 0; // when the last command left the register
    MemoryTraffic *traffic_;
    uint64_t others_seen_ = 0; // what other cores had moved when this DMA's cycles were last accounted
};
} // namespace fl

#endif
