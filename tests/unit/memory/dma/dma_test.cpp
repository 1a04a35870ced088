#include <gtest/gtest.h>

#include <tlm_utils/peq_with_get.h>

#include "memory/dma/dma.h"
#include "memory/dram/ideal.h"
#include "memory/engine/memory_module.h"
#include "tests/support/memory_traffic.h"
#include "tests/support/systemc_test.h"

using namespace sc_core;
using namespace tlm;

namespace
{
const sc_time PERIOD(1000, SC_PS);

mem_ideal_params ideal(uint64_t latency, uint64_t bytes_per_cycle)
{
    mem_ideal_params p = {};
    p.latency_cycles = latency;
    p.bytes_per_cycle = bytes_per_cycle;
    p.capacity_bytes = UINT64_C(1) << 32;
    p.burst_bytes = 64;
    return p;
}

uint64_t now() { return sc_time_stamp().value() / PERIOD.value(); }

// A memory of somebody else: knows the base protocol only. One burst after the other takes `service` cycles,
// then `latency`.
struct ForeignMemory : sc_module {
    tlm_utils::simple_target_socket<ForeignMemory> socket;
    tlm_utils::peq_with_get<tlm_generic_payload> queue;
    uint64_t service, latency, free = 0, bursts = 0;

    SC_HAS_PROCESS(ForeignMemory);
    ForeignMemory(sc_module_name name, uint64_t s, uint64_t l)
        : sc_module(name), queue("queue"), service(s), latency(l)
    {
        socket.register_nb_transport_fw(this, &ForeignMemory::nb_transport_fw);
        SC_METHOD(respond);
        sensitive << queue.get_event();
        dont_initialize();
    }
    tlm_sync_enum nb_transport_fw(tlm_generic_payload &t, tlm_phase &phase, sc_time &delay)
    {
        EXPECT_EQ(phase, BEGIN_REQ);
        bursts++;
        uint64_t asked = (sc_time_stamp() + delay).value() / PERIOD.value();
        free = std::max(free, asked) + service;
        queue.notify(t, sc_time::from_value((free + latency) * PERIOD.value()) - sc_time_stamp());
        phase = END_REQ;
        return TLM_UPDATED;
    }
    void respond()
    {
        while (tlm_generic_payload *t = queue.get_next_transaction()) {
            t->set_response_status(TLM_OK_RESPONSE);
            tlm_phase phase = BEGIN_RESP;
            sc_time delay;
            EXPECT_EQ(socket->nb_transport_bw(*t, phase, delay), TLM_COMPLETED);
        }
    }
};

// Pushes blocks as soon as the DMA has room; notes when each is done.
struct Driver {
    fl::Dma &dma;
    std::vector<mem_block> blocks;
    std::vector<uint64_t> done;
    size_t next = 0;
    void feed()
    {
        while (next < blocks.size() && !dma.full())
            dma.push(blocks[next++], [this] {
                done.push_back(now());
                feed();
            });
    }
};

// What memory.h says, without SystemC.
std::vector<uint64_t> engine_alone(const mem_ideal_params &p, mem_port_params port,
                                   const std::vector<mem_block> &blocks)
{
    const char *reason;
    mem_engine *engine = mem_ideal_ops.create(&p, 1000000000, &port, 1, &reason);
    std::vector<uint64_t> done;
    size_t next = 0;
    uint64_t cycle = 0;
    while (done.size() < blocks.size()) {
        for (; next < blocks.size() && next < done.size() + fl::Dma::queue_depth; next++)
            mem_ideal_ops.submit(engine, 0, &blocks[next], cycle);
        cycle = mem_ideal_ops.next_done(engine);
        unsigned id;
        if (mem_ideal_ops.take_done(engine, cycle, &id)) done.push_back(cycle);
    }
    mem_ideal_ops.destroy(engine);
    return done;
}

std::vector<mem_block> random_blocks(test_random *r)
{
    std::vector<mem_block> blocks;
    for (auto &item : random_traffic(r, 64, UINT64_C(1) << 30, 150).items) blocks.push_back(item.block);
    return blocks;
}
} // namespace

class MemDma : public SystemcTest
{
};

