/* bf16 at memory speed: the upper half of a float32. The same codes as the "bf16" minifloat. */
#ifndef NUM_BF16_H
#define NUM_BF16_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline float num_bf16_to_float(uint16_t code)
{
    const uint32_t bits = (uint32_t)code << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Nearest, ties to even; overflow gives infinity, NaN a quiet NaN of the same sign. */
static inline uint16_t num_bf16_from_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

#ifdef __cplusplus
}
#endif
#endif
