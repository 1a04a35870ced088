#include "memory/dma/dma.h"

#include <algorithm>

#include "memory/tlm_block.h"

namespace fl
{
using namespace sc_core;
using namespace tlm;

struct Dma::Transaction : tlm_generic_payload {
    explicit Transaction(tlm_mm_interface *manager, uint32_t bytes)
        : tlm_generic_payload(manager), data(bytes)
    {
    }
    ~Transaction() override { clear_extension(&block); } // a member, not for the payload to delete
    BlockExtension block;
    std::vector<unsigned char> data; // what a target without our functional copies reads and writes
    uint64_t number = 0;             // of the burst
};

Dma::Dma(sc_module_name name, sc_time period, const mem_port_params &port, uint32_t burst_bytes)
    : sc_module(name), socket("socket"), period_(period), burst_bytes_(burst_bytes)
{
    mem_dma_bursts_init(&bursts_, &port);
    socket.register_nb_transport_bw(this, &Dma::nb_transport_bw);
    SC_HAS_PROCESS(Dma);
    SC_METHOD(step);
    sensitive << wake_;
    dont_initialize();
}

Dma::~Dma()
{
    for (Transaction *transaction : all_) delete transaction;
    mem_dma_bursts_free(&bursts_);
}

void Dma::push(const mem_block &block, std::function<void()> done)
{
    sc_assert(!full());
    Descriptor &added = descriptor(count_++);
    added = Descriptor{};
    added.block = block;
    added.done = std::move(done);
    step();
}

uint64_t Dma::cycle(const sc_time &at) const { return (at.value() + period_.value() - 1) / period_.value(); }

Dma::Transaction *Dma::allocate()
{
    if (pool_.empty()) {
        all_.push_back(new Transaction(this, burst_bytes_));
        pool_.push_back(all_.back());
    }
    Transaction *transaction = pool_.back();
    pool_.pop_back();
    return transaction;
}

void Dma::free(tlm_generic_payload *payload)
{
    auto *transaction = static_cast<Transaction *>(payload);
    transaction->clear_extension(&transaction->block);
    pool_.push_back(transaction);
}

// Sends one burst if one may go out now.
bool Dma::issue()
{
    uint64_t now = cycle(sc_time_stamp());
    if (requesting_ != nullptr) return false;
    Descriptor *descriptor = unsent();
    if (descriptor == nullptr) return false;
    bool first = !bursts_.open;
    if (first) mem_dma_bursts_open(&bursts_, &descriptor->block, burst_bytes_, now);
    if (mem_dma_bursts_next_issue(&bursts_) > now) return false;

    Transaction &t = *allocate();
    t.acquire();
    t.set_command(descriptor->block.write ? TLM_WRITE_COMMAND : TLM_READ_COMMAND);
    t.set_address(bursts_.cursor.address);
    t.set_data_ptr(t.data.data());
    t.set_data_length(mem_cursor_bytes(&bursts_.cursor));
    t.set_streaming_width(t.get_data_length());
    t.set_byte_enable_ptr(nullptr);
    t.set_dmi_allowed(false);
    t.set_response_status(TLM_INCOMPLETE_RESPONSE);
    t.block.block = descriptor->block;
    t.block.served_whole = false;
    if (first) t.set_extension(&t.block);

    t.number = mem_dma_bursts_issue(&bursts_, now);
    descriptor->sent = !bursts_.open;
    requesting_ = &t;
    tlm_phase phase = BEGIN_REQ;
    sc_time delay = sc_time::from_value(now * period_.value()) - sc_time_stamp(); // to the clock edge
    tlm_sync_enum status = socket->nb_transport_fw(t, phase, delay);
    if (t.block.served_whole) {
        mem_dma_bursts_take_back(&bursts_);
        descriptor->sent = true;
        descriptor->whole = &t;
    }
    if (status == TLM_ACCEPTED) return true;
    requesting_ = nullptr;
    if (status == TLM_COMPLETED || phase == BEGIN_RESP) {
        bool wants_end = status == TLM_UPDATED;
        returned(t, sc_time_stamp() + delay);
        phase = END_RESP;
        if (wants_end) socket->nb_transport_fw(t, phase, delay);
        t.release();
    }
    return true;
}

Dma::Descriptor *Dma::unsent()
{
    for (unsigned n = 0; n < count_; n++)
        if (!descriptor(n).sent) return &descriptor(n);
    return nullptr;
}

tlm_sync_enum Dma::nb_transport_bw(tlm_generic_payload &payload, tlm_phase &phase, sc_time &delay)
{
    auto &transaction = static_cast<Transaction &>(payload);
    if (requesting_ == &transaction) requesting_ = nullptr; // BEGIN_RESP implies END_REQ
    bool response = phase == BEGIN_RESP;
    if (response) {
        returned(transaction, sc_time_stamp() + delay);
        transaction.release();
        phase = END_RESP;
        retire();
    }
    sleep();
    return response ? TLM_COMPLETED : TLM_ACCEPTED;
}

void Dma::returned(Transaction &transaction, const sc_time &at)
{
    if (transaction.is_response_error()) SC_REPORT_ERROR(name(), transaction.get_response_string().c_str());
    if (!transaction.block.served_whole) {
        mem_dma_bursts_return(&bursts_, transaction.number, cycle(at), &Dma::block_carried, this);
        return;
    }
    for (unsigned n = 0; n < count_; n++)
        if (descriptor(n).whole == &transaction) finish(descriptor(n), at);
}

// Blocks that go burst by burst end in order.
void Dma::block_carried(void *self, uint64_t end)
{
    auto *dma = static_cast<Dma *>(self);
    for (unsigned n = 0; n < dma->count_; n++) {
        Descriptor &d = dma->descriptor(n);
        if (d.finished || d.whole != nullptr) continue;
        dma->finish(d, sc_time::from_value(end * dma->period_.value()));
        return;
    }
}

void Dma::finish(Descriptor &descriptor, const sc_time &at)
{
    descriptor.finished = true;
    descriptor.whole = nullptr;
    descriptor.end = at;
}

// Blocks that are done leave; their owners may push the next ones.
void Dma::retire()
{
    while (count_ > 0 && descriptor(0).finished && descriptor(0).end <= sc_time_stamp()) {
        auto done = std::move(descriptor(0).done);
        oldest_ = (oldest_ + 1) % queue_depth;
        count_--;
        if (done) done();
    }
}

// The cycle in which to try the next burst.
uint64_t Dma::next_issue()
{
    if (requesting_ != nullptr) return UINT64_MAX;
    if (bursts_.open) return mem_dma_bursts_next_issue(&bursts_);
    return unsent() != nullptr ? cycle(sc_time_stamp()) : UINT64_MAX;
}

// Until there is something to do.
void Dma::sleep()
{
    auto notify_at = [this](const sc_time &at) {
        wake_.notify(std::max(at, sc_time_stamp()) - sc_time_stamp());
    };
    uint64_t next = next_issue();
    if (next != UINT64_MAX) notify_at(sc_time::from_value(next * period_.value()));
    if (count_ > 0 && descriptor(0).finished) notify_at(descriptor(0).end);
}

void Dma::step()
{
    retire();
    while (issue()) {
    }
    sleep();
}
} // namespace fl
