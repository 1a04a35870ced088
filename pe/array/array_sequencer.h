/* The array's sequencer, one cycle per call: which fold streams, which preloads, when the next may begin.
 *
 * It knows the overlap rules as counters that run down, never as a formula: the closed form in array_span.c
 * is checked against it, and the registers behind it (array_pe.cpp) check that the rules are right. */
#ifndef PE_ARRAY_ARRAY_SEQUENCER_H
#define PE_ARRAY_ARRAY_SEQUENCER_H

#include "pe/array/array_fold.h"
#include "sim/base/account.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What enters the array at its boundary in one cycle. */
typedef struct pe_array_step {
    bool streams;    /* step t of stream_fold enters row 0 and column 0 */
    bool preloads;   /* WS: the weights of row preload_row enter column 0 */
    bool accepts;    /* from this cycle on the next job may be taken */
    bool generation; /* WS: alternates from preload to preload */
    uint64_t t;
    uint32_t preload_row;
    fl_cause cause; /* of the cycle before this one */
} pe_array_step;

typedef struct pe_array_sequencer {
    const pe_array_params *params;
    unsigned hasten; /* breaks the overlap rules by so many cycles: 0 but in tests that prove them tight */

    pe_array_fold next; /* the next fold to stream (OS) or to preload (WS) */
    bool has_next;
    uint64_t next_from; /* cycle after the one in which its job was taken */

    pe_array_fold preload; /* WS: shifts in, or is complete and waits for its start */
    bool preload_pending;
    uint32_t preloaded_rows;
    bool generation;

    pe_array_fold stream;
    bool streaming;
    uint64_t t;

    uint64_t release; /* cycles until the skew and a serial drain let the next fold start */
    uint64_t shadow;  /* OS, drain overlapped: cycles until the shadow registers are free */
    bool ready, announced;

    bool was_streaming, was_preloading; /* in the cycle before */
    uint64_t was_release, was_shadow;
} pe_array_sequencer;

void pe_array_sequencer_reset(pe_array_sequencer *sequencer, const pe_array_params *params);
/* Takes a job in cycle `cycle`, before or after the step of that cycle. Only when `ready`. */
void pe_array_sequencer_take(pe_array_sequencer *sequencer, const pe_array_job *job, uint64_t cycle);
/* The clock edge that begins cycle `cycle`. */
void pe_array_sequencer_step(pe_array_sequencer *sequencer, uint64_t cycle, pe_array_step *step);

#ifdef __cplusplus
}
#endif
#endif
