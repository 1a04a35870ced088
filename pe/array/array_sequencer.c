#include "pe/array/array_sequencer.h"

#include <assert.h>

void pe_array_sequencer_reset(pe_array_sequencer *sequencer, const pe_array_params *params)
{
    *sequencer = (pe_array_sequencer){.params = params, .ready = true};
}

void pe_array_sequencer_take(pe_array_sequencer *sequencer, const pe_array_job *job, uint64_t cycle)
{
    assert(sequencer->ready && !sequencer->has_next);
    pe_array_fold_first(sequencer->params, job, &sequencer->next);
    sequencer->has_next = true;
    sequencer->next_from = cycle + 1;
    sequencer->ready = false;
}

static void count_down(uint64_t *counter)
{
    if (*counter > 0) --*counter;
}

static void advance_next(pe_array_sequencer *s)
{
    if (s->next.ends_job)
        s->has_next = false;
    else
        pe_array_fold_next(s->params, &s->next);
}

/* A gap is fill while weights come in, drain while the fold before holds the next one up, else the decode
 * cycle. */
static fl_cause cause_of_last_cycle(const pe_array_sequencer *s, uint64_t cycle)
{
    bool taken = s->has_next && s->next_from <= cycle;
    if (s->was_streaming) return FL_CAUSE_BUSY;
    if (!taken && !s->preload_pending) return FL_CAUSE_IDLE;
    if (s->was_preloading) return FL_CAUSE_FILL;
    if (s->was_release > 0 || (taken && s->was_shadow > s->next.steps)) return FL_CAUSE_DRAIN;
    return FL_CAUSE_FILL;
}

static void begin_stream(pe_array_sequencer *s, uint64_t cycle)
{
    if (s->streaming || s->release > 0) return;
    if (s->params->dataflow == PE_WEIGHT_STATIONARY) {
        if (!s->preload_pending || s->preloaded_rows + s->hasten < s->params->rows) return;
        s->stream = s->preload;
        s->preload_pending = false;
    } else {
        /* The fold's last operands must not pass before the shadow registers are free. */
        if (!s->has_next || cycle < s->next_from || s->shadow > s->next.steps) return;
        s->stream = s->next;
        advance_next(s);
    }
    s->streaming = true;
    s->t = 0;
}

/* Cycles from a fold's last operands to the first ones of the next. */
static uint64_t release_cycles(const pe_array_params *params)
{
    uint64_t cycles = params->overlap_skew ? 0 : (uint64_t)params->rows + params->columns - 2;
    if (params->dataflow == PE_OUTPUT_STATIONARY && !params->overlap_drain) cycles += params->rows;
    return cycles;
}

static void stream(pe_array_sequencer *s, pe_array_step *step)
{
    s->was_streaming = step->streams = s->streaming;
    if (!s->streaming) return;
    step->t = s->t++;
    if (s->t < s->stream.steps) return;
    s->streaming = false;
    /* One more, because the count runs down first in the next cycle. */
    s->release = release_cycles(s->params) + 1;
    if (s->params->dataflow == PE_OUTPUT_STATIONARY && s->params->overlap_drain)
        s->shadow = s->params->rows + 1u;
    s->release = s->release > s->hasten ? s->release - s->hasten : 1;
    s->shadow = s->shadow > s->hasten ? s->shadow - s->hasten : 0;
    bool early = s->params->dataflow == PE_WEIGHT_STATIONARY && s->params->overlap_preload;
    if (s->stream.ends_job && !early) step->accepts = true;
}

static void preload(pe_array_sequencer *s, uint64_t cycle, pe_array_step *step)
{
    s->was_preloading = false;
    if (s->params->dataflow != PE_WEIGHT_STATIONARY) return;
    bool array_free = s->params->overlap_preload || (!s->streaming && s->release == 0);
    if (!s->preload_pending && s->has_next && cycle >= s->next_from && array_free) {
        s->preload = s->next;
        s->preload_pending = true;
        s->preloaded_rows = 0;
        s->generation = !s->generation;
        s->announced = false;
        advance_next(s);
    }
    if (!s->preload_pending || s->preloaded_rows == s->params->rows) return;
    s->was_preloading = step->preloads = true;
    step->preload_row = s->params->rows - 1 - s->preloaded_rows++; /* the bottom row's weights go first */
}

/* WS, preload overlapped: the cycle before the job's last fold starts and frees the chain of weights. */
static void announce_early(pe_array_sequencer *s, pe_array_step *step)
{
    if (s->params->dataflow != PE_WEIGHT_STATIONARY || !s->params->overlap_preload) return;
    bool starts_next =
        s->preload_pending && s->preloaded_rows == s->params->rows && !s->streaming && s->release <= 1;
    if (starts_next && s->preload.ends_job && !s->announced) s->announced = step->accepts = true;
}

void pe_array_sequencer_step(pe_array_sequencer *s, uint64_t cycle, pe_array_step *step)
{
    *step = (pe_array_step){.cause = cause_of_last_cycle(s, cycle)};
    count_down(&s->release);
    count_down(&s->shadow);
    s->was_release = s->release;
    s->was_shadow = s->shadow;
    begin_stream(s, cycle);
    stream(s, step);
    preload(s, cycle, step);
    announce_early(s, step);
    step->generation = s->generation;
    if (step->accepts) s->ready = true;
}
