#include "pe/num/format.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pe/num/bits.h"
#include "pe/num/flint.h"
#include "pe/num/nibbles.h"

/* --- names ------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    unsigned min_bits, max_bits;
} kinds[] = {
    [NUM_INT] = {"int", 2, 32},
    [NUM_FLINT] = {"flint", 3, 8},
    [NUM_POT] = {"pot", 3, 5},
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

/* uint32 has no int32_t values, so unsigned integers end at 31 bits. */
static bool exists(num_format format)
{
    return format.kind < KIND_COUNT && format.bits >= kinds[format.kind].min_bits &&
           format.bits <= kinds[format.kind].max_bits && (format.is_signed || format.bits < 32);
}

/* A width as it is written: one or two digits, no leading zero. 0: something else. */
static unsigned parse_width(const char *text)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 2 || text[digits] != '\0' || text[0] == '0') return 0;
    return (unsigned)strtoul(text, NULL, 10);
}

bool num_format_parse(const char *name, num_format *format)
{
    const bool is_unsigned = name[0] == 'u';
    const char *rest = name + is_unsigned;

    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        const size_t length = strlen(kinds[kind].name);
        if (strncmp(rest, kinds[kind].name, length) != 0) continue;
        const num_format found = {(uint8_t)kind, (uint8_t)parse_width(rest + length), !is_unsigned};
        if (!exists(found)) return false;
        *format = found;
        return true;
    }
    return false;
}

const char *num_format_name(num_format format, char name[12])
{
    char *end = name;
    assert(exists(format));
    if (!format.is_signed) *end++ = 'u';
    for (const char *from = kinds[format.kind].name; *from; from++) *end++ = *from;
    if (format.bits >= 10) *end++ = (char)('0' + format.bits / 10);
    *end++ = (char)('0' + format.bits % 10);
    *end = '\0';
    return name;
}

/* --- values -----------------------------------------------------------------------------------------------
 */

static uint32_t low_mask(unsigned bits) { return bits >= 32 ? UINT32_MAX : (1u << bits) - 1; }

static unsigned magnitude_bits(num_format format) { return format.bits - (format.is_signed ? 1u : 0u); }

int32_t num_max_value(num_format format)
{
    const unsigned bits = magnitude_bits(format);
    switch (format.kind) {
    case NUM_FLINT:
        return (int32_t)num_flint_max(bits);
    case NUM_POT:
        return (int32_t)(1u << (low_mask(bits) - 1));
    default:
        return (int32_t)low_mask(bits);
    }
}

int32_t num_min_value(num_format format)
{
    if (!format.is_signed) return 0;
    return format.kind == NUM_INT ? -num_max_value(format) - 1 : -num_max_value(format);
}

bool num_fits_int16(num_format format)
{
    return num_max_value(format) <= INT16_MAX && num_min_value(format) >= INT16_MIN;
}

static int32_t decode_int(num_format format, uint32_t code)
{
    const uint32_t kept = code & low_mask(format.bits);
    const uint32_t sign = format.is_signed ? 1u << (format.bits - 1) : 0;
    return (int32_t)((kept ^ sign) - sign);
}

static num_operand pot_operand(uint32_t code)
{
    return code == 0 ? (num_operand){0, 0} : (num_operand){1, (uint8_t)(code - 1)};
}

num_operand num_decode_operand(num_format format, uint32_t code)
{
    if (format.kind == NUM_INT) {
        assert(magnitude_bits(format) <= 15);
        return (num_operand){(int16_t)decode_int(format, code), 0};
    }
    const unsigned bits = magnitude_bits(format);
    const uint32_t magnitude = code & low_mask(bits);
    num_operand operand =
        format.kind == NUM_FLINT ? num_flint_operand(bits, magnitude) : pot_operand(magnitude);
    if (format.is_signed && code >> bits & 1) operand.base = (int16_t)-operand.base;
    return operand;
}

