/* A machine as its YAML file describes it, outer to inner, with every quantity in base units. */
#ifndef FL_MACHINE_MACHINE_CONFIG_H
#define FL_MACHINE_MACHINE_CONFIG_H

#include "memory/memory.h"
#include "pe/array/array.h"
#include "pe/vector/vector.h"
#include "sim/base/config.h"
#include "sim/cost/cost.h"
#include "sim/machine/command.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FL_RTL_FUNCTIONS = 6 }; /* of the vector unit: all have RTL */
typedef enum fl_model { FL_MODEL_SPAN, FL_MODEL_PIN, FL_MODEL_RTL } fl_model;

/* How a weight that one product reads lies in DRAM. */
typedef enum fl_weight_layout { FL_WEIGHTS_IN_TILES, FL_WEIGHTS_IN_ROWS } fl_weight_layout;

typedef struct fl_buffer_config {
    uint64_t size_bytes;
    uint64_t banks;       /* equal parts; a bank serves one unit at a time */
    uint64_t width_bytes; /* per cycle, from whichever bank */
} fl_buffer_config;

/* A rule that fixes part of the mapper's choice for the operations whose name matches; 0 and FL_ORDER_ANY
 * leave it free. */
typedef struct fl_mapping_rule {
    const char *operation; /* shell pattern, "*.ffn.up" */
    uint64_t items, rows, columns, depth;
    int order; /* 0: any, 1: rows outside, 2: columns outside */
    int chain; /* 0: as priced, 1: the operation starts a chain of its own */
    fl_where where;
} fl_mapping_rule;

enum { FL_MAX_MAPPING_RULES = 32, FL_ORDER_ANY = 0 };

/* The struct the schema tables write into: field types are those of fl_type. */
typedef struct fl_machine_config {
    const char *name;
    uint64_t clock_hz;
    uint64_t cores; /* each with units, scratchpads and DMAs as below; they share the memory */
    struct {
        int model; /* fl_model */
        const fl_part *pe;
        uint64_t rows, columns;
        int dataflow;             /* pe_dataflow */
        int preload, skew, drain; /* 0 serial, 1 overlapped */
    } matrix;
    struct {
        int model;                            /* fl_model */
        int function_model[FL_RTL_FUNCTIONS]; /* 1: rtl; softmax, gelu, requantize, bias_requantize, add,
                                                 layernorm */
        uint64_t lanes;
    } vector;
    fl_buffer_config buffers[FL_BUFFER_COUNT];
    struct {
        uint64_t outstanding, bus_bytes;
    } dma[2]; /* load, store */
    uint64_t queue_depth;
    int weight_layout; /* fl_weight_layout */
    const fl_part *memory;
    const void *memory_params;
    fl_cost_table costs;
    fl_mapping_rule mapping_rules[FL_MAX_MAPPING_RULES];
    size_t mapping_rule_count;

    /* Derived by fl_machine_config_read. */
    uint64_t period_ps;
    pe_array_params array;
    vec_params lanes;
    mem_port_params ports[2 * FL_MAX_CORES]; /* core c: 2 c loads, 2 c + 1 stores */
} fl_machine_config;

/* Reads the whole machine file and cross-checks it: nothing unread, buffers wide enough for the array's fixed
 * timing, overlap keys that mean something for the dataflow. Strings and parts are borrowed from `config`. */
fl_status fl_machine_config_read(fl_config *config, fl_machine_config *machine, fl_error *error);

/* The machine's own tables for `flintlock schema`, in file order. */
const fl_schema_section *fl_machine_schema(size_t *count);

/* Bytes of one bank of a buffer. */
static inline uint64_t fl_bank_bytes(const fl_buffer_config *b) { return b->size_bytes / b->banks; }

#ifdef __cplusplus
}
#endif
#endif
