/* The tensor table and the operation list: memory, addresses, counts. */
#include "workloads/workload.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/builder.h"
#include "workloads/scale.h"

const char *const wl_role_names[] = {"input", "weight", "parameters", "activation", "cache", NULL};

/* --- arena: blocks in a list, freed together
 * ----------------------------------------------------------------- */

typedef struct arena_block {
    struct arena_block *next;
    size_t used, capacity;
    _Alignas(max_align_t) unsigned char bytes[];
} arena_block;

enum { ARENA_BLOCK_BYTES = 64 * 1024 };

static arena_block *arena_grow(arena_block *head, size_t bytes)
{
    size_t capacity = bytes > ARENA_BLOCK_BYTES ? bytes : ARENA_BLOCK_BYTES;
    arena_block *block = calloc(1, sizeof *block + capacity);
    assert(block != NULL);
    block->next = head;
    block->capacity = capacity;
    return block;
}

void *wl_alloc(wl_workload *workload, size_t bytes)
{
    const size_t align = _Alignof(max_align_t);
    bytes = (bytes + align - 1) / align * align;
    arena_block *head = workload->arena;
    if (head->capacity - head->used < bytes) workload->arena = head = arena_grow(head, bytes);
    void *result = head->bytes + head->used;
    head->used += bytes;
    return result;
}

const char *wl_text(wl_workload *workload, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    assert(length >= 0);
    char *text = wl_alloc(workload, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

const char *wl_path(wl_workload *workload, fl_node *root, const char *key, const char *path)
{
    fl_node *node = fl_node_get(root, key);
    const char *file = fl_node_where(node)->file;
    const char *slash = strrchr(file, '/');
    if (path[0] != '/' && slash != NULL) path = wl_text(workload, "%.*s/%s", (int)(slash - file), file, path);
    fl_config_names_file(node, path);
    return path;
}

wl_builder wl_builder_new(void)
{
    wl_workload *workload = calloc(1, sizeof *workload);
    assert(workload != NULL);
    workload->arena = arena_grow(NULL, 0);
    return (wl_builder){.workload = workload};
}

void wl_free(wl_workload *workload)
{
    if (workload == NULL) return;
    for (arena_block *block = workload->arena, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(workload);
}

/* Room for one more element; the old table stays behind in the arena. */
static void *grow(wl_workload *workload, void *table, uint32_t count, uint32_t *capacity,
                  size_t element_bytes)
{
    if (count < *capacity) return table;
    *capacity = *capacity == 0 ? 64 : 2 * *capacity;
    void *larger = wl_alloc(workload, *capacity * element_bytes);
    if (count > 0) memcpy(larger, table, count * element_bytes);
    return larger;
}

/* --- tensors
 * ----------------------------------------------------------------------------------------------------- */

static uint64_t align_up(uint64_t bytes)
{
    return (bytes + WL_ALIGN_BYTES - 1) / WL_ALIGN_BYTES * WL_ALIGN_BYTES;
}

static uint32_t place(wl_builder *builder, wl_tensor tensor)
{
    wl_workload *w = builder->workload;
    w->tensors = grow(w, w->tensors, w->tensor_count, &builder->tensor_capacity, sizeof tensor);
    tensor.row_stride_bytes = align_up(tensor.row_bytes);
    if (tensor.role != WL_CACHE) tensor.sequence_rows = tensor.rows;
    tensor.address = w->dram_bytes;
    tensor.producer = WL_NONE;
    w->dram_bytes += tensor.rows * tensor.row_stride_bytes;
    w->tensors[w->tensor_count] = tensor;
    return w->tensor_count++;
}

uint32_t wl_add_tensor(wl_builder *builder, const char *name, wl_role role, uint32_t rows, uint32_t columns,
                       num_format format)
{
    return place(builder, (wl_tensor){.name = name,
                                      .role = role,
                                      .rows = rows,
                                      .columns = columns,
                                      .format = format,
                                      .row_bytes = num_row_bytes(format, columns),
                                      .rms = role == WL_ACTIVATION ? 0.0 : wl_filled_rms(format)});
}

uint32_t wl_add_cache(wl_builder *builder, const char *name, uint32_t sequences, uint32_t context,
                      uint32_t new_rows, uint32_t columns, num_format format)
{
    return place(builder, (wl_tensor){.name = name,
                                      .role = WL_CACHE,
                                      .rows = sequences * (context + new_rows),
                                      .columns = columns,
                                      .sequence_rows = context + new_rows,
                                      .context = context,
                                      .format = format,
                                      .row_bytes = num_row_bytes(format, columns),
                                      .rms = wl_target_rms(format)});
}

uint32_t wl_add_columns(wl_builder *builder, const char *name, uint32_t columns, wl_column_fill fill)
{
    return place(builder, (wl_tensor){.name = name,
                                      .role = WL_PARAMETERS,
                                      .rows = 1,
                                      .columns = columns,
                                      .row_bytes = (uint64_t)columns * VEC_COLUMN_BYTES,
                                      .fill = fill});
}

/* --- operations
 * -------------------------------------------------------------------------------------------------- */

wl_op *wl_open_op(wl_builder *builder, const char *name, wl_op_kind kind, const char *function)
{
    wl_workload *w = builder->workload;
    w->ops = grow(w, w->ops, w->op_count, &builder->op_capacity, sizeof *w->ops);
    wl_op *op = &w->ops[w->op_count];
    *op = (wl_op){.name = name, .kind = kind, .function = function};
    op->column_params = op->in = op->in2 = op->out = WL_NONE;
    return op;
}

void wl_close_op(wl_builder *builder)
{
    wl_workload *w = builder->workload;
    w->tensors[wl_op_output(&w->ops[w->op_count])].producer = w->op_count;
    w->op_count++;
}

uint32_t wl_op_output(const wl_op *op) { return op->kind == WL_GEMM ? op->gemm.out.tensor : op->out; }

uint64_t wl_op_macs(const wl_op *op)
{
    const wl_gemm *g = &op->gemm;
    return op->kind == WL_GEMM ? (uint64_t)g->outer * g->inner * g->m * g->n * g->k : 0;
}

uint64_t wl_macs(const wl_workload *workload)
{
    uint64_t macs = 0;
    for (uint32_t i = 0; i < workload->op_count; i++) macs += wl_op_macs(&workload->ops[i]);
    return macs;
}
