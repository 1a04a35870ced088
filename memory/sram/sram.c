#include "memory/sram/sram.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool mem_sram_init(mem_sram *sram, uint64_t size_bytes, uint32_t bank_count, bool with_data,
                   const char **reason)
{
    memset(sram, 0, sizeof *sram);
    *reason = "a scratchpad has 1 to 64 banks";
    if (bank_count < 1 || bank_count > MEM_SRAM_MAX_BANKS) return false;
    *reason = "the size is not a positive multiple of the number of banks";
    if (size_bytes == 0 || size_bytes % bank_count != 0) return false;
    *reason = "not enough memory for the scratchpad's data";
    if (with_data && (sram->data = calloc(1, size_bytes)) == NULL) return false;
    *reason = NULL;
    sram->size_bytes = size_bytes;
    sram->bank_bytes = size_bytes / bank_count;
    for (uint32_t b = 0; b < bank_count; b++) sram->banks[b].unit = MEM_SRAM_NO_UNIT;
    return true;
}

void mem_sram_free(mem_sram *sram)
{
    free(sram->data);
    sram->data = NULL;
}

uint64_t mem_sram_bank_mask(const mem_sram *sram, uint64_t offset_bytes, uint64_t bytes)
{
    assert(offset_bytes <= sram->size_bytes && bytes <= sram->size_bytes - offset_bytes);
    if (bytes == 0) return 0;
    uint64_t first = offset_bytes / sram->bank_bytes, last = (offset_bytes + bytes - 1) / sram->bank_bytes;
    return UINT64_MAX >> (63 - (last - first)) << first;
}

static inline uint64_t lowest(uint64_t mask) { return mask & -mask; }
static inline unsigned index_of(uint64_t bit) { return (unsigned)__builtin_ctzll(bit); }

uint64_t mem_sram_conflicts(const mem_sram *sram, uint64_t mask, int unit)
{
    uint64_t conflicts = 0;
    for (uint64_t left = mask & sram->held; left != 0; left &= left - 1)
        if (sram->banks[index_of(left)].unit != unit) conflicts |= lowest(left);
    return conflicts;
}

bool mem_sram_acquire(mem_sram *sram, uint64_t mask, int unit)
{
    assert(unit >= 0);
    if (mem_sram_conflicts(sram, mask, unit) != 0) return false;
    for (uint64_t left = mask; left != 0; left &= left - 1) {
        mem_sram_bank *bank = &sram->banks[index_of(left)];
        bank->unit = unit;
        bank->commands++;
    }
    sram->held |= mask;
    return true;
}

void mem_sram_release(mem_sram *sram, uint64_t mask, int unit)
{
    for (uint64_t left = mask; left != 0; left &= left - 1) {
        mem_sram_bank *bank = &sram->banks[index_of(left)];
        assert(bank->unit == unit && bank->commands > 0);
        if (--bank->commands > 0) continue;
        bank->unit = MEM_SRAM_NO_UNIT;
        sram->held &= ~lowest(left);
    }
    (void)unit;
}