int32_t num_decode(num_format format, uint32_t code)
{
    if (format.kind == NUM_INT) return decode_int(format, code);
    const num_operand operand = num_decode_operand(format, code);
    return operand.base * (int32_t)(1u << operand.shift);
}

static uint32_t pot_encode(unsigned bits, uint32_t magnitude, bool tie_up)
{
    if (magnitude == 0) return 0;
    const uint32_t top_code = low_mask(bits);
    const unsigned exponent = num_log2_floor(magnitude);
    if (exponent + 1 >= top_code) return top_code;
    const uint32_t low = 1u << exponent;
    const uint32_t above = magnitude - low, below = 2 * low - magnitude;
    const bool up = tie_up ? above >= below : above > below;
    return exponent + 1 + up;
}

uint32_t num_encode(num_format format, int32_t value)
{
    const int32_t low = num_min_value(format), high = num_max_value(format);
    const int32_t kept = value < low ? low : value > high ? high : value;
    if (format.kind == NUM_INT) return (uint32_t)kept & low_mask(format.bits);

    /* "Towards +infinity" is towards the larger magnitude for positive values, the smaller for negative ones.
     */
    const unsigned bits = magnitude_bits(format);
    const bool negative = kept < 0;
    const uint32_t magnitude = num_magnitude(kept);
    const uint32_t code = format.kind == NUM_FLINT ? num_flint_encode(bits, magnitude, !negative)
                                                   : pot_encode(bits, magnitude, !negative);
    return negative && code ? code | 1u << bits : code;
}

/* Between the codes of floor(value) and ceil(value) lies no other representable value, as all are integers.
 */
uint32_t num_encode_real(num_format format, double value)
{
    if (isnan(value)) return 0;
    const double low = num_min_value(format), high = num_max_value(format);
    const double kept = value < low ? low : value > high ? high : value;
    const uint32_t below = num_encode(format, (int32_t)floor(kept));
    const uint32_t above = num_encode(format, (int32_t)ceil(kept));
    return num_decode(format, above) - kept <= kept - num_decode(format, below) ? above : below;
}

/* --- packed rows ------------------------------------------------------------------------------------------
 */

uint32_t num_load_code(num_format format, const uint8_t *row, size_t index)
{
    const size_t bit = index * format.bits;
    const size_t first = bit / 8, last = (bit + format.bits - 1) / 8;
    uint64_t window = 0;
    for (size_t byte = last + 1; byte-- > first;) window = window << 8 | row[byte];
    return (uint32_t)(window >> bit % 8) & low_mask(format.bits);
}

void num_store_code(num_format format, uint8_t *row, size_t index, uint32_t code)
{
    const size_t bit = index * format.bits;
    const size_t first = bit / 8, last = (bit + format.bits - 1) / 8;
    uint64_t mask = (uint64_t)low_mask(format.bits) << bit % 8;
    uint64_t bits = (uint64_t)code << bit % 8 & mask;
    for (size_t byte = first; byte <= last; byte++, mask >>= 8, bits >>= 8) {
        row[byte] = (uint8_t)((row[byte] & ~mask) | bits);
    }
}

