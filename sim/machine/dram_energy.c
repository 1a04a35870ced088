#include "sim/machine/dram_energy.h"

static double ratio(uint64_t part, uint64_t whole, double otherwise)
{
    return whole == 0 ? otherwise : (double)part / (double)whole;
}

void fl_share_dram_energy(const mem_energy *energy, uint64_t cycles, fl_layer_result *layers,
                          uint32_t layer_count)
{
    uint64_t read = 0, written = 0;
    for (uint32_t l = 0; l < layer_count; l++) {
        read += layers[l].actions.dram_read_bytes;
        written += layers[l].actions.dram_write_bytes;
    }
    for (uint32_t l = 0; l < layer_count; l++) {
        const uint64_t own_read = layers[l].actions.dram_read_bytes,
                       own_written = layers[l].actions.dram_write_bytes;
        const double time = ratio(layers[l].cycles, cycles, 0);
        layers[l].dram_energy = (mem_energy){
            .activate_pj = energy->activate_pj * ratio(own_read + own_written, read + written, time),
            .read_pj = energy->read_pj * ratio(own_read, read, time),
            .write_pj = energy->write_pj * ratio(own_written, written, time),
            .refresh_pj = energy->refresh_pj * time,
            .background_pj = energy->background_pj * time,
        };
    }
}
