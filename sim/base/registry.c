#include "sim/base/registry.h"

#include <stdio.h>
#include <string.h>

/* Registration runs before main, possibly before other constructors: only zero-initialised statics here. */
enum { CAPACITY = 256 };

static const fl_part *parts_by_name[CAPACITY]; /* ordered by kind, then name */
static size_t part_count;
static char fault[256];

static int compare(const char *kind, const char *name, const fl_part *part)
{
    int order = strcmp(kind, part->kind);
    return order != 0 ? order : strcmp(name, part->name);
}

/* Index of the first part that is not ordered before (kind, name). */
static size_t lower_bound(const char *kind, const char *name)
{
    size_t low = 0, high = part_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(kind, name, parts_by_name[middle]) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Only the first fault is kept: later ones are often its consequences. */
static void keep_fault(const fl_part *part, const char *text)
{
    if (fault[0] == '\0') snprintf(fault, sizeof fault, "%s \"%s\" %s", part->kind, part->name, text);
}

void fl_registry_add(const fl_part *part)
{
    size_t at = lower_bound(part->kind, part->name);
    if (at < part_count && compare(part->kind, part->name, parts_by_name[at]) == 0) {
        keep_fault(part, "is registered twice");
        return;
    }
    if (part_count == CAPACITY) {
        keep_fault(part, "cannot be registered: the registry is full (CAPACITY in registry.c)");
        return;
    }
    memmove(&parts_by_name[at + 1], &parts_by_name[at], (part_count - at) * sizeof *parts_by_name);
    parts_by_name[at] = part;
    part_count++;
}

const fl_part *fl_registry_find(const char *kind, const char *name)
{
    size_t at = lower_bound(kind, name);
    if (at == part_count || compare(kind, name, parts_by_name[at]) != 0) return NULL;
    return parts_by_name[at];
}

size_t fl_registry_list(const char *kind, const fl_part **parts, size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < part_count; i++) {
        if (kind != NULL && strcmp(kind, parts_by_name[i]->kind) != 0) continue;
        if (count < capacity) parts[count] = parts_by_name[i];
        count++;
    }
    return count;
}

const char *fl_registry_fault(void) { return fault[0] != '\0' ? fault : NULL; }
