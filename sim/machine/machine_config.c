#include "sim/machine/machine_config.h"

static const char *const MATRIX_MODELS[] = {"span", "pin", "rtl", NULL};
static const char *const VECTOR_MODELS[] = {"span", "pin", "rtl", NULL};
static const char *const FUNCTION_MODELS[] = {"unit", "rtl", NULL};
static const char *const DATAFLOWS[] = {"output_stationary", "weight_stationary", NULL};
static const char *const OVERLAPS[] = {"serial", "overlapped", "unset", NULL};
static const char *const SKEWS[] = {"serial", "overlapped", NULL};
enum { SERIAL, OVERLAPPED, UNSET };

#define FIELD(member) .offset = offsetof(fl_machine_config, member)

/* clang-format off: a key per line */
static const fl_param MACHINE[] = {
    {.key = "machine", .type = FL_NAME, .help = "name of the machine, shown in the results", FIELD(name)},
    {.key = "clock",
     .type = FL_UINT,
     .unit = FL_UNIT_HERTZ,
     .min = 1e6,
     .max = 1e11,
     .help = "core clock; its period is rounded to whole picoseconds",
     FIELD(clock_hz)},
    {.key = "cores",
     .type = FL_UINT,
     .min = 1,
     .max = FL_MAX_CORES,
     .fallback = "1",
     .help =
         "cores that share the memory, each with a command processor, units, scratchpads and DMAs of its own",
     FIELD(cores)},
};

static const fl_param MATRIX[] = {
    {.key = "model",
     .type = FL_CHOICE,
     .choices = MATRIX_MODELS,
     .fallback = "span",
     .help = "closed-form span model, the SystemC twin with a module per PE, or the RTL under Verilator",
     FIELD(matrix.model)},
    {.key = "pe",
     .type = FL_PART,
     .part_kind = "pe",
     .help = "type of the processing elements",
     FIELD(matrix.pe)},
    {.key = "rows", .type = FL_UINT, .min = 1, .max = 4096, .help = "PE rows R", FIELD(matrix.rows)},
    {.key = "columns", .type = FL_UINT, .min = 1, .max = 4096, .help = "PE columns C", FIELD(matrix.columns)},
    {.key = "dataflow",
     .type = FL_CHOICE,
     .choices = DATAFLOWS,
     .help = "what stays in the PEs during a fold",
     FIELD(matrix.dataflow)},
    {.key = "overlap.preload",
     .type = FL_CHOICE,
     .choices = OVERLAPS,
     .fallback = "unset",
     .help = "weight stationary: does the next fold's weight preload run beside the current fold (unset: "
             "overlapped)",
     FIELD(matrix.preload)},
    {.key = "overlap.skew",
     .type = FL_CHOICE,
     .choices = SKEWS,
     .fallback = "overlapped",
     .help = "does the next fold enter while the current one's wavefront leaves",
     FIELD(matrix.skew)},
    {.key = "overlap.drain",
     .type = FL_CHOICE,
     .choices = OVERLAPS,
     .fallback = "unset",
     .help = "output stationary: do results drain through shadow registers beside the next fold (unset: "
             "overlapped)",
     FIELD(matrix.drain)},
};

/* In the order of FL_RTL_FUNCTIONS. */
#define FUNCTION(name, index)                                                                                \
    {                                                                                                        \
        .key = name ".model", .type = FL_CHOICE, .choices = FUNCTION_MODELS, .fallback = "unit",             \
        .help = "rtl: the lanes of " name " are RTL under Verilator, whatever the unit's model",             \
        FIELD(vector.function_model[index])                                                                  \
    }

