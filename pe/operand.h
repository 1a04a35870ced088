/* Arithmetic shared by the PE types: what a decoder's slices and a multiplier do with (base, shift) pairs. */
#ifndef PE_OPERAND_H
#define PE_OPERAND_H

#include "pe/pe.h"

#ifdef __cplusplus
extern "C" {
#endif

/* psum + (a.base * b.base) << (a.shift + b.shift), modulo 2^32; a product shifted out entirely is 0. */
static inline uint32_t pe_shifted_mac(uint32_t psum, num_operand a, num_operand b)
{
    const unsigned shift = (unsigned)a.shift + b.shift;
    const uint32_t product = (uint32_t)((int32_t)a.base * b.base);
    return psum + (shift < 32 ? product << shift : 0);
}

/* Splits an integer of up to 8 bits into nibbles: high (arithmetic) at shift 4, low (unsigned) at shift 0, so
 * that value = 16 * high + low. For uint8 the high nibble is unsigned as well. */
static inline void pe_split_nibbles(int32_t value, num_operand slices[PE_MAX_SLICES])
{
    slices[0] = (num_operand){(int16_t)(value >> 4), 4};
    slices[1] = (num_operand){(int16_t)(value & 15), 0};
}

#ifdef __cplusplus
}
#endif
#endif
