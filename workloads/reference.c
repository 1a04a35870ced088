/* The untiled reference executor. See workload.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/registry.h"
#include "workloads/workload.h"

/* Rows of values are padded with zeros to whole blocks, so that the compiler turns the inner loop into
 * multiply-add pairs of 16-bit values without a remainder. */
enum { BLOCK = 32 };

typedef struct matrix {
    int16_t *values;
    size_t stride; /* values from row to row, whole blocks */
} matrix;

static void *allocate(size_t count, size_t bytes)
{
    void *memory = calloc(count > 0 ? count : 1, bytes);
    assert(memory != NULL);
    return memory;
}

static size_t whole_blocks(size_t n) { return (n + BLOCK - 1) / BLOCK * BLOCK; }

static matrix new_matrix(uint32_t rows, uint32_t columns)
{
    size_t stride = whole_blocks(columns);
    return (matrix){.values = allocate(rows * stride, sizeof(int16_t)), .stride = stride};
}

static const vec_function *find_function(const char *name)
{
    const fl_part *part = fl_registry_find("vector_function", name);
    assert(part != NULL); /* the builder has checked it */
    return part->ops;
}

static vec_column *load_columns(const wl_workload *w, const uint8_t *dram, uint32_t tensor)
{
    if (tensor == WL_NONE) return NULL;
    const wl_tensor *t = &w->tensors[tensor];
    vec_column *columns = allocate(t->columns, sizeof *columns);
    vec_load_columns(dram + t->address, t->columns, columns);
    return columns;
}

/* --- matrix products
 * --------------------------------------------------------------------------------------------- */

/* Row of item (outer, inner) of a view. */
static uint64_t item_row(const wl_view *v, uint32_t outer, uint32_t inner, uint32_t row)
{
    return (uint64_t)outer * v->outer_rows + (uint64_t)inner * v->inner_rows + row;
}

/* Byte offset in DRAM of the part of a tensor's row that belongs to item `inner` of a view. */
static uint64_t item_address(const wl_workload *w, const wl_view *v, uint32_t inner, uint64_t row)
{
    const wl_tensor *t = &w->tensors[v->tensor];
    return t->address + row * t->row_stride_bytes + (uint64_t)inner * v->inner_columns * t->format.bits / 8;
}

/* Unpacks an item of `rows` x `columns`; transposed: into columns x rows. `line` holds `columns` values. */
static void unpack_item(const wl_workload *w, const uint8_t *dram, const wl_view *v, uint32_t outer,
                        uint32_t inner, uint32_t rows, uint32_t columns, bool transposed, int32_t *line,
                        matrix out)
{
    num_format format = w->tensors[v->tensor].format;
    size_t row_step = transposed ? 1 : out.stride, column_step = transposed ? out.stride : 1;
    for (uint32_t r = 0; r < rows; r++) {
        num_unpack_values(format, dram + item_address(w, v, inner, item_row(v, outer, inner, r)), columns,
                          line);
        for (uint32_t c = 0; c < columns; c++) out.values[r * row_step + c * column_step] = (int16_t)line[c];
    }
}

static int32_t dot_blocks(const int16_t *a, const int16_t *b, size_t blocks)
{
    int32_t sum = 0;
    for (size_t i = 0; i < blocks * BLOCK; i++) sum += a[i] * b[i];
    return sum;
}

/* Blocks whose sum cannot leave int32 for these formats; 0 when not even one can be promised. */
static size_t safe_blocks(num_format a, num_format b)
{
    int64_t largest_a = num_max_value(a) > -num_min_value(a) ? num_max_value(a) : -num_min_value(a);
    int64_t largest_b = num_max_value(b) > -num_min_value(b) ? num_max_value(b) : -num_min_value(b);
    return (size_t)(INT32_MAX / (largest_a * largest_b) / BLOCK);
}

/* Exact sum of products: 32-bit sums over as many blocks as are safe, added up in 64 bits. */
static int64_t dot(const int16_t *a, const int16_t *b, size_t length, size_t safe)
{
    int64_t sum = 0;
    if (safe == 0) {
        for (size_t i = 0; i < length; i++) sum += a[i] * b[i];
        return sum;
    }
    for (size_t blocks = length / BLOCK; blocks > 0;) {
        size_t now = blocks < safe ? blocks : safe;
        sum += dot_blocks(a, b, now);
        a += now * BLOCK;
        b += now * BLOCK;
        blocks -= now;
    }
    return sum;
}

/* Low 32 bits, as the accumulators of the machine keep them (pe/pe.h). */
static int32_t wrap(int64_t sum, uint64_t *left_range)
{
    *left_range += sum < INT32_MIN || sum > INT32_MAX;
    return (int32_t)(uint32_t)(uint64_t)sum;
}

