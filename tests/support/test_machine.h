/* A small machine description for tests of the configuration reader: one table of every type and unit, nested
 * maps, a part with parameters, and a list. Also read by the fuzzer. */
#ifndef FL_TESTS_SUPPORT_TEST_MACHINE_H
#define FL_TESTS_SUPPORT_TEST_MACHINE_H

#include <stdbool.h>

#include "sim/base/config.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct test_matrix {
    uint64_t rows, columns;
    int dataflow;
    uint64_t skew_cycles;
    const fl_part *pe;
    const void *pe_params;
} test_matrix;

typedef struct test_buffer {
    uint64_t size_bytes, banks;
    bool double_buffered;
} test_buffer;

typedef struct test_costs {
    uint64_t latency_ps;
    double multiply_pj, dram_pj_per_bit, pe_um2, sram_um2_per_kib, leakage_mw, voltage;
} test_costs;

typedef struct test_pe_params {
    uint64_t stages;
    int rounding;
} test_pe_params;

typedef struct test_machine {
    const char *name;
    uint64_t clock_hz;
    test_matrix matrix;
    test_buffer input;
    test_costs costs;
    size_t layer_count;
} test_machine;

extern const fl_param TEST_MATRIX_PARAMS[];
extern const size_t TEST_MATRIX_PARAM_COUNT;
extern const fl_param TEST_COSTS_PARAMS[];
extern const size_t TEST_COSTS_PARAM_COUNT;

/* Reads and checks everything. The config stays the caller's; the machine points into it. */
fl_status test_machine_read(fl_config *config, test_machine *machine, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
