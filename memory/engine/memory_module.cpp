#include "memory/engine/memory_module.h"

#include <cstring>

#include "memory/tlm_block.h"

namespace fl
{
using namespace sc_core;
using namespace tlm;

Memory::Memory(sc_module_name name, const mem_engine_ops &ops, mem_engine *engine, unsigned port_count,
               sc_time period)
    : sc_module(name), ops_(ops), engine_(engine), period_(period), ports_(port_count)
{
    for (unsigned p = 0; p < port_count; p++) {
        ports_[p].socket = std::make_unique<Socket>(("port" + std::to_string(p)).c_str());
        ports_[p].socket->register_nb_transport_fw(this, &Memory::nb_transport_fw, (int)p);
        ports_[p].socket->register_b_transport(this, &Memory::b_transport, (int)p);
        ports_[p].socket->register_transport_dbg(this, &Memory::transport_dbg, (int)p);
    }
    SC_HAS_PROCESS(Memory);
    SC_METHOD(step);
    sensitive << wake_;
    dont_initialize();
}

Memory::~Memory() { ops_.destroy(engine_); }

void Memory::set_image(uint8_t *image, uint64_t bytes)
{
    image_ = image;
    image_bytes_ = bytes;
}

// Something that happens between two clock edges is seen at the next one.
uint64_t Memory::cycle() const { return (sc_time_stamp().value() + period_.value() - 1) / period_.value(); }

bool Memory::accepts(tlm_generic_payload &payload) const
{
    bool inside = payload.get_address() < ops_.capacity_bytes(engine_) &&
                  payload.get_data_length() <= ops_.capacity_bytes(engine_) - payload.get_address();
    if (!inside || payload.get_data_length() == 0)
        payload.set_response_status(TLM_ADDRESS_ERROR_RESPONSE);
    else if (payload.get_command() == TLM_IGNORE_COMMAND)
        payload.set_response_status(TLM_COMMAND_ERROR_RESPONSE);
    else if (payload.get_byte_enable_ptr() != nullptr)
        payload.set_response_status(TLM_BYTE_ENABLE_ERROR_RESPONSE);
    else if (payload.get_streaming_width() < payload.get_data_length())
        payload.set_response_status(TLM_BURST_ERROR_RESPONSE);
    else
        return true;
    return false;
}

void Memory::submit(unsigned port, const Request &request)
{
    tlm_generic_payload &payload = *request.payload;
    auto *extension = payload.get_extension<BlockExtension>();
    mem_block block = {};
    if (extension != nullptr && request.blocked == nullptr) {
        extension->served_whole = true;
        block = extension->block;
    } else {
        block.address = payload.get_address();
        block.width_bytes = payload.get_data_length();
        block.rows = block.planes = 1;
        block.write = payload.is_write();
    }
    ops_.submit(engine_, port, &block, cycle());
    ports_[port].waiting.push_back(request);
    sleep();
}

tlm_sync_enum Memory::nb_transport_fw(int id, tlm_generic_payload &payload, tlm_phase &phase, sc_time &)
{
    Port &port = ports_[(unsigned)id];
    if (phase == END_RESP) {
        port.responses.front()->release();
        port.responses.pop_front();
        port.responding = false;
        wake_.notify(SC_ZERO_TIME);
        return TLM_COMPLETED;
    }
    if (!accepts(payload)) return TLM_COMPLETED;
    payload.acquire();
    submit((unsigned)id, {&payload, nullptr});
    phase = END_REQ;
    return TLM_UPDATED;
}

void Memory::b_transport(int id, tlm_generic_payload &payload, sc_time &delay)
{
    if (!accepts(payload)) return;
    wait(delay);
    delay = SC_ZERO_TIME;
    sc_event done;
    submit((unsigned)id, {&payload, &done});
    wait(done);
}

unsigned Memory::transport_dbg(int, tlm_generic_payload &payload)
{
    if (image_ == nullptr || payload.get_address() >= image_bytes_) return 0;
    uint64_t room = image_bytes_ - payload.get_address();
    if (payload.get_data_length() > room) payload.set_data_length((unsigned)room);
    move_data(payload);
    payload.set_response_status(TLM_OK_RESPONSE);
    return payload.get_data_length();
}

void Memory::move_data(tlm_generic_payload &payload) const
{
    uint64_t address = payload.get_address(), bytes = payload.get_data_length();
    if (image_ == nullptr || address > image_bytes_ || bytes > image_bytes_ - address) return;
    if (payload.is_write())
        memcpy(image_ + address, payload.get_data_ptr(), bytes);
    else
        memcpy(payload.get_data_ptr(), image_ + address, bytes);
}

void Memory::complete(tlm_generic_payload &payload)
{
    auto *extension = payload.get_extension<BlockExtension>();
    if (extension == nullptr || !extension->served_whole) move_data(payload);
    payload.set_response_status(TLM_OK_RESPONSE);
}

// The base protocol allows one response at a time on a socket.
void Memory::respond(Port &port)
{
    while (!port.responding && !port.responses.empty()) {
        tlm_phase phase = BEGIN_RESP;
        sc_time delay = SC_ZERO_TIME;
        port.responding = true;
        tlm_sync_enum status = (*port.socket)->nb_transport_bw(*port.responses.front(), phase, delay);
        if (status != TLM_COMPLETED && !(status == TLM_UPDATED && phase == END_RESP)) return;
        port.responses.front()->release();
        port.responses.pop_front();
        port.responding = false;
    }
}

void Memory::step()
{
    // 1. blocks that are done
    unsigned id;
    bool found = false;
    while (ops_.take_done(engine_, cycle(), &id)) {
        Request request = ports_[id].waiting.front();
        ports_[id].waiting.pop_front();
        found = true;
        complete(*request.payload);
        if (request.blocked != nullptr)
            request.blocked->notify();
        else
            ports_[id].responses.push_back(request.payload);
    }
    // 2. responses
    for (Port &port : ports_)
        if (!port.responses.empty()) respond(port);
    // 3. nobody submits before something else happens: until then, the engine can look alone
    if (!found) ops_.look_ahead(engine_, quiet());
    sleep();
}

// The cycle before which nothing else happens in the simulation.
uint64_t Memory::quiet() const
{
    return (sc_time_stamp() + sc_time_to_pending_activity()).value() / period_.value();
}

// Until the next block is done, or there is a response to give.
void Memory::sleep()
{
    uint64_t next = ops_.next_done(engine_);
    for (const Port &port : ports_)
        if (!port.responding && !port.responses.empty()) next = cycle();
    if (next != UINT64_MAX) wake_.notify(sc_time::from_value(next * period_.value()) - sc_time_stamp());
}
} // namespace fl
