#include "memory/dma/dma_bursts.h"

#include <stdlib.h>

void mem_dma_bursts_init(mem_dma_bursts *b, const mem_port_params *port)
{
    *b = (mem_dma_bursts){.port = *port, .slots = calloc(port->outstanding, sizeof(mem_dma_slot))};
    if (b->slots == NULL) abort();
}

void mem_dma_bursts_free(mem_dma_bursts *b) { free(b->slots); }

static mem_dma_slot *slot_of(const mem_dma_bursts *b, uint64_t number)
{
    return &b->slots[number % b->port.outstanding];
}

void mem_dma_bursts_open(mem_dma_bursts *b, const mem_block *block, uint32_t burst_bytes, uint64_t now)
{
    mem_cursor_start(&b->cursor, block, burst_bytes);
    b->open = true;
    if (b->next_issue < now) b->next_issue = now;
}

void mem_dma_bursts_take_back(mem_dma_bursts *b)
{
    b->open = false;
    b->issued--;
    b->next_issue--;
}

uint64_t mem_dma_bursts_next_issue(const mem_dma_bursts *b)
{
    if (!b->open || b->issued - b->carried >= b->port.outstanding) return UINT64_MAX;
    uint64_t freed = b->issued < b->port.outstanding ? 0 : slot_of(b, b->issued)->bus_end;
    return freed > b->next_issue ? freed : b->next_issue;
}

uint64_t mem_dma_bursts_issue(mem_dma_bursts *b, uint64_t now)
{
    mem_dma_slot *slot = slot_of(b, b->issued);
    uint32_t bytes = mem_cursor_bytes(&b->cursor);
    mem_cursor_next(&b->cursor);
    b->open = !mem_cursor_at_end(&b->cursor);
    b->next_issue = now + 1;
    *slot = (mem_dma_slot){.returned = UINT64_MAX,
                           .bus_cycles = (bytes + b->port.bus_bytes - 1) / b->port.bus_bytes,
                           .last = !b->open};
    return b->issued++;
}

void mem_dma_bursts_return(mem_dma_bursts *b, uint64_t number, uint64_t now,
                           void (*done)(void *owner, uint64_t cycle), void *owner)
{
    slot_of(b, number)->returned = now;
    while (b->carried < b->issued && slot_of(b, b->carried)->returned != UINT64_MAX) {
        mem_dma_slot *slot = slot_of(b, b->carried++);
        b->bus_end = (slot->returned > b->bus_end ? slot->returned : b->bus_end) + slot->bus_cycles;
        slot->bus_end = b->bus_end;
        if (slot->last) done(owner, b->bus_end);
    }
}