static uint64_t run_gemm(const wl_workload *w, const wl_op *op, uint8_t *dram, const vec_function *function)
{
    const wl_gemm *g = &op->gemm;
    const num_format sums_format = {NUM_INT, 32, true};
    num_format a_format = w->tensors[g->a.tensor].format, b_format = w->tensors[g->b.tensor].format;
    num_format out_format = w->tensors[g->out.tensor].format;
    vec_job job = {.function = function,
                   .rows = 1,
                   .columns = g->n,
                   .in_format = sums_format,
                   .in2_format = sums_format,
                   .out_format = out_format,
                   .immediates = op->immediates};
    vec_column *columns = load_columns(w, dram, op->column_params);
    matrix a = new_matrix(g->m, g->k), b = new_matrix(g->n, g->k);
    int32_t *line = allocate(g->k > g->n ? g->k : g->n, sizeof *line);
    int32_t *sums = allocate(g->n, sizeof *sums), *values = allocate(g->n, sizeof *values);
    size_t safe = safe_blocks(a_format, b_format);
    uint64_t left_range = 0;
    for (uint32_t o = 0; o < g->outer; o++)
        for (uint32_t i = 0; i < g->inner; i++) {
            unpack_item(w, dram, &g->a, o, i, g->m, g->k, false, line, a);
            if (g->b_k_major)
                unpack_item(w, dram, &g->b, o, i, g->k, g->n, true, line, b);
            else
                unpack_item(w, dram, &g->b, o, i, g->n, g->k, false, line, b);
            for (uint32_t r = 0; r < g->m; r++) {
                for (uint32_t c = 0; c < g->n; c++)
                    sums[c] = wrap(dot(a.values + r * a.stride, b.values + c * b.stride, a.stride, safe),
                                   &left_range);
                job.function->row(&job, sums, NULL, columns, values);
                uint64_t row = wl_written_row(&w->tensors[g->out.tensor], item_row(&g->out, o, i, r));
                num_pack_values(out_format, values, g->n, dram + item_address(w, &g->out, i, row));
            }
        }
    free(values);
    free(sums);
    free(line);
    free(b.values);
    free(a.values);
    free(columns);
    return left_range;
}

/* --- vector functions
 * -------------------------------------------------------------------------------------------- */

static const uint8_t *row_of(const wl_tensor *t, const uint8_t *dram, uint32_t row)
{
    return dram + t->address + row * t->row_stride_bytes;
}

static void run_vector(const wl_workload *w, const wl_op *op, uint8_t *dram, const vec_function *function)
{
    const wl_tensor *in = &w->tensors[op->in], *out = &w->tensors[op->out];
    const wl_tensor *in2 = op->in2 == WL_NONE ? NULL : &w->tensors[op->in2];
    vec_job job = {.function = function,
                   .rows = 1,
                   .columns = op->columns,
                   .in_format = in->format,
                   .in2_format = in2 == NULL ? in->format : in2->format,
                   .out_format = out->format,
                   .immediates = op->immediates};
    vec_column *columns = load_columns(w, dram, op->column_params);
    int32_t *x = allocate(op->columns, sizeof *x), *x2 = allocate(op->columns, sizeof *x2);
    int32_t *values = allocate(op->columns, sizeof *values);
    for (uint32_t r = 0; r < op->rows; r++) {
        num_unpack_values(in->format, row_of(in, dram, r), op->columns, x);
        if (in2 != NULL) num_unpack_values(in2->format, row_of(in2, dram, r), op->columns, x2);
        if (op->causal) job.columns = op->context + r % (op->columns - op->context) + 1;
        job.function->row(&job, x, in2 == NULL ? NULL : x2, columns, values);
        for (uint32_t c = job.columns; c < op->columns; c++) values[c] = 0;
        num_pack_values(out->format, values, op->columns, dram + out->address + r * out->row_stride_bytes);
    }
    free(values);
    free(x2);
    free(x);
    free(columns);
}

uint64_t wl_reference_run(const wl_workload *workload, uint8_t *dram, uint32_t stop_after)
{
    return wl_reference_run_with(workload, dram, stop_after, NULL, NULL);
}

uint64_t wl_reference_run_with(const wl_workload *workload, uint8_t *dram, uint32_t stop_after,
                               wl_replace *replace, void *context)
{
    uint32_t count = stop_after == 0 || stop_after > workload->op_count ? workload->op_count : stop_after;
    uint64_t left_range = 0;
    for (uint32_t i = 0; i < count; i++) {
        const wl_op *op = &workload->ops[i];
        const vec_function *function = replace == NULL ? NULL : replace(context, op);
        if (function == NULL) function = find_function(op->function);
        if (op->kind == WL_GEMM)
            left_range += run_gemm(workload, op, dram, function);
        else
            run_vector(workload, op, dram, function);
    }
    return left_range;
}
