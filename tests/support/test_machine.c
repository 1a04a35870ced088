#include "tests/support/test_machine.h"

#define ROWS(table)     (sizeof(table) / sizeof(table)[0])
#define AT(type, field) .offset = offsetof(type, field)

static const char *const DATAFLOWS[] = {"os", "ws", "is", NULL};
static const char *const ROUNDINGS[] = {"nearest_even", "truncate", NULL};

static const fl_param PE_PARAMS[] = {
    {.key = "stages",
     .type = FL_UINT,
     .min = 1,
     .max = 8,
     .fallback = "1",
     .help = "pipeline stages",
     AT(test_pe_params, stages)},
    {.key = "rounding",
     .type = FL_CHOICE,
     .choices = ROUNDINGS,
     .fallback = "nearest_even",
     .help = "rounding of products",
     AT(test_pe_params, rounding)},
};

static const fl_part TEST_FLINT = {.kind = "test_pe",
                                   .name = "flint",
                                   .help = "a part with parameters",
                                   .params = PE_PARAMS,
                                   .param_count = ROWS(PE_PARAMS),
                                   .params_bytes = sizeof(test_pe_params)};
static const fl_part TEST_INT8 = {.kind = "test_pe", .name = "int8", .help = "a part without parameters"};
FL_REGISTER_PART(TEST_FLINT)
FL_REGISTER_PART(TEST_INT8)

static const fl_param MACHINE_PARAMS[] = {
    {.key = "name",
     .type = FL_NAME,
     .fallback = "unnamed",
     .help = "name in reports",
     AT(test_machine, name)},
    {.key = "clock",
     .type = FL_UINT,
     .unit = FL_UNIT_HERTZ,
     .min = 1e6,
     .max = 10e9,
     .help = "core clock",
     AT(test_machine, clock_hz)},
};

const fl_param TEST_MATRIX_PARAMS[] = {
    {.key = "rows",
     .type = FL_UINT,
     .min = 1,
     .max = 1024,
     .help = "rows of the array",
     AT(test_matrix, rows)},
    {.key = "columns",
     .type = FL_UINT,
     .min = 1,
     .max = 1024,
     .help = "columns of the array",
     AT(test_matrix, columns)},
    {.key = "dataflow",
     .type = FL_CHOICE,
     .choices = DATAFLOWS,
     .fallback = "os",
     .help = "what stays in the PEs",
     AT(test_matrix, dataflow)},
    {.key = "overlap.skew",
     .type = FL_UINT,
     .unit = FL_UNIT_CYCLES,
     .max = 64,
     .fallback = "0",
     .help = "skew that overlaps the tile before",
     AT(test_matrix, skew_cycles)},
    {.key = "pe", .type = FL_PART, .part_kind = "test_pe", .help = "processing element", AT(test_matrix, pe)},
};
const size_t TEST_MATRIX_PARAM_COUNT = ROWS(TEST_MATRIX_PARAMS);

static const fl_param BUFFER_PARAMS[] = {
    {.key = "size",
     .type = FL_UINT,
     .unit = FL_UNIT_BYTES,
     .min = 64,
     .max = 16 << 20,
     .fallback = "64 KiB",
     .help = "capacity",
     AT(test_buffer, size_bytes)},
    {.key = "banks",
     .type = FL_UINT,
     .min = 1,
     .max = 64,
     .power_of_two = 1,
     .fallback = "8",
     .help = "independent banks",
     AT(test_buffer, banks)},
    {.key = "double_buffered",
     .type = FL_BOOL,
     .fallback = "true",
     .help = "two halves",
     AT(test_buffer, double_buffered)},
};

const fl_param TEST_COSTS_PARAMS[] = {
    {.key = "latency",
     .type = FL_UINT,
     .unit = FL_UNIT_PICOSECONDS,
     .fallback = "14.06 ns",
     .help = "row to data",
     AT(test_costs, latency_ps)},
    {.key = "multiply",
     .type = FL_REAL,
     .unit = FL_UNIT_PICOJOULES,
     .max = 100,
     .fallback = "12 fJ",
     .help = "energy of a product",
     AT(test_costs, multiply_pj)},
    {.key = "dram",
     .type = FL_REAL,
     .unit = FL_UNIT_PJ_PER_BIT,
     .fallback = "3.9 pJ/bit",
     .help = "DRAM energy",
     AT(test_costs, dram_pj_per_bit)},
    {.key = "pe_area",
     .type = FL_REAL,
     .unit = FL_UNIT_UM2,
     .fallback = "79.57 um2",
     .help = "area of a PE",
     AT(test_costs, pe_um2)},
    {.key = "sram_area",
     .type = FL_REAL,
     .unit = FL_UNIT_UM2_PER_KIB,
     .fallback = "8010 um2/KiB",
     .help = "area of scratchpads",
     AT(test_costs, sram_um2_per_kib)},
    {.key = "leakage",
     .type = FL_REAL,
     .unit = FL_UNIT_MILLIWATTS,
     .fallback = "1.2 uW",
     .help = "static power",
     AT(test_costs, leakage_mw)},
    {.key = "voltage",
     .type = FL_REAL,
     .min = 0.4,
     .max = 1.2,
     .fallback = "0.8",
     .help = "relative | absolute",
     AT(test_costs, voltage)},
};
const size_t TEST_COSTS_PARAM_COUNT = ROWS(TEST_COSTS_PARAMS);

static const fl_param LAYER_PARAMS[] = {
    {.key = "m", .type = FL_UINT, .min = 1, .help = "rows of the product"},
};

static fl_status read_layers(fl_config *config, fl_node *root, test_machine *machine, fl_error *error)
{
    fl_node *layers = fl_node_get(root, "layers");
    machine->layer_count = fl_node_count(layers);
    for (size_t i = 0; i < machine->layer_count; i++) {
        uint64_t m;
        fl_status status = fl_schema_read(config, fl_node_at(layers, i), layers, LAYER_PARAMS, 1, &m, error);
        if (status != FL_OK) return status;
    }
    return FL_OK;
}

fl_status test_machine_read(fl_config *config, test_machine *machine, fl_error *error)
{
    fl_node *root = fl_config_root(config);
    test_matrix *matrix = &machine->matrix;
    void *pe_params = NULL;
    fl_status status =
        fl_schema_read(config, root, NULL, MACHINE_PARAMS, ROWS(MACHINE_PARAMS), machine, error);
    if (status == FL_OK)
        status = fl_schema_read_at(config, root, "matrix", TEST_MATRIX_PARAMS, TEST_MATRIX_PARAM_COUNT,
                                   matrix, error);
    if (status == FL_OK)
        status = fl_part_read_at(config, root, "matrix.pe", "test_pe", NULL, &matrix->pe, &pe_params, error);
    if (status == FL_OK)
        status = fl_schema_read_at(config, root, "buffers.input", BUFFER_PARAMS, ROWS(BUFFER_PARAMS),
                                   &machine->input, error);
    if (status == FL_OK)
        status = fl_schema_read_at(config, root, "costs", TEST_COSTS_PARAMS, TEST_COSTS_PARAM_COUNT,
                                   &machine->costs, error);
    if (status == FL_OK) status = read_layers(config, root, machine, error);
    if (status == FL_OK) status = fl_config_check_used(config, error);
    matrix->pe_params = pe_params;
    return status;
}
