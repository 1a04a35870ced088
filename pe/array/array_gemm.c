/* The span model's arithmetic: a tile as one integer matrix product.
 *
 * Every format of a PE fits 16 bits, and the array's sums wrap at 32. So a product is a loop over two 16-bit
 * rows that adds 16 x 16-bit products modulo 2^32, for which vector units have an instruction (pmaddwd,
 * vpdpwssd): exact for any K, and twice the elements per register of single precision. Both operands keep K
 * contiguous, so nothing is packed. */
#include <stdlib.h>
#include <string.h>

#include "pe/array/array.h"
#include "pe/num/bits.h"

enum {
    SIDE = 4,  /* rows of a and rows of b whose 16 sums stay in registers */
    STEP = 32, /* K is padded to whole vector registers */
};

typedef struct block {
    void *data;
    size_t bytes;
} block;

struct pe_array_scratch {
    block a, b, row;
};

pe_array_scratch *pe_array_scratch_new(void) { return calloc(1, sizeof(pe_array_scratch)); }

static void release(pe_array_scratch *scratch)
{
    free(scratch->a.data);
    free(scratch->b.data);
    free(scratch->row.data);
}

void pe_array_scratch_free(pe_array_scratch *scratch)
{
    if (scratch == NULL) return;
    release(scratch);
    free(scratch);
}

static void *reserve(block *b, size_t count, size_t element_bytes)
{
    size_t bytes = count * element_bytes;
    if (b->bytes < bytes) {
        free(b->data);
        b->bytes = (bytes + 4095) & ~(size_t)4095;
        b->data = aligned_alloc(64, b->bytes);
        if (b->data == NULL) abort(); /* out of memory: no result can be given, and none must be invented */
    }
    return b->data;
}

static size_t round_up(size_t count, size_t unit) { return (count + unit - 1) / unit * unit; }

/* An operand as codes: `rows` rows of `columns`. */
typedef struct matrix {
    num_format format;
    const uint8_t *codes;
    size_t stride_bytes, rows, columns;
} matrix;

/* Rows of K values, `stride` apart and `rows` many, whole blocks of SIDE x STEP; the padding is 0. */
typedef struct panel {
    const int16_t *values;
    size_t rows, stride;
} panel;

/* rows_are_k: the codes stand K-major and are turned over. */
static panel decode(const matrix *m, bool rows_are_k, block *values, block *row)
{
    const size_t k = rows_are_k ? m->rows : m->columns, rows = rows_are_k ? m->columns : m->rows;
    const size_t stride = round_up(k, STEP), padded_rows = round_up(rows, SIDE);
    int16_t *out = reserve(values, padded_rows * stride, sizeof *out);
    int16_t *line = rows_are_k ? reserve(row, rows, sizeof *line) : NULL;
    for (size_t r = 0; r < m->rows; ++r) {
        const uint8_t *codes = m->codes + r * m->stride_bytes;
        num_unpack_int16(m->format, codes, m->columns, rows_are_k ? line : out + r * stride);
        for (size_t i = 0; rows_are_k && i < rows; ++i) out[i * stride + r] = line[i];
    }
    for (size_t r = 0; r < rows; ++r) memset(out + r * stride + k, 0, (stride - k) * sizeof *out);
    memset(out + rows * stride, 0, (padded_rows - rows) * stride * sizeof *out);
    return (panel){out, rows, stride};
}

/* A tile of sums in the accumulators. */
typedef struct tile {
    uint32_t *sums;
    size_t stride;
    bool add;
} tile;

/* SIDE x SIDE sums over K: of `k` values at a and b, whose rows stand k apart. */
static inline __attribute__((always_inline)) void
multiply_block(const int16_t *restrict a, const int16_t *restrict b, size_t k, uint32_t sums[SIDE][SIDE])
{
    uint32_t s[SIDE][SIDE] = {0}; /* registers */
    for (size_t i = 0; i < k; ++i)
        for (size_t r = 0; r < SIDE; ++r)
            for (size_t c = 0; c < SIDE; ++c) s[r][c] += (uint32_t)(a[r * k + i] * b[c * k + i]);
    memcpy(sums, s, sizeof s);
}

