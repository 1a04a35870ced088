#include "sim/cost/cost.h"

#include <stdio.h>
#include <string.h>

static const char *const SRAM_MODELS[] = {"table", "analytic", NULL};
static const char *const BUFFERS[] = {"input", "weight", "accumulator", "vector"};

#define COST(field_key, field, base_unit, what)                                                              \
    {                                                                                                        \
        .key = field_key, .type = FL_REAL, .unit = base_unit, .min = 0, .max = 1e12, .help = what,           \
        .offset = offsetof(fl_cost_table, field)                                                             \
    }
#define COST_BUFFER(name, index)                                                                             \
    COST(name ".read", read_pj_per_bit[index], FL_UNIT_PJ_PER_BIT,                                           \
         "energy of reading a bit of the " name " buffer"),                                                  \
        COST(name ".write", write_pj_per_bit[index], FL_UNIT_PJ_PER_BIT,                                     \
             "energy of writing a bit of the " name " buffer")

#define COST_L2(field_key, field, base_unit, zero, what)                                                     \
    {                                                                                                        \
        .key = field_key, .type = FL_REAL, .unit = base_unit, .min = 0, .max = 1e12, .fallback = zero,       \
        .help = what "; 0: the analytical model's (docs/sram.md)", .offset = offsetof(fl_cost_table, field)  \
    }

/* clang-format off: a key per line */
const fl_param fl_cost_params[] = {
    {.key = "table",
     .type = FL_NAME,
     .help = "name of the cost table, shown in the results",
     .offset = offsetof(fl_cost_table, name)},
    {.key = "node",
     .type = FL_NAME,
     .help = "technology node the figures belong to",
     .offset = offsetof(fl_cost_table, node)},
    COST("pe.mac", pe_mac_pj, FL_UNIT_PICOJOULES, "dynamic energy of one PE multiply-accumulate"),
    COST("pe.decode", decode_pj, FL_UNIT_PICOJOULES,
         "dynamic energy of decoding one operand at the array boundary"),
    COST("pe.static", pe_static_mw, FL_UNIT_MILLIWATTS, "static power of one PE"),
    COST("pe.area", pe_um2, FL_UNIT_UM2, "area of one PE"),
    COST("pe.decoder_area", decoder_um2, FL_UNIT_UM2, "area of one boundary decoder"),
    COST("vector.multiply", vector_multiply_pj, FL_UNIT_PICOJOULES,
         "dynamic energy of one lane multiplication"),
    COST("vector.add", vector_add_pj, FL_UNIT_PICOJOULES,
         "dynamic energy of one lane addition, shift or comparison"),
    COST("vector.table_read", vector_table_read_pj, FL_UNIT_PICOJOULES,
         "dynamic energy of one lane table read"),
    COST("vector.lane_area", lane_um2, FL_UNIT_UM2, "area of one vector lane"),
    COST_BUFFER("input", 0),
    COST_BUFFER("weight", 1),
    COST_BUFFER("accumulator", 2),
    COST_BUFFER("vector_buffer", 3),
    COST("sram.area", sram_um2_per_kib, FL_UNIT_UM2_PER_KIB, "area of one KiB of scratchpad"),
    COST("sram.static", sram_static_mw_per_kib, FL_UNIT_MILLIWATTS, "static power of one KiB of scratchpad"),
    {.key = "sram.model",
     .type = FL_CHOICE,
     .choices = SRAM_MODELS,
     .fallback = "table",
     .help = "energies and area of the buffers: the rows of this table, or from the shape of their banks "
             "(docs/sram.md)",
     .offset = offsetof(fl_cost_table, sram_model)},
    {.key = "sram.cacti",
     .type = FL_NAME,
     .fallback = "none",
     .help =
         "file that CACTI printed, with a result for the shape of each buffer's banks; overrides the table",
     .offset = offsetof(fl_cost_table, sram_cacti)},
    COST_L2("l2.read", l2_read_pj_per_bit, FL_UNIT_PJ_PER_BIT, "0 pJ/bit",
            "energy of reading a bit of a shared L2"),
    COST_L2("l2.write", l2_write_pj_per_bit, FL_UNIT_PJ_PER_BIT, "0 pJ/bit",
            "energy of writing a bit of a shared L2"),
    COST_L2("l2.area", l2_um2_per_kib, FL_UNIT_UM2_PER_KIB, "0 um2/KiB", "area of one KiB of a shared L2"),
    COST("dram.read", dram_read_pj_per_bit, FL_UNIT_PJ_PER_BIT,
         "energy of reading a bit of DRAM, interface included; unused by a dram with idd"),
    COST("dram.write", dram_write_pj_per_bit, FL_UNIT_PJ_PER_BIT,
         "energy of writing a bit of DRAM, interface included; unused by a dram with idd"),
    COST("dram.static", dram_static_mw, FL_UNIT_MILLIWATTS,
         "static power of the DRAM; unused by a dram with idd"),
};
/* clang-format on */
const size_t fl_cost_param_count = sizeof fl_cost_params / sizeof *fl_cost_params;

