#include "sim/machine/jobs.h"

#include <stdio.h>

pe_array_job fl_matrix_job(const fl_matrix_command *command, const uint8_t *a, const uint8_t *b, uint8_t *c)
{
    return (pe_array_job){.items = command->items,
                          .m = command->m,
                          .n = command->n,
                          .k = command->k,
                          .a_format = command->a_format,
                          .b_format = command->b_format,
                          .b_k_major = command->b_k_major,
                          .accumulate = command->accumulate,
                          .a = a,
                          .b = b,
                          .a_stride_bytes = command->a.stride_bytes,
                          .b_stride_bytes = command->b.stride_bytes,
                          .a_item_bytes = command->a.item_bytes,
                          .b_item_bytes = command->b.item_bytes,
                          .c = (uint32_t *)(void *)c,
                          .c_stride = command->c.stride_bytes / 4,
                          .c_item = command->c.item_bytes / 4};
}

vec_job fl_vector_job(const fl_vector_command *command, const fl_part *const *functions, const uint8_t *in,
                      const uint8_t *in2, const uint8_t *columns, uint8_t *out)
{
    return (vec_job){.function = functions[command->function]->ops,
                     .rows = command->rows,
                     .columns = command->columns,
                     .in_format = command->in_format,
                     .in2_format = command->in2_format,
                     .out_format = command->out_format,
                     .immediates = command->immediates,
                     .prefix = command->prefix,
                     .context = command->context,
                     .in = in,
                     .in2 = command->inputs == 2 ? in2 : NULL,
                     .in_stride_bytes = command->in.stride_bytes,
                     .in2_stride_bytes = command->in2.stride_bytes,
                     .column_params = command->has_columns ? columns : NULL,
                     .out = out,
                     .out_stride_bytes = command->out.stride_bytes};
}

static void count_matrix(const fl_machine_config *machine, const fl_matrix_command *command,
                         fl_layer_result *layer)
{
    pe_array_job job = fl_matrix_job(command, NULL, NULL, NULL);
    pe_array_actions actions;
    pe_array_count(&machine->array, &job, &actions);
    layer->busy[FL_MATRIX] +=
        pe_array_folds(&machine->array, &job) * pe_array_fold_steps(&machine->array, &job);
    layer->macs += actions.macs;
    layer->actions.pe_macs += actions.pe_macs;
    layer->actions.decodes += actions.decodes;
    layer->actions.buffer_read_bytes[FL_INPUT] += actions.a_read_bytes;
    layer->actions.buffer_read_bytes[FL_WEIGHT] += actions.b_read_bytes;
    layer->actions.buffer_read_bytes[FL_ACCUMULATOR] += actions.c_read_bytes;
    layer->actions.buffer_write_bytes[FL_ACCUMULATOR] += actions.c_write_bytes;
}

static void count_vector(const fl_machine_config *machine, const fl_vector_command *command,
                         const fl_part *const *functions, fl_layer_result *layer)
{
    const vec_function *f = functions[command->function]->ops;
    fl_cost_actions *actions = &layer->actions;
    uint64_t rows = command->rows, elements = rows * command->columns;
    actions->vector_multiplies += elements * f->multiplies;
    actions->vector_adds += elements * f->adds;
    actions->vector_table_reads += elements * f->table_reads;
    uint64_t passes = f->passes;
    layer->busy[FL_VECTOR] += rows * vec_row_interval(&machine->lanes, f, command->columns);
    actions->buffer_read_bytes[command->in.buffer] +=
        passes * rows * num_row_bytes(command->in_format, command->columns);
    if (command->inputs == 2)
        actions->buffer_read_bytes[command->in2.buffer] +=
            passes * rows * num_row_bytes(command->in2_format, command->columns);
    if (command->has_columns)
        actions->buffer_read_bytes[command->column_params.buffer] +=
            rows * command->columns * (uint64_t)VEC_COLUMN_BYTES;
    actions->buffer_write_bytes[command->out.buffer] +=
        rows * num_row_bytes(command->out_format, command->columns);
}

static void count_transfer(const fl_machine_config *machine, const fl_command *command, uint32_t burst_bytes,
                           fl_layer_result *layer)
{
    const fl_dma_command *dma = &command->u.dma;
    uint64_t bytes = mem_block_bytes(&dma->block),
             moved = mem_block_bursts(&dma->block, burst_bytes) * burst_bytes;
    if (dma->block.multicast && command->core != 0) moved = 0; /* core 0 reads it for all */
    unsigned port = command->queue == FL_LOAD ? 0 : 1;
    layer->busy[command->queue] +=
        mem_block_bus_cycles(&dma->block, burst_bytes, machine->ports[port].bus_bytes);
    if (command->queue == FL_LOAD) {
        layer->actions.dram_read_bytes += moved;
        layer->actions.buffer_write_bytes[dma->region.buffer] += bytes;
    } else {
        layer->actions.dram_write_bytes += moved;
        layer->actions.buffer_read_bytes[dma->region.buffer] += bytes;
    }
}

void fl_count_command(const fl_machine_config *machine, const fl_command *command,
                      const fl_part *const *functions, uint32_t burst_bytes, fl_layer_result *layer)
{
    switch ((fl_queue)command->queue) {
    case FL_MATRIX:
        count_matrix(machine, &command->u.matrix, layer);
        break;
    case FL_VECTOR:
        count_vector(machine, &command->u.vector, functions, layer);
        break;
    case FL_LOAD:
    case FL_STORE:
        count_transfer(machine, command, burst_bytes, layer);
        break;
    case FL_QUEUE_COUNT:
        break;
    }
}

const char *fl_command_summary(const fl_command *command, uint32_t sequence, char *text, size_t size)
{
    const char *queue = fl_queue_names[command->queue];
    const fl_matrix_command *m = &command->u.matrix;
    const fl_vector_command *v = &command->u.vector;
    const fl_dma_command *d = &command->u.dma;
    switch ((fl_queue)command->queue) {
    case FL_MATRIX:
        snprintf(text, size, "%s %u (%u items of %u x %u x %u)", queue, sequence, m->items, m->m, m->n, m->k);
        break;
    case FL_VECTOR:
        snprintf(text, size, "%s %u (%u rows of %u)", queue, sequence, v->rows, v->columns);
        break;
    default:
        snprintf(text, size, "%s %u (%u x %u rows of %u B, DRAM 0x%llx, %s buffer 0x%x)", queue, sequence,
                 d->block.planes, d->block.rows, d->block.width_bytes, (unsigned long long)d->block.address,
                 fl_buffer_names[d->region.buffer], d->region.offset_bytes);
    }
    return text;
}
