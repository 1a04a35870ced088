#include "memory/dram/address_map.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const NAMES[] = {"ch", "ra", "bg", "ba", "ro", "co"};

enum { REST = 255 }; /* the width of a piece that takes what is left */

typedef struct token {
    unsigned field, bits;
} token;

/* The piece at *text, which moves behind it; false when there is none. */
static bool next_token(const char **text, token *t)
{
    const char *c = *text;
    for (t->field = 0; t->field < MEM_FIELD_COUNT && strncmp(c, NAMES[t->field], 2) != 0;) t->field++;
    if (t->field == MEM_FIELD_COUNT) return false;
    c += 2;
    t->bits = REST;
    if (isdigit((unsigned char)*c)) {
        t->bits = 0;
        for (; isdigit((unsigned char)*c) && t->bits < 100; c++)
            t->bits = 10 * t->bits + (unsigned)(*c - '0');
    }
    *text = c;
    return t->bits == REST || (t->bits >= 1 && t->bits <= 32);
}

static unsigned tokens_of(const char *text, token *tokens, char *wrong, size_t wrong_bytes)
{
    const char *at = text;
    for (unsigned count = 0; count < MEM_MAX_PIECES;) {
        const char *start = at;
        bool known = next_token(&at, &tokens[count++]);
        if (!known || (*at != '-' && *at != '\0')) {
            snprintf(wrong, wrong_bytes,
                     "\"%s\": no address field at \"%s\" (fields are ch, ra, bg, ba, ro and co)", text,
                     start);
            return 0;
        }
        if (*at++ == '\0') return count;
    }
    snprintf(wrong, wrong_bytes, "\"%s\": more than %d pieces", text, MEM_MAX_PIECES);
    return 0;
}

/* Gives the piece without a width of each field what the others leave. */
static bool give_rest(token *tokens, unsigned count, const unsigned *widths, const char *text, char *wrong,
                      size_t wrong_bytes)
{
    for (unsigned f = 0; f < MEM_FIELD_COUNT; f++) {
        unsigned given = 0;
        token *rest = NULL;
        for (unsigned i = 0; i < count; i++) {
            if (tokens[i].field != f) continue;
            if (tokens[i].bits == REST && rest != NULL) {
                snprintf(wrong, wrong_bytes, "\"%s\": %s stands twice without a width", text, NAMES[f]);
                return false;
            }
            if (tokens[i].bits == REST)
                rest = &tokens[i];
            else
                given += tokens[i].bits;
        }
        if (given > widths[f] || (rest == NULL && given < widths[f])) {
            snprintf(wrong, wrong_bytes, "\"%s\": %s has %u bits, %u are needed", text, NAMES[f], given,
                     widths[f]);
            return false;
        }
        if (rest != NULL) rest->bits = widths[f] - given;
    }
    return true;
}

bool mem_address_map_parse(const char *text, const unsigned widths[MEM_FIELD_COUNT], unsigned burst_shift,
                           bool hashed, mem_address_map *map, char *wrong, size_t wrong_bytes)
{
    token tokens[MEM_MAX_PIECES];
    unsigned count = tokens_of(text, tokens, wrong, wrong_bytes), from = burst_shift,
             to[MEM_FIELD_COUNT] = {0};
    if (count == 0 || !give_rest(tokens, count, widths, text, wrong, wrong_bytes)) return false;
    *map = (mem_address_map){.hashed = hashed, .below_row = 64};
    memcpy(map->widths, widths, sizeof map->widths);
    for (unsigned i = count; i-- > 0;) {
        const token t = tokens[i];
        if (t.bits == 0) continue;
        if (t.field != MEM_FIELD_COLUMN)
            map->pieces[map->piece_count++] = (mem_piece){.mask = (uint32_t)((UINT64_C(1) << t.bits) - 1),
                                                          .field = (uint8_t)t.field,
                                                          .from = (uint8_t)from,
                                                          .to = (uint8_t)to[t.field]};
        map->below_row = t.field == MEM_FIELD_ROW && to[t.field] == 0 ? from
                         : t.field == MEM_FIELD_ROW                   ? map->below_row
                                                                      : 64;
        from += t.bits;
        to[t.field] += t.bits;
    }
    return true;
}
