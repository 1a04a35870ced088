/* Recipes for quantising real tensors (configs/quantize/, docs/quantize.md). */
#ifndef WL_QUANTIZE_RECIPE_H
#define WL_QUANTIZE_RECIPE_H

#include <stdbool.h>

#include "sim/base/config.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wl_clip { WL_CLIP_SEARCH, WL_CLIP_MAX, WL_CLIP_OCTAV, WL_CLIP_PERCENTILE, WL_CLIP_KL } wl_clip;

typedef struct wl_tensor_rule {
    int types;       /* index into the names of candidate sets; 0: keep the tensor as it is */
    uint64_t bits;   /* 3..8 */
    int granularity; /* 0: one scale per tensor, 1: one per channel (index of the first dimension) */
    int clip;        /* wl_clip */
    double percentile;
    bool used;
    fl_node *node, *match;
} wl_tensor_rule;

typedef struct wl_tensor_recipe {
    fl_config *config; /* owns all text */
    const char *name;
    double average_bits; /* mixed 4/8 bits: the largest average; 0: no mixing */
    wl_tensor_rule *rules;
    size_t count;
} wl_tensor_recipe;

/* On success *recipe is freed with wl_tensor_recipe_free. Errors are located in the file. */
fl_status wl_tensor_recipe_load(const char *path, wl_tensor_recipe *recipe, fl_error *error);
void wl_tensor_recipe_free(wl_tensor_recipe *recipe);
/* First rule whose glob matches the tensor's name, marked as used; an error when there is none. */
fl_status wl_tensor_recipe_find(wl_tensor_recipe *recipe, const char *tensor, const wl_tensor_rule **rule,
                                fl_error *error);
/* FL_BAD_INPUT at the first rule that matched nothing first. */
fl_status wl_tensor_recipe_check_used(const wl_tensor_recipe *recipe, fl_error *error);
/* Candidate set (num_ant_search.h) of a rule, 0 for keep. */
unsigned wl_tensor_rule_set(const wl_tensor_rule *rule);

extern const fl_schema_section wl_tensor_recipe_schema[]; /* ends with a zero title */

#ifdef __cplusplus
}
#endif
#endif
