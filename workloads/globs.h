/* What a rule of a recipe matches: a glob, or a list of globs, under its key `match`. */
#ifndef WL_GLOBS_H
#define WL_GLOBS_H

#include "sim/base/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The rule's globs; `what` they are on, for messages. */
fl_status wl_globs_read(fl_node *rule, const char *what, fl_node **globs, fl_error *error);

/* One of them matches the name. */
bool wl_globs_match(fl_node *globs, const char *name);

/* The first one, to name the rule by. */
const char *wl_globs_first(fl_node *globs);

#ifdef __cplusplus
}
#endif
#endif
