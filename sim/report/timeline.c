#include "sim/report/timeline.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/machine/jobs.h"

typedef struct slice {
    fl_command command;
    uint32_t sequence;
    uint64_t start, done;
} slice;

struct fl_timeline {
    slice *slices;
    size_t count, capacity;
    bool failed;
};

fl_timeline *fl_timeline_new(void) { return calloc(1, sizeof(fl_timeline)); }

void fl_timeline_free(fl_timeline *timeline)
{
    if (timeline == NULL) return;
    free(timeline->slices);
    free(timeline);
}

void fl_timeline_add(fl_timeline *timeline, const fl_command *command, uint32_t sequence, uint64_t start,
                     uint64_t done)
{
    if (timeline->count == timeline->capacity) {
        size_t capacity = timeline->capacity == 0 ? 1024 : 2 * timeline->capacity;
        slice *slices = realloc(timeline->slices, capacity * sizeof *slices);
        if (slices == NULL) {
            timeline->failed = true;
            return;
        }
        timeline->slices = slices;
        timeline->capacity = capacity;
    }
    timeline->slices[timeline->count++] = (slice){*command, sequence, start, done};
}

/* Two commands of one unit may overlap (the next enters while the last one drains), which slices of one track
 * must not: even and odd commands take turns on two tracks per unit. */
static unsigned track(const slice *s) { return 2u * s->command.queue + s->sequence % 2 + 1; }

/* A core is a process of its own. */
static void track_names(unsigned core, fl_text *out)
{
    for (unsigned q = 0; q < FL_QUEUE_COUNT; q++)
        for (unsigned half = 0; half < 2; half++)
            fl_text_printf(out,
                           "{\"ph\":\"M\",\"pid\":%u,\"tid\":%u,\"name\":\"thread_name\",\"args\":{\"name\":"
                           "\"%s %s\"}},\n",
                           core + 1, 2 * q + half + 1, fl_queue_names[q], half == 0 ? "even" : "odd");
}

void fl_timeline_json(const fl_timeline *timeline, const wl_workload *workload,
                      const fl_machine_config *machine, fl_text *out)
{
    double us_per_cycle = (double)machine->period_ps * 1e-6;
    fl_text_puts(out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    for (unsigned core = 0; core < machine->cores; core++) track_names(core, out);
    for (size_t i = 0; i < timeline->count; i++) {
        const slice *s = &timeline->slices[i];
        char text[160];
        fl_text_printf(out, "{\"ph\":\"X\",\"pid\":%u,\"tid\":%u,\"ts\":%.6f,\"dur\":%.6f,\"name\":",
                       s->command.core + 1u, track(s), (double)s->start * us_per_cycle,
                       (double)(s->done - s->start) * us_per_cycle);
        fl_text_json(out, workload->ops[s->command.layer].name);
        fl_text_puts(out, ",\"args\":{\"command\":");
        fl_text_json(out, fl_command_summary(&s->command, s->sequence, text, sizeof text));
        fl_text_printf(out, ",\"start_cycle\":%" PRIu64 ",\"done_cycle\":%" PRIu64 "}}%s\n", s->start,
                       s->done, i + 1 < timeline->count ? "," : "");
    }
    fl_text_puts(out, "]}\n");
    if (timeline->failed) out->failed = true;
}
