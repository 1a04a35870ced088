/* What the two files about a backlog share: a port whose bursts always wait behind a full window, so that the
 * DDR4 span engine need not look at arrivals. */
#ifndef MEM_DRAM_DDR4_BACKLOG_H
#define MEM_DRAM_DDR4_BACKLOG_H

#include "memory/dram/ddr4_span.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The row address that the cursor is in, and which bank groups have that row open. */
typedef struct row_view {
    uint64_t key;
    uint32_t row, bank; /* bank within its group */
    uint64_t open;
} row_view;

row_view mem_ddr4_view_row(const mem_ddr4 *d, const ddr4_span_state *s, uint64_t address);

/* The port whose bursts fill the window one after the other, and how far it may go. */
typedef struct backlog {
    unsigned port;
    bool write;
    mem_cursor cursor; /* on the burst that waits */
    row_view view;     /* of the cursor's row */
    entry fresh;       /* what all its bursts in that row have in common */
    uint64_t entered;
    uint64_t before_last; /* bursts that may enter before the block's last one */
    uint64_t turn;        /* bursts that may enter while another port waits */
    uint64_t others;      /* the first arrival on another port */
} backlog;

/* Bursts from the cursor on that follow one another in one row of the block and of the banks: whole ones, or
 * one partial one. */
typedef struct piece {
    uint64_t bursts;
    uint32_t bytes, bus_cycles; /* of all; of each */
} piece;

static inline piece piece_at(const mem_ddr4 *d, const mem_cursor *c, unsigned port)
{
    const uint32_t bytes = mem_cursor_bytes(c);
    if (bytes < d->plan.burst_bytes)
        return (piece){1, bytes, (uint32_t)mem_plan_bus_cycles(&d->plan, port, bytes)};
    const uint64_t left = d->run_span - (c->address >> d->burst_shift & (d->run_span - 1));
    const uint64_t bursts = mem_sooner(c->left_bytes >> d->burst_shift, left);
    return (piece){bursts, (uint32_t)(bursts << d->burst_shift), d->burst_bus_cycles[port]};
}

/* The burst that waits and up to `most` - 1 that follow it in its row enter the window from its ring's place
 * `place` on. Returns how many that are. */
static inline uint64_t take_waiting(const mem_ddr4 *d, ddr4_span_state *s, backlog *b, unsigned place,
                                    uint64_t most)
{
    if (b->cursor.address >> d->row_shift != b->view.key) {
        b->view = mem_ddr4_view_row(d, s, b->cursor.address);
        b->fresh.row = b->view.row;
    }
    const piece p = piece_at(d, &b->cursor, b->port);
    const uint64_t count = mem_sooner(p.bursts, most);
    uint32_t group = (uint32_t)(b->cursor.address >> d->burst_shift) & d->group_mask;
    b->fresh.bus_cycles = p.bus_cycles;
    for (uint64_t k = 0; k < count; k++) {
        entry *e = &s->window[(place + k) % DDR4_MAX_LOOKAHEAD];
        *e = b->fresh;
        e->group = (uint8_t)group;
        e->bank = (uint8_t)(group << d->bank_shift | b->view.bank);
        group = (group + 1) & d->group_mask;
    }
    mem_cursor_step(&b->cursor, count == p.bursts ? p.bytes : (uint32_t)count << d->burst_shift);
    b->entered += count;
    return count;
}

/* ddr4_stretch.c: columns from the head's at `clock` on, before `limit`, each followed by a burst that
 * enters, while all of them find their rows open; false when that is too few to be worth it. */
bool mem_ddr4_serve_stretch(mem_ddr4 *d, ddr4_span_state *s, backlog *b, uint64_t clock, uint64_t limit);

#ifdef __cplusplus
}
#endif
#endif
