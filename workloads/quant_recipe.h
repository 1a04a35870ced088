/* Quantisation recipes: which format each tensor gets (configs/quant/, docs/quantisation.md). Internal. */
#ifndef WL_QUANT_RECIPE_H
#define WL_QUANT_RECIPE_H

#include "workloads/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wl_recipe wl_recipe;

/* Reads the recipe that stands at `root`, a map of `config`, which the recipe borrows. On success *recipe is
 * owned by the caller (wl_recipe_free). Errors are located in the file. */
fl_status wl_recipe_read(fl_config *config, fl_node *root, wl_recipe **recipe, fl_error *error);
/* The same for a file that the value at `named_by` names; its config becomes the owner of the file's. */
fl_status wl_recipe_load(const char *path, fl_node *named_by, wl_recipe **recipe, fl_error *error);
void wl_recipe_free(wl_recipe *recipe);

/* Format of a tensor: that of the first rule one of whose globs matches "role/name". No rule: an error. */
fl_status wl_recipe_format(wl_recipe *recipe, wl_role role, const char *name, num_format *format,
                           fl_error *error);

/* FL_BAD_INPUT at the first rule that decided the format of no tensor. */
fl_status wl_recipe_check_used(const wl_recipe *recipe, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
