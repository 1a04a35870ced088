/* Number formats: descriptor, code <-> integer value, operand decoding, packing.
 *
 * A code is the bit pattern of a value, in the low bits of a uint32_t. Every format here decodes to an exact
 * integer in units of the tensor's scale. Source: ANT (MICRO 2022) for flint and PoT; docs/numerics.md lists
 * what else pe/num has. It depends on libm alone, allocates nothing, keeps no state. */
#ifndef NUM_FORMAT_H
#define NUM_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum num_kind {
    NUM_INT,   /* two's complement or unsigned, 2..32 bits */
    NUM_FLINT, /* ANT flint, 3..8 bits; signed = sign + magnitude code of one bit less */
    NUM_POT,   /* power of two, 3..5 bits; signed = sign + magnitude code of one bit less */
} num_kind;

typedef struct num_format {
    uint8_t kind; /* num_kind */
    uint8_t bits; /* of a code in memory */
    bool is_signed;
} num_format;

/* What a boundary decoder hands to a PE: value = base * 2^shift. */
typedef struct num_operand {
    int16_t base;
    uint8_t shift;
} num_operand;

/* "int8", "uint4", "flint4", "uflint4", "pot4", "upot4", "int16", "int32" ... false: no such format
 * (unsigned integers end at 31 bits, since values are int32_t); `format` is then left alone. */
bool num_format_parse(const char *name, num_format *format);
/* Writes the name (at most 12 bytes with the terminator) and returns `name`. */
const char *num_format_name(num_format format, char name[12]);
static inline bool num_format_equal(num_format a, num_format b)
{
    return a.kind == b.kind && a.bits == b.bits && a.is_signed == b.is_signed;
}

/* Largest and smallest value the format represents, in units of its scale. */
int32_t num_max_value(num_format format);
int32_t num_min_value(num_format format);
bool num_fits_int16(num_format format);

/* Value of a code (upper bits of `code` are ignored). The negative-zero code of signed flint and PoT is 0. */
int32_t num_decode(num_format format, uint32_t code);
/* Base and shift as the 4-bit TypeFusion PE takes them. Only for formats whose base fits s5 (kind NUM_INT up
 * to 4 bits signed or unsigned, NUM_FLINT and NUM_POT of 4 bits); 8-bit integers are split by the PE type. */
num_operand num_decode_operand(num_format format, uint32_t code);
/* Code of the representable value nearest to `value`; a tie goes to the larger value (towards +infinity);
 * values beyond the ends saturate; negative zero is never produced. */
uint32_t num_encode(num_format format, int32_t value);
/* The same for a real value in units of the scale. NaN gives 0. */
uint32_t num_encode_real(num_format format, double value);

/* Packed rows: codes without gaps, first element in the low bits, little endian bytes; a row starts on a
 * byte. Widths 4, 8, 16 and 32 never straddle an element boundary. Bytes of a row of n codes: num_row_bytes.
 */
static inline size_t num_row_bytes(num_format format, size_t n) { return (n * format.bits + 7) / 8; }
uint32_t num_load_code(num_format format, const uint8_t *row, size_t index);
void num_store_code(num_format format, uint8_t *row, size_t index, uint32_t code);
/* Bulk forms for one row, vectorised for 4 and 8 bits: decoded values in, or values out. */
void num_unpack_values(num_format format, const uint8_t *row, size_t n, int32_t *values);
void num_unpack_int16(num_format format, const uint8_t *row, size_t n, int16_t *values); /* num_fits_int16 */
void num_pack_values(num_format format, const int32_t *values, size_t n, uint8_t *row);  /* num_encode each */

#ifdef __cplusplus
}
#endif
#endif
