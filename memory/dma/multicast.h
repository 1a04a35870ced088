// Between the load DMAs of several cores and the memory: blocks marked `multicast` are read once for all
// cores.
//
// Every core asks for the same multicast blocks in the same order, so the n-th of one core is the n-th of all
// others. When the last core has asked for it, it goes out on the first core's port, behind what that core
// asks for in the same cycle, and all cores get it in the cycle in which it is done. Everything else passes
// through in the same cycle, each core to its own port.
#ifndef MEM_DMA_MULTICAST_H
#define MEM_DMA_MULTICAST_H

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <deque>
#include <memory>
#include <vector>

namespace fl
{
class Multicast : public sc_core::sc_module
{
public:
    using Target = tlm_utils::simple_target_socket_tagged<Multicast>;
    using Initiator = tlm_utils::simple_initiator_socket_tagged<Multicast>;

    // The memory behind it serves blocks whole (tlm_block.h), and the DMAs end their responses at once.
    Multicast(sc_core::sc_module_name name, unsigned cores);

    Target &from(unsigned core) { return *ports_[core].target; }
    Initiator &to(unsigned core) { return *ports_[core].initiator; }

private:
    struct Port {
        std::unique_ptr<Target> target;
        std::unique_ptr<Initiator> initiator;
        std::deque<tlm::tlm_generic_payload *> waiting; // for the other cores
        std::deque<tlm::tlm_generic_payload *> sent;    // on the first core's port
    };

    tlm::tlm_sync_enum nb_transport_fw(int core, tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                       sc_core::sc_time &delay);
    tlm::tlm_sync_enum nb_transport_bw(int core, tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                       sc_core::sc_time &delay);
    void send();

    std::vector<Port> ports_;
    sc_core::sc_event send_event_;
};
} // namespace fl

#endif
