#include "sim/machine/dram_profile.h"

double fl_transfer_cycles(const fl_dram_profile *dram, fl_transfer transfer)
{
    double both = transfer.read < transfer.written ? transfer.read : transfer.written;
    return 2 * both / dram->mixed_bytes_per_cycle +
           (transfer.read + transfer.written - 2 * both) / dram->stream_bytes_per_cycle;
}

/* Cycles that an idle memory takes for one block on each port (rows of 64 KiB, so that nothing depends on the
 * tensor). */
static uint64_t probe(const fl_machine_config *machine, uint64_t read_bytes, uint64_t write_bytes)
{
    const mem_engine_ops *ops = machine->memory->ops;
    const char *reason;
    mem_engine *engine = ops->create(machine->memory_params, machine->clock_hz, machine->ports, 2, &reason);
    uint64_t bytes[2] = {read_bytes, write_bytes}, done = 0;
    for (unsigned port = 0; port < 2; port++) {
        mem_block block = {.address = port * (ops->capacity_bytes(engine) / 2),
                           .width_bytes = (uint32_t)bytes[port],
                           .rows = 1,
                           .planes = 1,
                           .row_stride_bytes = bytes[port],
                           .plane_stride_bytes = bytes[port],
                           .write = port == 1};
        if (bytes[port] != 0) ops->submit(engine, port, &block, 0);
    }
    unsigned port;
    for (uint64_t next; (next = ops->next_done(engine)) != UINT64_MAX; done = next)
        while (ops->take_done(engine, next, &port)) {
        }
    ops->destroy(engine);
    return done;
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
           bus = machine->ports[0].bus_bytes;
    profile->burst_bytes = ops->burst_bytes(engine);
    uint64_t stream_bytes =
        ops->capacity_bytes(engine) / 4 < STREAM_BYTES ? ops->capacity_bytes(engine) / 4 : STREAM_BYTES;
    ops->destroy(engine);
    profile->peak_bytes_per_cycle = peak < bus ? peak : bus;
    double latency = (double)probe(machine, profile->burst_bytes, 0);
    profile->latency_cycles = latency;
    profile->stream_bytes_per_cycle =
        (double)stream_bytes / ((double)probe(machine, stream_bytes, 0) - latency + 1);
    profile->mixed_bytes_per_cycle =
        2 * (double)stream_bytes / ((double)probe(machine, stream_bytes, stream_bytes) - latency + 1);
    return FL_OK;
}
