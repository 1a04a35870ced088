#include "sim/machine/scratchpads.h"

#include <cassert>

namespace fl
{
Scratchpads::Scratchpads(const fl_machine_config &machine, bool data, fl_bank_waits &waits) : waits_(waits)
{
    for (int b = 0; b < FL_BUFFER_COUNT; b++) {
        const fl_buffer_config &config = machine.buffers[b];
        const char *reason = nullptr;
        bool legal = mem_sram_init(&buffers_[b], config.size_bytes, static_cast<uint32_t>(config.banks), data,
                                   &reason);
        assert(legal && "the configuration was checked");
        (void)legal;
    }
}

Scratchpads::~Scratchpads()
{
    for (mem_sram &buffer : buffers_) mem_sram_free(&buffer);
}

Scratchpads::Banks Scratchpads::banks_of(const fl_command &command) const
{
    Banks banks = {};
    auto add = [&](const fl_region &region) {
        banks.mask[region.buffer] |=
            mem_sram_bank_mask(&buffers_[region.buffer], region.offset_bytes, region.bytes);
    };
    switch (static_cast<fl_queue>(command.queue)) {
    case FL_MATRIX:
        add(command.u.matrix.a);
        add(command.u.matrix.b);
        add(command.u.matrix.c);
        break;
    case FL_VECTOR:
        add(command.u.vector.in);
        if (command.u.vector.inputs == 2) add(command.u.vector.in2);
        if (command.u.vector.has_columns) add(command.u.vector.column_params);
        add(command.u.vector.out);
        break;
    default:
        add(command.u.dma.region);
    }
    return banks;
}

bool Scratchpads::available(const Banks &banks, fl_queue queue) const
{
    for (int b = 0; b < FL_BUFFER_COUNT; b++)
        if (banks.mask[b] != 0 && mem_sram_conflicts(&buffers_[b], banks.mask[b], queue) != 0) return false;
    return true;
}

void Scratchpads::acquire(const Banks &banks, fl_queue queue)
{
    for (int b = 0; b < FL_BUFFER_COUNT; b++)
        if (banks.mask[b] != 0) mem_sram_acquire(&buffers_[b], banks.mask[b], queue);
}

void Scratchpads::release(const Banks &banks, fl_queue queue)
{
    for (int b = 0; b < FL_BUFFER_COUNT; b++)
        if (banks.mask[b] != 0) mem_sram_release(&buffers_[b], banks.mask[b], queue);
}

void Scratchpads::begin_wait(const Banks &banks, fl_queue queue, uint64_t cycle)
{
    Wait &wait = waiting_[queue];
    wait.since = cycle;
    wait.count = 0;
    for (unsigned b = 0; b < FL_BUFFER_COUNT; b++) {
        if (banks.mask[b] == 0) continue;
        uint64_t left = mem_sram_conflicts(&buffers_[b], banks.mask[b], queue);
        for (; left != 0; left &= left - 1) {
            unsigned bank = static_cast<unsigned>(__builtin_ctzll(left));
            wait.conflicts[wait.count++] = {static_cast<uint8_t>(b), static_cast<uint8_t>(bank),
                                            static_cast<uint8_t>(buffers_[b].banks[bank].unit)};
        }
    }
}

void Scratchpads::end_wait(fl_queue queue, uint64_t cycle)
{
    const Wait &wait = waiting_[queue];
    uint64_t cycles = cycle - wait.since;
    unsigned holders = 0;
    for (unsigned i = 0; i < wait.count; i++) {
        const Conflict &c = wait.conflicts[i];
        waits_.banks[c.buffer][c.bank][queue][c.holder] += cycles;
        holders |= 1u << c.holder;
    }
    for (; holders != 0; holders &= holders - 1) waits_.units[queue][__builtin_ctz(holders)] += cycles;
}
} // namespace fl