static const fl_param VECTOR[] = {
    {.key = "model",
     .type = FL_CHOICE,
     .choices = VECTOR_MODELS,
     .fallback = "span",
     .help = "closed-form span model, the SystemC twin with a module per lane, or that with the RTL of every "
             "function that has one",
     FIELD(vector.model)},
    FUNCTION("softmax", 0),
    FUNCTION("gelu", 1),
    FUNCTION("requantize", 2),
    FUNCTION("bias_requantize", 3),
    FUNCTION("add", 4),
    FUNCTION("layernorm", 5),
    {.key = "lanes",
     .type = FL_UINT,
     .min = 1,
     .max = 4096,
     .help = "elements per cycle",
     FIELD(vector.lanes)},
};

#define BUFFER(name, index, what)                                                                            \
    {.key = name ".size",                                                                                    \
     .type = FL_UINT,                                                                                        \
     .unit = FL_UNIT_BYTES,                                                                                  \
     .min = 64,                                                                                              \
     .max = 1 << 30,                                                                                         \
     .help = "capacity of the buffer for " what,                                                             \
     FIELD(buffers[index].size_bytes)},                                                                      \
        {.key = name ".banks",                                                                               \
         .type = FL_UINT,                                                                                    \
         .min = 1,                                                                                           \
         .max = 64,                                                                                          \
         .power_of_two = 1,                                                                                  \
         .fallback = "16",                                                                                   \
         .help = "equal banks; a bank serves one unit at a time",                                            \
         FIELD(buffers[index].banks)},                                                                       \
    {                                                                                                        \
        .key = name ".width", .type = FL_UINT, .unit = FL_UNIT_BYTES, .min = 1, .max = 65536,                \
        .help = "bytes per cycle that the buffer delivers to its unit", FIELD(buffers[index].width_bytes)    \
    }

static const fl_param BUFFERS[] = {
    BUFFER("input", FL_INPUT, "activations on their way into the array"),
    BUFFER("weight", FL_WEIGHT, "the array's second operand"),
    BUFFER("accumulator", FL_ACCUMULATOR, "int32 partial sums"),
    BUFFER("vector", FL_VECTOR_BUFFER, "the vector unit's inputs, parameters and results"),
};

#define DMA(name, index)                                                                                     \
    {.key = name ".outstanding",                                                                             \
     .type = FL_UINT,                                                                                        \
     .min = 1,                                                                                               \
     .max = 4096,                                                                                            \
     .fallback = "64",                                                                                       \
     .help = "bursts between issue and the end of their bus transfer",                                       \
     FIELD(dma[index].outstanding)},                                                                         \
    {                                                                                                        \
        .key = name ".bus", .type = FL_UINT, .unit = FL_UNIT_BYTES, .min = 1, .max = 4096,                   \
        .power_of_two = 1, .fallback = "64 B",                                                               \
        .help = "bytes per core cycle between DRAM and the scratchpads", FIELD(dma[index].bus_bytes)         \
    }

static const fl_param DMAS[] = {DMA("load", 0), DMA("store", 1)};

static const fl_param COMMANDS[] = {
    {.key = "queue_depth",
     .type = FL_UINT,
     .min = 1,
     .max = 1024,
     .fallback = "16",
     .help = "commands that wait in each of the four queues",
     FIELD(queue_depth)},
};

static const char *const WEIGHT_LAYOUTS[] = {"tiles", "rows", NULL};

static const fl_param LAYOUT[] = {
    {.key = "weights",
     .type = FL_CHOICE,
     .choices = WEIGHT_LAYOUTS,
     .fallback = "tiles",
     .help = "weights in DRAM: each tile's codes in one piece, arranged when the model is compiled, or the "
             "rows of the tensor",
     FIELD(weight_layout)},
};

static const char *const ORDERS[] = {"any", "rows_outer", "columns_outer", NULL};
static const char *const CHAINS[] = {"priced", "never", NULL};