TEST_F(MemDma, TakesTheSameCyclesWholeAndBurstByBurst)
{
    const uint64_t seed = 8;
    test_random r = {seed};
    for (int n = 0; n < 60; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        uint64_t service = (uint64_t)1 << test_random_range(&r, 0, 4),
                 latency = (uint64_t)test_random_range(&r, 0, 40);
        mem_ideal_params p = ideal(latency, 64 / service);
        mem_port_params port = {(uint32_t)test_random_range(&r, 1, 20), 1u << test_random_range(&r, 2, 6)};
        std::vector<mem_block> blocks = random_blocks(&r);
        std::vector<uint64_t> expected = engine_alone(p, port, blocks);
        for (bool foreign : {false, true}) {
            SCOPED_TRACE(foreign ? "burst by burst" : "whole blocks");
            fl::fresh_simulation_context();
            const char *reason;
            fl::Memory memory("memory", mem_ideal_ops,
                              mem_ideal_ops.create(&p, 1000000000, &port, 1, &reason), 1, PERIOD);
            ForeignMemory other("other", service, latency);
            fl::Dma dma("dma", PERIOD, port, 64), unused("unused", PERIOD, port, 64);
            (foreign ? dma : unused).socket.bind(other.socket);
            (foreign ? unused : dma).socket.bind(memory.socket(0));
            Driver driver = {dma, blocks, {}};
            driver.feed();
            sc_start();
            ASSERT_EQ(driver.done, expected);
            EXPECT_TRUE(dma.idle());
        }
    }
}

// The command processor issues on falling edges.
TEST_F(MemDma, ABlockPushedBetweenTwoEdgesStartsAtTheSecond)
{
    const mem_ideal_params p = ideal(10, 64);
    const mem_port_params port = {4, 64};
    const std::vector<mem_block> blocks = {{0, 640, 1, 1, 640, 640, false}, {4096, 64, 3, 1, 128, 384, true}};
    for (bool foreign : {false, true}) {
        SCOPED_TRACE(foreign ? "burst by burst" : "whole blocks");
        std::vector<uint64_t> done[2];
        for (bool between : {false, true}) {
            fl::fresh_simulation_context();
            const char *reason;
            fl::Memory memory("memory", mem_ideal_ops,
                              mem_ideal_ops.create(&p, 1000000000, &port, 1, &reason), 1, PERIOD);
            ForeignMemory other("other", 1, 10);
            fl::Dma dma("dma", PERIOD, port, 64), unused("unused", PERIOD, port, 64);
            (foreign ? dma : unused).socket.bind(other.socket);
            (foreign ? unused : dma).socket.bind(memory.socket(0));
            sc_start(between ? 4 * PERIOD + PERIOD / 2 : 5 * PERIOD);
            Driver driver = {dma, blocks, {}};
            driver.feed();
            sc_start();
            done[between] = driver.done;
        }
        ASSERT_EQ(done[0].size(), blocks.size());
        EXPECT_EQ(done[1], done[0]);
    }
}

namespace
{
// An initiator of somebody else: one burst per cycle, at most `outstanding` under way, no extension.
struct ForeignInitiator : sc_module {
    tlm_utils::simple_initiator_socket<ForeignInitiator> socket;
    std::vector<tlm_generic_payload> payloads;
    std::vector<std::vector<unsigned char>> data;
    unsigned outstanding, sent = 0, answered = 0;
    uint64_t last_answer = 0;
    sc_event wake;
    struct Manager : tlm_mm_interface {
        void free(tlm_generic_payload *) override {}
    } manager;

    SC_HAS_PROCESS(ForeignInitiator);
    ForeignInitiator(sc_module_name name, unsigned bursts, unsigned o)
        : sc_module(name), payloads(bursts), data(bursts, std::vector<unsigned char>(64)), outstanding(o)
    {
        socket.register_nb_transport_bw(this, &ForeignInitiator::nb_transport_bw);
        SC_METHOD(send);
        sensitive << wake;
    }
    void send()
    {
        if (sent == payloads.size() || sent - answered == outstanding) return;
        tlm_generic_payload &t = payloads[sent];
        t.set_mm(&manager);
        t.acquire();
        t.set_command(TLM_READ_COMMAND);
        t.set_address(sent * 64);
        t.set_data_ptr(data[sent].data());
        t.set_data_length(64);
        t.set_streaming_width(64);
        sent++;
        tlm_phase phase = BEGIN_REQ;
        sc_time delay;
        EXPECT_EQ(socket->nb_transport_fw(t, phase, delay), TLM_UPDATED);
        EXPECT_EQ(phase, END_REQ);
        next = now() + 1;
        wake.notify(PERIOD);
    }
    tlm_sync_enum nb_transport_bw(tlm_generic_payload &t, tlm_phase &phase, sc_time &)
    {
        EXPECT_EQ(phase, BEGIN_RESP);
        EXPECT_EQ(t.get_response_status(), TLM_OK_RESPONSE);
        answered++;
        last_answer = now();
        if (now() >= next) wake.notify(SC_ZERO_TIME);
        phase = END_RESP;
        return TLM_COMPLETED;
    }
    uint64_t next = 0;
};
} // namespace

