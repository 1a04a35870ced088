/* What the mapper knows of the memory behind the DMAs, found by probing an idle engine: any memory kind can
 * be priced. */
#ifndef FL_MACHINE_DRAM_PROFILE_H
#define FL_MACHINE_DRAM_PROFILE_H

#include "sim/machine/machine_config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes per cycle of everything together. */
typedef struct fl_dram_rates {
    double stream; /* sequential reads, one stream per core */
    double mixed;  /* a read and a write stream per core at once */
} fl_dram_rates;

typedef struct fl_dram_profile {
    double peak_bytes_per_cycle; /* of pins and buses, the bound that reports use */
    fl_dram_rates alone, shared; /* one core, all cores */
    double latency_cycles;       /* one burst */
    uint32_t burst_bytes;
    uint64_t cache_bytes;         /* of a cache between the DMAs and the DRAM; 0: none */
    double cache_bytes_per_cycle; /* of its banks, or of the DMAs' buses if those are slower */
} fl_dram_profile;

/* Bytes to read and to write. */
typedef struct fl_transfer {
    double read, written;
} fl_transfer;

/* Fails when the memory's parameters contradict each other. */
fl_status fl_dram_probe(const fl_machine_config *machine, fl_dram_profile *profile, fl_error *error);

/* Core cycles: reads and writes that run side by side share the bus at the mixed rate; the rest streams
 * alone. */
double fl_transfer_cycles(const fl_dram_profile *dram, fl_transfer transfer);
/* The same for what all cores move together. */
double fl_shared_transfer_cycles(const fl_dram_profile *dram, fl_transfer transfer);

#ifdef __cplusplus
}
#endif
#endif
