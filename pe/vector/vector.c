#include "pe/vector/vector.h"

#include <assert.h>
#include <string.h>

#include "pe/vector/function.h"

static uint64_t pass_cycles(const vec_params *params, uint32_t columns)
{
    return (columns + (uint64_t)params->lanes - 1) / params->lanes;
}

uint64_t vec_row_interval(const vec_params *params, const vec_function *function, uint32_t columns)
{
    assert(params->lanes > 0 && columns > 0);
    uint64_t cycles = function->passes * pass_cycles(params, columns);
    for (unsigned pass = 0; pass < function->passes; pass++) cycles += function->gap[pass];
    return cycles;
}

void vec_plan_job(const vec_params *params, const vec_job *job, uint64_t start, vec_plan *plan)
{
    assert(job->rows > 0);
    const uint64_t interval = vec_row_interval(params, job->function, job->columns);
    plan->busy = job->rows * job->function->passes * pass_cycles(params, job->columns);
    plan->fill = job->rows * interval - plan->busy;
    plan->accept = start + job->rows * interval;
    plan->done = plan->accept + job->function->latency;
}

size_t vec_scratch_bytes(uint32_t columns) { return columns * (4 * sizeof(int32_t) + sizeof(vec_column)); }

void vec_compute(const vec_job *job, void *scratch)
{
    assert(job->rows > 0 && job->columns > 0 && vec_mask_is_valid(job));
    const vec_function *function = job->function;
    vec_job valid = *job; /* of one row: its valid elements */
    const size_t n = job->columns;
    vec_column *columns = scratch;
    int32_t *x = (int32_t *)(columns + n), *x2 = x + n, *out = x2 + n;
    if (function->uses_columns) vec_load_columns(job->column_params, job->columns, columns);
    for (uint32_t row = 0; row < job->rows; row++) {
        valid.columns = vec_valid_columns(job, row);
        num_unpack_values(job->in_format, job->in + row * job->in_stride_bytes, n, x);
        if (function->inputs == 2)
            num_unpack_values(job->in2_format, job->in2 + row * job->in2_stride_bytes, n, x2);
        function->row(&valid, x, x2, columns, out);
        memset(out + valid.columns, 0, (n - valid.columns) * sizeof *out);
        num_pack_values(job->out_format, out, n, job->out + row * job->out_stride_bytes);
    }
}

static int32_t load_word(const uint8_t *bytes)
{
    return (int32_t)((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                     (uint32_t)bytes[3] << 24);
}

static void store_word(int32_t word, uint8_t *bytes)
{
    for (unsigned i = 0; i < 4; i++) bytes[i] = (uint8_t)((uint32_t)word >> 8 * i);
}

void vec_load_columns(const uint8_t *bytes, uint32_t columns, vec_column *out)
{
    for (size_t i = 0; i < columns; i++, bytes += VEC_COLUMN_BYTES)
        out[i] = (vec_column){load_word(bytes), {load_word(bytes + 4), load_word(bytes + 8)}};
}

void vec_store_columns(const vec_column *in, uint32_t columns, uint8_t *bytes)
{
    for (size_t i = 0; i < columns; i++, bytes += VEC_COLUMN_BYTES) {
        store_word(in[i].bias, bytes);
        store_word(in[i].scale.multiplier, bytes + 4);
        store_word(in[i].scale.shift, bytes + 8);
    }
}

bool vec_packable(num_format format, const char **reason)
{
    const unsigned bits = format.bits;
    if (bits == 4 || bits == 8 || bits == 16 || bits == 32) return true;
    *reason = "the scratchpads hold codes of 4, 8, 16 or 32 bits";
    return false;
}

bool vec_all_packable(num_format in, num_format in2, num_format out, const char **reason)
{
    (void)in2;
    return vec_packable(in, reason) && vec_packable(out, reason);
}

void vec_no_begin(vec_row_state *state, const vec_job *job) { (void)state, (void)job; }
void vec_no_reduce(vec_row_state *state, unsigned pass, int64_t value)
{
    (void)state, (void)pass, (void)value;
}
void vec_no_scalar(vec_row_state *state, const vec_job *job, unsigned pass)
{
    (void)state, (void)job, (void)pass;
}
