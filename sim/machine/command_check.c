#include "sim/machine/command_check.h"

#include <inttypes.h>

static fl_status check_region(const fl_machine_config *machine, const fl_region *region,
                              uint64_t extent_bytes, const char *what, const fl_where *where, fl_error *error)
{
    uint64_t size = machine->buffers[region->buffer].size_bytes;
    if (region->bytes > 0 && extent_bytes <= region->bytes &&
        region->offset_bytes + (uint64_t)region->bytes <= size)
        return FL_OK;
    return fl_fail(
        error, FL_BAD_INPUT, where,
        "%s: %" PRIu64 " B at offset %u with %u B reserved do not fit the %s buffer of %" PRIu64 " B", what,
        extent_bytes, region->offset_bytes, region->bytes, fl_buffer_names[region->buffer], size);
}

/* Bytes from the first to the last byte of items x rows of width bytes. */
static uint64_t extent(uint64_t items, uint64_t item_bytes, uint64_t rows, uint64_t stride, uint64_t width)
{
    return (items - 1) * item_bytes + (rows - 1) * stride + width;
}

static fl_status check_dma(const fl_machine_config *machine, const wl_workload *workload, const fl_command *c,
                           const fl_where *where, fl_error *error)
{
    const mem_block *b = &c->u.dma.block;
    const fl_region *r = &c->u.dma.region;
    if (b->width_bytes == 0 || b->rows == 0 || b->planes == 0)
        return fl_fail(error, FL_BAD_INPUT, where, "an empty block");
    uint64_t limit = workload->dram_bytes;
    if (b->row_stride_bytes > limit || b->plane_stride_bytes > limit || b->address > limit ||
        b->address + extent(b->planes, b->plane_stride_bytes, b->rows, b->row_stride_bytes, b->width_bytes) >
            limit)
        return fl_fail(error, FL_BAD_INPUT, where,
                       "the block leaves the %" PRIu64 " B of the workload's tensors", limit);
    return check_region(machine, r,
                        extent(b->planes, r->item_bytes, b->rows, r->stride_bytes, b->width_bytes), "region",
                        where, error);
}

static fl_status check_matrix(const fl_machine_config *machine, const fl_matrix_command *m,
                              const fl_where *where, fl_error *error)
{
    const char *reason = "a dimension is 0";
    if (m->items == 0 || m->m == 0 || m->n == 0 || m->k == 0 ||
        !pe_array_supports(&machine->array, m->a_format, m->b_format, &reason))
        return fl_fail(error, FL_BAD_INPUT, where, "%s", reason);
    uint64_t b_rows = m->b_k_major ? m->k : m->n, b_codes = m->b_k_major ? m->n : m->k;
    fl_status status = check_region(
        machine, &m->a,
        extent(m->items, m->a.item_bytes, m->m, m->a.stride_bytes, num_row_bytes(m->a_format, m->k)), "a",
        where, error);
    if (status == FL_OK)
        status = check_region(
            machine, &m->b,
            extent(m->items, m->b.item_bytes, b_rows, m->b.stride_bytes, num_row_bytes(m->b_format, b_codes)),
            "b", where, error);
    if (status == FL_OK)
        status = check_region(machine, &m->c,
                              extent(m->items, m->c.item_bytes, m->m, m->c.stride_bytes, 4ull * m->n), "c",
                              where, error);
    if (status == FL_OK && ((m->c.offset_bytes | m->c.stride_bytes | m->c.item_bytes) & 3) != 0)
        status = fl_fail(error, FL_BAD_INPUT, where, "c: int32 sums must lie on multiples of 4 B");
    return status;
}

static fl_status check_vector(const fl_machine_config *machine, const fl_vector_command *v,
                              const fl_where *where, fl_error *error)
{
    const fl_part *functions[64];
    fl_registry_list("vector_function", functions, 64);
    const vec_function *f = functions[v->function]->ops;
    const char *reason = "rows or columns are 0, or inputs or has_columns do not fit the function";
    if (v->rows == 0 || v->columns == 0 || v->inputs != f->inputs || v->has_columns != f->uses_columns ||
        !f->supports(v->in_format, v->in2_format, v->out_format, &reason))
        return fl_fail(error, FL_BAD_INPUT, where, "%s: %s", functions[v->function]->name, reason);
    if (v->prefix > (f->maskable ? v->columns : 0))
        return fl_fail(error, FL_BAD_INPUT, where,
                       "%s: prefix=%u, but at most %u elements of a row are under a mask",
                       functions[v->function]->name, v->prefix, f->maskable ? v->columns : 0);
    if (v->context != 0 && v->context >= v->prefix)
        return fl_fail(error, FL_BAD_INPUT, where,
                       "%s: context=%u, but prefix=%u counts it and the row's own element",
                       functions[v->function]->name, v->context, v->prefix);
    uint64_t rows = v->rows;
    fl_status status = check_region(
        machine, &v->in, extent(1, 0, rows, v->in.stride_bytes, num_row_bytes(v->in_format, v->columns)),
        "in", where, error);
    if (status == FL_OK && v->inputs == 2)
        status =
            check_region(machine, &v->in2,
                         extent(1, 0, rows, v->in2.stride_bytes, num_row_bytes(v->in2_format, v->columns)),
                         "in2", where, error);
    if (status == FL_OK && v->has_columns)
        status = check_region(machine, &v->column_params, (uint64_t)v->columns * VEC_COLUMN_BYTES,
                              "column_params", where, error);
    if (status == FL_OK)
        status =
            check_region(machine, &v->out,
                         extent(1, 0, rows, v->out.stride_bytes, num_row_bytes(v->out_format, v->columns)),
                         "out", where, error);
    return status;
}

fl_status fl_command_check(const fl_machine_config *machine, const wl_workload *workload, const fl_command *c,
                           const fl_where *where, fl_error *error)
{
    if (c->layer >= workload->op_count)
        return fl_fail(error, FL_BAD_INPUT, where, "layer=%u: the workload has operations 0..%u", c->layer,
                       workload->op_count - 1);
    switch ((fl_queue)c->queue) {
    case FL_MATRIX:
        return check_matrix(machine, &c->u.matrix, where, error);
    case FL_VECTOR:
        return check_vector(machine, &c->u.vector, where, error);
    default:
        return check_dma(machine, workload, c, where, error);
    }
}
