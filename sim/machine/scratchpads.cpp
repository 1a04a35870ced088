#include "sim/machine/scratchpads.h"

#include <cassert>

namespace fl
{
Scratchpads::Scratchpads(const fl_machine_config &machine, bool data)
{
    for (int b = 0; b < FL_BUFFER_COUNT; b++) {
        const fl_buffer_config &config = machine.buffers[b];
        const char *reason = nullptr;
        bool legal = mem_sram_init(&buffers_[b], config.size_bytes, static_cast<uint32_t>(config.banks),
                                   static_cast<uint32_t>(config.width_bytes), data, &reason);
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
} // namespace fl
