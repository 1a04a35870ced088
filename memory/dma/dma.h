// A DMA engine: takes block descriptors and moves them through a TLM-2.0 initiator socket
// (docs/contracts/dma.md).
#ifndef MEM_DMA_DMA_H
#define MEM_DMA_DMA_H

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>

#include <functional>
#include <vector>

#include "memory/dma/dma_bursts.h"
#include "memory/memory.h"

namespace fl
{
class Dma : public sc_core::sc_module, private tlm::tlm_mm_interface
{
public:
    static constexpr unsigned queue_depth = 2; // descriptors under way

    tlm_utils::simple_initiator_socket<Dma> socket;

    // period: of the core clock, in whole picoseconds. burst_bytes: of the memory, a power of two.
    Dma(sc_core::sc_module_name name, sc_core::sc_time period, const mem_port_params &port,
        uint32_t burst_bytes);
    ~Dma() override;

    bool full() const { return count_ == queue_depth; }
    bool idle() const { return count_ == 0; }
    // Starts at this clock edge, at the next one when called between two, or behind the descriptor under way.
    // `done` is called in the cycle in which the block is done; it may push. Not to be called when full.
    void push(const mem_block &block, std::function<void()> done);

private:
    struct Transaction;
    struct Descriptor {
        mem_block block;
        std::function<void()> done;
        bool sent = false;                  // all of it has been asked for
        bool finished = false;              // its end is known
        sc_core::sc_time end;               // valid when finished
        const Transaction *whole = nullptr; // the transaction that a memory serves as a whole block
    };

    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                       sc_core::sc_time &delay);
    void free(tlm::tlm_generic_payload *payload) override;
    Transaction *allocate();
    bool issue();
    Descriptor &descriptor(unsigned n) { return descriptors_[(oldest_ + n) % queue_depth]; }
    Descriptor *unsent();
    void returned(Transaction &transaction, const sc_core::sc_time &at);
    static void block_carried(void *self, uint64_t end);
    void finish(Descriptor &descriptor, const sc_core::sc_time &at);
    void retire();
    void sleep();
    void step();
    uint64_t next_issue();
    uint64_t cycle(const sc_core::sc_time &at) const;

    sc_core::sc_time period_;
    uint32_t burst_bytes_;
    mem_dma_bursts bursts_;
    Descriptor descriptors_[queue_depth]; // a ring of count_ from oldest_ on
    unsigned oldest_ = 0, count_ = 0;
    std::vector<Transaction *> pool_, all_; // free ones, and all of them
    Transaction *requesting_ = nullptr;     // BEGIN_REQ is out, END_REQ is not back
    sc_core::sc_event wake_;
};
} // namespace fl

#endif