static inline __attribute__((always_inline)) void multiply_panels(panel a, panel b, tile out)
{
    const size_t k = a.stride / STEP * STEP; /* says so to the compiler */
    for (size_t n = 0; n < b.rows; n += SIDE)
        for (size_t m = 0; m < a.rows; m += SIDE) {
            uint32_t sums[SIDE][SIDE];
            multiply_block(a.values + m * k, b.values + n * k, k, sums);
            for (size_t r = 0; r < SIDE && m + r < a.rows; ++r)
                for (size_t c = 0; c < SIDE && n + c < b.rows; ++c) {
                    uint32_t *to = out.sums + (m + r) * out.stride + n + c;
                    *to = (out.add ? *to : 0) + sums[r][c];
                }
        }
}

NUM_VECTORISED
static void multiply_any(panel a, panel b, tile out) { multiply_panels(a, b, out); }

#ifdef NUM_HAS_X86_CLONES
/* The instruction that multiplies and adds pairs in one step is in no level of the base set. */
__attribute__((target("arch=x86-64-v4,avx512vnni,prefer-vector-width=512"))) static void
multiply_vnni(panel a, panel b, tile out)
{
    multiply_panels(a, b, out);
}

static bool has_vnni(void)
{
    return __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512vnni");
}
#else
#define multiply_vnni multiply_any
static bool has_vnni(void) { return false; }
#endif

static void multiply(const matrix *a, const matrix *b, bool b_k_major, tile out, pe_array_scratch *s)
{
    const panel rows = decode(a, false, &s->a, &s->row), columns = decode(b, b_k_major, &s->b, &s->row);
    (has_vnni() ? multiply_vnni : multiply_any)(rows, columns, out);
}

/* The same for formats beyond 16 bits, element by element; no PE of this tree takes one. */
static void multiply_wide(const matrix *a, const matrix *b, bool b_k_major, tile out)
{
    const size_t n_count = b_k_major ? b->columns : b->rows;
    for (size_t m = 0; m < a->rows; ++m)
        for (size_t n = 0; n < n_count; ++n) {
            uint32_t sum = out.add ? out.sums[m * out.stride + n] : 0;
            for (size_t k = 0; k < a->columns; ++k) {
                const uint8_t *b_row = b->codes + (b_k_major ? k : n) * b->stride_bytes;
                const uint32_t a_code = num_load_code(a->format, a->codes + m * a->stride_bytes, k);
                const uint32_t b_code = num_load_code(b->format, b_row, b_k_major ? n : k);
                sum += (uint32_t)num_decode(a->format, a_code) * (uint32_t)num_decode(b->format, b_code);
            }
            out.sums[m * out.stride + n] = sum;
        }
}

static void compute(const pe_array_job *job, pe_array_scratch *scratch)
{
    matrix a = {job->a_format, job->a, job->a_stride_bytes, job->m, job->k};
    matrix b = {job->b_format, job->b, job->b_stride_bytes, job->b_k_major ? job->k : job->n,
                job->b_k_major ? job->n : job->k};
    tile out = {job->c, job->c_stride, job->accumulate};
    for (uint32_t item = 0; item < job->items; ++item) {
        if (num_fits_int16(job->a_format) && num_fits_int16(job->b_format))
            multiply(&a, &b, job->b_k_major, out, scratch);
        else
            multiply_wide(&a, &b, job->b_k_major, out);
        a.codes += job->a_item_bytes;
        b.codes += job->b_item_bytes;
        out.sums += job->c_item;
    }
}

void pe_array_compute(const pe_array_params *params, const pe_array_job *job, pe_array_scratch *scratch)
{
    (void)params; /* neither dataflow nor slices change a sum modulo 2^32 */
    if (scratch != NULL) {
        compute(job, scratch);
    } else {
        pe_array_scratch own = {0};
        compute(job, &own);
        release(&own);
    }
}
