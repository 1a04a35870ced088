#include "memory/dma/multicast.h"

#include "memory/tlm_block.h"

namespace fl
{
using namespace sc_core;
using namespace tlm;

Multicast::Multicast(sc_module_name name, unsigned cores) : sc_module(name), ports_(cores)
{
    for (unsigned c = 0; c < cores; c++) {
        Port &port = ports_[c];
        port.target = std::make_unique<Target>(("from" + std::to_string(c)).c_str());
        port.initiator = std::make_unique<Initiator>(("to" + std::to_string(c)).c_str());
        port.target->register_nb_transport_fw(this, &Multicast::nb_transport_fw, (int)c);
        port.initiator->register_nb_transport_bw(this, &Multicast::nb_transport_bw, (int)c);
    }
    SC_HAS_PROCESS(Multicast);
    SC_METHOD(send);
    sensitive << send_event_;
    dont_initialize();
}

tlm_sync_enum Multicast::nb_transport_fw(int core, tlm_generic_payload &payload, tlm_phase &phase,
                                         sc_time &delay)
{
    Port &port = ports_[(unsigned)core];
    auto *extension = payload.get_extension<BlockExtension>();
    if (phase != BEGIN_REQ || extension == nullptr || !extension->block.multicast)
        return (*port.initiator)->nb_transport_fw(payload, phase, delay);
    extension->served_whole = true;
    payload.acquire();
    port.waiting.push_back(&payload);
    send_event_.notify(SC_ZERO_TIME);
    phase = END_REQ;
    return TLM_UPDATED;
}

// Behind what the cores ask for themselves on the same clock edge, whoever of them speaks first.
void Multicast::send()
{
    for (const Port &port : ports_)
        if (port.waiting.empty()) return;
    send_event_.notify(SC_ZERO_TIME); // another block may be complete too
    for (Port &port : ports_) {
        port.sent.push_back(port.waiting.front());
        port.waiting.pop_front();
    }
    tlm_phase phase = BEGIN_REQ;
    sc_time delay = SC_ZERO_TIME;
    tlm_sync_enum status = (*ports_[0].initiator)->nb_transport_fw(*ports_[0].sent.back(), phase, delay);
    sc_assert(status == TLM_UPDATED && phase == END_REQ);
    (void)status;
}

tlm_sync_enum Multicast::nb_transport_bw(int core, tlm_generic_payload &payload, tlm_phase &phase,
                                         sc_time &delay)
{
    Port &first = ports_[0];
    if (core != 0 || first.sent.empty() || first.sent.front() != &payload)
        return (*ports_[(unsigned)core].target)->nb_transport_bw(payload, phase, delay);
    for (Port &port : ports_) {
        tlm_generic_payload *own = port.sent.front();
        port.sent.pop_front();
        own->set_response_status(payload.get_response_status());
        phase = BEGIN_RESP;
        (*port.target)->nb_transport_bw(*own, phase, delay);
        own->release();
    }
    phase = END_RESP;
    return TLM_COMPLETED;
}
} // namespace fl