TEST_F(MemDma, MemoryServesAnInitiatorWithoutTheExtensionInTheSameCycles)
{
    mem_ideal_params p = ideal(17, 16);
    for (uint32_t outstanding : {1u, 3u, 40u}) {
        fl::fresh_simulation_context();
        mem_port_params port = {outstanding, 32};
        const char *reason;
        fl::Memory memory("memory", mem_ideal_ops, mem_ideal_ops.create(&p, 1000000000, &port, 1, &reason), 1,
                          PERIOD);
        std::vector<uint8_t> image(64 * 100);
        for (size_t i = 0; i < image.size(); i++) image[i] = (uint8_t)(i * 7 >> 3);
        memory.set_image(image.data(), image.size());
        ForeignInitiator initiator("initiator", 100, outstanding);
        initiator.socket.bind(memory.socket(0));
        sc_start();
        EXPECT_EQ(initiator.last_answer, engine_alone(p, port, {mem_block{0, 6400, 1, 1, 0, 0, false}})[0]);
        for (size_t i = 0; i < 100; i++)
            EXPECT_TRUE(
                std::equal(initiator.data[i].begin(), initiator.data[i].end(), image.begin() + 64 * (long)i));
    }
}

TEST_F(MemDma, MemoryRefusesAddressesOutsideAndAnswersDebugAccesses)
{
    mem_ideal_params p = ideal(1, 64);
    mem_port_params port = {4, 64};
    const char *reason;
    fl::Memory memory("memory", mem_ideal_ops, mem_ideal_ops.create(&p, 1000000000, &port, 1, &reason), 1,
                      PERIOD);
    uint8_t image[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    memory.set_image(image, sizeof image);
    ForeignInitiator initiator("initiator", 0, 1);
    initiator.socket.bind(memory.socket(0));
    sc_start();
    unsigned char data[8] = {};
    tlm_generic_payload t;
    t.set_read();
    t.set_data_ptr(data);
    t.set_data_length(8);
    t.set_streaming_width(8);
    t.set_address(6);
    EXPECT_EQ(initiator.socket->transport_dbg(t), 2u);
    EXPECT_EQ(data[1], 8);
    t.set_data_length(8);
    t.set_address(p.capacity_bytes - 4);
    tlm_phase phase = BEGIN_REQ;
    sc_time delay;
    EXPECT_EQ(initiator.socket->nb_transport_fw(t, phase, delay), TLM_COMPLETED);
    EXPECT_EQ(t.get_response_status(), TLM_ADDRESS_ERROR_RESPONSE);
    tlm_dmi dmi;
    EXPECT_FALSE(initiator.socket->get_direct_mem_ptr(t, dmi));
}

namespace
{
struct BlockingInitiator : sc_module {
    tlm_utils::simple_initiator_socket<BlockingInitiator> socket;
    unsigned char data[64] = {};
    std::vector<uint64_t> done;

    SC_HAS_PROCESS(BlockingInitiator);
    explicit BlockingInitiator(sc_module_name name) : sc_module(name) { SC_THREAD(run); }
    void run()
    {
        for (unsigned i = 0; i < 2; i++) {
            tlm_generic_payload t;
            t.set_read();
            t.set_address(64 * i);
            t.set_data_ptr(data);
            t.set_data_length(64);
            t.set_streaming_width(64);
            sc_time delay = 3 * PERIOD;
            socket->b_transport(t, delay);
            EXPECT_TRUE(t.is_response_ok());
            EXPECT_EQ(delay, SC_ZERO_TIME);
            done.push_back(now());
        }
    }
};
} // namespace

TEST_F(MemDma, MemoryBlocksABlockingInitiatorForTheSameCycles)
{
    mem_ideal_params p = ideal(17, 16);
    mem_port_params port = {4, 32};
    const char *reason;
    fl::Memory memory("memory", mem_ideal_ops, mem_ideal_ops.create(&p, 1000000000, &port, 1, &reason), 1,
                      PERIOD);
    std::vector<uint8_t> image(128, 9);
    memory.set_image(image.data(), image.size());
    BlockingInitiator initiator("initiator");
    initiator.socket.bind(memory.socket(0));
    sc_start();
    const uint64_t one = 3 + 4 + 17 + 2;
    EXPECT_EQ(initiator.done, (std::vector<uint64_t>{one, 2 * one}));
    EXPECT_EQ(initiator.data[63], 9);
}
