#include "sim/machine/bank_table.h"

namespace fl
{
BankTable::BankTable(const fl_machine_config &machine)
{
    for (int b = 0; b < FL_BUFFER_COUNT; b++) bank_bytes_[b] = static_cast<uint32_t>(fl_bank_bytes(&machine.buffers[b]));
}

static unsigned regions_of(const fl_command &command, const fl_region *regions[4])
{
    unsigned count = 0;
    switch (static_cast<fl_queue>(command.queue)) {
    case FL_MATRIX:
        regions[count++] = &command.u.matrix.a;
        regions[count++] = &command.u.matrix.b;
        regions[count++] = &command.u.matrix.c;
        break;
    case FL_VECTOR:
        regions[count++] = &command.u.vector.in;
        if (command.u.vector.inputs == 2) regions[count++] = &command.u.vector.in2;
        if (command.u.vector.has_columns) regions[count++] = &command.u.vector.column_params;
        regions[count++] = &command.u.vector.out;
        break;
    default: regions[count++] = &command.u.dma.region;
    }
    return count;
}

template <typename Visit> void BankTable::each_bank(const fl_command &command, Visit visit) const
{
    const fl_region *regions[4];
    unsigned count = regions_of(command, regions);
    for (unsigned r = 0; r < count; r++) {
        uint32_t bank = bank_bytes_[regions[r]->buffer];
        uint32_t last = (regions[r]->offset_bytes + regions[r]->bytes - 1) / bank;
        for (uint32_t b = regions[r]->offset_bytes / bank; b <= last; b++) visit(regions[r]->buffer, b);
    }
}

bool BankTable::available(const fl_command &command) const
{
    bool free = true;
    each_bank(command, [&](unsigned buffer, uint32_t bank) {
        for (unsigned q = 0; q < FL_QUEUE_COUNT; q++)
            if (q != command.queue && banks_[buffer][bank].holders[q] != 0) free = false;
    });
    return free;
}

void BankTable::change(const fl_command &command, int by)
{
    each_bank(command, [&](unsigned buffer, uint32_t bank) {
        uint16_t &holders = banks_[buffer][bank].holders[command.queue];
        holders = static_cast<uint16_t>(holders + by);
    });
}
} // namespace fl
