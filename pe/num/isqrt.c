#include "pe/num/isqrt.h"

#include <stddef.h>

static unsigned bit_length(uint64_t n)
{
    unsigned bits = 0;
    for (; n != 0; n >>= 1) bits++;
    return bits;
}

uint32_t num_isqrt(uint64_t n, unsigned *divisions)
{
    unsigned count = 0;
    uint64_t root = 0;
    if (n != 0) {
        uint64_t next = (uint64_t)1 << (bit_length(n) + 1) / 2;
        do {
            root = next;
            next = (root + n / root) >> 1;
            count++;
        } while (next < root);
    }
    if (divisions != NULL) *divisions = count;
    return (uint32_t)root;
}