void fl_cost_actions_add(fl_cost_actions *sum, const fl_cost_actions *actions)
{
    sum->pe_macs += actions->pe_macs;
    sum->decodes += actions->decodes;
    sum->vector_multiplies += actions->vector_multiplies;
    sum->vector_adds += actions->vector_adds;
    sum->vector_table_reads += actions->vector_table_reads;
    for (int b = 0; b < 4; b++) {
        sum->buffer_read_bytes[b] += actions->buffer_read_bytes[b];
        sum->buffer_write_bytes[b] += actions->buffer_write_bytes[b];
    }
    sum->l2_read_bytes += actions->l2_read_bytes;
    sum->l2_write_bytes += actions->l2_write_bytes;
    sum->dram_read_bytes += actions->dram_read_bytes;
    sum->dram_write_bytes += actions->dram_write_bytes;
}

static void take_figures(fl_cost_table *table, int b, const fl_sram_shape *shape, fl_sram_figures figures)
{
    double kib = (double)(shape->bank_bytes * shape->banks) / 1024;
    table->read_pj_per_bit[b] = figures.read_pj_per_bit;
    table->write_pj_per_bit[b] = figures.write_pj_per_bit;
    table->buffer_um2_per_kib[b] = figures.um2 / kib;
    table->buffer_static_mw_per_kib[b] = figures.static_mw / kib;
}

/* `file` as seen from the folder of the configuration file that names it. */
static fl_status read_beside(const fl_node *node, const char *file, fl_cacti **cacti, fl_error *error)
{
    const char *from = fl_node_where(node)->file, *slash = strrchr(from, '/');
    int folder = slash == NULL || file[0] == '/' ? 0 : (int)(slash - from) + 1;
    char path[4096];
    if (snprintf(path, sizeof path, "%.*s%s", folder, from, file) >= (int)sizeof path)
        return fl_node_fail(node, error, "the path is too long");
    return fl_cacti_read(path, cacti, error);
}

static fl_status take_cacti(fl_node *costs, const fl_sram_shape shapes[4], fl_cost_table *table,
                            fl_error *error)
{
    fl_node *node = fl_node_get(costs, "sram.cacti");
    fl_cacti *cacti = NULL;
    if (table->sram_model != FL_SRAM_TABLE)
        return fl_node_fail(node, error, "a file of CACTI and sram.model: %s exclude each other",
                            SRAM_MODELS[table->sram_model]);
    fl_status status = read_beside(node, table->sram_cacti, &cacti, error);
    for (int b = 0; b < 4 && status == FL_OK; b++) {
        fl_sram_figures figures;
        if (fl_cacti_find(cacti, &shapes[b], &figures))
            take_figures(table, b, &shapes[b], figures);
        else
            status = fl_node_fail(node, error,
                                  "no result for the %s buffer, whose banks hold %llu B in blocks of %llu B",
                                  BUFFERS[b], (unsigned long long)shapes[b].bank_bytes,
                                  (unsigned long long)shapes[b].width_bytes);
    }
    fl_cacti_free(cacti);
    return status;
}

fl_status fl_cost_resolve_buffers(fl_node *costs, const fl_sram_shape shapes[4], fl_cost_table *table,
                                  fl_error *error)
{
    for (int b = 0; b < 4; b++) {
        table->buffer_um2_per_kib[b] = table->sram_um2_per_kib;
        table->buffer_static_mw_per_kib[b] = table->sram_static_mw_per_kib;
    }
    if (strcmp(table->sram_cacti, "none") != 0) return take_cacti(costs, shapes, table, error);
    for (int b = 0; b < 4 && table->sram_model == FL_SRAM_ANALYTIC; b++) {
        fl_sram_figures figures = fl_sram_analytic(&shapes[b]);
        double kib = (double)(shapes[b].bank_bytes * shapes[b].banks) / 1024;
        figures.static_mw = table->sram_static_mw_per_kib * kib; /* the model has no leakage of its own */
        take_figures(table, b, &shapes[b], figures);
    }
    return FL_OK;
}

