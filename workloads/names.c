#include "workloads/names.h"

#include <stdio.h>

#include "sim/base/nearest.h"

/* Formats that memory holds, as `flintlock list` shows them. */
static const char *const format_names[] = {"int4",  "uint4",  "flint4",  "uflint4", "pot4",   "upot4", "int8",
                                           "uint8", "flint8", "uflint8", "int16",   "uint16", "int32"};
enum { FORMAT_NAMES = sizeof format_names / sizeof *format_names };

static void join(char *out, size_t bytes, const char *const *names, size_t count)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count && used + 1 < bytes; i++) {
        int n = snprintf(out + used, bytes - used, "%s%s", i == 0 ? "" : ", ", names[i]);
        used += n < 0 ? 0 : (size_t)n;
    }
}

fl_status wl_fail_unknown(const fl_node *node, const char *what, const char *name, const char *const *names,
                          size_t count, fl_error *error)
{
    const char *nearest = fl_nearest(name, names, count);
    if (nearest != NULL)
        return fl_node_fail(node, error, "unknown %s \"%s\" (did you mean \"%s\"?)", what, name, nearest);
    if (count == 0) return fl_node_fail(node, error, "unknown %s \"%s\" (there are none)", what, name);
    char list[512];
    join(list, sizeof list, names, count);
    return fl_node_fail(node, error, "unknown %s \"%s\" (known: %s)", what, name, list);
}

fl_status wl_parse_format(const fl_node *node, const char *name, num_format *format, fl_error *error)
{
    if (!num_format_parse(name, format))
        return wl_fail_unknown(node, "format", name, format_names, FORMAT_NAMES, error);
    unsigned bits = format->bits;
    if (bits != 4 && bits != 8 && bits != 16 && bits != 32)
        return fl_node_fail(node, error, "%s has codes of %u bits (allowed in memory: 4, 8, 16, 32)", name,
                            bits);
    return FL_OK;
}
