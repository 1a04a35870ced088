/* Comparisons with published figures: files of configs/tables/, which name what is ours (sums of synthesised
 * blocks, or a figure that the program computes) and what was published, with source and mark.
 *
 *   table: decoder
 *   title: Boundary decoders beside the array
 *   rows:
 *     - row: decoders in the area of a 64 x 64 array
 *       unit: "%"
 *       quantity: area                 # or delay, energy (of an operation), power (energy of a cycle)
 *       of: [128 decode_ant4]          # counted blocks of configs/costs/osu018_blocks.yaml
 *       over: [4096 pe_os_ant4]        # makes it a ratio
 *       published: {value: "0.19", node: 28 nm, mark: derived, source: "..."}
 *
 * A row has `of`, or `computed: NAME`, or neither when there is nothing of ours; `note:` is printed below the
 * table. */
#ifndef FL_REPORT_COMPARISON_H
#define FL_REPORT_COMPARISON_H

#include "sim/base/text.h"
#include "sim/cost/blocks.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_published {
    const char *value, *node, *source; /* as written; "" when there is none */
    int mark;                          /* verified, recalled, derived */
} fl_published;

typedef struct fl_compared {
    const char *row, *unit, *note;
    double ours, ours_28nm; /* NAN: none; ours_28nm only of what scales */
    fl_published published;
} fl_compared;

typedef struct fl_comparison {
    fl_config *config; /* owns the strings */
    const char *name, *title;
    fl_compared *rows;
    size_t count;
} fl_comparison;

/* Reads a table and works ours out. Errors: those of the file, and blocks or figures that do not exist.
 * fl_comparison_free after success. */
fl_status fl_comparison_read(const char *path, const fl_cost_blocks *blocks, fl_comparison *comparison,
                             fl_error *error);
void fl_comparison_free(fl_comparison *comparison);
/* node: of the blocks. */
void fl_comparison_print(const fl_comparison *comparison, const char *node, fl_text *out);
/* All blocks at their node and scaled to 28 nm. */
void fl_cost_blocks_print(const fl_cost_blocks *blocks, fl_text *out);

/* A figure of ours that needs no synthesis. False when there is none of that name. */
bool fl_computed_figure(const char *name, double *value);

#ifdef __cplusplus
}
#endif
#endif