/* The figures of the CACTI file, where there is one. */
static fl_status l2_from_cacti(fl_node *costs, const fl_sram_shape *shape, const char *file,
                               fl_sram_figures *figures, fl_error *error)
{
    fl_node *node = fl_node_get(costs, "sram.cacti");
    fl_cacti *cacti = NULL;
    fl_status status = read_beside(node, file, &cacti, error);
    if (status == FL_OK && !fl_cacti_find(cacti, shape, figures))
        status =
            fl_node_fail(node, error, "no result for the L2, whose banks hold %llu B in blocks of %llu B",
                         (unsigned long long)shape->bank_bytes, (unsigned long long)shape->width_bytes);
    fl_cacti_free(cacti);
    return status;
}

fl_status fl_cost_resolve_l2(fl_node *costs, const fl_sram_shape *shape, fl_cost_table *table,
                             fl_error *error)
{
    fl_sram_figures figures = fl_sram_analytic(shape);
    fl_status status = FL_OK;
    if (strcmp(table->sram_cacti, "none") != 0)
        status = l2_from_cacti(costs, shape, table->sram_cacti, &figures, error);
    double kib = (double)(shape->bank_bytes * shape->banks) / 1024;
    if (table->l2_read_pj_per_bit == 0) table->l2_read_pj_per_bit = figures.read_pj_per_bit;
    if (table->l2_write_pj_per_bit == 0) table->l2_write_pj_per_bit = figures.write_pj_per_bit;
    if (table->l2_um2_per_kib == 0) table->l2_um2_per_kib = figures.um2 / kib;
    return status;
}

static mem_energy dram_per_bit(const fl_cost_table *table, const fl_cost_actions *actions)
{
    return (mem_energy){
        .read_pj = 8 * table->dram_read_pj_per_bit * (double)actions->dram_read_bytes,
        .write_pj = 8 * table->dram_write_pj_per_bit * (double)actions->dram_write_bytes,
    };
}

void fl_cost_energy(const fl_cost_table *table, const fl_cost_structure *structure,
                    const fl_cost_actions *actions, const mem_energy *dram, double seconds, fl_energy *energy)
{
    energy->matrix_pj =
        table->pe_mac_pj * (double)actions->pe_macs + table->decode_pj * (double)actions->decodes;
    energy->vector_pj = table->vector_multiply_pj * (double)actions->vector_multiplies +
                        table->vector_add_pj * (double)actions->vector_adds +
                        table->vector_table_read_pj * (double)actions->vector_table_reads;
    energy->buffers_pj = 0;
    double buffers_mw = 0;
    for (int b = 0; b < 4; b++) {
        energy->buffer_pj[b] = 8 * (table->read_pj_per_bit[b] * (double)actions->buffer_read_bytes[b] +
                                    table->write_pj_per_bit[b] * (double)actions->buffer_write_bytes[b]);
        energy->buffers_pj += energy->buffer_pj[b];
        buffers_mw += table->buffer_static_mw_per_kib[b] * (double)structure->buffer_bytes[b] / 1024;
    }
    energy->l2_pj = 8 * (table->l2_read_pj_per_bit * (double)actions->l2_read_bytes +
                         table->l2_write_pj_per_bit * (double)actions->l2_write_bytes);
    energy->dram = dram != NULL ? *dram : dram_per_bit(table, actions);
    energy->dram_pj = mem_energy_total(&energy->dram);
    double l2_mw = table->sram_static_mw_per_kib * (double)structure->l2_bytes / 1024;
    double static_mw = table->pe_static_mw * (double)structure->pes + buffers_mw + l2_mw +
                       (dram != NULL ? 0 : table->dram_static_mw);
    energy->static_pj = static_mw * seconds * 1e9; /* mW * s = 1e9 pJ */
}

void fl_cost_area(const fl_cost_table *table, const fl_cost_structure *structure, fl_area *area)
{
    area->matrix_um2 = table->pe_um2 * (double)structure->pes;
    area->decoders_um2 = table->decoder_um2 * (double)structure->decoders;
    area->vector_um2 = table->lane_um2 * (double)structure->lanes;
    area->l2_um2 = table->l2_um2_per_kib * (double)structure->l2_bytes / 1024;
    area->buffers_um2 = 0;
    for (int b = 0; b < 4; b++) {
        area->buffer_um2[b] = table->buffer_um2_per_kib[b] * (double)structure->buffer_bytes[b] / 1024;
        area->buffers_um2 += area->buffer_um2[b];
    }
}
