#include "workloads/globs.h"

#include <fnmatch.h>

static size_t glob_count(fl_node *globs) { return fl_node_is_list(globs) ? fl_node_count(globs) : 1; }

static const char *glob_at(fl_node *globs, size_t i)
{
    return fl_node_text(fl_node_is_list(globs) ? fl_node_at(globs, i) : globs);
}

fl_status wl_globs_read(fl_node *rule, const char *what, fl_node **globs, fl_error *error)
{
    *globs = fl_node_get(rule, "match");
    if (*globs == NULL)
        return fl_node_fail(rule, error, "missing key \"match\" (a glob on %s, or a list)", what);
    if (glob_count(*globs) == 0) return fl_node_fail(*globs, error, "empty list of globs");
    for (size_t i = 0; i < glob_count(*globs); i++)
        if (glob_at(*globs, i) == NULL || *glob_at(*globs, i) == '\0')
            return fl_node_fail(*globs, error, "expected a glob on %s, or a list of globs", what);
    return FL_OK;
}

bool wl_globs_match(fl_node *globs, const char *name)
{
    for (size_t i = 0; i < glob_count(globs); i++)
        if (fnmatch(glob_at(globs, i), name, 0) == 0) return true;
    return false;
}

const char *wl_globs_first(fl_node *globs) { return glob_at(globs, 0); }