/* Words as the file's other accesses read them, little endian; compilers turn each into one load or store. */
static uint32_t load_word(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void store_word(uint32_t word, uint8_t *bytes)
{
    bytes[0] = (uint8_t)word;
    bytes[1] = (uint8_t)(word >> 8);
    bytes[2] = (uint8_t)(word >> 16);
    bytes[3] = (uint8_t)(word >> 24);
}

NUM_VECTORISED
static void unpack_int8(const uint8_t *restrict row, size_t n, int32_t *restrict values)
{
    for (size_t start = 0; start < n; start += NUM_BLOCK) {
        const size_t end = num_block_end(start, n);
        num_prefetch_block(values + start, true);
        for (size_t i = start; i < end; i++) values[i] = (int8_t)row[i];
    }
}

NUM_VECTORISED
static void unpack_uint8(const uint8_t *restrict row, size_t n, int32_t *restrict values)
{
    for (size_t start = 0; start < n; start += NUM_BLOCK) {
        const size_t end = num_block_end(start, n);
        num_prefetch_block(values + start, true);
        for (size_t i = start; i < end; i++) values[i] = row[i];
    }
}

void num_unpack_values(num_format format, const uint8_t *row, size_t n, int32_t *values)
{
    if (format.bits == 4) {
        num_nibbles_unpack(format, row, n, values);
    } else if (format.kind == NUM_INT && format.bits == 8) {
        (format.is_signed ? unpack_int8 : unpack_uint8)(row, n, values);
    } else if (format.kind == NUM_INT && format.bits == 16 && format.is_signed) {
        for (size_t i = 0; i < n; i++) values[i] = (int16_t)(row[2 * i] | row[2 * i + 1] << 8);
    } else if (format.kind == NUM_INT && format.bits == 32 && format.is_signed) {
        for (size_t i = 0; i < n; i++) values[i] = (int32_t)load_word(row + 4 * i);
    } else {
        for (size_t i = 0; i < n; i++) values[i] = num_decode(format, num_load_code(format, row, i));
    }
}

NUM_VECTORISED
static void unpack_int8_to_int16(const uint8_t *restrict row, size_t n, int16_t *restrict values)
{
    for (size_t i = 0; i < n; i++) values[i] = (int8_t)row[i];
}

NUM_VECTORISED
static void unpack_uint8_to_int16(const uint8_t *restrict row, size_t n, int16_t *restrict values)
{
    for (size_t i = 0; i < n; i++) values[i] = row[i];
}

void num_unpack_int16(num_format format, const uint8_t *row, size_t n, int16_t *values)
{
    assert(num_fits_int16(format));
    if (format.bits == 4) {
        num_nibbles_unpack_int16(format, row, n, values);
    } else if (format.kind == NUM_INT && format.bits == 8) {
        (format.is_signed ? unpack_int8_to_int16 : unpack_uint8_to_int16)(row, n, values);
    } else {
        for (size_t i = 0; i < n; i++) values[i] = (int16_t)num_decode(format, num_load_code(format, row, i));
    }
}

/* Integers up to a byte: a clamp and a store that the compiler vectorises. */
NUM_VECTORISED
static void pack_bytes(num_format format, const int32_t *values, size_t n, uint8_t *row)
{
    const int32_t low = num_min_value(format), high = num_max_value(format);
    for (size_t start = 0; start < n; start += NUM_BLOCK) {
        const size_t end = num_block_end(start, n);
        num_prefetch_block(values + start, false);
        for (size_t i = start; i < end; i++) {
            const int32_t value = values[i] < low ? low : values[i] > high ? high : values[i];
            row[i] = (uint8_t)value;
        }
    }
}

NUM_VECTORISED
static void pack_int16(const int32_t *values, size_t n, uint8_t *row)
{
    for (size_t i = 0; i < n; i++) {
        const int32_t value = values[i] < INT16_MIN   ? INT16_MIN
                              : values[i] > INT16_MAX ? INT16_MAX
                                                      : values[i];
        row[2 * i] = (uint8_t)value;
        row[2 * i + 1] = (uint8_t)((uint32_t)value >> 8);
    }
}

void num_pack_values(num_format format, const int32_t *values, size_t n, uint8_t *row)
{
    if (format.kind == NUM_INT && format.bits == 8) {
        pack_bytes(format, values, n, row);
    } else if (format.kind == NUM_INT && format.bits == 16 && format.is_signed) {
        pack_int16(values, n, row);
    } else if (format.kind == NUM_INT && format.bits == 32 && format.is_signed) {
        for (size_t i = 0; i < n; i++) store_word((uint32_t)values[i], row + 4 * i);
    } else if (format.bits == 4) {
        num_nibbles_pack(format, values, n, row);
    } else {
        if (n > 0) row[num_row_bytes(format, n) - 1] = 0; /* the padding bits of the last byte */
        for (size_t i = 0; i < n; i++) num_store_code(format, row, i, num_encode(format, values[i]));
    }
}
