/* The keys `mode`, `context` and `tokens`, which builders of transformers have in common. Internal. */
#ifndef WL_MODE_H
#define WL_MODE_H

#include "sim/base/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A prefill works on all tokens of a prompt at once. A decode step works on the `tokens` new ones of each
 * sequence; keys and values of the `context` positions before them are in a cache. */
typedef struct wl_mode {
    int decode;               /* 0: prefill */
    uint64_t context, tokens; /* 0 in a prefill */
} wl_mode;

extern const fl_schema_section wl_mode_schema[]; /* for `flintlock schema`, as in builder.h */

/* Reads them from the root. Fails at the key that does not go with the mode, and at a decode step without
 * causal attention: there later tokens change what earlier ones have left in the cache. */
fl_status wl_mode_read(fl_config *config, bool causal, wl_mode *mode, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
