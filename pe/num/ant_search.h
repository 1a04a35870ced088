/* ANT's choice of scale and type (MICRO 2022): the clipping point with the smallest squared error for each
 * candidate type, and the type with the smallest error of all. */
#ifndef NUM_ANT_SEARCH_H
#define NUM_ANT_SEARCH_H

#include <stdbool.h>

#include "pe/num/samples.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In the order that decides ties. */
typedef enum num_ant_type {
    NUM_ANT_INT,
    NUM_ANT_FLINT,
    NUM_ANT_POT,
    NUM_ANT_FLOAT,
    NUM_ANT_TYPES
} num_ant_type;

/* Candidate sets of the paper, one bit per type. IP_F is what the TypeFusion hardware takes. */
enum {
    NUM_ANT_SET_INT = 1 << NUM_ANT_INT,
    NUM_ANT_SET_IP = NUM_ANT_SET_INT | 1 << NUM_ANT_POT,
    NUM_ANT_SET_FIP = NUM_ANT_SET_IP | 1 << NUM_ANT_FLOAT,
    NUM_ANT_SET_IP_F = NUM_ANT_SET_IP | 1 << NUM_ANT_FLINT,
    NUM_ANT_SET_FIP_F = NUM_ANT_SET_FIP | 1 << NUM_ANT_FLINT,
};

enum { NUM_ANT_MAX_GRID = 256 };
/* Ascending values of a type, without duplicates: 3..8 bits (PoT at most 5). Returns their number. */
size_t num_ant_grid(num_ant_type type, unsigned bits, bool is_signed, double grid[NUM_ANT_MAX_GRID]);

typedef struct num_ant_options {
    unsigned bits;
    bool is_signed;
    unsigned from_percent,
        to_percent; /* clipping points from..to - 1 percent of the largest magnitude; 75 and 150 */
} num_ant_options;

typedef struct num_ant_choice {
    num_ant_type type;
    unsigned percent;
    double alpha;         /* clipping point: where the largest positive value of the type lies */
    double scale;         /* alpha / that value; real = scale * decoded value */
    double squared_error; /* summed over the samples */
} num_ant_choice;

/* Scale search for one type; the first of equal errors wins. Samples of zeros only (or none): alpha 0,
 * scale 1. */
num_ant_choice num_ant_search(const num_samples *samples, num_ant_type type, num_ant_options options);
/* Per tensor: the best type of `set` (not empty) with its scale. */
num_ant_choice num_ant_select(const num_samples *samples, unsigned set, num_ant_options options);
/* Per channel: one type for all, by the sum over channels of mean squared errors; choices[c] receives each
 * channel's scale. */
num_ant_type num_ant_select_channels(const num_samples *channels, size_t count, unsigned set,
                                     num_ant_options options, num_ant_choice *choices);

/* Mixed 4/8 bits: raise[i] = true for the `count` layers with the largest errors, the earlier one on a tie.
 */
void num_mixed_select(const double *errors, size_t layers, size_t count, bool *raise);

#ifdef __cplusplus
}
#endif
#endif
