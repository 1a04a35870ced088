// A memory engine behind TLM-2.0 target sockets, one per port (docs/contracts/memory.md).
#ifndef MEM_ENGINE_MEMORY_MODULE_H
#define MEM_ENGINE_MEMORY_MODULE_H

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

#include <deque>
#include <memory>
#include <vector>

#include "memory/memory.h"

namespace fl
{
class Memory : public sc_core::sc_module
{
public:
    using Socket = tlm_utils::simple_target_socket_tagged<Memory>;

    // Takes over the engine (ops.create's result). period: of the core clock, in whole picoseconds.
    Memory(sc_core::sc_module_name name, const mem_engine_ops &ops, mem_engine *engine, unsigned port_count,
           sc_core::sc_time period);
    ~Memory() override;

    Socket &socket(unsigned port) { return *ports_[port].socket; }
    mem_engine *engine() { return engine_; }

    // The bytes from address 0 on, borrowed; nullptr: no data. Transactions that carry the block extension
    // move none.
    void set_image(uint8_t *image, uint64_t bytes);
    uint8_t *image() { return image_; }

private:
    struct Request {
        tlm::tlm_generic_payload *payload;
        sc_core::sc_event *blocked; // of b_transport; nullptr: non-blocking
    };
    struct Port {
        std::unique_ptr<Socket> socket;
        std::deque<Request> waiting; // submitted to the engine, oldest first
        std::deque<tlm::tlm_generic_payload *>
            responses; // the first one's BEGIN_RESP is out when `responding`
        bool responding = false;
    };

    tlm::tlm_sync_enum nb_transport_fw(int port, tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                       sc_core::sc_time &delay);
    void b_transport(int port, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    unsigned transport_dbg(int port, tlm::tlm_generic_payload &payload);
    bool accepts(tlm::tlm_generic_payload &payload) const;
    void submit(unsigned port, const Request &request);
    void complete(tlm::tlm_generic_payload &payload);
    void move_data(tlm::tlm_generic_payload &payload) const;
    void respond(Port &port);
    void step();
    uint64_t quiet() const;
    void sleep();
    uint64_t cycle() const;

    const mem_engine_ops &ops_;
    mem_engine *engine_;
    sc_core::sc_time period_;
    std::vector<Port> ports_;
    uint8_t *image_ = nullptr;
    uint64_t image_bytes_ = 0;
    sc_core::sc_event wake_;
};
} // namespace fl

#endif