/* Offsets are into fl_mapping_rule: each item of the list `mapping` is read with this table. */
#define RULE(member) .offset = offsetof(fl_mapping_rule, member)
static const fl_param MAPPING_RULE[] = {
    {.key = "operation",
     .type = FL_NAME,
     .help = "operations the rule is for, a pattern with * and ?; the first rule that matches counts",
     RULE(operation)},
    {.key = "items",
     .type = FL_UINT,
     .max = 1e6,
     .fallback = "0",
     .help = "items (heads) per tile; 0: the mapper's choice",
     RULE(items)},
    {.key = "rows",
     .type = FL_UINT,
     .max = 1e9,
     .fallback = "0",
     .help = "rows per tile; 0: the mapper's choice",
     RULE(rows)},
    {.key = "columns",
     .type = FL_UINT,
     .max = 1e9,
     .fallback = "0",
     .help = "columns per tile of a matrix product; 0: the mapper's choice",
     RULE(columns)},
    {.key = "depth",
     .type = FL_UINT,
     .max = 1e9,
     .fallback = "0",
     .help = "operand steps per tile of a matrix product; 0: the mapper's choice",
     RULE(depth)},
    {.key = "order",
     .type = FL_CHOICE,
     .choices = ORDERS,
     .fallback = "any",
     .help = "which tile loop of a matrix product is outside",
     RULE(order)},
    {.key = "chain",
     .type = FL_CHOICE,
     .choices = CHAINS,
     .fallback = "priced",
     .help = "never: the operation is not chained to the one before it",
     RULE(chain)},
};

/* clang-format on */

static const fl_schema_section SECTIONS[] = {
    {"", "The machine", FL_ROWS(MACHINE)},
    {"matrix", "Matrix unit: a systolic array", FL_ROWS(MATRIX)},
    {"vector", "Vector unit", FL_ROWS(VECTOR)},
    {"buffers", "Scratchpads", FL_ROWS(BUFFERS)},
    {"dma", "Load and store DMA", FL_ROWS(DMAS)},
    {"commands", "Command processor", FL_ROWS(COMMANDS)},
    {"layout", "Data layout in DRAM", FL_ROWS(LAYOUT)},
    {"mapping", "Rules that override the mapper, a list", FL_ROWS(MAPPING_RULE)},
};
enum { SECTION_COUNT = sizeof SECTIONS / sizeof *SECTIONS, MAPPING_SECTION = SECTION_COUNT - 1 };

const fl_schema_section *fl_machine_schema(size_t *count)
{
    *count = SECTION_COUNT;
    return SECTIONS;
}

/* An overlap key that has no meaning for the dataflow is an error where it stands; unset means overlapped. */
static fl_status resolve_overlap(fl_node *matrix, const char *key, const char *dataflow, bool applies,
                                 int *choice, fl_error *error)
{
    if (*choice != UNSET && !applies)
        return fl_node_fail(fl_node_get(matrix, key), error, "has no meaning for dataflow %s; leave it out",
                            dataflow);
    if (*choice == UNSET) *choice = applies ? OVERLAPPED : SERIAL;
    return FL_OK;
}

static fl_status resolve_overlaps(fl_node *matrix, fl_machine_config *m, fl_error *error)
{
    bool os = m->matrix.dataflow == PE_OUTPUT_STATIONARY;
    const char *dataflow = DATAFLOWS[m->matrix.dataflow];
    fl_status status = resolve_overlap(matrix, "overlap.preload", dataflow, !os, &m->matrix.preload, error);
    if (status == FL_OK)
        status = resolve_overlap(matrix, "overlap.drain", dataflow, os, &m->matrix.drain, error);
    return status;
}

static fl_status check_width(fl_node *buffers, const fl_machine_config *m, fl_buffer buffer,
                             uint64_t need_bytes, const char *why, fl_error *error)
{
    if (m->buffers[buffer].width_bytes >= need_bytes) return FL_OK;
    fl_node *node = fl_node_get(fl_node_get(buffers, fl_buffer_names[buffer]), "width");
    return fl_node_fail(node, error, "%llu B per cycle cannot feed %s (at least %llu B)",
                        (unsigned long long)m->buffers[buffer].width_bytes, why,
                        (unsigned long long)need_bytes);
}

