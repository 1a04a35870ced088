#include "pe/array/array_fold.h"

#include <assert.h>

static uint32_t blocks(uint32_t total, uint32_t size) { return (total + size - 1) / size; }

static uint32_t row_blocks(const pe_array_params *params, const pe_array_fold *fold)
{
    bool os = params->dataflow == PE_OUTPUT_STATIONARY;
    return blocks(os ? fold->job.m : fold->job.k, fold->rows_eff);
}

static void mark_end(const pe_array_params *params, pe_array_fold *fold)
{
    fold->ends_job = fold->item + 1 == fold->job.items &&
                     fold->column_block + 1 == blocks(fold->job.n, fold->columns_eff) &&
                     fold->row_block + 1 == row_blocks(params, fold);
}

void pe_array_fold_first(const pe_array_params *params, const pe_array_job *job, pe_array_fold *fold)
{
    unsigned slices_a = params->pe->slices(job->a_format), slices_b = params->pe->slices(job->b_format);
    *fold = (pe_array_fold){
        .job = *job,
        .rows_eff = params->rows / slices_a,
        .columns_eff = params->columns / slices_b,
        .slices_a = (uint8_t)slices_a,
        .slices_b = (uint8_t)slices_b,
        .steps = pe_array_fold_steps(params, job),
        .starts_job = true,
    };
    mark_end(params, fold);
}

void pe_array_fold_next(const pe_array_params *params, pe_array_fold *fold)
{
    assert(!fold->ends_job);
    fold->starts_job = false;
    if (++fold->row_block == row_blocks(params, fold)) {
        fold->row_block = 0;
        if (++fold->column_block == blocks(fold->job.n, fold->columns_eff)) {
            fold->column_block = 0;
            ++fold->item;
        }
    }
    mark_end(params, fold);
}

static uint32_t random_code(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (uint32_t)(z >> 32);
}

pe_array_code pe_array_fold_a(const pe_array_params *params, const pe_array_fold *fold, uint32_t row,
                              uint64_t t, uint64_t *random)
{
    const pe_array_job *job = &fold->job;
    uint32_t group = row / fold->slices_a;
    uint64_t blocked = (uint64_t)fold->row_block * fold->rows_eff + group;
    bool os = params->dataflow == PE_OUTPUT_STATIONARY;
    uint64_t m = os ? blocked : t, k = os ? t : blocked;
    if (group >= fold->rows_eff || m >= job->m || k >= job->k) return (pe_array_code){0};
    pe_array_code out = {.slice = (uint8_t)(row % fold->slices_a), .used = true};
    out.code = job->a == NULL
                   ? random_code(random)
                   : num_load_code(job->a_format,
                                   job->a + fold->item * job->a_item_bytes + m * job->a_stride_bytes, k);
    return out;
}

pe_array_code pe_array_fold_b(const pe_array_params *params, const pe_array_fold *fold, uint32_t column,
                              uint64_t index, uint64_t *random)
{
    const pe_array_job *job = &fold->job;
    uint32_t group = column / fold->slices_b;
    uint64_t n = (uint64_t)fold->column_block * fold->columns_eff + group, k = index;
    if (group >= fold->columns_eff || n >= job->n) return (pe_array_code){0};
    if (params->dataflow == PE_WEIGHT_STATIONARY) {
        uint64_t row_group = index / fold->slices_a;
        if (row_group >= fold->rows_eff) return (pe_array_code){0};
        k = (uint64_t)fold->row_block * fold->rows_eff + row_group;
    }
    if (k >= job->k) return (pe_array_code){0};
    pe_array_code out = {.slice = (uint8_t)(column % fold->slices_b), .used = true};
    if (job->b == NULL) {
        out.code = random_code(random);
    } else {
        uint64_t row = job->b_k_major ? k : n, element = job->b_k_major ? n : k;
        out.code = num_load_code(
            job->b_format, job->b + fold->item * job->b_item_bytes + row * job->b_stride_bytes, element);
    }
    return out;
}

void pe_array_fold_deposit(const pe_array_params *params, const pe_array_fold *fold, uint32_t column,
                           uint64_t index, uint32_t value)
{
    const pe_array_job *job = &fold->job;
    uint32_t group = column / fold->slices_b;
    uint64_t n = (uint64_t)fold->column_block * fold->columns_eff + group, m = index;
    /* Columns deliver one after the other, an OS column its bottom row first: so the first contribution to an
     * element comes from the first column and the last row of its group. */
    bool first = column % fold->slices_b == 0;
    if (params->dataflow == PE_OUTPUT_STATIONARY) {
        uint64_t row_group = index / fold->slices_a;
        if (row_group >= fold->rows_eff) return;
        m = (uint64_t)fold->row_block * fold->rows_eff + row_group;
        first = first && index % fold->slices_a == fold->slices_a - 1u;
    } else {
        first = first && fold->row_block == 0;
    }
    if (job->c == NULL || group >= fold->columns_eff || n >= job->n || m >= job->m) return;
    uint32_t *c = job->c + fold->item * job->c_item + m * job->c_stride + n;
    *c = first && !job->accumulate ? value : *c + value;
}

num_operand pe_array_fold_operand(const pe_array_params *params, num_format format, pe_array_code code)
{
    if (!code.used) return (num_operand){0, 0};
    num_operand slices[PE_MAX_SLICES];
    params->pe->decode(format, code.code, slices);
    return slices[code.slice];
}
