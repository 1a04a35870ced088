/* Where an address lies in a memory of several channels, from a string such as "ro-ra-ba-co-bg-ch".
 *
 * The string names address fields from the highest bit to the lowest, as papers and controllers do: ch
 * channel, ra rank, bg bank group, ba bank in its group, ro row, co column. A field may be cut into pieces,
 * "ro-ba-co-bg-co2": a number is the piece's width in bits, and one piece of each field may go without and
 * takes the bits that are left. A field without bits (one channel, one rank) may be left out. Below
 * everything lie the bytes of a burst. */
#ifndef MEM_DRAM_ADDRESS_MAP_H
#define MEM_DRAM_ADDRESS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mem_field {
    MEM_FIELD_CHANNEL,
    MEM_FIELD_RANK,
    MEM_FIELD_GROUP,
    MEM_FIELD_BANK,
    MEM_FIELD_ROW,
    MEM_FIELD_COLUMN,
    MEM_FIELD_COUNT
} mem_field;

enum { MEM_MAX_PIECES = 16 };

/* `bits` address bits from `from` on are the field's bits from `to` on. */
typedef struct mem_piece {
    uint32_t mask;
    uint8_t field, from, to;
} mem_piece;

typedef struct mem_address_map {
    mem_piece pieces[MEM_MAX_PIECES]; /* without columns, which no command's timing depends on */
    unsigned piece_count;
    unsigned widths[MEM_FIELD_COUNT];
    unsigned
        below_row; /* address bits below the row's lowest one, or 64 if bits of others lie above the row */
    bool hashed;
} mem_address_map;

/* The bank counts over ranks, groups and banks of a channel: rank * groups * banks + group * banks + bank. */
typedef struct mem_place {
    uint32_t row;
    uint16_t channel;
    uint8_t rank, group, bank;
} mem_place;

/* widths: bits of each field, the column's without those inside a burst; burst_shift: bits below. With
 * `hashed` the row's lowest bits are XORed into the bank's and the next ones into the group's (Zhang, Zhu and
 * Zhang, A Permutation-Based Page Interleaving Scheme, MICRO 2000). False with a text that says what is
 * wrong. */
bool mem_address_map_parse(const char *text, const unsigned widths[MEM_FIELD_COUNT], unsigned burst_shift,
                           bool hashed, mem_address_map *map, char *wrong, size_t wrong_bytes);

static inline mem_place mem_address_place(const mem_address_map *map, uint64_t address)
{
    uint32_t fields[MEM_FIELD_COUNT] = {0};
    for (unsigned i = 0; i < map->piece_count; i++) {
        const mem_piece *p = &map->pieces[i];
        fields[p->field] |= ((uint32_t)(address >> p->from) & p->mask) << p->to;
    }
    const unsigned banks = map->widths[MEM_FIELD_BANK], groups = map->widths[MEM_FIELD_GROUP];
    uint32_t bank = fields[MEM_FIELD_BANK], group = fields[MEM_FIELD_GROUP], row = fields[MEM_FIELD_ROW];
    if (map->hashed) {
        bank ^= row & ((1u << banks) - 1);
        group ^= row >> banks & ((1u << groups) - 1);
    }
    return (mem_place){.row = row,
                       .channel = (uint16_t)fields[MEM_FIELD_CHANNEL],
                       .rank = (uint8_t)fields[MEM_FIELD_RANK],
                       .group = (uint8_t)group,
                       .bank = (uint8_t)((fields[MEM_FIELD_RANK] << groups | group) << banks | bank)};
}

#ifdef __cplusplus
}
#endif
#endif
