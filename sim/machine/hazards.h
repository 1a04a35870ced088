/* Who last read and wrote each bank, as tokens; the source of every wait between commands that share a
 * buffer. */
#ifndef FL_MACHINE_HAZARDS_H
#define FL_MACHINE_HAZARDS_H

#include "sim/machine/machine_config.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FL_MAX_BANKS = 64 };

/* Tokens are stored as sequence + 1; 0: never. */
typedef struct fl_bank_use {
    uint32_t read[FL_QUEUE_COUNT], write[FL_QUEUE_COUNT];
} fl_bank_use;

typedef struct fl_hazards {
    uint32_t bank_bytes[FL_BUFFER_COUNT];
    fl_bank_use bank[FL_BUFFER_COUNT][FL_MAX_BANKS];
} fl_hazards;

void fl_hazards_init(fl_hazards *hazards, const fl_machine_config *machine);

/* Adds a wait for a queue of the command's own core unless an equal or later one is there. */
void fl_command_wait(fl_command *command, fl_queue queue, uint32_t sequence, fl_cause cause);

/* Adds a wait for a store of another core: after all waits for its own core, and at most one per core. */
void fl_command_wait_core(fl_command *command, unsigned core, uint32_t sequence);

/* `command`, the `sequence`-th of its queue, reads (or writes) `region`: waits for the other queues' earlier
 * writes (reads and writes) of its banks, and leaves its own mark. A read waits for its own queue's writes
 * too: a command's results are in the buffer only at its completion, and the unit takes the next command
 * before that. */
void fl_hazards_read(fl_hazards *hazards, fl_command *command, uint32_t sequence, const fl_region *region);
void fl_hazards_write(fl_hazards *hazards, fl_command *command, uint32_t sequence, const fl_region *region);

/* Latest reader of a region, for choosing the slot that frees first: the highest read token of its banks. */
uint32_t fl_hazards_last_read(const fl_hazards *hazards, const fl_region *region);

#ifdef __cplusplus
}
#endif
#endif
