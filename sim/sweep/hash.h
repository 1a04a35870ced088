/* FNV-1a with 128 bits (Fowler, Noll, Vo; RFC 9923): the identity of a point.
 *
 * Nobody forges configurations, so that a cryptographic hash, for which no library is linked, would buy
 * nothing: among a million points two differ with the same hash with a probability under 1e-26. */
#ifndef FL_SWEEP_HASH_H
#define FL_SWEEP_HASH_H

#include <stddef.h>

enum { FL_HASH_TEXT = 33 };

typedef struct fl_hash {
    unsigned __int128 state;
} fl_hash;

static inline fl_hash fl_hash_new(void)
{
    return (fl_hash){(unsigned __int128)0x6c62272e07bb0142u << 64 | 0x62b821756295c58du};
}

static inline void fl_hash_add(fl_hash *hash, const void *bytes, size_t size)
{
    const unsigned __int128 prime = ((unsigned __int128)1 << 88) + 0x13b;
    for (size_t i = 0; i < size; i++) hash->state = (hash->state ^ ((const unsigned char *)bytes)[i]) * prime;
}

/* 32 lower-case hexadecimal digits. */
static inline void fl_hash_print(const fl_hash *hash, char text[FL_HASH_TEXT])
{
    for (int i = 0; i < 32; i++) text[i] = "0123456789abcdef"[(unsigned)(hash->state >> (124 - 4 * i)) & 15];
    text[32] = '\0';
}

#endif
