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
    // queue: FL_LOAD or FL_STORE. dram: the image of all tensors, nullptr without data. traffic: of all cores,
    // nullptr when there is only one.
    DmaUnit(sc_core::sc_module_name name, const fl_machine_config &machine, fl_queue queue, unsigned core,
            uint32_t burst_bytes, Scratchpads &scratchpads, uint8_t *dram, UnitListener &listener,
            CoreClock clock, MemoryTraffic *traffic);

    tlm_utils::simple_initiator_socket<Dma> &socket() { return dma_.socket; }

    bool ready(uint64_t) const override { return flying_.size() < Dma::queue_depth; }
    void settle(uint64_t cycle, fl_cause reason) override;
    unsigned in_flight() const override { return static_cast<unsigned>(flying_.size()); }
    void issue(const fl_command &command, uint64_t start) override;

private:
    void start();
    void on_done();
    uint64_t contention(const mem_block &block, uint64_t wait);

    const fl_queue queue_;
    const unsigned core_;
    const uint32_t burst_bytes_, bus_bytes_;
    Scratchpads &scratchpads_;
    uint8_t *dram_;
    UnitListener &listener_;
    CoreClock clock_;
    Dma dma_;
    std::deque<fl_dma_command> flying_;
    size_t started_ = 0; // of flying_
    MemoryTraffic *traffic_;
    uint64_t others_seen_ = 0; // what other cores had moved when this DMA's cycles were last accounted
    sc_core::sc_event start_event_;
};
} // namespace fl

#endif
