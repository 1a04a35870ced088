/* Registry of parts by kind and name.
 *
 * A part registers itself with one line, FL_REGISTER_PART(variable), in any C or C++ file; the wildcard
 * build links the object, so adding a part is adding files and deleting it is deleting them.
 * Kinds in use: "pe", "memory", "vector_function", "rtl_block". `ops` is the kind's contract table
 * (pe_type, mem_engine_ops, vec_function, fl_rtl_block), declared in that kind's contract header. */
#ifndef FL_BASE_REGISTRY_H
#define FL_BASE_REGISTRY_H

#include <stdbool.h>

#include "sim/base/schema.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_part {
    const char *kind;
    const char *name;
    const char *help;       /* one line */
    const fl_param *params; /* configuration keys, may be NULL */
    size_t param_count;
    size_t params_bytes; /* size of the struct that `offset`s refer to */
    const void *ops;     /* contract table of the kind */
    /* What a table cannot say: false when parameters contradict each other, with the key to blame and a text
     * that says why. NULL: nothing to check. fl_part_read calls it and locates the error. */
    bool (*check)(const void *params, const char **key, char *text, size_t text_bytes);
} fl_part;

/* A part inside another one (FL_SUBPART): what it is, and its parameter struct, owned by the configuration.
 */
typedef struct fl_subpart {
    const fl_part *part;
    void *params;
} fl_subpart;

/* Adds a part; the pointer must stay valid for ever. Registering the same kind and name twice is kept as
 * a fault that fl_registry_fault reports (registration runs before main and cannot fail there). */
void fl_registry_add(const fl_part *part);

/* NULL when there is no such part. */
const fl_part *fl_registry_find(const char *kind, const char *name);

/* Parts of one kind (kind NULL: all), ordered by kind, then name, independent of link order.
 * Returns the count; writes at most `capacity` pointers. */
size_t fl_registry_list(const char *kind, const fl_part **parts, size_t capacity);

/* Text of the first registration fault, NULL when there is none. */
const char *fl_registry_fault(void);

#define FL_REGISTER_PART(part)                                                                               \
    __attribute__((constructor)) static void fl_register_##part(void) { fl_registry_add(&(part)); }

#ifdef __cplusplus
}
#endif
#endif
