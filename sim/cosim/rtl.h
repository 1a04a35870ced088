/* RTL under Verilator: what a design is, how it is built and driven, and what a lockstepped block provides.
 *
 * A design is a SystemVerilog module with its files, parameters and ports. It is built into a shared object
 * on first use, kept in a content-addressed cache (rtl_cache.c), and loaded with dlopen. Port values are
 * little-endian 32-bit words, each port starting a new word; inputs and outputs are separate vectors in the
 * order of the port table. clk_i and rst_ni are not in the table: a clocked design has both, others neither.
 */
#ifndef FL_COSIM_RTL_H
#define FL_COSIM_RTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { FL_RTL_MAX_FILES = 16, FL_RTL_MAX_PARAMS = 8, FL_RTL_MAX_PORTS = 32 };

typedef struct fl_rtl_port {
    const char *name; /* NULL ends the table */
    uint32_t width_bits;
    bool is_output;
} fl_rtl_port;

/* A parameter of type int unsigned. */
typedef struct fl_rtl_param {
    const char *name; /* NULL ends the table */
    uint32_t value;
} fl_rtl_param;

typedef struct fl_rtl_design {
    const char *top;
    const char *files[FL_RTL_MAX_FILES]; /* NULL ends the table; relative to the tree of sources
                                            (fl_rtl_root), of a foreign design to the current folder */
    fl_rtl_param params[FL_RTL_MAX_PARAMS];
    fl_rtl_port ports[FL_RTL_MAX_PORTS];
    bool clocked;
    bool is_foreign; /* not of this project: warnings do not stop the build */
} fl_rtl_design;

/* What is compiled in beside the model. */
typedef enum fl_rtl_variant {
    FL_RTL_PLAIN = 0,
    FL_RTL_TRACE = 1 << 0,   /* VCD of every signal */
    FL_RTL_LINES = 1 << 1,   /* line coverage */
    FL_RTL_TOGGLES = 1 << 2, /* toggle coverage, five times as long to compile */
    FL_RTL_COVERAGE = FL_RTL_LINES | FL_RTL_TOGGLES,
    FL_RTL_NETLIST = 1 << 3, /* gates from Yosys in place of the RTL */
} fl_rtl_variant;

static inline size_t fl_rtl_words(uint32_t width_bits) { return (width_bits + 31) / 32; }
/* Words of all inputs or all outputs. */
size_t fl_rtl_input_words(const fl_rtl_design *design);
size_t fl_rtl_output_words(const fl_rtl_design *design);

/* The folder that holds rtl/ and sim/cosim/shell/: the current one, or the program's, or its installation's.
 */
fl_status fl_rtl_root(char *path, size_t size, fl_error *error);

/* Path of the shared object, built now if the cache has none. Says on a terminal what it builds. Errors: no
 * verilator or compiler, and whatever they complain of (with the path of the log). */
fl_status fl_rtl_build(const fl_rtl_design *design, unsigned variant, char *path, size_t size,
                       fl_error *error);

typedef struct fl_rtl_model fl_rtl_model;
/* An instance with registers that hold random values drawn from `seed`. NULL after an error. */
fl_rtl_model *fl_rtl_open(const fl_rtl_design *design, unsigned variant, uint64_t seed, fl_error *error);
void fl_rtl_close(fl_rtl_model *model);
/* The three return false when an assertion of the RTL failed: fl_rtl_message says which. */
bool fl_rtl_reset(fl_rtl_model *model, bool active);
/* Clock low: drives the inputs, lets the logic settle, reads the outputs. */
bool fl_rtl_settle(fl_rtl_model *model, const uint32_t *in, uint32_t *out);
/* Rising edge of the clock with the inputs last driven. `out`: NULL, or the outputs after the edge. */
bool fl_rtl_clock(fl_rtl_model *model, uint32_t *out);
const char *fl_rtl_message(const fl_rtl_model *model);
/* From here on into a VCD file (variant FL_RTL_TRACE); coverage so far into a file (FL_RTL_COVERAGE). */
void fl_rtl_trace(fl_rtl_model *model, const char *path);
void fl_rtl_write_coverage(fl_rtl_model *model, const char *path);

/* Seeded stimulus: SplitMix64. */
typedef struct fl_rtl_random {
    uint64_t state;
} fl_rtl_random;

static inline uint64_t fl_rtl_draw(fl_rtl_random *random)
{
    uint64_t z = (random->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}
/* Uniform in 0 .. bound - 1. */
static inline uint32_t fl_rtl_draw_below(fl_rtl_random *random, uint32_t bound)
{
    return (uint32_t)((fl_rtl_draw(random) >> 32) * bound >> 32);
}

typedef struct fl_lockstep_options {
    uint64_t cycles, seed;
    bool random_stalls;          /* else handshakes never wait */
    unsigned variant;            /* fl_rtl_variant */
    const char *folder;          /* where VCD and coverage files go; NULL: none are written */
    const fl_rtl_design *design; /* in place of the block's own (its ports, other files); NULL: that one */
    fl_text *record; /* not NULL: nothing is compared; stimulus and golden outputs are written here
                        (sim/cosim/record.h), and no RTL is built */
    const volatile int *interrupted; /* non-zero: stop with FL_BAD_INPUT; may be NULL */
} fl_lockstep_options;

static inline bool fl_lockstep_interrupted(const fl_lockstep_options *options)
{
    return options->interrupted != NULL && *options->interrupted != 0;
}

/* What a coverage file of Verilator's says: lines and bits (in both directions), covered and in all. */
typedef struct fl_rtl_coverage {
    unsigned lines, all_lines, toggles, all_toggles;
} fl_rtl_coverage;
fl_status fl_rtl_read_coverage(const char *path, fl_rtl_coverage *coverage, fl_error *error);
/* Where a lockstep leaves its coverage. */
void fl_lockstep_coverage_path(const char *folder, const char *name, char *path, size_t size);

/* Ops of registry kind "rtl_block": a design with its golden model, one cycle per step. */
typedef struct fl_rtl_block {
    fl_rtl_design design;
    size_t state_bytes; /* of the golden model and of the generator, which share it */
    void (*reset)(void *state);
    /* Inputs of the next cycle. The generator keeps to the protocol of the ports (payload stable while
     * stalled ...). */
    void (*stimulus)(void *state, fl_rtl_random *random, bool random_stalls, uint32_t *in);
    /* One cycle: outputs from state and inputs, then the clock edge. `care` comes with every bit set; a bit
     * cleared is not compared (a payload without its valid). Bits beyond a port's width are ignored. */
    void (*step)(void *state, const uint32_t *in, uint32_t *out, uint32_t *care);
    /* Blocks with a lockstep of their own (arrays against the SystemC model) set this and no golden model. */
    fl_status (*run)(const char *name, const fl_lockstep_options *options, fl_text *report, fl_error *error);
    /* The design when it depends on other parts; `design` is then empty. */
    fl_status (*describe)(fl_rtl_design *design, fl_error *error);
} fl_rtl_block;

fl_status fl_rtl_block_design(const fl_rtl_block *block, fl_rtl_design *design, fl_error *error);

/* Runs a block. FL_DIFFERENCE with the report filled when golden model and RTL differ or an assertion failed.
 */
fl_status fl_lockstep(const char *name, const fl_rtl_block *block, const fl_lockstep_options *options,
                      fl_text *report, fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
