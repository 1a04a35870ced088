/* The span model's arithmetic: a tile as one matrix product in OpenBLAS.
 *
 * Integers and their sums are exact in binary32 up to 2^24 and in binary64 up to 2^53, whatever the order of addition. K is
 * therefore cut into chunks whose sums cannot exceed that; the chunks' results add up modulo 2^32 like the array's. */
#include <cblas.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pe/array/array.h"

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
    /* Values by byte of packed codes for the formats decoded last: one of 8 bits or two of 4 bits. */
    struct table {
        num_format format;
        float values[256][2];
    } tables[2];
};

static pthread_once_t blas_once = PTHREAD_ONCE_INIT;
/* Sweeps run one process per core; threads inside a tile's product would only get in their way. */
static void set_up_blas(void) { openblas_set_num_threads(1); }

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

static const struct table *table_of(struct table *table, num_format format)
{
    if (num_format_equal(table->format, format)) return table;
    table->format = format;
    for (uint32_t byte = 0; byte < 256; ++byte) {
        table->values[byte][0] = (float)num_decode(format, byte);
        table->values[byte][1] = format.bits == 4 ? (float)num_decode(format, byte >> 4) : 0;
    }
    return table;
}

static void decode_nibbles(const struct table *table, const uint8_t *codes, size_t count, float *values)
{
    for (size_t i = 0; i + 1 < count; i += 2) memcpy(values + i, table->values[codes[i / 2]], 2 * sizeof(float));
    if (count % 2 != 0) values[count - 1] = table->values[codes[count / 2]][0];
}

static void decode_bytes(const struct table *table, const uint8_t *codes, size_t count, float *values)
{
    if (table->format.kind == NUM_INT && table->format.is_signed) {
        for (size_t i = 0; i < count; ++i) values[i] = (float)(int8_t)codes[i];
    } else {
        for (size_t i = 0; i < count; ++i) values[i] = table->values[codes[i]][0];
    }
}

/* Formats of whole nibbles and bytes go through the table; other widths take the general way. */
static void decode_single(const matrix *m, struct table *cache, block *row, float *values)
{
    unsigned bits = m->format.bits;
    if (bits != 4 && bits != 8) {
        int32_t *integers = reserve(row, m->columns, sizeof *integers);
        for (size_t r = 0; r < m->rows; ++r) {
            num_unpack_values(m->format, m->codes + r * m->stride_bytes, m->columns, integers);
            for (size_t i = 0; i < m->columns; ++i) values[r * m->columns + i] = (float)integers[i];
        }
        return;
    }
    const struct table *table = table_of(cache, m->format);
    void (*decode)(const struct table *, const uint8_t *, size_t, float *) = bits == 4 ? decode_nibbles : decode_bytes;
    for (size_t r = 0; r < m->rows; ++r)
        decode(table, m->codes + r * m->stride_bytes, m->columns, values + r * m->columns);
}

static void decode_double(const matrix *m, block *row, double *values)
{
    int32_t *integers = reserve(row, m->columns, sizeof *integers);
    for (size_t r = 0; r < m->rows; ++r) {
        num_unpack_values(m->format, m->codes + r * m->stride_bytes, m->columns, integers);
        for (size_t i = 0; i < m->columns; ++i) values[r * m->columns + i] = integers[i];
    }
}

static uint64_t magnitude(num_format format)
{
    int64_t high = num_max_value(format), low = -(int64_t)num_min_value(format);
    return (uint64_t)(high > low ? high : low);
}

/* Products of operands of these formats that may be added up before a sum can exceed `exact`. */
static uint64_t chunk_of(const pe_array_job *job, uint64_t exact)
{
    return exact / (magnitude(job->a_format) * magnitude(job->b_format));
}

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

static void multiply_single(const pe_array_job *job, const matrix *a, const matrix *b, uint32_t *c, uint64_t chunk,
                            pe_array_scratch *s)
{
    size_t m = job->m, n = job->n, k = job->k;
    float *av = reserve(&s->a, m * k, sizeof *av), *bv = reserve(&s->b, n * k, sizeof *bv);
    float *sums = reserve(&s->c, m * n, sizeof *sums);
    decode_single(a, &s->tables[0], &s->row, av);
    decode_single(b, &s->tables[1], &s->row, bv);
    for (size_t at = 0; at < k; at += chunk) {
        size_t length = k - at < chunk ? k - at : chunk;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, job->b_k_major ? CblasNoTrans : CblasTrans, (int)m, (int)n,
                    (int)length, 1, av + at, (int)k, bv + (job->b_k_major ? at * n : at), (int)b->columns, 0, sums,
                    (int)n);
        for (size_t r = 0; r < m; ++r) add_single(sums + r * n, c + r * job->c_stride, n, job->accumulate || at > 0);
    }
}

static void multiply_double(const pe_array_job *job, const matrix *a, const matrix *b, uint32_t *c, uint64_t chunk,
                            pe_array_scratch *s)
{
    size_t m = job->m, n = job->n, k = job->k;
    double *av = reserve(&s->a, m * k, sizeof *av), *bv = reserve(&s->b, n * k, sizeof *bv);
    double *sums = reserve(&s->c, m * n, sizeof *sums);
    decode_double(a, &s->row, av);
    decode_double(b, &s->row, bv);
    for (size_t at = 0; at < k; at += chunk) {
        size_t length = k - at < chunk ? k - at : chunk;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, job->b_k_major ? CblasNoTrans : CblasTrans, (int)m, (int)n,
                    (int)length, 1, av + at, (int)k, bv + (job->b_k_major ? at * n : at), (int)b->columns, 0, sums,
                    (int)n);
        for (size_t r = 0; r < m; ++r) add_double(sums + r * n, c + r * job->c_stride, n, job->accumulate || at > 0);
    }
}

static void compute(const pe_array_job *job, pe_array_scratch *scratch)
{
    const uint64_t chunk_single = chunk_of(job, UINT64_C(1) << 24), chunk_double = chunk_of(job, UINT64_C(1) << 53);
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
    pthread_once(&blas_once, set_up_blas);
    if (scratch != NULL) {
        compute(job, scratch);
    } else {
        pe_array_scratch own = {0};
        compute(job, &own);
        release(&own);
    }
}