/* The array's timing is fixed, so its buffers must keep up with it in every cycle. */
static fl_status check_widths(fl_node *buffers, const fl_machine_config *m, fl_error *error)
{
    unsigned bits = ((const pe_type *)m->matrix.pe->ops)->operand_bits;
    bool os = m->matrix.dataflow == PE_OUTPUT_STATIONARY;
    uint64_t rows = m->matrix.rows, columns = m->matrix.columns;
    fl_status status = check_width(buffers, m, FL_INPUT, (rows * bits + 7) / 8,
                                   "one operand per array row and cycle", error);
    if (status == FL_OK)
        status = check_width(
            buffers, m, FL_WEIGHT, (columns * bits + 7) / 8,
            os ? "one operand per array column and cycle" : "one weight row per preload cycle", error);
    if (status == FL_OK)
        status =
            check_width(buffers, m, FL_ACCUMULATOR, columns * 4, "one row of int32 sums per cycle", error);
    if (status == FL_OK)
        status =
            check_width(buffers, m, FL_VECTOR_BUFFER, m->vector.lanes, "one byte per lane and cycle", error);
    return status;
}

static fl_status check_banks(fl_node *buffers, const fl_machine_config *m, fl_error *error)
{
    for (int b = 0; b < FL_BUFFER_COUNT; b++) {
        const fl_buffer_config *buffer = &m->buffers[b];
        if (buffer->size_bytes % (buffer->banks * 4) == 0) continue;
        return fl_node_fail(fl_node_get(buffers, fl_buffer_names[b]), error,
                            "%llu B do not divide into %llu banks of whole 4 B words",
                            (unsigned long long)buffer->size_bytes, (unsigned long long)buffer->banks);
    }
    return FL_OK;
}

/* A bank delivers its buffer's whole width. */
static fl_status resolve_costs(fl_node *root, fl_machine_config *m, fl_error *error)
{
    fl_sram_shape shapes[FL_BUFFER_COUNT];
    for (int b = 0; b < FL_BUFFER_COUNT; b++)
        shapes[b] = (fl_sram_shape){.bank_bytes = fl_bank_bytes(&m->buffers[b]),
                                    .banks = m->buffers[b].banks,
                                    .width_bytes = m->buffers[b].width_bytes};
    fl_node *costs = fl_node_get(root, "costs");
    fl_status status = fl_cost_resolve_buffers(costs, shapes, &m->costs, error);
    const mem_engine_ops *memory = m->memory->ops;
    if (status != FL_OK || memory->sram == NULL) return status;
    mem_sram_shape l2 = memory->sram(m->memory_params);
    fl_sram_shape shape = {.bank_bytes = l2.bank_bytes, .banks = l2.banks, .width_bytes = l2.width_bytes};
    return fl_cost_resolve_l2(costs, &shape, &m->costs, error);
}

/* A Verilated block serves one unit. */
static fl_status check_cores(fl_node *root, const fl_machine_config *m, fl_error *error)
{
    bool rtl = m->matrix.model == FL_MODEL_RTL || m->vector.model == FL_MODEL_RTL;
    for (int f = 0; f < FL_RTL_FUNCTIONS; f++) rtl |= m->vector.function_model[f] != 0;
    if (m->cores == 1 || !rtl) return FL_OK;
    return fl_node_fail(fl_node_get(root, "cores"), error, "models that are rtl take one core");
}

