#include "workloads/mode.h"

#include <stddef.h>
#include <string.h>

static const char *const mode_names[] = {"prefill", "decode", NULL};

static const fl_param mode_param = {
    .key = "mode",
    .type = FL_CHOICE,
    .choices = mode_names,
    .fallback = "prefill",
    .help = "all tokens of a prompt at once (prefill), or new tokens behind a key/value cache (decode)",
    .offset = offsetof(wl_mode, decode)};
static const fl_param decode_params[] = {
    {.key = "context",
     .type = FL_UINT,
     .min = 1,
     .max = 1048576,
     .help = "earlier positions of a sequence, whose keys and values are in the cache",
     .offset = offsetof(wl_mode, context)},
    {.key = "tokens",
     .type = FL_UINT,
     .min = 1,
     .max = 65536,
     .fallback = "1",
     .help = "new tokens of a sequence in this step",
     .offset = offsetof(wl_mode, tokens)},
};
enum { DECODE_PARAMS = sizeof decode_params / sizeof *decode_params };

const fl_schema_section wl_mode_schema[] = {
    {"", "Builders transformer_encoder and trained_encoder: mode", &mode_param, 1},
    {"", "Builders transformer_encoder and trained_encoder: a decode step", decode_params, DECODE_PARAMS},
    {0},
};

fl_status wl_mode_read(fl_config *config, bool causal, wl_mode *mode, fl_error *error)
{
    fl_node *root = fl_config_root(config);
    memset(mode, 0, sizeof *mode);
    fl_status status = fl_schema_read(config, root, root, &mode_param, 1, mode, error);
    if (status != FL_OK) return status;
    if (!mode->decode) {
        for (size_t i = 0; i < DECODE_PARAMS; i++) {
            fl_node *node = fl_node_get(root, decode_params[i].key);
            if (node != NULL) return fl_node_fail(node, error, "only with mode: decode");
        }
        return FL_OK;
    }
    if (!causal) return fl_node_fail(fl_node_get(root, "mode"), error, "decode needs attention: causal");
    return fl_schema_read(config, root, root, decode_params, DECODE_PARAMS, mode, error);
}
