/* A banked scratchpad: who may use which bank, and, with data, the bytes themselves.
 * docs/contracts/scratchpad.md states the rules. No time in here: units ask and act at their own cycles. */
#ifndef MEM_SRAM_SRAM_H
#define MEM_SRAM_SRAM_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MEM_SRAM_MAX_BANKS = 64, MEM_SRAM_NO_UNIT = -1 };

typedef struct mem_sram_bank {
    int unit;          /* that owns the bank, MEM_SRAM_NO_UNIT: free */
    uint32_t commands; /* of that unit that hold it */
} mem_sram_bank;

typedef struct mem_sram {
    uint64_t size_bytes, bank_bytes; /* bank = offset / bank_bytes */
    uint8_t *data;                   /* size_bytes, owned; NULL without data */
    uint64_t held;                   /* banks that some unit owns */
    mem_sram_bank banks[MEM_SRAM_MAX_BANKS];
} mem_sram;

/* size_bytes is a multiple of bank_count, bank_count is 1..64. False with a static reason otherwise.
 * with_data: storage, zeroed; mem_sram_free releases it. */
bool mem_sram_init(mem_sram *sram, uint64_t size_bytes, uint32_t bank_count, bool with_data,
                   const char **reason);
void mem_sram_free(mem_sram *sram);

/* Bit b: [offset_bytes, offset_bytes + bytes) touches bank b. The range lies inside the scratchpad; 0 for no
 * bytes. */
uint64_t mem_sram_bank_mask(const mem_sram *sram, uint64_t offset_bytes, uint64_t bytes);

/* Banks of the mask that a unit other than `unit` holds; 0: it may acquire them. */
uint64_t mem_sram_conflicts(const mem_sram *sram, uint64_t mask, int unit);

/* A command of `unit` (>= 0) takes all banks of the mask, or none and false when any is held by another unit.
 * Commands of one unit share its banks; a bank is free again after as many releases as acquisitions. */
bool mem_sram_acquire(mem_sram *sram, uint64_t mask, int unit);
void mem_sram_release(mem_sram *sram, uint64_t mask, int unit);

#ifdef __cplusplus
}
#endif
#endif
