/* Generated weights, inputs and column parameters.
 *
 * Every 64-bit word of every tensor is a function of (seed, tensor name, word number) alone: SplitMix64 used
 * as a counter-based generator (Steele, Lea, Flood, OOPSLA 2014). Any order of filling gives the same bytes,
 * and adding a tensor changes no other. A 4-bit tensor takes 16 codes from each word. */
#include <assert.h>
#include <endian.h>
#include <math.h>
#include <string.h>

#include "pe/num/bits.h"
#include "workloads/workload.h"

#define GOLDEN_GAMMA 0x9E3779B97F4A7C15u

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* FNV-1a over the name, so that tensors draw from unrelated streams. */
static uint64_t stream_seed(uint64_t seed, const char *name)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (const char *c = name; *c != '\0'; c++) hash = (hash ^ (unsigned char)*c) * 0x100000001B3u;
    return mix(hash ^ mix(seed + GOLDEN_GAMMA));
}

static uint64_t random_word(uint64_t stream, uint64_t index)
{
    return mix(stream + (index + 1) * GOLDEN_GAMMA);
}

static void store_le64(uint8_t *bytes, uint64_t word)
{
    word = htole64(word);
    memcpy(bytes, &word, sizeof word);
}

/* The top bit of each code of a word. */
static uint64_t top_bits(unsigned code_bits)
{
    uint64_t mask = 0;
    for (unsigned at = code_bits - 1; at < 64; at += code_bits) mask |= (uint64_t)1 << at;
    return mask;
}

/* Codes 10..0 become 0: negative zero is never stored, and signed integers get a symmetric range (as weights
 * quantised per Jacob et al. have), so products have no common offset. */
static uint64_t clear_lone_top(uint64_t word, uint64_t top)
{
    uint64_t other = word ^ top; /* 0 exactly in the codes to clear */
    uint64_t nonzero = ((other & ~top) + ~top) | other;
    return word & ~(~nonzero & top);
}

NUM_VECTORISED
static void fill_row(uint8_t *row, uint64_t row_bytes, uint64_t stream, uint64_t first_word, uint64_t top)
{
    uint64_t whole = row_bytes / 8;
    for (uint64_t i = 0; i < whole; i++)
        store_le64(row + 8 * i, clear_lone_top(random_word(stream, first_word + i), top));
    if (row_bytes % 8 != 0) {
        uint8_t last[8];
        store_le64(last, clear_lone_top(random_word(stream, first_word + whole), top));
        memcpy(row + 8 * whole, last, row_bytes % 8);
    }
}

static void fill_codes(const wl_tensor *t, uint64_t stream, uint8_t *base)
{
    assert(64 % t->format.bits == 0);
    uint64_t top = t->format.is_signed ? top_bits(t->format.bits) : 0;
    uint64_t words = (t->row_bytes + 7) / 8;
    bool half_byte = t->columns * (uint64_t)t->format.bits % 8 != 0;
    for (uint64_t row = 0; row < t->rows; row++) {
        uint8_t *bytes = base + row * t->row_stride_bytes;
        fill_row(bytes, t->row_bytes, stream, row * words, top);
        if (half_byte) bytes[t->row_bytes - 1] &= 0x0F; /* rows end in zero bits */
    }
}

/* About normal: the sum of four uniform 16-bit numbers, with mean 0 and variance 1. */
static double normal(uint64_t word)
{
    double sum = 0;
    for (unsigned i = 0; i < 4; i++, word >>= 16) sum += (double)(word & 0xFFFF) - 32767.5;
    return sum / (0x10000 * sqrt(4 / 12.0));
}

/* The given rows, as a layer would have written them: with the RMS that its results have. */
static void fill_cache(const wl_tensor *t, uint64_t stream, uint8_t *base)
{
    for (uint64_t row = 0; row < t->rows; row++) {
        if (row % t->sequence_rows >= t->context) continue;
        for (uint64_t c = 0; c < t->columns; c++) {
            double value = t->rms * normal(random_word(stream, row * t->columns + c));
            num_store_code(t->format, base + row * t->row_stride_bytes, c, num_encode_real(t->format, value));
        }
    }
}

/* Uniform in [0, 1). */
static double unit(uint64_t word) { return (double)(word >> 11) * 0x1p-53; }

static void fill_columns(const wl_tensor *t, uint64_t stream, uint8_t *base)
{
    for (uint64_t c = 0; c < t->columns; c++) {
        double bias = (2 * unit(random_word(stream, 2 * c)) - 1) * t->fill.bias;
        double scale = t->fill.scale * (0.75 + 0.5 * unit(random_word(stream, 2 * c + 1)));
        vec_column column = {.bias = (int32_t)bias, .scale = num_quantize_multiplier(scale)};
        vec_store_columns(&column, 1, base + c * VEC_COLUMN_BYTES);
    }
}

static void store_rows(const wl_tensor *t, uint8_t *base)
{
    for (uint64_t row = 0; row < t->rows; row++)
        memcpy(base + row * t->row_stride_bytes, t->data + row * t->row_bytes, t->row_bytes);
}

void wl_fill(const wl_workload *workload, uint8_t *dram)
{
    memset(dram, 0, workload->dram_bytes);
    for (uint32_t i = 0; i < workload->tensor_count; i++) {
        const wl_tensor *t = &workload->tensors[i];
        uint64_t stream = stream_seed(workload->seed, t->name);
        if (t->data != NULL)
            store_rows(t, dram + t->address);
        else if (t->role == WL_PARAMETERS)
            fill_columns(t, stream, dram + t->address);
        else if (t->role == WL_CACHE)
            fill_cache(t, stream, dram + t->address);
        else if (t->role != WL_ACTIVATION)
            fill_codes(t, stream, dram + t->address);
    }
}
