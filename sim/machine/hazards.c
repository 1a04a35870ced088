#include "sim/machine/hazards.h"

#include <assert.h>
#include <string.h>

void fl_hazards_init(fl_hazards *hazards, const fl_machine_config *machine)
{
    memset(hazards, 0, sizeof *hazards);
    for (int b = 0; b < FL_BUFFER_COUNT; b++)
        hazards->bank_bytes[b] = (uint32_t)fl_bank_bytes(&machine->buffers[b]);
}

void fl_command_wait(fl_command *command, fl_queue queue, uint32_t sequence, fl_cause cause)
{
    for (unsigned i = 0; i < command->wait_count; i++) {
        fl_wait *wait = &command->waits[i];
        if (wait->queue != queue) continue;
        if (sequence > wait->sequence)
            *wait = (fl_wait){sequence, (uint8_t)queue, (uint8_t)cause, command->core};
        return;
    }
    assert(command->wait_count < FL_MAX_WAITS);
    command->waits[command->wait_count++] =
        (fl_wait){sequence, (uint8_t)queue, (uint8_t)cause, command->core};
}

typedef struct bank_range {
    unsigned first, last;
} bank_range;

static bank_range banks_of(const fl_hazards *hazards, const fl_region *region)
{
    uint32_t bank = hazards->bank_bytes[region->buffer];
    return (bank_range){region->offset_bytes / bank, (region->offset_bytes + region->bytes - 1) / bank};
}

static void wait_for_queue(fl_command *command, const uint32_t *tokens, unsigned queue, fl_cause cause)
{
    if (tokens[queue] != 0) fl_command_wait(command, (fl_queue)queue, tokens[queue] - 1, cause);
}

static void wait_for_others(fl_command *command, const uint32_t *tokens, fl_cause cause)
{
    for (unsigned q = 0; q < FL_QUEUE_COUNT; q++)
        if (q != command->queue) wait_for_queue(command, tokens, q, cause);
}

/* Neighbouring banks mostly have the same past; the waits that follow from it are the same too. */
static bool differ(const uint32_t a[FL_QUEUE_COUNT], const uint32_t b[FL_QUEUE_COUNT])
{
    return memcmp(a, b, FL_QUEUE_COUNT * sizeof *a) != 0;
}

void fl_hazards_read(fl_hazards *hazards, fl_command *command, uint32_t sequence, const fl_region *region)
{
    bank_range banks = banks_of(hazards, region);
    for (unsigned b = banks.first; b <= banks.last; b++) {
        fl_bank_use *use = &hazards->bank[region->buffer][b];
        use->read[command->queue] = sequence + 1;
        if (b != banks.first && !differ(use->write, use[-1].write)) continue;
        wait_for_others(command, use->write, FL_CAUSE_OPERANDS);
        wait_for_queue(command, use->write, command->queue, FL_CAUSE_DEPENDENCY);
    }
}

void fl_hazards_write(fl_hazards *hazards, fl_command *command, uint32_t sequence, const fl_region *region)
{
    bank_range banks = banks_of(hazards, region);
    fl_bank_use *bank = hazards->bank[region->buffer];
    for (unsigned b = banks.first; b <= banks.last; b++) {
        const fl_bank_use *use = &bank[b];
        if (b != banks.first && !differ(use->read, use[-1].read) && !differ(use->write, use[-1].write))
            continue;
        wait_for_others(command, use->read, FL_CAUSE_OUTPUT_SPACE);
        wait_for_others(command, use->write, FL_CAUSE_OUTPUT_SPACE);
    }
    for (unsigned b = banks.first; b <= banks.last; b++) bank[b].write[command->queue] = sequence + 1;
}

uint32_t fl_hazards_last_read(const fl_hazards *hazards, const fl_region *region)
{
    bank_range banks = banks_of(hazards, region);
    uint32_t last = 0;
    for (unsigned b = banks.first; b <= banks.last; b++)
        for (unsigned q = 0; q < FL_QUEUE_COUNT; q++) {
            uint32_t token = hazards->bank[region->buffer][b].read[q];
            if (token > last) last = token;
        }
    return last;
}

void fl_command_wait_core(fl_command *command, unsigned core, uint32_t sequence)
{
    assert(command->wait_count < FL_MAX_WAITS && core != command->core);
    command->waits[command->wait_count++] = (fl_wait){sequence, FL_STORE, FL_CAUSE_DEPENDENCY, (uint8_t)core};
}
