/* What nobody read: the check for unknown keys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/config_tree.h"
#include "sim/base/nearest.h"

enum { LISTED_NAMES = 32 };

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *fl_names_join(const char *const *names, size_t count, char *out, size_t size)
{
    const char *sorted[FL_CONFIG_MAX_KEYS];
    if (count > FL_CONFIG_MAX_KEYS) count = FL_CONFIG_MAX_KEYS;
    if (count > 0) memcpy(sorted, names, count * sizeof *names);
    qsort(sorted, count, sizeof *sorted, by_name);
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const char *comma = i > 0 ? ", " : "";
        bool room = i < LISTED_NAMES && used + strlen(sorted[i]) + sizeof ", , ..." <= size;
        used += (size_t)snprintf(out + used, size - used, "%s%s", comma, room ? sorted[i] : "...");
        if (!room) break;
    }
    return out;
}

fl_status fl_node_unknown(const fl_node *node, fl_error *error)
{
    const fl_names *known = &node->parent->known;
    char allowed[FL_ERROR_TEXT / 2], hint[FL_NEAREST_HINT];
    if (known->count == 0) return fl_node_fail(node, error, "unknown key (no keys are allowed here)");
    /* A known key stays unread only when somebody looks below it and finds no map. */
    for (size_t i = 0; i < known->count; i++)
        if (strcmp(known->items[i], node->key) == 0)
            return fl_node_fail(node, error, "must be a map of keys, but is %s", fl_node_kind_name(node));
    return fl_node_fail(node, error, "unknown key%s (allowed: %s)",
                        fl_nearest_hint(node->key, known->items, known->count, hint),
                        fl_names_join(known->items, known->count, allowed, sizeof allowed));
}

static fl_status check_below(const fl_node *node, fl_error *error)
{
    for (size_t i = 0; i < node->children.count; i++) {
        const fl_node *child = node->children.items[i];
        if (child->read_order == 0 && child->key != NULL) return fl_node_unknown(child, error);
        if (child->read_order == 0) return fl_node_fail(child, error, "nothing uses this list item");
        fl_status status = check_below(child, error);
        if (status != FL_OK) return status;
    }
    return FL_OK;
}

fl_status fl_config_check_used(fl_config *config, fl_error *error)
{
    return check_below(config->root, error);
}
