#include "sim/machine/dram_profile.h"

static double transfer_cycles(fl_dram_rates rates, fl_transfer transfer)
{
    double both = transfer.read < transfer.written ? transfer.read : transfer.written;
    return 2 * both / rates.mixed + (transfer.read + transfer.written - 2 * both) / rates.stream;
}

double fl_transfer_cycles(const fl_dram_profile *dram, fl_transfer transfer)
{
    return transfer_cycles(dram->alone, transfer);
}

double fl_shared_transfer_cycles(const fl_dram_profile *dram, fl_transfer transfer)
{
    return transfer_cycles(dram->shared, transfer);
}

/* Cycles that an idle memory takes for one block on each port of the first `cores` cores (rows of 64 KiB, so
 * that nothing depends on the tensor). */
static uint64_t probe(const fl_machine_config *machine, unsigned cores, uint64_t read_bytes,
                      uint64_t write_bytes)
{
    const mem_engine_ops *ops = machine->memory->ops;
    const char *reason;
    mem_engine *engine =
        ops->create(machine->memory_params, machine->clock_hz, machine->ports, 2 * cores, &reason);
    uint64_t bytes[2] = {read_bytes, write_bytes}, done = 0;
    for (unsigned port = 0; port < 2 * cores; port++) {
        bool write = port % 2 == 1;
        uint64_t half = ops->capacity_bytes(engine) / 2;
        mem_block block = {.address = write * half + port / 2 * (half / cores),
                           .width_bytes = (uint32_t)bytes[write],
                           .rows = 1,
                           .planes = 1,
                           .row_stride_bytes = bytes[write],
                           .plane_stride_bytes = bytes[write],
                           .write = write};
        if (bytes[write] != 0) ops->submit(engine, port, &block, 0);
    }
    unsigned port;
    for (uint64_t next; (next = ops->look_ahead(engine, UINT64_MAX)) != UINT64_MAX; done = next)
        while (ops->take_done(engine, next, &port)) {
        }
    ops->destroy(engine);
    return done;
}

static fl_dram_rates rates(const fl_machine_config *machine, unsigned cores, uint64_t bytes, double latency)
{
    double moved = (double)bytes * cores;
    return (fl_dram_rates){
        .stream = moved / ((double)probe(machine, cores, bytes, 0) - latency + 1),
        .mixed = 2 * moved / ((double)probe(machine, cores, bytes, bytes) - latency + 1),
    };
}

fl_status fl_dram_probe(const fl_machine_config *machine, fl_dram_profile *profile, fl_error *error)
{
    enum { STREAM_BYTES = 1 << 18 };
    const mem_engine_ops *ops = machine->memory->ops;
    const char *reason = NULL;
    mem_engine *engine = ops->create(machine->memory_params, machine->clock_hz, machine->ports, 2, &reason);
    if (engine == NULL)
        return fl_fail(error, FL_BAD_INPUT, NULL, "memory %s: %s", machine->memory->name, reason);
    double peak = ops->peak_bytes_per_second(engine) / (double)machine->clock_hz,
           bus = (double)machine->cores * machine->ports[0].bus_bytes;
    profile->burst_bytes = ops->burst_bytes(engine);
    unsigned cores = (unsigned)machine->cores;
    uint64_t part = ops->capacity_bytes(engine) / 4 / cores / profile->burst_bytes * profile->burst_bytes,
             stream_bytes = part < STREAM_BYTES ? part : STREAM_BYTES;
    ops->destroy(engine);
    profile->cache_bytes = 0;
    profile->cache_bytes_per_cycle = 0;
    if (ops->sram != NULL) {
        mem_sram_shape cache = ops->sram(machine->memory_params);
        double banks = (double)(cache.banks * cache.width_bytes);
        profile->cache_bytes = cache.banks * cache.bank_bytes;
        profile->cache_bytes_per_cycle = banks < bus ? banks : bus;
    }
    profile->peak_bytes_per_cycle = peak < bus ? peak : bus;
    profile->latency_cycles = (double)probe(machine, 1, profile->burst_bytes, 0);
    profile->alone = profile->shared = rates(machine, 1, stream_bytes, profile->latency_cycles);
    if (cores > 1) profile->shared = rates(machine, cores, stream_bytes, profile->latency_cycles);
    return FL_OK;
}
