/* The span model of the matrix unit: time, folds and action counts in closed form (docs/contracts/matrix.md).
 */
#include <assert.h>
#include <string.h>

#include "pe/array/array.h"

/* How many operands of a format the array takes side by side, and how a job is cut into folds. */
typedef struct geometry {
    uint64_t slices_a, slices_b;
    uint64_t row_blocks, column_blocks;
} geometry;

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }
static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }
/* a - b, not below 0 */
static uint64_t beyond(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }
static uint64_t blocks(uint64_t total, uint64_t size) { return (total + size - 1) / size; }
static bool output_stationary(const pe_array_params *params)
{
    return params->dataflow == PE_OUTPUT_STATIONARY;
}

static geometry geometry_of(const pe_array_params *params, const pe_array_job *job)
{
    geometry g = {.slices_a = params->pe->slices(job->a_format),
                  .slices_b = params->pe->slices(job->b_format)};
    assert(g.slices_a > 0 && g.slices_b > 0 && job->items > 0 && job->m > 0 && job->n > 0 && job->k > 0);
    g.row_blocks = blocks(output_stationary(params) ? job->m : job->k, params->rows / g.slices_a);
    g.column_blocks = blocks(job->n, params->columns / g.slices_b);
    return g;
}

bool pe_array_supports(const pe_array_params *params, num_format a, num_format b, const char **reason)
{
    unsigned slices_a = params->pe->slices(a), slices_b = params->pe->slices(b);
    const char *fault = slices_a == 0             ? "the PE type does not take the activation format"
                        : slices_b == 0           ? "the PE type does not take the weight format"
                        : params->rows < slices_a ? "the array has fewer rows than an activation has slices"
                        : params->columns < slices_b ? "the array has fewer columns than a weight has slices"
                                                     : NULL;
    if (fault != NULL && reason != NULL) *reason = fault;
    return fault == NULL;
}

uint64_t pe_array_folds(const pe_array_params *params, const pe_array_job *job)
{
    geometry g = geometry_of(params, job);
    return job->items * g.row_blocks * g.column_blocks;
}

uint64_t pe_array_fold_steps(const pe_array_params *params, const pe_array_job *job)
{
    return output_stationary(params) ? job->k : job->m;
}

/* Cycles between the last operands of a fold and the first of the next that the wave's way out takes. */
static uint64_t skew_out(const pe_array_params *params)
{
    return params->overlap_skew ? 0 : (uint64_t)params->rows + params->columns - 2;
}

/* OS: every gap between folds is skew out and drain. With drain overlapped a PE hands its result to a shadow
 * register and only the shadow must be free again when the next fold's last operands arrive, R cycles later
 * at the earliest. */
static void plan_output_stationary(const pe_array_params *params, pe_array_front *front, uint64_t T,
                                   uint64_t start, pe_array_plan *plan)
{
    uint64_t R = params->rows, C = params->columns;
    uint64_t release = larger(front->next_start, beyond(front->next_capture, T));
    uint64_t gap = skew_out(params) + (params->overlap_drain ? 0 : R);
    uint64_t period = T + (params->overlap_drain ? larger(gap, beyond(R, T)) : gap);

    plan->first_operand = larger(start + 1, release);
    uint64_t last = plan->first_operand + (plan->folds - 1) * period;
    plan->until = last + T;
    plan->accept = plan->until - 1;
    plan->done = last + T + 2 * R + C - 2;
    plan->drain = beyond(release, plan->from) + (plan->folds - 1) * (period - T);

    front->next_start = plan->until + gap;
    front->next_capture = params->overlap_drain ? plan->until + R : 0;
}

/* WS: a fold's weights shift in during the R cycles before its start. With preload overlapped they wait in a
 * chain of their own, which the previous fold frees as it starts. A cycle of preload in which no operand
 * enters is fill. */
static void plan_weight_stationary(const pe_array_params *params, pe_array_front *front, uint64_t T,
                                   uint64_t start, pe_array_plan *plan)
{
    uint64_t R = params->rows, C = params->columns, wave = skew_out(params);
    uint64_t preload = larger(start + 1, front->next_preload);
    uint64_t period = params->overlap_preload ? larger(T + wave, R) : T + wave + R;
    uint64_t gap_fill = params->overlap_preload ? beyond(R, T) : R;

    plan->first_operand = larger(preload + R, front->next_start);
    uint64_t last = plan->first_operand + (plan->folds - 1) * period;
    plan->until = last + T;
    plan->accept = (params->overlap_preload ? last : plan->until) - 1;
    plan->done = last + T + R + C - 2;
    uint64_t before_preload = beyond(smaller(preload, front->next_start), plan->from);
    uint64_t after_preload = plan->first_operand - larger(preload + R, plan->from);
    plan->drain = before_preload + after_preload + (plan->folds - 1) * (period - T - gap_fill);

    front->next_start = plan->until + wave;
    front->next_preload = params->overlap_preload ? last : plan->until + wave;
}

void pe_array_plan_job(const pe_array_params *params, pe_array_front *front, const pe_array_job *job,
                       uint64_t start, pe_array_plan *plan)
{
    assert(start >= front->accept);
    uint64_t T = pe_array_fold_steps(params, job);
    *plan = (pe_array_plan){.folds = pe_array_folds(params, job), .from = larger(start, front->until)};
    if (output_stationary(params))
        plan_output_stationary(params, front, T, start, plan);
    else
        plan_weight_stationary(params, front, T, start, plan);
    plan->busy = plan->folds * T;
    plan->fill = plan->until - plan->from - plan->busy - plan->drain;
    front->accept = plan->accept;
    front->until = plan->until;
}

void pe_array_count(const pe_array_params *params, const pe_array_job *job, pe_array_actions *actions)
{
    geometry g = geometry_of(params, job);
    bool os = output_stationary(params);
    uint64_t outputs = (uint64_t)job->items * job->m * job->n;
    /* Each column block streams a again; each row block streams b again (OS), a weight is loaded once (WS).
     */
    uint64_t a_codes = (uint64_t)job->items * job->m * job->k * g.column_blocks;
    uint64_t b_codes = (uint64_t)job->items * job->n * job->k * (os ? g.row_blocks : 1);
    uint64_t passes = os ? 1 : g.row_blocks; /* over the accumulator buffer */
    *actions = (pe_array_actions){
        .macs = outputs * job->k,
        .pe_macs = outputs * job->k * g.slices_a * g.slices_b,
        .decodes = a_codes * g.slices_a + b_codes * g.slices_b,
        .a_read_bytes = blocks(a_codes * job->a_format.bits, 8),
        .b_read_bytes = blocks(b_codes * job->b_format.bits, 8),
        .c_write_bytes = outputs * passes * sizeof(uint32_t),
        .c_read_bytes = outputs * (passes - (job->accumulate ? 0 : 1)) * sizeof(uint32_t),
    };
}
