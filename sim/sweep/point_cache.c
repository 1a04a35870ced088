#include "sim/sweep/point_cache.h"

#include <string.h>

#include "sim/sweep/hash.h"

/* --- the workload ------------------------------------------------------------------------------------------
 */

static void open_workload(fl_point_workload *w, const char *file, const char *const *sets, size_t set_count)
{
    w->status = fl_config_load(file, sets, set_count, &w->config, &w->error);
    if (w->status != FL_OK) return;
    w->status = wl_build(w->config, &w->built, &w->error);
    if (w->status != FL_OK) fl_config_use_all(fl_config_root(w->config)); /* all that is known of it */
    bool first = true;
    fl_config_print_flat(w->config, "workload", &first, &w->pairs);
}

static void close_workload(fl_point_workload *w)
{
    if (w->built != NULL) wl_free(w->built);
    if (w->config != NULL) fl_config_free(w->config);
    fl_text_free(&w->pairs);
    fl_text_free(&w->key);
    *w = (fl_point_workload){0};
}

const fl_point_workload *fl_point_cache_workload(fl_point_cache *cache, const char *file,
                                                 const char *const *sets, size_t set_count)
{
    fl_point_workload *w = &cache->workload;
    fl_text key = {0};
    fl_text_append(&key, file, strlen(file) + 1);
    for (size_t i = 0; i < set_count; i++) fl_text_append(&key, sets[i], strlen(sets[i]) + 1);
    bool same = !key.failed && w->key.size == key.size && memcmp(w->key.bytes, key.bytes, key.size) == 0;
    if (same) {
        fl_text_free(&key);
        return w;
    }
    close_workload(w);
    open_workload(w, file, sets, set_count);
    w->key = key;
    return w;
}

/* --- profiles ----------------------------------------------------------------------------------------------
 */

/* Of everything the probe reads; 0 when a parameter is a text or a part, which are not compared. Parameter
 * structs are zeroed before they are filled, padding included. */
static unsigned __int128 key_of(const fl_machine_config *machine)
{
    const fl_part *part = machine->memory;
    for (size_t p = 0; p < part->param_count; p++)
        if (part->params[p].type == FL_NAME || part->params[p].type == FL_SUBPART) return 0;
    fl_hash hash = fl_hash_new();
    fl_hash_add(&hash, part->name, strlen(part->name));
    fl_hash_add(&hash, machine->memory_params, part->params_bytes);
    fl_hash_add(&hash, &machine->clock_hz, sizeof machine->clock_hz);
    fl_hash_add(&hash, machine->ports, sizeof machine->ports);
    fl_hash_add(&hash, &machine->cores, sizeof machine->cores);
    return hash.state;
}

fl_status fl_point_cache_probe(fl_point_cache *cache, const fl_machine_config *machine,
                               fl_dram_profile *profile, fl_error *error)
{
    unsigned __int128 key = key_of(machine);
    size_t slot = (size_t)(key % FL_CACHED_PROFILES);
    if (key != 0 && cache->profiles[slot].key == key) {
        *profile = cache->profiles[slot].profile;
        return FL_OK;
    }
    fl_status status = fl_dram_probe(machine, profile, error);
    if (status != FL_OK) return status;
    cache->profiles[slot].key = key;
    cache->profiles[slot].profile = *profile;
    return FL_OK;
}

void fl_point_cache_free(fl_point_cache *cache) { close_workload(&cache->workload); }
