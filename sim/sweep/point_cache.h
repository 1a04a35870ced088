/* What the points of a sweep have in common, kept by whoever goes through many of them: the last workload,
 * for points that differ in the machine only, and the profiles of the memories met. */
#ifndef FL_SWEEP_POINT_CACHE_H
#define FL_SWEEP_POINT_CACHE_H

#include "sim/machine/dram_profile.h"
#include "workloads/workload.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A workload as one file and its settings make it. Legal when status is FL_OK. */
typedef struct fl_point_workload {
    fl_status status;
    fl_error error;
    fl_config *config;  /* NULL: could not be loaded */
    wl_workload *built; /* NULL unless legal */
    fl_text pairs;      /* of a JSON object: the effective configuration, recipe included */
    fl_text key;        /* inside: file and settings */
} fl_point_workload;

enum { FL_CACHED_PROFILES = 64 };

/* Zeroed: empty. */
typedef struct fl_point_cache {
    fl_point_workload workload;
    struct {
        unsigned __int128 key; /* 0: none */
        fl_dram_profile profile;
    } profiles[FL_CACHED_PROFILES];
} fl_point_cache;

/* The workload of `file` under `sets` ("key=value", without the prefix), valid until the next call. */
const fl_point_workload *fl_point_cache_workload(fl_point_cache *cache, const char *file,
                                                 const char *const *sets, size_t set_count);
/* fl_dram_probe, once per memory. */
fl_status fl_point_cache_probe(fl_point_cache *cache, const fl_machine_config *machine,
                               fl_dram_profile *profile, fl_error *error);
void fl_point_cache_free(fl_point_cache *cache);

#ifdef __cplusplus
}
#endif
#endif
