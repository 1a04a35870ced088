/* Energy and area: action counts times the rows of a cost table (configs/costs/, a source beside each row).
 *
 * The engine knows no figure: every energy and area comes from the table that the machine names. */
#ifndef FL_COST_COST_H
#define FL_COST_COST_H

#include "memory/memory.h"
#include "sim/base/config.h"
#include "sim/cost/sram_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of a cost table. Energies are dynamic, per action; static power runs for the whole simulated time. */
typedef struct fl_cost_table {
    const char *name, *node;
    double pe_mac_pj; /* one PE multiply-accumulate at the PE's native width */
    double decode_pj; /* one operand at the array's boundary */
    double vector_multiply_pj, vector_add_pj, vector_table_read_pj; /* one lane operation */
    double read_pj_per_bit[4], write_pj_per_bit[4];                 /* scratchpads, in fl_buffer order */
    double dram_read_pj_per_bit, dram_write_pj_per_bit;
    double pe_static_mw; /* one PE */
    double sram_static_mw_per_kib, dram_static_mw;
    double pe_um2, decoder_um2, lane_um2, sram_um2_per_kib;
    double l2_read_pj_per_bit, l2_write_pj_per_bit, l2_um2_per_kib; /* 0: the analytical model's */
    int sram_model;                                                 /* fl_sram_model */
    const char *sram_cacti;                                         /* file, "none": none */

    /* Derived by fl_cost_resolve_buffers, in fl_buffer order. */
    double buffer_um2_per_kib[4], buffer_static_mw_per_kib[4];
} fl_cost_table;

/* Where a buffer's energies and area come from. */
typedef enum fl_sram_model { FL_SRAM_TABLE, FL_SRAM_ANALYTIC } fl_sram_model;

extern const fl_param fl_cost_params[];
extern const size_t fl_cost_param_count;

/* Gives each buffer its figures: the table's rows, the analytical model's, or those of the CACTI file, which
 * is relative to the file that names it. shapes: in fl_buffer order. costs: the table's node. Errors: those
 * of fl_cacti_read; both a file and the model; a buffer that the file has no result for. */
fl_status fl_cost_resolve_buffers(fl_node *costs, const fl_sram_shape shapes[4], fl_cost_table *table,
                                  fl_error *error);

/* Gives the L2 the figures that the table leaves open: those of the CACTI file if there is one, else the
 * analytical model's. Errors: those of fl_cost_resolve_buffers. */
fl_status fl_cost_resolve_l2(fl_node *costs, const fl_sram_shape *shape, fl_cost_table *table,
                             fl_error *error);

/* What a run did, counted by the units. */
typedef struct fl_cost_actions {
    uint64_t pe_macs, decodes;
    uint64_t vector_multiplies, vector_adds, vector_table_reads;
    uint64_t buffer_read_bytes[4], buffer_write_bytes[4];
    uint64_t l2_read_bytes, l2_write_bytes;
    uint64_t dram_read_bytes, dram_write_bytes;
} fl_cost_actions;

void fl_cost_actions_add(fl_cost_actions *sum, const fl_cost_actions *actions);

/* The structure that the areas and static powers belong to. */
typedef struct fl_cost_structure {
    uint64_t pes, decoders, lanes;
    uint64_t buffer_bytes[4];
    uint64_t l2_bytes; /* 0: none */
} fl_cost_structure;

typedef struct fl_energy {
    double matrix_pj, vector_pj, buffers_pj, l2_pj, dram_pj, static_pj;
    double buffer_pj[4]; /* shares of buffers_pj */
    mem_energy dram;     /* shares of dram_pj */
} fl_energy;

typedef struct fl_area {
    double matrix_um2, decoders_um2, vector_um2, buffers_um2, l2_um2;
    double buffer_um2[4]; /* shares of buffers_um2 */
} fl_area;

/* dram: what the memory counted itself; NULL: it costs the table's energy per bit, and its static power.
 * seconds: simulated time, for the static part (0 for a share of a run: then static_pj is 0). */
void fl_cost_energy(const fl_cost_table *table, const fl_cost_structure *structure,
                    const fl_cost_actions *actions, const mem_energy *dram, double seconds,
                    fl_energy *energy);
void fl_cost_area(const fl_cost_table *table, const fl_cost_structure *structure, fl_area *area);

static inline double fl_energy_total(const fl_energy *e)
{
    return e->matrix_pj + e->vector_pj + e->buffers_pj + e->l2_pj + e->dram_pj + e->static_pj;
}
static inline double fl_area_total(const fl_area *a)
{
    return a->matrix_um2 + a->decoders_um2 + a->vector_um2 + a->buffers_um2 + a->l2_um2;
}

#ifdef __cplusplus
}
#endif
#endif