static void derive(fl_machine_config *m)
{
    m->period_ps = (1000000000000u + m->clock_hz / 2) / m->clock_hz;
    m->array = (pe_array_params){.pe = m->matrix.pe->ops,
                                 .rows = (uint32_t)m->matrix.rows,
                                 .columns = (uint32_t)m->matrix.columns,
                                 .dataflow = (pe_dataflow)m->matrix.dataflow,
                                 .overlap_preload = m->matrix.preload == OVERLAPPED,
                                 .overlap_skew = m->matrix.skew == OVERLAPPED,
                                 .overlap_drain = m->matrix.drain == OVERLAPPED};
    m->lanes.lanes = (uint32_t)m->vector.lanes;
    for (unsigned i = 0; i < 2 * FL_MAX_CORES; i++)
        m->ports[i] = (mem_port_params){.outstanding = (uint32_t)m->dma[i % 2].outstanding,
                                        .bus_bytes = (uint32_t)m->dma[i % 2].bus_bytes};
}

static fl_status read_mapping_rules(fl_config *config, fl_machine_config *machine, fl_error *error)
{
    fl_node *list = fl_node_get(fl_config_root(config), "mapping");
    if (list != NULL && !fl_node_is_list(list))
        return fl_node_fail(list, error, "a list of rules is expected");
    size_t count = fl_node_count(list);
    if (count > FL_MAX_MAPPING_RULES)
        return fl_node_fail(list, error, "more than %d rules", FL_MAX_MAPPING_RULES);
    for (size_t i = 0; i < count; i++) {
        fl_node *item = fl_node_at(list, i);
        fl_mapping_rule *rule = &machine->mapping_rules[i];
        if (!fl_node_is_map(item))
            return fl_node_fail(item, error, "a map is expected: {operation: PATTERN, ...}");
        fl_status status = fl_schema_read(config, item, list, SECTIONS[MAPPING_SECTION].params,
                                          SECTIONS[MAPPING_SECTION].count, rule, error);
        if (status != FL_OK) return status;
        rule->where = *fl_node_where(item);
    }
    machine->mapping_rule_count = count;
    return FL_OK;
}

static fl_status read_sections(fl_config *config, fl_machine_config *machine, fl_error *error)
{
    fl_node *root = fl_config_root(config);
    for (size_t i = 0; i < MAPPING_SECTION; i++) {
        const fl_schema_section *s = &SECTIONS[i];
        fl_status status =
            *s->section ? fl_schema_read_at(config, root, s->section, s->params, s->count, machine, error)
                        : fl_schema_read(config, root, NULL, s->params, s->count, machine, error);
        if (status != FL_OK) return status;
    }
    if (fl_node_get(root, "memory") == NULL)
        return fl_node_fail(
            root, error, "memory: missing key (the name of a memory, or include a part of configs/parts/)");
    if (fl_node_get(root, "costs") == NULL)
        return fl_node_fail(root, error, "costs: missing key (include a table of configs/costs/)");
    void *memory_params = NULL;
    fl_status status =
        fl_part_read_at(config, root, "memory", "memory", NULL, &machine->memory, &memory_params, error);
    machine->memory_params = memory_params;
    if (status == FL_OK)
        status = fl_schema_read_at(config, root, "costs", fl_cost_params, fl_cost_param_count,
                                   &machine->costs, error);
    return status;
}

fl_status fl_machine_config_read(fl_config *config, fl_machine_config *machine, fl_error *error)
{
    *machine = (fl_machine_config){0};
    fl_status status = read_sections(config, machine, error);
    if (status == FL_OK) status = read_mapping_rules(config, machine, error);
    if (status == FL_OK) status = fl_config_check_used(config, error);
    fl_node *root = fl_config_root(config), *buffers = fl_node_get(root, "buffers");
    if (status == FL_OK) status = resolve_overlaps(fl_node_get(root, "matrix"), machine, error);
    if (status == FL_OK) status = check_banks(buffers, machine, error);
    if (status == FL_OK) status = check_widths(buffers, machine, error);
    if (status == FL_OK) status = check_cores(root, machine, error);
    if (status == FL_OK) status = resolve_costs(root, machine, error);
    if (status == FL_OK) derive(machine);
    return status;
}
