/* The span model's arithmetic: a tile as one matrix product in OpenBLAS.
 *
 * Integers and their sums are exact in binary32 up to 2^24 and in binary64 up to 2^53, whatever the order of
 * addition. K is therefore cut into chunks whose sums cannot exceed that; the chunks' results add up modulo
 * 2^32 like the array's. */
#include <stdlib.h>
#include <string.h>

#include "pe/array/array.h"
#include "pe/array/blas.h"
#include "pe/num/bits.h"

enum { SHORTEST_SINGLE_CHUNK = 64 }; /* below it binary64 with its long chunks is faster */

/* One operand as BLAS sees it. Values are decoded into `values`, rows x columns, without gaps. */
typedef struct matrix {
    num_format format;
    const uint8_t *codes;
    size_t stride_bytes, rows, columns;
} matrix;

typedef struct block {
    void *data;
    size_t bytes;
} block;

struct pe_array_scratch {
    block a, b, c, row;
};

pe_array_scratch *pe_array_scratch_new(void) { return calloc(1, sizeof(pe_array_scratch)); }

static void release(pe_array_scratch *scratch)
{
    free(scratch->a.data);
    free(scratch->b.data);
    free(scratch->c.data);
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

typedef uint8_t bytes16 __attribute__((vector_size(16)));

/* 4-bit codes to values that fit a signed byte: sixteen codes look up the format's sixteen values at once. */
NUM_VECTORISED
static void decode_nibbles(const int8_t table[16], const uint8_t *codes, size_t count, int8_t *values)
{
    const bytes16 low_first = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
    const bytes16 high_half = {8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    bytes16 lookup;
    memcpy(&lookup, table, sizeof lookup);
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        bytes16 packed;
        memcpy(&packed, codes + i / 2, sizeof packed);
        bytes16 even = __builtin_shuffle(lookup, packed & 15), odd = __builtin_shuffle(lookup, packed >> 4);
        bytes16 first = __builtin_shuffle(even, odd, low_first),
                second = __builtin_shuffle(even, odd, high_half);
        memcpy(values + i, &first, sizeof first);
        memcpy(values + i + 16, &second, sizeof second);
    }
    for (; i < count; ++i) values[i] = table[codes[i / 2] >> (i % 2 * 4) & 15];
}

NUM_VECTORISED
static void widen_int8(const int8_t *restrict in, size_t count, float *restrict out)
{
    for (size_t i = 0; i < count; ++i) out[i] = in[i];
}

NUM_VECTORISED
static void widen_uint8(const uint8_t *restrict in, size_t count, float *restrict out)
{
    for (size_t i = 0; i < count; ++i) out[i] = in[i];
}

NUM_VECTORISED
static void widen_int32(const int32_t *restrict in, size_t count, float *restrict out)
{
    for (size_t i = 0; i < count; ++i) out[i] = (float)in[i];
}

static uint64_t magnitude(num_format format)
{
    int64_t high = num_max_value(format), low = -(int64_t)num_min_value(format);
    return (uint64_t)(high > low ? high : low);
}

/* How one row of codes becomes single precision values, by the quickest way that the format allows. */
static void decode_single(const matrix *m, block *row, float *values)
{
    const num_format f = m->format;
    const bool byte_integers = f.kind == NUM_INT && f.bits == 8,
               small_nibbles = f.bits == 4 && magnitude(f) < 128;
    void *buffer = reserve(row, m->columns, sizeof(int32_t));
    int8_t table[16];
    for (uint32_t code = 0; code < 16 && small_nibbles; ++code) table[code] = (int8_t)num_decode(f, code);
    for (size_t r = 0; r < m->rows; ++r, values += m->columns) {
        const uint8_t *codes = m->codes + r * m->stride_bytes;
        if (byte_integers && f.is_signed) {
            widen_int8((const int8_t *)codes, m->columns, values);
        } else if (byte_integers) {
            widen_uint8(codes, m->columns, values);
        } else if (small_nibbles) {
            decode_nibbles(table, codes, m->columns, buffer);
            widen_int8(buffer, m->columns, values);
        } else {
            num_unpack_values(f, codes, m->columns, buffer);
            widen_int32(buffer, m->columns, values);
        }
    }
}

static void decode_double(const matrix *m, block *row, double *values)
{
    int32_t *integers = reserve(row, m->columns, sizeof *integers);
    for (size_t r = 0; r < m->rows; ++r) {
        num_unpack_values(m->format, m->codes + r * m->stride_bytes, m->columns, integers);
        for (size_t i = 0; i < m->columns; ++i) values[r * m->columns + i] = integers[i];
    }
}

/* Products of operands of these formats that may be added up before a sum can exceed `exact`. */
static uint64_t chunk_of(const pe_array_job *job, uint64_t exact)
{
    return exact / (magnitude(job->a_format) * magnitude(job->b_format));
}

NUM_VECTORISED
static void add_single(const float *sums, uint32_t *restrict c, size_t count, bool add)
{
    if (add)
        for (size_t i = 0; i < count; ++i) c[i] += (uint32_t)(int32_t)sums[i];
    else
        for (size_t i = 0; i < count; ++i) c[i] = (uint32_t)(int32_t)sums[i];
}

static void add_double(const double *sums, uint32_t *restrict c, size_t count, bool add)
{
    for (size_t i = 0; i < count; ++i) c[i] = (add ? c[i] : 0) + (uint32_t)(int64_t)sums[i];
}

static void multiply_single(const pe_array_job *job, const matrix *a, const matrix *b, uint32_t *c,
                            uint64_t chunk, pe_array_scratch *s)
{
    size_t m = job->m, n = job->n, k = job->k;
    float *av = reserve(&s->a, m * k, sizeof *av), *bv = reserve(&s->b, n * k, sizeof *bv);
    float *sums = reserve(&s->c, m * n, sizeof *sums);
    const pe_blas *blas = pe_blas_get();
    decode_single(a, &s->row, av);
    decode_single(b, &s->row, bv);
    for (size_t at = 0; at < k; at += chunk) {
        size_t length = k - at < chunk ? k - at : chunk;
        blas->sgemm(CblasRowMajor, CblasNoTrans, job->b_k_major ? CblasNoTrans : CblasTrans, (int)m, (int)n,
                    (int)length, 1, av + at, (int)k, bv + (job->b_k_major ? at * n : at), (int)b->columns, 0,
                    sums, (int)n);
        for (size_t r = 0; r < m; ++r)
            add_single(sums + r * n, c + r * job->c_stride, n, job->accumulate || at > 0);
    }
}

static void multiply_double(const pe_array_job *job, const matrix *a, const matrix *b, uint32_t *c,
                            uint64_t chunk, pe_array_scratch *s)
{
    size_t m = job->m, n = job->n, k = job->k;
    double *av = reserve(&s->a, m * k, sizeof *av), *bv = reserve(&s->b, n * k, sizeof *bv);
    double *sums = reserve(&s->c, m * n, sizeof *sums);
    const pe_blas *blas = pe_blas_get();
    decode_double(a, &s->row, av);
    decode_double(b, &s->row, bv);
    for (size_t at = 0; at < k; at += chunk) {
        size_t length = k - at < chunk ? k - at : chunk;
        blas->dgemm(CblasRowMajor, CblasNoTrans, job->b_k_major ? CblasNoTrans : CblasTrans, (int)m, (int)n,
                    (int)length, 1, av + at, (int)k, bv + (job->b_k_major ? at * n : at), (int)b->columns, 0,
                    sums, (int)n);
        for (size_t r = 0; r < m; ++r)
            add_double(sums + r * n, c + r * job->c_stride, n, job->accumulate || at > 0);
    }
}

static void compute(const pe_array_job *job, pe_array_scratch *scratch)
{
    const uint64_t chunk_single = chunk_of(job, UINT64_C(1) << 24),
                   chunk_double = chunk_of(job, UINT64_C(1) << 53);
    matrix a = {job->a_format, job->a, job->a_stride_bytes, job->m, job->k};
    matrix b = {job->b_format, job->b, job->b_stride_bytes, job->b_k_major ? job->k : job->n,
                job->b_k_major ? job->n : job->k};
    for (uint32_t item = 0; item < job->items; ++item) {
        uint32_t *c = job->c + item * job->c_item;
        if (chunk_single >= SHORTEST_SINGLE_CHUNK || chunk_single >= job->k)
            multiply_single(job, &a, &b, c, chunk_single, scratch);
        else
            multiply_double(job, &a, &b, c, chunk_double, scratch);
        a.codes += job->a_item_bytes;
        b.codes += job->b_item_bytes;
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
